/* SPDX-License-Identifier: MIT */
#include "decoder/beam-decoder.h"
#include "math/kernels.h"
#include "recognizer-private.h"
#include "stream/window-plan.h"
#include "threads/processors.h"

/* So long without a letter ends an utterance; a longer utterance ends with a word. */
#define PAUSE_MS 700
#define LONGEST_UTTERANCE_MS 15000
/* What is quiet may be the soft beginning of a word. */
#define ONSET_MS 300

/**
 * SewRecognizer:
 *
 * One stream of samples in, timed words out.
 *
 * Push samples of 16 kHz in chunks of any size, and after each push pull segments until there are
 * no more. At the end of the audio, drain and pull the rest:
 *
 * ```c
 * while ((n = read_samples (samples)) > 0) {
 *   if (!sew_recognizer_push (recognizer, samples, n, NULL, &error))
 *     break;
 *   print_segments (recognizer);
 * }
 * sew_recognizer_drain (recognizer, NULL, &error);
 * print_segments (recognizer);
 * ```
 *
 * The size of the chunks makes no difference to the result. Audio of any length takes the same
 * memory: it is read in overlapping windows, and a clip that fits one window (30 s) gives exactly
 * what the encoder makes of the whole clip.
 *
 * A recognizer belongs to one thread at a time. The model may be shared.
 */
G_DEFINE_FINAL_TYPE (SewRecognizer, sew_recognizer, G_TYPE_OBJECT)

static guint64
to_frames (SewRecognizer *self, guint64 n_samples)
{
  return n_samples / sew_model_get_samples_per_frame (self->model);
}

void
sew_recognizer_lay_out_windows (SewRecognizer *self)
{
  const SewModelConfig *config = sew_model_get_config (self->model);
  SewWindowPlan plan;

  sew_window_plan_init (&plan, config, self->latency);
  g_clear_pointer (&self->windower, sew_windower_free);
  g_clear_pointer (&self->stitcher, sew_stitcher_free);
  g_clear_pointer (&self->activity, sew_activity_free);
  g_free (self->log_probs);
  self->windower = sew_windower_new (&plan.windowing);
  self->step = plan.windowing.step;
  self->activity = sew_activity_new (plan.windowing.window);
  self->right_context = plan.stitching.right_context;
  self->stitcher = sew_stitcher_new (&plan.stitching, sew_model_get_vocabulary (self->model));
  self->log_probs = g_new (float, sew_model_config_count_frames (config, plan.windowing.window)
                                      * config->vocabulary_size);
  sew_recognizer_lay_out_threads (self);
}

/* Several threads run a window each, ahead of the decoder, where words may be late. Where they may
 * not, there is one window at a time to share; and so it is with the last one of a clip. */
void
sew_recognizer_lay_out_threads (SewRecognizer *self)
{
  const SewEncoder *encoder = sew_model_get_encoder (self->model);
  guint n_threads = self->n_threads > 0 ? self->n_threads : sew_processors_count ();

  g_clear_pointer (&self->runner, sew_window_runner_free);
  g_clear_pointer (&self->encoder_state, sew_encoder_state_free);
  self->encoder_state = sew_encoder_state_new (encoder, n_threads);
  if (n_threads > 1 && self->latency == 0)
    self->runner = sew_window_runner_new (encoder, sew_model_get_config (self->model),
                                          sew_windower_get_window (self->windower), n_threads);
}

static void
begin_clip (SewRecognizer *self, guint64 first_sample)
{
  self->origin = first_sample;
  self->position = first_sample;
  self->certain = first_sample;
  self->reading = (SewReading){ 0 };
  self->ahead_is_old = TRUE;
  sew_activity_reset (self->activity);
  sew_stitcher_reset (self->stitcher);
  sew_decoder_begin (self->decoder, first_sample);
  if (self->script_reader != NULL)
    sew_script_reader_begin (self->script_reader, first_sample);
  sew_text_caser_end_sentence (&self->caser);
  sew_endpointer_init (&self->endpointer, to_frames (self, SEW_MS_TO_SAMPLES (PAUSE_MS)));
}

static void
sew_recognizer_finalize (GObject *object)
{
  SewRecognizer *self = SEW_RECOGNIZER (object);

  g_clear_pointer (&self->ahead, sew_segment_unref);
  sew_segmenter_free (self->segmenter);
  g_clear_pointer (&self->script_reader, sew_script_reader_free);
  sew_decoder_free (self->decoder);
  g_clear_object (&self->options.language_model);
  sew_stitcher_free (self->stitcher);
  sew_activity_free (self->activity);
  g_free (self->log_probs);
  sew_window_runner_free (self->runner);
  sew_encoder_state_free (self->encoder_state);
  sew_windower_free (self->windower);
  g_object_unref (self->model);
  G_OBJECT_CLASS (sew_recognizer_parent_class)->finalize (object);
}

