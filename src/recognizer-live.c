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

/* The frames of the last window from which no word has been made, as the best path has them. */
static void
read_words (SewRecognizer *self, GPtrArray *words)
{
  const SewReading *reading = &self->reading;
  guint n_symbols = sew_model_get_config (self->model)->vocabulary_size;
  guint samples_per_frame = sew_model_get_samples_per_frame (self->model);
  guint64 position = MAX (self->position, self->origin);
  SewTextCaser caser = self->caser; /* as it is now, and not as these words would leave it */
  SewWord *word;

  if (sew_decoder_is_open (self->decoder))
    position = MIN (position, sew_decoder_get_position (self->decoder));
  guint64 first = MAX ((position - self->origin) / samples_per_frame, reading->first_frame);

  SewDecoder *decoder = sew_decoder_new (sew_model_get_vocabulary (self->model), samples_per_frame);
  sew_decoder_begin (decoder, self->origin);
  for (guint64 frame = first; frame < reading->first_frame + reading->n_frames; frame++)
    sew_decoder_push (decoder, frame, self->log_probs + (frame - reading->first_frame) * n_symbols);
  sew_decoder_finish (decoder);
  while ((word = sew_decoder_pull (decoder)) != NULL)
    g_ptr_array_add (words, sew_text_caser_apply (&caser, word));
  sew_decoder_free (decoder);
}

/**
 * sew_recognizer_read_ahead:
 * @self: a recognizer with a latency
 *
 * Tells how the utterance seems to go on: its words that are certain but not handed out, as
 * [enum@Sew.Granularity.UTTERANCE] has them, and after those the words as the latest run of the
 * encoder has them, which the next one may see otherwise. Nothing of this is handed out: each word
 * still comes as part of a segment once it is certain. With a script there is nothing to tell.
 *
 * Returns: (transfer full) (nullable): the words, or %NULL if there are none
 */
SewSegment *
sew_recognizer_read_ahead (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), NULL);

  if (self->script_reader != NULL)
    return NULL;

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
