/* SPDX-License-Identifier: MIT */
#include "recognizer-private.h"

#include "threads/crew.h"

/* What users choose about a recognizer. */

/* What SewCueLimits may ask for. */
#define MOST_LINES 8
#define LONGEST_LINE 250
#define LONGEST_DURATION ((guint64) 3600 * SEW_SAMPLE_RATE_HZ)

/**
 * sew_recognizer_get_model:
 * @self: a recognizer
 *
 * Tells which model it recognizes with.
 *
 * Returns: (transfer none): its model
 */
SewModel *
sew_recognizer_get_model (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), NULL);

  return self->model;
}

/**
 * sew_recognizer_set_granularity:
 * @self: a recognizer
 * @granularity: what to make a segment of; [enum@Sew.Granularity.WORD] at first
 *
 * Takes effect with the next word.
 */
void
sew_recognizer_set_granularity (SewRecognizer *self, SewGranularity granularity)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  sew_segmenter_set_granularity (self->segmenter, granularity);
}

/**
 * sew_recognizer_get_granularity:
 * @self: a recognizer
 *
 * Tells what a segment is made of.
 *
 * Returns: what a segment is made of
 */
SewGranularity
sew_recognizer_get_granularity (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), SEW_GRANULARITY_WORD);

  return sew_segmenter_get_granularity (self->segmenter);
}

/**
 * sew_recognizer_set_cue_limits:
 * @self: a recognizer
 * @limits: what cues have to keep; [ctor@Sew.CueLimits.new] at first
 *
 * Chooses how large cues ([enum@Sew.Granularity.CUE]) may be, and how long they are shown. What is
 * held for a cue becomes one before the limits change. A limit above its greatest value
 * ([struct@Sew.CueLimits]) counts as that.
 *
 * Lines, their length, the longest duration and the order are always kept: no cue appears before
 * its first word or before the one before it has gone. Only a character that is wider than a line
 * stands out of it, and a word that is wider is cut into pieces. Speech that is faster than the
 * reading speed makes the cues that follow late, at most 2 s behind their first word; where that
 * would not do, first the reading speed, then the shortest duration, then the gap are not kept.
 */
void
sew_recognizer_set_cue_limits (SewRecognizer *self, const SewCueLimits *limits)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (limits != NULL && limits->max_lines > 0 && limits->line_length > 0
                    && limits->max_duration > 0);

  SewCueLimits kept = *limits;

  kept.max_lines = MIN (kept.max_lines, MOST_LINES);
  kept.line_length = MIN (kept.line_length, LONGEST_LINE);
  kept.max_duration = MIN (kept.max_duration, LONGEST_DURATION);
  kept.min_duration = MIN (kept.min_duration, kept.max_duration);
  kept.gap = MIN (kept.gap, LONGEST_DURATION);
  sew_segmenter_set_cue_limits (self->segmenter, &kept);
}

/**
 * sew_recognizer_get_cue_limits:
 * @self: a recognizer
 *
 * Tells what cues have to keep.
 *
 * Returns: (transfer none): the limits
 */
const SewCueLimits *
sew_recognizer_get_cue_limits (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), NULL);

  return sew_segmenter_get_cue_limits (self->segmenter);
}

static const char *
find_spelling (gconstpointer spellings, const char *lower_case)
{
  return sew_spellings_find (spellings, lower_case);
}

void
sew_recognizer_choose_spellings (SewRecognizer *self)
{
  SewLanguageModel *language_model = self->options.language_model;
  gboolean wanted = language_model != NULL && self->caser.text_case == SEW_TEXT_CASE_SENTENCE;

  self->caser.speller = wanted ? sew_language_model_get_spellings (language_model) : NULL;
  self->caser.find_spelling = self->caser.speller != NULL ? find_spelling : NULL;
}

/**
 * sew_recognizer_set_text_case:
 * @self: a recognizer
 * @text_case: how words are spelled; [enum@Sew.TextCase.AS_IS] at first
 *
 * Takes effect with the next word.
 */
