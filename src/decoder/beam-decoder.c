/* SPDX-License-Identifier: MIT */
#include "decoder/beam-decoder.h"

#include <math.h>

#include "decoder/ctc-path.h"

/* So many frames in which the best text has no letter are silence. */
#define MAX_DOUBTED_SILENCE 50

struct _SewBeamDecoder {
  const SewVocabulary *vocabulary;
  SewTextScorer *scorer;
  SewBeamSearch search;

  GArray *rows;       /* of float[n_symbols]: the frames that are not committed */
  GArray *row_frames; /* of guint64 */
  guint64 next_frame; /* after the last one pushed */
  gboolean has_frames;

  GArray *tokens; /* of SewToken, committed */
  guint n_pulled;
  GString *committed; /* how all texts to be listed begin */
  GArray *n_best;     /* of SewAlternative */
};

static void
clear_alternative (gpointer data)
{
  g_free (((SewAlternative *) data)->text);
}

SewBeamDecoder *
sew_beam_decoder_new (const SewVocabulary *vocabulary, SewTextScorer *scorer,
                      const SewBeamOptions *options)
{
  SewBeamDecoder *decoder = g_new0 (SewBeamDecoder, 1);
  decoder->vocabulary = vocabulary;
  decoder->scorer = scorer;
  sew_beam_search_init (&decoder->search, vocabulary, scorer, options);
  guint row_size = decoder->search.n_symbols * (guint) sizeof (float);
  decoder->rows = g_array_new (FALSE, FALSE, row_size);
  decoder->row_frames = g_array_new (FALSE, FALSE, sizeof (guint64));
  decoder->tokens = g_array_new (FALSE, FALSE, sizeof (SewToken));
  decoder->committed = g_string_new (NULL);
  decoder->n_best = g_array_new (FALSE, FALSE, sizeof (SewAlternative));
  g_array_set_clear_func (decoder->n_best, clear_alternative);
  return decoder;
}

void
sew_beam_decoder_free (SewBeamDecoder *decoder)
{
  sew_beam_search_clear (&decoder->search);
  g_array_unref (decoder->rows);
  g_array_unref (decoder->row_frames);
  g_array_unref (decoder->tokens);
  g_string_free (decoder->committed, TRUE);
  g_array_unref (decoder->n_best);
  g_free (decoder);
}

static void
begin_text (SewBeamDecoder *decoder)
{
  sew_beam_search_reset (&decoder->search);
  g_array_set_size (decoder->rows, 0);
  g_array_set_size (decoder->row_frames, 0);
  g_string_truncate (decoder->committed, 0);
}

void
sew_beam_decoder_reset (SewBeamDecoder *decoder)
{
  begin_text (decoder);
  g_array_set_size (decoder->tokens, 0);
  decoder->n_pulled = 0;
  decoder->has_frames = FALSE;
}

/* -- committing -- */

/* The tokens of a text after the root's, in order. */
static GArray *
list_tokens (const SewBeamDecoder *decoder, const SewPrefix *text)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (guint));
  for (; text != decoder->search.tree.root; text = text->parent)
    g_array_append_val (tokens, text->token);
  for (guint i = 0; i < tokens->len / 2; i++) {
    guint *ends = (guint *) (gpointer) tokens->data;
    guint swapped = ends[i];
    ends[i] = ends[tokens->len - 1 - i];
    ends[tokens->len - 1 - i] = swapped;
  }
  return tokens;
}

static guint
count_tokens (const SewBeamDecoder *decoder, const SewPrefix *text)
{
  guint n_tokens = 0;
  for (; text != decoder->search.tree.root; text = text->parent)
    n_tokens++;
  return n_tokens;
}

/* Adds what a text has after the root. */
static void
spell (const SewBeamDecoder *decoder, const SewPrefix *text, GString *spelled)
{
  g_autoptr (GArray) tokens = list_tokens (decoder, text);

  for (guint i = 0; i < tokens->len; i++) {
    guint token = g_array_index (tokens, guint, i);
    const char *letter = sew_vocabulary_get_text (decoder->vocabulary, token);
    g_string_append (spelled, token == decoder->search.delimiter ? " " : letter);
  }
}