static void
sew_recognizer_class_init (SewRecognizerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sew_recognizer_finalize;
}

static void
sew_recognizer_init (SewRecognizer *self)
{
  self->options.beam_width = SEW_DEFAULT_BEAM_WIDTH;
  self->options.beam_threshold = SEW_DEFAULT_BEAM_THRESHOLD;
  self->options.token_threshold = SEW_DEFAULT_TOKEN_THRESHOLD;
}

/**
 * sew_recognizer_new:
 * @model: the model to recognize with
 *
 * Makes a recognizer for one stream. It hands out words ([enum@Sew.Granularity]) and may be as late
 * as suits it; see [method@Sew.Recognizer.set_latency] for live audio.
 *
 * Returns: (transfer full): a new recognizer
 */
SewRecognizer *
sew_recognizer_new (SewModel *model)
{
  g_return_val_if_fail (SEW_IS_MODEL (model), NULL);

  SewRecognizer *self = g_object_new (SEW_TYPE_RECOGNIZER, NULL);
  self->model = g_object_ref (model);
  self->decoder = sew_decoder_new (sew_model_get_vocabulary (model),
                                   sew_model_get_samples_per_frame (model));
  self->caser.is_cased = sew_vocabulary_is_cased (sew_model_get_vocabulary (model));
  self->caser.is_english = sew_model_is_english (model);
  self->segmenter = sew_segmenter_new (sew_model_get_word_separator (model),
                                       SEW_MS_TO_SAMPLES (LONGEST_UTTERANCE_MS));
  sew_recognizer_lay_out_windows (self);
  begin_clip (self, 0);
  return self;
}

static void
take_words (SewRecognizer *self)
{
  SewWord *word;

  while ((word = sew_decoder_pull (self->decoder)) != NULL)
    if (sew_recognizer_believes (self, word))
      sew_segmenter_push (self->segmenter, sew_text_caser_apply (&self->caser, word));
    else
      sew_word_unref (word);
}

static void
end_utterance (SewRecognizer *self, SewSegmentEnd end)
{
  guint n_alternatives;
  const SewAlternative *alternatives = sew_decoder_get_alternatives (self->decoder,
                                                                     &n_alternatives);

  if (sew_segmenter_end_utterance (self->segmenter, end))
    sew_segmenter_set_alternatives (self->segmenter, &self->caser, alternatives, n_alternatives);
}

/* All before that frame of the clip is decoded: what is open at a pause is a word, and the last one
 * of its utterance. */
static void
end_utterance_at_pause (SewRecognizer *self, guint64 frame)
{
  if (!sew_endpointer_advance (&self->endpointer, frame))
    return;
  sew_decoder_finish (self->decoder);
  take_words (self);
  end_utterance (self, SEW_SEGMENT_END_PAUSE);
  sew_text_caser_end_sentence (&self->caser);
}

/* log_probs: [vocabulary size] of one frame of the clip. */
static void
decode_frame (SewRecognizer *self, guint64 frame, const float *log_probs)
{
  if (self->script_reader != NULL) {
    sew_script_reader_push (self->script_reader, frame, log_probs);
    sew_recognizer_take_script_words (self);
    return;
  }
  gboolean is_letter = sew_decoder_push (self->decoder, frame, log_probs);

  take_words (self);
  if (is_letter)
    sew_endpointer_push_letter (&self->endpointer, frame + 1);
  else
    end_utterance_at_pause (self, frame + 1);
}

/* The end of what is taken of a window. Of live audio all was taken that has enough context, and
 * there is no time to wait for what comes next; but a beam may see other words than the best path,
 * by which the window was left, so that no word is made to end there. log_probs: of the n_frames
 * that are left. */
static void
leave_window (SewRecognizer *self, gboolean between_words, gboolean last, const float *log_probs,
              gsize n_frames)
{
  if (self->script_reader != NULL)
    return;
  if (last)
    sew_decoder_finish (self->decoder);
  else if (self->latency > 0 && self->options.n_best == 0)
    sew_decoder_commit (self->decoder, log_probs, n_frames, between_words);
  else if (between_words)
    sew_decoder_end_word (self->decoder);
  take_words (self);
}

/* The stream's sample from which on there may be words that are not certain yet. */
static guint64
find_uncertain (SewRecognizer *self)
{
  if (self->script_reader != NULL)
    return MIN (self->certain, sew_script_reader_get_position (self->script_reader));
  if (sew_decoder_is_open (self->decoder))
    return MIN (self->certain, sew_decoder_get_position (self->decoder));
  return self->certain;
}

