/* SPDX-License-Identifier: MIT */
#include "recognizer-private.h"
#include "stream/window-plan.h"

/* What only matters where audio comes in as it is spoken. */

/**
 * sew_recognizer_get_delay:
 * @self: a recognizer
 *
 * Tells how much later than its last sample a word is handed out at most, if running the encoder
 * took no time at all. It follows from the [latency](method.Recognizer.set_latency.html) and the
 * [pace](method.Recognizer.set_pace.html); words that have no gap between them can take longer.
 *
 * Returns: a number of samples of 16 kHz
 */
guint64
sew_recognizer_get_delay (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0);

  guint64 n_frames = self->script_reader != NULL ? sew_script_reader_get_live_delay () : 0;

  /* one frame more, as a window is only read when a sample after it is there */
  n_frames += self->right_context + 1;
  return self->step + n_frames * sew_model_get_samples_per_frame (self->model);
}

/**
 * sew_recognizer_set_pace:
 * @self: a recognizer with a latency
 * @n_samples: how many samples to wait for, at least, between two runs of the encoder
 *
 * Where the encoder is too slow to look at recent audio as often as the latency wants, it can look
 * less often: no audio is lost, but words are later by so much. The pace is never above half a
 * window. It takes effect after the next run, and a new latency sets it anew.
 */
void
sew_recognizer_set_pace (SewRecognizer *self, guint64 n_samples)
{
  SewWindowPlan plan;

  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  sew_window_plan_init (&plan, sew_model_get_config (self->model), self->latency);
  gsize grid = plan.windowing.grid;
  guint64 most = plan.windowing.window / 2;
  guint64 rounded = (MIN (n_samples, most) + grid - 1) / grid * grid;
  self->step = MAX (plan.windowing.step, (gsize) rounded);
  sew_windower_set_step (self->windower, self->step);
}

/* What the decoder makes of the frames of the last window from which no word has been made. */
static void
read_words (SewRecognizer *self, GPtrArray *words)
{
  const SewReading *reading = &self->reading;
  guint64 n_done = MAX (self->position, self->origin) - self->origin;
  SewTextCaser caser = self->caser; /* as it is now, and not as these words would leave it */
  guint first_word = words->len;

  sew_decoder_read_ahead (self->decoder, self->log_probs, reading->first_frame, reading->n_frames,
                          n_done / sew_model_get_samples_per_frame (self->model), words);
  for (guint i = words->len; i-- > first_word;)
    if (!sew_recognizer_believes (self, words->pdata[i]))
      g_ptr_array_remove_index (words, i);
  for (guint i = first_word; i < words->len; i++)
    words->pdata[i] = sew_text_caser_apply (&caser, words->pdata[i]);
}

/* (transfer full): or NULL */
static SewSegment *
make_ahead (SewRecognizer *self)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  const GPtrArray *certain = sew_segmenter_get_words (self->segmenter);

  for (guint i = 0; i < certain->len; i++)
    g_ptr_array_add (words, sew_word_ref (certain->pdata[i]));
  read_words (self, words);
  if (words->len == 0)
    return NULL;
  return sew_segment_new (sew_segmenter_get_utterance (self->segmenter),
                          (SewWord *const *) words->pdata, words->len,
                          sew_model_get_word_separator (self->model), SEW_SEGMENT_END_NONE);
}

/**
 * sew_recognizer_read_ahead:
 * @self: a recognizer with a latency
 *
 * Tells how the utterance seems to go on: its words that are certain but not handed out, as
 * [enum@Sew.Granularity.UTTERANCE] has them, and after those the words that the decoder makes of
 * the latest run of the encoder, which the next one may see otherwise. Nothing of this is handed
 * out: each word still comes as part of a segment once it is certain. With a script there is
 * nothing to tell. It is worked out once for each run of the encoder, however often it is asked
 * for.
 *
 * Returns: (transfer full) (nullable): the words, or %NULL if there are none
 */
SewSegment *
sew_recognizer_read_ahead (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), NULL);

  if (self->script_reader != NULL)
    return NULL;
  if (self->ahead_is_old) {
    g_clear_pointer (&self->ahead, sew_segment_unref);
    self->ahead = make_ahead (self);
    self->ahead_is_old = FALSE;
  }
  return self->ahead != NULL ? sew_segment_ref (self->ahead) : NULL;
}