static void
drop_rows (SewBeamDecoder *decoder, guint n_rows)
{
  if (n_rows == 0)
    return;
  g_array_remove_range (decoder->rows, 0, n_rows);
  g_array_remove_range (decoder->row_frames, 0, n_rows);
}

static guint64
get_frame (const SewBeamDecoder *decoder, gsize row)
{
  return row < decoder->row_frames->len ? g_array_index (decoder->row_frames, guint64, row)
                                        : decoder->next_frame;
}

/* Where in the frames the best text's tokens lie is asked only now, of all of the text that is
 * there, so that what follows a word has its say on where the word ends. The first n_committed
 * tokens are handed out, and their frames are done with. */
static void
hand_out (SewBeamDecoder *decoder, const SewPrefix *text, guint n_committed)
{
  const SewBeamSearch *search = &decoder->search;
  g_autoptr (GArray) ids = list_tokens (decoder, text);
  g_autofree SewSpan *spans = g_new0 (SewSpan, ids->len);
  gsize n_done = 0;

  /* An earlier word may have taken the frames that this text, which was not the best one then, has
   * its letters in. */
  if (!sew_ctc_path_find ((const float *) (gpointer) decoder->rows->data, decoder->rows->len,
                          search->n_symbols, search->blank, search->delimiter,
                          (const guint *) (gpointer) ids->data, ids->len, spans))
    sew_ctc_path_spread (decoder->rows->len, ids->len, spans);
  for (guint i = 0; i < n_committed; i++) {
    SewToken token = {
      .id = g_array_index (ids, guint, i),
      .first_frame = get_frame (decoder, spans[i].first),
      .n_frames = (guint) spans[i].n_frames,
      .log_prob = spans[i].log_prob,
    };
    g_array_append_val (decoder->tokens, token);
    n_done = spans[i].first + spans[i].n_frames;
  }
  drop_rows (decoder, (guint) n_done);
}

static void
commit (SewBeamDecoder *decoder, SewPrefix *prefix)
{
  hand_out (decoder, decoder->search.beam->pdata[0], count_tokens (decoder, prefix));
  if (decoder->search.options.n_best > 0)
    spell (decoder, prefix, decoder->committed);
  sew_beam_search_move_root (&decoder->search, prefix);
}

/* The last end of a word on the way from the root to a text; without delimiters every letter but
 * the last is one, as that may go on. NULL if there is none. */
static SewPrefix *
find_last_end (const SewBeamDecoder *decoder, SewPrefix *text)
{
  const SewPrefix *root = decoder->search.tree.root;
  if (text == root)
    return NULL;
  if (decoder->search.delimiter == G_MAXUINT)
    return text->parent != root ? text->parent : NULL;
  while (text != root && text->token != decoder->search.delimiter)
    text = text->parent;
  return text != root ? text : NULL;
}

static SewPrefix *
find_first_end (const SewBeamDecoder *decoder, SewPrefix *text)
{
  SewPrefix *first = NULL;
  SewPrefix *end;
  while ((end = find_last_end (decoder, text)) != NULL) {
    first = end;
    text = decoder->search.delimiter == G_MAXUINT ? end : end->parent;
  }
  return first;
}

/* The best text has its way up to that prefix of it. */
static void
force_commit (SewBeamDecoder *decoder, SewPrefix *end)
{
  sew_beam_search_keep_only (&decoder->search, end);
  if (end != decoder->search.tree.root)
    commit (decoder, end);
}

/* There was no word: whatever other texts made of these frames is forgotten. */
static void
forget_doubts (SewBeamDecoder *decoder)
{
  sew_beam_search_keep_best (&decoder->search);
  drop_rows (decoder, decoder->rows->len);
}

static gboolean
best_is_empty (const SewBeamDecoder *decoder)
{
  return decoder->search.beam->pdata[0] == decoder->search.tree.root;
}