/* To where the windows have been taken. */
static void
advance (SewRecognizer *self)
{
  guint samples_per_frame = sew_model_get_samples_per_frame (self->model);
  guint64 position = sew_stitcher_get_position (self->stitcher) * samples_per_frame;
  guint64 certain = sew_stitcher_get_certain (self->stitcher) * samples_per_frame;

  self->position = MAX (self->position, self->origin + position);
  self->certain = MAX (self->certain, self->origin + certain);
  sew_segmenter_advance (self->segmenter, find_uncertain (self));
}

/* Whether nothing is to be heard in all that is new in a window, and that can't belong to a word.
 */
static gboolean
is_quiet (SewRecognizer *self, const SewWindow *window)
{
  guint64 done = MAX (self->position - self->origin, window->first_sample);

  return !sew_recognizer_is_in_word (self) && done >= window->quiet_from
         && done <= window->first_sample + window->n_samples;
}

/* No word comes of a quiet window, so its end is as sure as its beginning. */
static void
skip_window (SewRecognizer *self, guint64 first_frame, gsize n_frames, gboolean last)
{
  gsize n_onset = (gsize) to_frames (self, SEW_MS_TO_SAMPLES (ONSET_MS));
  gsize n_kept = last ? 0 : MIN (n_frames, MAX (self->right_context, n_onset));
  guint64 frame = first_frame + n_frames - n_kept;

  self->reading.n_frames = 0;
  sew_stitcher_skip (self->stitcher, frame);
  if (self->script_reader != NULL) {
    sew_script_reader_skip (self->script_reader, frame);
    sew_recognizer_take_script_words (self);
  }
  end_utterance_at_pause (self, first_frame + n_frames);
  advance (self);
}

/* FALSE if it was cancelled. */
static gboolean
encode_window (SewRecognizer *self, const SewWindow *window, GCancellable *cancellable)
{
  const SewModelConfig *config = sew_model_get_config (self->model);
  gsize n_frames = sew_model_config_count_frames (config, window->n_samples);

  if (!sew_encoder_run (sew_model_get_encoder (self->model), self->encoder_state, window->samples,
                        window->n_samples, self->log_probs, cancellable))
    return FALSE;
  sew_kernels_get ()->log_softmax (sew_matrix (self->log_probs, n_frames, config->vocabulary_size));
  return TRUE;
}

/* One window through all the stages; log_probs: what was made of it ahead, or NULL. FALSE if it was
 * cancelled. */
static gboolean
run_window (SewRecognizer *self, const SewWindow *window, float *log_probs,
            GCancellable *cancellable)
{
  const SewModelConfig *config = sew_model_get_config (self->model);
  gsize n_symbols = config->vocabulary_size;
  gsize n_frames = sew_model_config_count_frames (config, window->n_samples);
  guint64 first_frame = to_frames (self, window->first_sample);

  if (n_frames == 0)
    return TRUE;
  self->ahead_is_old = TRUE;
  if (is_quiet (self, window)) {
    skip_window (self, first_frame, n_frames, window->last);
    return TRUE;
  }
  if (log_probs == NULL) {
    if (!encode_window (self, window, cancellable))
      return FALSE;
    log_probs = self->log_probs;
    self->reading = (SewReading){ first_frame, n_frames };
  }
  SewCut cut = sew_stitcher_cut (self->stitcher, log_probs, first_frame, n_frames, window->last);
  for (gsize t = cut.from; t < cut.to; t++)
    decode_frame (self, first_frame + t, log_probs + t * n_symbols);
  leave_window (self, cut.between_words, window->last, log_probs + cut.to * n_symbols,
                n_frames - cut.to);
  advance (self);
  return TRUE;
}

/* Decodes what runs ahead, in order: until no more than n_left windows are on their way, and as far
 * as they are done. FALSE if it was cancelled. */
static gboolean
take_windows (SewRecognizer *self, guint n_left, GCancellable *cancellable)
{
  SewWindow window;
  float *log_probs;

  while (self->runner != NULL) {
    gboolean waits = sew_window_runner_count (self->runner) > n_left;
    switch (sew_window_runner_pull (self->runner, waits, cancellable, &window, &log_probs)) {
    case SEW_WINDOW_RUNNER_DONE:
      if (!run_window (self, &window, log_probs, cancellable))
        return FALSE;
      break;
    case SEW_WINDOW_RUNNER_BUSY:
      return TRUE;
    case SEW_WINDOW_RUNNER_CANCELLED:
      return FALSE;
    }
  }
  return TRUE;
}

void
sew_recognizer_finish_windows (SewRecognizer *self)
{
  take_windows (self, 0, NULL);
}

static gboolean
fail_cancelled (GCancellable *cancellable, GError **error)
{
  g_cancellable_set_error_if_cancelled (cancellable, error);
  return FALSE;
}

