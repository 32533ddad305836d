/* SPDX-License-Identifier: MIT */
#include "decoder/script-reader.h"

#include "decoder/aligner.h"
#include "decoder/speller.h"

/* Frames after which words are handed out whatever else might be true, and from one look for such
 * words to the next. */
#define LIVE_DELAY 10
#define LIVE_INTERVAL 5
/* How long it may take to see that the script went on elsewhere. */
#define LIVE_DISPUTE 150
/* How long before a word that was said those may begin that were not, in frames. */
#define HOLD 250
/* A digit takes longer to say than a letter. */
#define DIGIT_WEIGHT 4

struct _SewScriptReader {
  SewScript *script;
  const SewVocabulary *vocabulary;
  guint samples_per_frame;
  SewScriptTokens tokens;
  SewAligner *aligner;
  guint hold; /* frames */
  guint64 origin;
  guint64 clip_start; /* of the last clip that had frames */
  guint next_word;    /* the first that has not been handed out */
  guint64 end_sample; /* of the word before that */
  float confidence;   /* of the word before that which was said */
  gboolean has_said;  /* there is one */
  gsize heard_line;   /* its line */
  GArray *words;      /* SewScriptWord */
  guint n_pulled;
};

static void
clear_word (gpointer data)
{
  g_clear_pointer (&((SewScriptWord *) data)->word, sew_word_unref);
}

static void
make_aligner (SewScriptReader *reader, gboolean live)
{
  SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;

  if (live) {
    options.longest_delay = LIVE_DELAY;
    options.longest_dispute = LIVE_DISPUTE;
    options.interval = LIVE_INTERVAL;
  }
  reader->hold = live ? LIVE_DELAY : HOLD;
  g_clear_pointer (&reader->aligner, sew_aligner_free);
  reader->aligner = sew_aligner_new (&reader->tokens, sew_vocabulary_get_blank (reader->vocabulary),
                                     sew_vocabulary_get_delimiter (reader->vocabulary),
                                     sew_vocabulary_get_size (reader->vocabulary), &options);
}

SewScriptReader *
sew_script_reader_new (SewScript *script, const SewVocabulary *vocabulary, guint samples_per_frame)
{
  SewScriptReader *reader = g_new0 (SewScriptReader, 1);
  g_autoptr (SewSpeller) speller = sew_speller_new (vocabulary);

  reader->script = g_object_ref (script);
  reader->vocabulary = vocabulary;
  reader->samples_per_frame = samples_per_frame;
  reader->words = g_array_new (FALSE, FALSE, sizeof (SewScriptWord));
  g_array_set_clear_func (reader->words, clear_word);
  sew_script_tokens_init (&reader->tokens);
  for (gsize i = 0; i < sew_script_get_n_words (script); i++)
    sew_speller_add_word (speller, sew_script_get_word (script, i), &reader->tokens);
  make_aligner (reader, FALSE);
  return reader;
}

void
sew_script_reader_free (SewScriptReader *reader)
{
  sew_aligner_free (reader->aligner);
  sew_script_tokens_clear (&reader->tokens);
  g_array_unref (reader->words);
  g_object_unref (reader->script);
  g_free (reader);
}

SewScript *
sew_script_reader_get_script (const SewScriptReader *reader)
{
  return reader->script;
}

void
sew_script_reader_reset (SewScriptReader *reader, gboolean live)
{
  make_aligner (reader, live);
  reader->origin = reader->clip_start = 0;
  reader->next_word = 0;
  reader->end_sample = 0;
  reader->has_said = FALSE;
  reader->n_pulled = 0;
  g_array_set_size (reader->words, 0);
}

void
sew_script_reader_begin (SewScriptReader *reader, guint64 first_sample)
{
  reader->origin = first_sample;
}

/* -- words that the search passes over -- */

static guint
count_words (const SewScriptReader *reader)
{
  return reader->tokens.n_words;
}

static gboolean
can_be_said (const SewScriptReader *reader, guint word)
{
  const GArray *first_ways = reader->tokens.first_ways;

  return g_array_index (first_ways, guint, word + 1) > g_array_index (first_ways, guint, word);
}

static guint
weigh (const SewScriptReader *reader, guint word)
{
  const char *text = sew_script_get_word (reader->script, word);
  guint weight = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    weight += g_unichar_isdigit (g_utf8_get_char (text)) ? DIGIT_WEIGHT : 1;
  return weight;
}

static gboolean
ends_line (const SewScriptReader *reader, guint word)
{
  return word + 1 == count_words (reader)
         || sew_script_get_line (reader->script, word + 1)
                > sew_script_get_line (reader->script, word);
}

static void
add_word (SewScriptReader *reader, guint word, guint64 first_sample, guint64 n_samples,
          gboolean is_spoken, float confidence, gboolean line_is_heard)
{
  const char *text = sew_script_get_word (reader->script, word);
  SewScriptWord added = {
    .word = is_spoken ? sew_word_new (text, first_sample, n_samples, confidence)
                      : sew_word_new_unspoken (text, first_sample, n_samples),
    .ends_line = ends_line (reader, word),
    .line_is_heard = line_is_heard,
  };

  g_array_append_val (reader->words, added);
}

/* What the words around those that were passed over tell about them. */
typedef struct {
  guint end;           /* the word after them */
  guint spoken_before; /* those before are as certain as the word that was said last */
  guint spoken_from;   /* and those from here on as the one that is said next */
  gboolean next_is_said;
  float next_confidence;
  gsize next_line;
} Passage;