static void
commit_first_word (SewBeamDecoder *decoder)
{
  SewPrefix *best = decoder->search.beam->pdata[0];
  SewPrefix *end = find_first_end (decoder, best);

  /* Of one endless word there is nothing that a later frame would improve. */
  force_commit (decoder, end != NULL ? end : best);
}

static void
commit_agreed (SewBeamDecoder *decoder)
{
  SewBeamSearch *search = &decoder->search;
  gboolean wanted_in_list = search->options.n_best > 0;
  guint patience = wanted_in_list ? search->options.max_pending : MAX_DOUBTED_SILENCE;

  if (best_is_empty (decoder) && decoder->rows->len >= patience)
    forget_doubts (decoder);
  else if (decoder->rows->len >= search->options.max_pending)
    commit_first_word (decoder);
  if (wanted_in_list)
    return;
  SewPrefix *end = find_last_end (decoder, search->trunk);
  if (end != NULL)
    commit (decoder, end);
}

/* -- frames -- */

static void
move_probability (float *row, guint from, guint to)
{
  row[to] = sew_beam_add_logs (row[to], row[from]);
  row[from] = -INFINITY;
}

/* A special token adds nothing to the text, just like a blank; so it counts as one. All tokens that
 * part words count as the delimiter. What is no probability is taken for 0. */
static float *
add_row (SewBeamDecoder *decoder, guint64 frame, const float *log_probs)
{
  guint n_symbols = decoder->search.n_symbols;
  guint blank = decoder->search.blank;
  gboolean possible = FALSE;

  g_array_append_vals (decoder->rows, log_probs, 1);
  g_array_append_val (decoder->row_frames, frame);
  float *row = (float *) (gpointer) decoder->rows->data
               + (gsize) (decoder->rows->len - 1) * n_symbols;
  for (guint i = 0; i < n_symbols; i++)
    if (isnan (row[i]))
      row[i] = -INFINITY;
  for (guint i = 0; i < n_symbols; i++) {
    SewTokenKind kind = sew_vocabulary_get_kind (decoder->vocabulary, i);
    possible |= kind != SEW_TOKEN_SPECIAL && row[i] > -INFINITY;
    if (kind == SEW_TOKEN_SPECIAL)
      move_probability (row, i, blank);
    else if (kind == SEW_TOKEN_WORD_DELIMITER && i != decoder->search.delimiter)
      move_probability (row, i, decoder->search.delimiter);
  }
  if (!possible && row[blank] == -INFINITY)
    row[blank] = 0.0f;
  return row;
}

/* A frame that is not in the audio, in which one symbol is certain. */
static void
push_certain (SewBeamDecoder *decoder, guint symbol)
{
  guint n_symbols = decoder->search.n_symbols;
  g_autofree float *log_probs = g_new (float, n_symbols);

  for (guint i = 0; i < n_symbols; i++)
    log_probs[i] = i == symbol ? 0.0f : -INFINITY;
  sew_beam_search_advance (&decoder->search, add_row (decoder, decoder->next_frame, log_probs));
}

void
sew_beam_decoder_push (SewBeamDecoder *decoder, guint64 frame, const float *log_probs)
{
  /* What lies on both sides of a gap is not one letter. */
  if (decoder->has_frames && frame != decoder->next_frame)
    push_certain (decoder, decoder->search.blank);
  sew_beam_search_advance (&decoder->search, add_row (decoder, frame, log_probs));
  g_array_set_size (decoder->n_best, 0);
  decoder->has_frames = TRUE;
  decoder->next_frame = frame + 1;
  commit_agreed (decoder);
}

void
sew_beam_decoder_end_word (SewBeamDecoder *decoder)
{
  if (decoder->search.delimiter == G_MAXUINT || decoder->rows->len == 0)
    return;
  push_certain (decoder, decoder->search.delimiter);
  commit_agreed (decoder);
}