void
sew_recognizer_set_text_case (SewRecognizer *self, SewTextCase text_case)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  self->caser.text_case = text_case;
  sew_recognizer_choose_spellings (self);
}

/**
 * sew_recognizer_get_text_case:
 * @self: a recognizer
 *
 * Tells how words are spelled.
 *
 * Returns: how words are spelled
 */
SewTextCase
sew_recognizer_get_text_case (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), SEW_TEXT_CASE_AS_IS);

  return self->caser.text_case;
}

/**
 * sew_recognizer_set_min_confidence:
 * @self: a recognizer
 * @confidence: from 0 to 1; 0 at first, which leaves nothing out
 *
 * Leaves out words whose [confidence](method.Word.get_confidence.html) is below this, as most
 * are that a model reads into music and noise. So are some that were said, above all those that
 * were read wrongly. The words of a script are all handed out, and whole readings of an utterance
 * ([method@Sew.Recognizer.set_n_best]) stay as they are. Takes effect with the next word.
 */
void
sew_recognizer_set_min_confidence (SewRecognizer *self, float confidence)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (confidence >= 0.0f && confidence <= 1.0f);

  self->min_confidence = confidence;
}

/**
 * sew_recognizer_get_min_confidence:
 * @self: a recognizer
 *
 * Tells which words are left out.
 *
 * Returns: the confidence that words need, from 0 to 1
 */
float
sew_recognizer_get_min_confidence (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0.0f);

  return self->min_confidence;
}

gboolean
sew_recognizer_believes (SewRecognizer *self, const SewWord *word)
{
  return sew_word_get_confidence (word) >= self->min_confidence;
}

/**
 * sew_recognizer_set_latency:
 * @self: a recognizer
 * @n_samples: how much later than its last sample a word may be handed out, in samples of 16 kHz;
 * 0, as at first, for as late as it takes to be right, which is what files want
 *
 * Chooses between long windows and short ones that slide. What was pushed and is not drained is
 * dropped, as [method@Sew.Recognizer.reset] does.
 */
void
sew_recognizer_set_latency (SewRecognizer *self, guint64 n_samples)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  if (n_samples == self->latency)
    return;
  self->latency = n_samples;
  sew_segmenter_set_live (self->segmenter, n_samples > 0);
  sew_recognizer_lay_out_windows (self);
  sew_recognizer_reset (self);
}

/**
 * sew_recognizer_get_latency:
 * @self: a recognizer
 *
 * Tells how late words may be.
 *
 * Returns: the latency it was set to, in samples of 16 kHz; 0 if it may take its time
 */
guint64
sew_recognizer_get_latency (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0);

  return self->latency;
}

/**
 * sew_recognizer_set_n_threads:
 * @self: a recognizer
 * @n_threads: how many threads may work for it at the same time, up to 64; 0, as at first, for as
 *   many as this process has processors for (its affinity and its control group count)
 *
 * Lets it use several processors. Where words may be late, windows run side by side; where they
 * may not ([method@Sew.Recognizer.set_latency]), the work on each is shared. The result is the same
 * with any number. All recognizers of a process share their threads: there are never more than the
 * largest number that one of them asked for, besides those that push samples.
 */
void
sew_recognizer_set_n_threads (SewRecognizer *self, guint n_threads)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (n_threads <= SEW_CREW_LIMIT);

  if (n_threads == self->n_threads)
    return;
  sew_recognizer_finish_windows (self);
  self->n_threads = n_threads;
  sew_recognizer_lay_out_threads (self);
}

/**
 * sew_recognizer_get_n_threads:
 * @self: a recognizer
 *
 * Tells how many threads it may use.
 *
 * Returns: the number it was set to; 0 for as many as there are processors for
 */
guint
sew_recognizer_get_n_threads (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0);

  return self->n_threads;
}
