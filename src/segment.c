/* SPDX-License-Identifier: MIT */
#include "segment-private.h"

/**
 * SewSegment:
 *
 * What a recognizer hands out: one or more words that belong together, and why they end there.
 *
 * A segment without words only says that the utterance of the segments before it has ended.
 * Immutable and reference counted; may be shared between threads.
 */
struct _SewSegment {
  gatomicrefcount ref_count;
  guint64 utterance;
  SewSegmentEnd end;
  char *text;
  GPtrArray *words; /* SewWord */
  guint64 display_first_sample;
  guint64 display_n_samples;
  GArray *alternatives; /* SewAlternative, or NULL */
};

G_DEFINE_BOXED_TYPE (SewSegment, sew_segment, sew_segment_ref, sew_segment_unref)

/**
 * sew_segment_end_get_name:
 * @end: why a segment ended
 *
 * Names the reason, as transcripts do.
 *
 * Returns: (transfer none): "none", "pause", "limit", "drain" or "line"
 */
const char *
sew_segment_end_get_name (SewSegmentEnd end)
{
  static const char *const names[] = {
    [SEW_SEGMENT_END_NONE] = "none",   [SEW_SEGMENT_END_PAUSE] = "pause",
    [SEW_SEGMENT_END_LIMIT] = "limit", [SEW_SEGMENT_END_DRAIN] = "drain",
    [SEW_SEGMENT_END_LINE] = "line",
  };
  g_return_val_if_fail ((guint) end < G_N_ELEMENTS (names), NULL);

  return names[end];
}

static void
clear_alternative (gpointer data)
{
  g_free (((SewAlternative *) data)->text);
}

void
sew_segment_set_alternatives (SewSegment *self, const SewAlternative *alternatives,
                              guint n_alternatives)
{
  g_clear_pointer (&self->alternatives, g_array_unref);
  self->alternatives = g_array_sized_new (FALSE, FALSE, sizeof (SewAlternative), n_alternatives);
  g_array_set_clear_func (self->alternatives, clear_alternative);
  for (guint i = 0; i < n_alternatives; i++) {
    SewAlternative copy = { g_strdup (alternatives[i].text), alternatives[i].score };
    g_array_append_val (self->alternatives, copy);
  }
}

/* text: (transfer full) */
static SewSegment *
make_segment (guint64 utterance, SewWord *const *words, gsize n_words, char *text,
              SewSegmentEnd end)
{
  SewSegment *self = g_new0 (SewSegment, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->utterance = utterance;
  self->end = end;
  self->text = text;
  self->words = g_ptr_array_new_full ((guint) n_words, (GDestroyNotify) sew_word_unref);
  for (gsize i = 0; i < n_words; i++)
    g_ptr_array_add (self->words, sew_word_ref (words[i]));
  return self;
}

/**
 * sew_segment_new:
 * @utterance: the number of the utterance it belongs to, from 0
 * @words: (array length=n_words) (nullable): its words in order
 * @n_words: how many there are, maybe none
 * @separator: what stands between two words in its text
 * @end: why it ended
 *
 * Makes a segment; applications get theirs from [method@Sew.Recognizer.pull].
 *
 * Returns: (transfer full): a new segment
 */
SewSegment *
sew_segment_new (guint64 utterance, SewWord *const *words, gsize n_words, const char *separator,
                 SewSegmentEnd end)
{
  g_return_val_if_fail (words != NULL || n_words == 0, NULL);
  g_return_val_if_fail (separator != NULL, NULL);

  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n_words; i++) {
    if (i > 0)
      g_string_append (text, separator);
    g_string_append (text, sew_word_get_text (words[i]));
  }
  SewSegment *self = make_segment (utterance, words, n_words, g_string_free (text, FALSE), end);
  self->display_first_sample = sew_segment_get_first_sample (self);
  self->display_n_samples = sew_segment_get_n_samples (self);
  return self;
}

/**
 * sew_segment_new_cue:
 * @utterance: the number of the utterance it belongs to, from 0
 * @words: (array length=n_words): its words in order
 * @n_words: how many there are
 * @text: the words in lines, with a newline between two lines
 * @display_first_sample: where it appears on the screen, in samples of 16 kHz
 * @display_n_samples: how long it stays there, in samples
 * @end: why it ended
 *
 * Makes a segment that is laid out for the screen; applications get theirs from
 * [method@Sew.Recognizer.pull].
 *
 * Returns: (transfer full): a new segment
 */
SewSegment *
sew_segment_new_cue (guint64 utterance, SewWord *const *words, gsize n_words, const char *text,
                     guint64 display_first_sample, guint64 display_n_samples, SewSegmentEnd end)
{
  g_return_val_if_fail (words != NULL || n_words == 0, NULL);
  g_return_val_if_fail (text != NULL, NULL);

  SewSegment *self = make_segment (utterance, words, n_words, g_strdup (text), end);
  self->display_first_sample = display_first_sample;
  self->display_n_samples = display_n_samples;
  return self;
}

/**
 * sew_segment_ref:
 * @self: a segment
 *
 * Takes one more reference.
 *
 * Returns: (transfer full): @self, with one more owner
 */