SewBeamDecoder *
sew_beam_decoder_fork (const SewBeamDecoder *decoder)
{
  SewBeamOptions options = decoder->search.options;

  options.n_best = 0;
  SewBeamDecoder *fork = sew_beam_decoder_new (decoder->vocabulary, decoder->scorer, &options);
  sew_beam_search_begin_after (&fork->search, decoder->search.tree.root);
  for (guint i = 0; i < decoder->rows->len; i++) {
    const float *row = (const float *) (gpointer) decoder->rows->data
                       + (gsize) i * decoder->search.n_symbols;
    guint64 frame = g_array_index (decoder->row_frames, guint64, i);
    sew_beam_search_advance (&fork->search, add_row (fork, frame, row));
  }
  fork->has_frames = decoder->has_frames;
  fork->next_frame = decoder->next_frame;
  return fork;
}

/* -- committing without agreement -- */

/* Of the text that is best if these frames follow: the tokens up to the end of the last word that
 * lies in the frames so far, its delimiter left out. */
static GArray *
find_complete (const SewBeamDecoder *decoder, const float *log_probs, gsize n_frames)
{
  SewBeamDecoder *ahead = sew_beam_decoder_fork (decoder);
  const SewBeamSearch *search = &ahead->search;
  guint n_complete = 0;

  for (gsize i = 0; i < n_frames; i++) {
    const float *row = log_probs + i * search->n_symbols;
    sew_beam_search_advance (&ahead->search, add_row (ahead, ahead->next_frame + i, row));
  }
  GArray *ids = list_tokens (ahead, search->beam->pdata[0]);
  g_autofree SewSpan *spans = g_new0 (SewSpan, ids->len);
  gboolean found = sew_ctc_path_find (
      (const float *) (gpointer) ahead->rows->data, ahead->rows->len, search->n_symbols,
      search->blank, search->delimiter, (const guint *) (gpointer) ids->data, ids->len, spans);
  for (guint i = 1; found && i < ids->len; i++)
    if (g_array_index (ids, guint, i) == search->delimiter
        && spans[i - 1].first + spans[i - 1].n_frames <= decoder->rows->len)
      n_complete = i;
  g_array_set_size (ids, n_complete);
  sew_beam_decoder_free (ahead);
  return ids;
}

/* NULL if no text of the beam begins with these tokens. */
static SewPrefix *
find_prefix (const SewBeamDecoder *decoder, const GArray *ids)
{
  SewPrefix *prefix = decoder->search.tree.root;

  for (guint i = 0; i < ids->len && prefix != NULL; i++)
    prefix = sew_prefix_find_child (prefix, g_array_index (ids, guint, i));
  return prefix;
}

/* The end in the beam of the word that these tokens end with, made if need be; or NULL. */
static SewPrefix *
end_word (SewBeamDecoder *decoder, const GArray *ids)
{
  guint delimiter = decoder->search.delimiter;
  SewPrefix *word = find_prefix (decoder, ids);

  if (word != NULL && sew_prefix_find_child (word, delimiter) == NULL) {
    sew_beam_search_keep_only (&decoder->search, word);
    push_certain (decoder, delimiter);
  }
  return word != NULL ? sew_prefix_find_child (word, delimiter) : NULL;
}

/* First what is best with the frames ahead, and then what is complete without them: a word is not
 * to wait for the next ones. */
void
sew_beam_decoder_commit (SewBeamDecoder *decoder, const float *log_probs, gsize n_frames)
{
  SewPrefix *end = NULL;

  if (decoder->search.delimiter != G_MAXUINT) {
    g_autoptr (GArray) ids = find_complete (decoder, log_probs, n_frames);
    if (ids->len > 0)
      end = end_word (decoder, ids);
    if (end != NULL)
      force_commit (decoder, end);
  }
  end = find_last_end (decoder, decoder->search.beam->pdata[0]);
  if (end != NULL)
    force_commit (decoder, end);
  else if (best_is_empty (decoder))
    forget_doubts (decoder);
}

/* -- the end -- */

typedef struct {
  SewPrefix *text; /* without a delimiter at its end */
  float log_prob;
  double score;
} Ending;