/* A word that has no way to be said was said if it stands next to one that was. */
static void
find_spoken (const SewScriptReader *reader, Passage *passage)
{
  guint first = reader->next_word;

  while (first < passage->end && !can_be_said (reader, first))
    first++;
  passage->spoken_before = reader->has_said ? first : reader->next_word;
  passage->spoken_from = passage->end;
  while (passage->next_is_said && passage->spoken_from > reader->next_word
         && !can_be_said (reader, passage->spoken_from - 1))
    passage->spoken_from--;
}

static void
add_passed_word (SewScriptReader *reader, guint word, const Passage *passage, guint64 first_sample,
                 guint64 n_samples)
{
  gboolean follows = word < passage->spoken_before;
  gboolean leads = word >= passage->spoken_from;
  gsize line = sew_script_get_line (reader->script, word);
  gboolean line_is_heard = (reader->has_said && line == reader->heard_line)
                           || (passage->next_is_said && line == passage->next_line);
  float confidence = follows ? reader->confidence : 1.0f;

  if (leads)
    confidence = MIN (confidence, passage->next_confidence);
  add_word (reader, word, first_sample, n_samples, follows || leads, confidence,
            line_is_heard || follows || leads);
}

static guint64
get_hold (const SewScriptReader *reader)
{
  return (guint64) reader->hold * reader->samples_per_frame;
}

/* The words up to passage->end share the time of the clip up to a sample, by their length. */
static void
add_passed_words (SewScriptReader *reader, Passage *passage, guint64 end_sample)
{
  guint64 start = MAX (end_sample - MIN (end_sample, get_hold (reader)), reader->clip_start);
  start = MAX (start, reader->end_sample);
  guint64 n_samples = MAX (end_sample, start) - start;
  guint64 n_units = 0, n_done = 0;

  find_spoken (reader, passage);
  for (guint i = reader->next_word; i < passage->end; i++)
    n_units += weigh (reader, i);
  for (guint i = reader->next_word; i < passage->end; i++) {
    guint64 first = start + n_samples * n_done / n_units;
    n_done += weigh (reader, i);
    add_passed_word (reader, i, passage, first, start + n_samples * n_done / n_units - first);
  }
  reader->end_sample = MAX (reader->end_sample, end_sample);
  reader->next_word = passage->end;
}

/* -- words that were said -- */

static void
add_said_word (SewScriptReader *reader, const SewAlignedWord *said)
{
  guint64 first_sample = reader->origin + said->first_frame * reader->samples_per_frame;
  guint64 n_samples = said->n_frames * reader->samples_per_frame;
  Passage passage = {
    .end = said->word,
    .next_is_said = TRUE,
    .next_confidence = said->confidence,
    .next_line = sew_script_get_line (reader->script, said->word),
  };

  if (reader->next_word < said->word)
    add_passed_words (reader, &passage, first_sample);
  add_word (reader, said->word, first_sample, n_samples, TRUE, said->confidence, TRUE);
  reader->next_word = said->word + 1;
  reader->end_sample = MAX (reader->end_sample, first_sample + n_samples);
  reader->confidence = said->confidence;
  reader->has_said = TRUE;
  reader->heard_line = passage.next_line;
}

static void
take_words (SewScriptReader *reader)
{
  SewAlignedWord said;

  while (sew_aligner_pull (reader->aligner, &said))
    add_said_word (reader, &said);
}

void
sew_script_reader_push (SewScriptReader *reader, guint64 frame, const float *log_probs)
{
  reader->clip_start = reader->origin;
  sew_aligner_push (reader->aligner, frame, log_probs);
  take_words (reader);
}

void
sew_script_reader_skip (SewScriptReader *reader, guint64 frame)
{
  reader->clip_start = reader->origin;
  sew_aligner_skip (reader->aligner, frame);
  take_words (reader);
}

void
sew_script_reader_finish (SewScriptReader *reader)
{
  sew_aligner_finish (reader->aligner);
  take_words (reader);
}

void
sew_script_reader_end (SewScriptReader *reader, guint64 end_sample)
{
  Passage passage = { .end = count_words (reader) };

  sew_script_reader_finish (reader);
  if (reader->next_word < passage.end)
    add_passed_words (reader, &passage, end_sample);
}

gboolean
sew_script_reader_pull (SewScriptReader *reader, SewScriptWord *word)
{
  if (reader->n_pulled == reader->words->len) {
    g_array_set_size (reader->words, 0);
    reader->n_pulled = 0;
    return FALSE;
  }
  SewScriptWord *next = &g_array_index (reader->words, SewScriptWord, reader->n_pulled++);
  *word = *next;
  next->word = NULL;
  return TRUE;
}

gboolean
sew_script_reader_is_open (const SewScriptReader *reader)
{
  return sew_aligner_is_open (reader->aligner);
}

guint64
sew_script_reader_get_position (const SewScriptReader *reader)
{
  guint64 frame = sew_aligner_get_pending_frame (reader->aligner);
  guint64 pending = reader->origin + frame * reader->samples_per_frame;

  if (reader->next_word == count_words (reader))
    return G_MAXUINT64;
  return MAX (reader->end_sample, pending - MIN (pending, get_hold (reader)));
}

guint
sew_script_reader_get_live_delay (void)
{
  return LIVE_DELAY + LIVE_INTERVAL;
}