SewSegment *
sew_segment_ref (SewSegment *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * sew_segment_unref:
 * @self: (transfer full): a segment
 *
 * Gives up one reference; the last one frees the segment.
 */
void
sew_segment_unref (SewSegment *self)
{
  g_return_if_fail (self != NULL);

  if (g_atomic_ref_count_dec (&self->ref_count)) {
    g_ptr_array_unref (self->words);
    g_clear_pointer (&self->alternatives, g_array_unref);
    g_free (self->text);
    g_free (self);
  }
}

/**
 * sew_segment_get_utterance:
 * @self: a segment
 *
 * Segments of the same utterance share this number; it rises by one with each pause, drain or
 * limit.
 *
 * Returns: the utterance's number, from 0
 */
guint64
sew_segment_get_utterance (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->utterance;
}

/**
 * sew_segment_get_end:
 * @self: a segment
 *
 * Tells why the segment ended.
 *
 * Returns: why it ended
 */
SewSegmentEnd
sew_segment_get_end (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, SEW_SEGMENT_END_NONE);

  return self->end;
}

/**
 * sew_segment_is_spoken:
 * @self: a segment
 *
 * Tells whether any of its words was said, so that it is worth showing. Without a script, that is
 * whether it has words; with one, see [method@Sew.Word.is_spoken].
 *
 * Returns: whether any of its words was said
 */
gboolean
sew_segment_is_spoken (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  for (guint i = 0; i < self->words->len; i++)
    if (sew_word_is_spoken (self->words->pdata[i]))
      return TRUE;
  return FALSE;
}

/**
 * sew_segment_get_text:
 * @self: a segment
 *
 * Gives the segment as text: one line, or the lines of a cue with a newline between them.
 *
 * Returns: (transfer none): its words, joined as the language joins them; "" if it has none
 */
const char *
sew_segment_get_text (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->text;
}

/**
 * sew_segment_get_n_words:
 * @self: a segment
 *
 * Counts its words.
 *
 * Returns: how many words it has, maybe 0
 */
gsize
sew_segment_get_n_words (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->words->len;
}

/**
 * sew_segment_get_word:
 * @self: a segment
 * @index: from 0 to one less than [method@Sew.Segment.get_n_words]
 *
 * Gives one of its words.
 *
 * Returns: (transfer none): that word
 */
SewWord *
sew_segment_get_word (const SewSegment *self, gsize index)
{
  g_return_val_if_fail (self != NULL && index < self->words->len, NULL);

  return g_ptr_array_index (self->words, index);
}

/**
 * sew_segment_get_first_sample:
 * @self: a segment
 *
 * Tells where the segment begins.
 *
 * Returns: where its first word begins, in samples of 16 kHz; 0 if it has none
 */
guint64
sew_segment_get_first_sample (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->words->len > 0 ? sew_word_get_first_sample (self->words->pdata[0]) : 0;
}

/**
 * sew_segment_get_n_samples:
 * @self: a segment
 *
 * Tells how long the segment is.
 *
 * Returns: from the start of its first word to the end of its last, in samples; 0 if it has none
 */
guint64
sew_segment_get_n_samples (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, 0);

  if (self->words->len == 0)
    return 0;
  const SewWord *last = self->words->pdata[self->words->len - 1];
  return sew_word_get_first_sample (last) + sew_word_get_n_samples (last)
         - sew_segment_get_first_sample (self);
}

/**
 * sew_segment_get_n_alternatives:
 * @self: a segment
 *
 * Counts the readings of what was said up to the end of this segment: since the last segment that
 * has some. Only segments that end at a pause or with the audio have any, and only if the
 * recognizer is asked for them ([method@Sew.Recognizer.set_n_best]).
 *
 * Returns: how many there are, maybe 0
 */
guint
sew_segment_get_n_alternatives (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->alternatives != NULL ? self->alternatives->len : 0;
}

/**
 * sew_segment_get_alternative:
 * @self: a segment
 * @index: from 0, the best one, to one less than [method@Sew.Segment.get_n_alternatives]
 * @score: (out) (optional): the natural logarithm of how probable this reading is, with the
 * language model and hot words; only the differences between readings of the same speech mean
 * something
 *
 * Gives one of the readings of what was said. The first one is what the segments' words are.
 *
 * Returns: (transfer none): its words, spelled as those of segments are, with spaces between them;
 * "" if nothing was said in it
 */
const char *
sew_segment_get_alternative (const SewSegment *self, guint index, double *score)
{
  g_return_val_if_fail (self != NULL && index < sew_segment_get_n_alternatives (self), NULL);

  const SewAlternative *alternative = &g_array_index (self->alternatives, SewAlternative, index);
  if (score != NULL)
    *score = alternative->score;
  return alternative->text;
}

/**
 * sew_segment_get_display_first_sample:
 * @self: a segment
 *
 * Tells when the segment's text should appear: for a cue ([enum@Sew.Granularity.CUE]) with its
 * first word, or later if the cue before needs the time; for others with the first word.
 *
 * Returns: samples of 16 kHz since the start of the stream; 0 if it has no words
 */
guint64
sew_segment_get_display_first_sample (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->display_first_sample;
}

/**
 * sew_segment_get_display_n_samples:
 * @self: a segment
 *
 * Tells how long the segment's text should be shown: a cue for as long as it takes to read it,
 * which may reach into the silence after it, but never into the next cue; others while they are
 * said.
 *
 * Returns: a number of samples; 0 if it has no words
 */
guint64
sew_segment_get_display_n_samples (const SewSegment *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->display_n_samples;
}