static int
compare_endings (gconstpointer a, gconstpointer b)
{
  const Ending *first = a;
  const Ending *second = b;
  if (first->score != second->score)
    return first->score > second->score ? -1 : 1;
  return first->text->serial < second->text->serial ? -1 : 1;
}

/* A text and the same with a delimiter at its end are one. */
static GArray *
list_endings (SewBeamDecoder *decoder)
{
  SewBeamSearch *search = &decoder->search;
  GArray *endings = g_array_new (FALSE, FALSE, sizeof (Ending));

  for (guint i = 0; i < search->beam->len; i++) {
    SewPrefix *prefix = search->beam->pdata[i];
    gboolean ended = prefix->token == search->delimiter && prefix != search->tree.root;
    Ending ending = {
      .text = ended ? prefix->parent : prefix,
      .log_prob = sew_beam_add_logs (prefix->blank, prefix->letter),
    };
    guint at = 0;
    while (at < endings->len && g_array_index (endings, Ending, at).text != ending.text)
      at++;
    if (at < endings->len) {
      Ending *same = &g_array_index (endings, Ending, at);
      same->log_prob = sew_beam_add_logs (same->log_prob, ending.log_prob);
    } else {
      g_array_append_val (endings, ending);
    }
  }
  for (guint i = 0; i < endings->len; i++) {
    Ending *ending = &g_array_index (endings, Ending, i);
    ending->score = search->base_score + ending->log_prob
                    + sew_text_scorer_finish (decoder->scorer, &ending->text->score);
  }
  g_array_sort (endings, compare_endings);
  return endings;
}

/* With what had to be committed before. */
static char *
spell_whole (const SewBeamDecoder *decoder, const SewPrefix *text)
{
  GString *spelled = g_string_new (decoder->committed->str);

  spell (decoder, text, spelled);
  if (g_str_has_suffix (spelled->str, " "))
    g_string_truncate (spelled, spelled->len - 1);
  return g_string_free (spelled, FALSE);
}

void
sew_beam_decoder_finish (SewBeamDecoder *decoder)
{
  g_autoptr (GArray) endings = list_endings (decoder);

  g_array_set_size (decoder->n_best, 0);
  for (guint i = 0; i < MIN (endings->len, MAX (decoder->search.options.n_best, 1)); i++) {
    const Ending *ending = &g_array_index (endings, Ending, i);
    SewAlternative alternative = {
      .text = spell_whole (decoder, ending->text),
      .score = ending->score,
    };
    g_array_append_val (decoder->n_best, alternative);
  }
  SewPrefix *best = g_array_index (endings, Ending, 0).text;
  hand_out (decoder, best, count_tokens (decoder, best));
  begin_text (decoder);
}

const SewAlternative *
sew_beam_decoder_get_n_best (const SewBeamDecoder *decoder, guint *n_alternatives)
{
  *n_alternatives = decoder->n_best->len;
  return (const SewAlternative *) (gpointer) decoder->n_best->data;
}

gboolean
sew_beam_decoder_pull (SewBeamDecoder *decoder, SewToken *token)
{
  if (decoder->n_pulled == decoder->tokens->len) {
    g_array_set_size (decoder->tokens, 0);
    decoder->n_pulled = 0;
    return FALSE;
  }
  *token = g_array_index (decoder->tokens, SewToken, decoder->n_pulled++);
  return TRUE;
}

gboolean
sew_beam_decoder_is_open (const SewBeamDecoder *decoder)
{
  return decoder->search.beam->len > 1 || !best_is_empty (decoder);
}

guint64
sew_beam_decoder_get_pending_frame (const SewBeamDecoder *decoder)
{
  if (!sew_beam_decoder_is_open (decoder) || decoder->rows->len == 0)
    return decoder->next_frame;
  return g_array_index (decoder->row_frames, guint64, 0);
}

void
sew_beam_decoder_forget_hot_words (SewBeamDecoder *decoder)
{
  sew_beam_search_forget_hot_words (&decoder->search);
}