/* A window that is quiet all through will hardly be asked for. */
static gboolean
begin_window (SewRecognizer *self, SewWindow *window, GCancellable *cancellable)
{
  window->quiet_from = sew_activity_find_quiet (self->activity, window->first_sample);
  guint n_ahead = self->runner != NULL ? sew_window_runner_count (self->runner) : 0;

  if (self->runner == NULL || (window->last && n_ahead == 0))
    return run_window (self, window, NULL, cancellable);
  if (sew_window_runner_is_full (self->runner) && !take_windows (self, n_ahead - 1, cancellable))
    return FALSE;
  sew_window_runner_push (self->runner, window, window->quiet_from > window->first_sample);
  return take_windows (self, G_MAXUINT, cancellable);
}

/**
 * sew_recognizer_push:
 * @self: a recognizer
 * @samples: (array length=n_samples): mono, 16 kHz, full scale at 1.0
 * @n_samples: how many
 * @cancellable: (nullable): to stop the work from another thread
 * @error: return location for an error
 *
 * Takes samples, and runs the encoder whenever they complete a window; so most calls return at
 * once, and some take a while. With several threads ([method@Sew.Recognizer.set_n_threads]) some
 * windows run in the background, and their words come with a later call. Pull afterwards.
 *
 * If it fails with `SEW_ERROR_INVALID_AUDIO`, a sample is not a finite number; none of @samples
 * were taken, and the recognizer goes on as before. If it fails with `G_IO_ERROR_CANCELLED`, it
 * must be [reset](method.Recognizer.reset.html) before it is used again.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
gboolean
sew_recognizer_push (SewRecognizer *self, const float *samples, gsize n_samples,
                     GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), FALSE);
  g_return_val_if_fail (samples != NULL || n_samples == 0, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  SewWindow window;

  if (!sew_samples_check (samples, n_samples, self->n_pushed, error))
    return FALSE;
  if (self->options_changed && self->n_pushed == self->origin)
    sew_recognizer_make_decoder (self);
  if (!take_windows (self, G_MAXUINT, cancellable))
    return fail_cancelled (cancellable, error);
  while (n_samples > 0) {
    gsize n_taken = sew_windower_push (self->windower, samples, n_samples);
    sew_activity_push (self->activity, samples, n_taken);
    samples += n_taken;
    n_samples -= n_taken;
    self->n_pushed += n_taken;
    if (sew_windower_next (self->windower, &window) && !begin_window (self, &window, cancellable))
      return fail_cancelled (cancellable, error);
  }
  return TRUE;
}

/**
 * sew_recognizer_drain:
 * @self: a recognizer
 * @cancellable: (nullable): to stop the work from another thread
 * @error: return location for an error
 *
 * Ends the clip: recognizes all that was pushed, and ends the utterance. What is pushed afterwards
 * is a new clip that has nothing to do with this one, but its samples are counted on.
 *
 * Returns: %TRUE, or %FALSE with @error set to `G_IO_ERROR_CANCELLED`; then it must be reset
 */
gboolean
sew_recognizer_drain (SewRecognizer *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  SewWindow window;

  if (sew_windower_finish (self->windower, &window) && !begin_window (self, &window, cancellable))
    return fail_cancelled (cancellable, error);
  if (!take_windows (self, 0, cancellable))
    return fail_cancelled (cancellable, error);
  if (self->script_reader != NULL) {
    sew_script_reader_finish (self->script_reader);
    sew_recognizer_take_script_words (self);
  }
  end_utterance (self, SEW_SEGMENT_END_DRAIN);
  begin_clip (self, self->n_pushed);
  return TRUE;
}

/**
 * sew_recognizer_pull:
 * @self: a recognizer
 *
 * Hands out the next segment. Segments come in order, and their words never overlap or go back.
 *
 * Returns: (transfer full) (nullable): a segment, or %NULL if more samples are needed first
 */
SewSegment *
sew_recognizer_pull (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), NULL);

  return sew_segmenter_pull (self->segmenter);
}

/**
 * sew_recognizer_reset:
 * @self: a recognizer
 *
 * Drops all that was pushed and not pulled. Samples are counted from 0 again.
 */
void
sew_recognizer_reset (SewRecognizer *self)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  sew_windower_reset (self->windower);
  if (self->runner != NULL)
    sew_window_runner_reset (self->runner);
  sew_segmenter_reset (self->segmenter);
  if (self->script_reader != NULL)
    sew_script_reader_reset (self->script_reader, self->latency > 0);
  self->n_pushed = 0;
  begin_clip (self, 0);
}

/**
 * sew_recognizer_get_position:
 * @self: a recognizer
 *
 * How far the recognizer has got: once all segments are pulled, no segment to come begins before
 * this sample.
 *
 * Returns: a number of samples of 16 kHz since the start of the stream
 */
guint64
sew_recognizer_get_position (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0);

  return MIN (find_uncertain (self), sew_segmenter_get_pending (self->segmenter));
}
