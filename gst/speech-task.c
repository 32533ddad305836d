/* SPDX-License-Identifier: MIT */
#include "speech-task.h"

#include <math.h>
#include <string.h>

#include "audio-queue.h"
#include "elements.h"
#include "pacing.h"
#include "recognizer-loader.h"

#define GST_CAT_DEFAULT sew_debug

/* The recognizer gets this much at a time, so that words come out as soon as they are there. */
#define SLICE_SAMPLES SEW_SAMPLE_RATE_HZ
#define LIVE_SLICE_SAMPLES (SEW_SAMPLE_RATE_HZ / 10)
/* A push that takes less has only stored samples. */
#define LEAST_WORK_US 1000

struct _SewSpeechTask {
  GstElement *element;
  SewRecognitionSettings *settings;
  const SewSpeechTaskFuncs *funcs;
  gpointer user_data;

  guint64 latency_samples; /* under the element's object lock */
  int live;                /* atomic */
  int partial;             /* atomic: whether it is wanted */

  SewAudioQueue *queue;
  GstTask *task;
  GRecMutex task_lock; /* held while an item is handled */
  GCancellable *cancellable;
  GCancellable *nudge; /* what waits for the model is to look what there is to do */
  int failed;          /* atomic: an error was posted, audio is refused */

  /* belongs to the task's thread */
  SewRecognizerLoader *loader;
  SewRecognizer *recognizer;
  gboolean knows_hot_words; /* the recognizer, maybe none */
  SewStreamTimeline timeline;
  gsize n_undrained; /* samples since the last drain */
  GstSegment segment;
  SewPacing pacing;
  GstClockTime delay;      /* as told last */
  char *partial_text;      /* as told last, or NULL */
  GstClockTime resume_pts; /* of audio without a timestamp that goes on from nothing known */
};

SewSpeechTask *
sew_speech_task_new (GstElement *element, SewRecognitionSettings *settings,
                     const SewSpeechTaskFuncs *funcs, gpointer user_data)
{
  SewSpeechTask *self = g_new0 (SewSpeechTask, 1);

  self->element = element;
  self->settings = settings;
  self->loader = sew_recognizer_loader_new (element, settings);
  self->funcs = funcs;
  self->user_data = user_data;
  self->queue = sew_audio_queue_new (element);
  self->cancellable = g_cancellable_new ();
  self->nudge = g_cancellable_new ();
  g_rec_mutex_init (&self->task_lock);
  sew_stream_timeline_init (&self->timeline);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  return self;
}

void
sew_speech_task_free (SewSpeechTask *self)
{
  sew_stream_timeline_clear (&self->timeline);
  g_rec_mutex_clear (&self->task_lock);
  g_object_unref (self->cancellable);
  g_object_unref (self->nudge);
  sew_recognizer_loader_free (self->loader);
  sew_audio_queue_free (self->queue);
  g_free (self->partial_text);
  g_free (self);
}

void
sew_speech_task_set_latency (SewSpeechTask *self, GstClockTime latency, gboolean live)
{
  GST_OBJECT_LOCK (self->element);
  self->latency_samples = gst_util_uint64_scale (latency, SEW_SAMPLE_RATE_HZ, GST_SECOND);
  GST_OBJECT_UNLOCK (self->element);
  g_atomic_int_set (&self->live, live);
  sew_audio_queue_set_live (self->queue, live);
}

void
sew_speech_task_set_partial (SewSpeechTask *self, gboolean partial)
{
  g_atomic_int_set (&self->partial, partial);
}

/* One GError becomes one error message, and the end of the work. It is posted first, as a source
 * that is refused posts one that says nothing. */
static void
fail (SewSpeechTask *self, const GError *error, GstClockTime pts)
{
  g_autofree char *where = NULL;

  if (GST_CLOCK_TIME_IS_VALID (pts))
    where = g_strdup_printf (
        " at stream time %" GST_TIME_FORMAT,
        GST_TIME_ARGS (gst_segment_to_stream_time (&self->segment, GST_FORMAT_TIME, pts)));
  g_autofree char *text = g_strconcat (error->message, where, NULL);

  if (g_error_matches (error, SEW_ERROR, SEW_ERROR_INVALID_AUDIO))
    GST_ELEMENT_ERROR (self->element, STREAM, DECODE, ("%s", text), (NULL));
  else if (g_error_matches (error, SEW_ERROR, SEW_ERROR_NOT_FOUND))
    GST_ELEMENT_ERROR (self->element, RESOURCE, NOT_FOUND, ("%s", text), (NULL));
  else if (g_error_matches (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED))
    GST_ELEMENT_ERROR (self->element, RESOURCE, SETTINGS, ("%s", text), (NULL));
  else
    GST_ELEMENT_ERROR (self->element, RESOURCE, READ, ("%s", text), (NULL));
  g_atomic_int_set (&self->failed, TRUE);
}

/* FALSE if it failed or the cancellable fired. */
static gboolean
ensure_recognizer (SewSpeechTask *self, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (self->recognizer != NULL)
    return TRUE;
  if (g_atomic_int_get (&self->failed))
    return FALSE;
  self->recognizer = sew_recognizer_loader_finish (self->loader, cancellable, &error);
  if (self->recognizer != NULL
      && !sew_recognition_settings_apply_script (self->settings, self->recognizer, &error))
    g_clear_object (&self->recognizer);
  if (self->recognizer == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, error, GST_CLOCK_TIME_NONE);
  if (self->recognizer != NULL)
    sew_audio_queue_set_loading (self->queue, FALSE);
  return self->recognizer != NULL;
}

static void
hand_out (SewSpeechTask *self)
{
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (self->recognizer)) != NULL) {
    self->funcs->segment (segment, &self->timeline, self->user_data);
    sew_segment_unref (segment);
  }
  guint64 position = sew_recognizer_get_position (self->recognizer);
  self->funcs->position (sew_stream_timeline_get_pts (&self->timeline, position), self->user_data);
  sew_stream_timeline_forget (&self->timeline, position);
}

static void
hand_out_partial (SewSpeechTask *self)
{
  if (self->funcs->partial == NULL || !g_atomic_int_get (&self->partial))
    return;

  SewSegment *segment = sew_recognizer_read_ahead (self->recognizer);
  const char *text = segment != NULL ? sew_segment_get_text (segment) : NULL;
  if (g_strcmp0 (text, self->partial_text) != 0) {
    g_free (self->partial_text);
    self->partial_text = g_strdup (text);
    self->funcs->partial (segment, &self->timeline, self->user_data);
  }
  g_clear_pointer (&segment, sew_segment_unref);
}

/* FALSE if it was interrupted. */
static gboolean
drain (SewSpeechTask *self)
{
  if (self->recognizer == NULL || self->n_undrained == 0)
    return TRUE;
  if (!sew_recognizer_drain (self->recognizer, self->cancellable, NULL))
    return FALSE;
  hand_out (self);
  hand_out_partial (self);
  self->n_undrained = 0;
  return TRUE;
}

static GstClockTime
to_time (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

/* No more audio comes, so what is left of a script was not said. FALSE if it was interrupted. */
static gboolean
drain_script (SewSpeechTask *self)
{
  if (!drain (self))
    return FALSE;
  if (self->recognizer != NULL && sew_recognizer_get_script (self->recognizer) != NULL
      && self->timeline.n_samples > 0) {
    sew_recognizer_end_script (self->recognizer);
    hand_out (self);
  }
  return TRUE;
}

/* A run of samples begins that is unrelated to what came before. FALSE if it was interrupted. */
static gboolean
begin_run (SewSpeechTask *self, GstClockTime pts, guint64 n_skipped)
{
  SewStreamTimeline *timeline = &self->timeline;

  if (!drain (self))
    return FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    pts = timeline->anchored ? sew_stream_timeline_get_end (timeline) + to_time (n_skipped)
                             : self->resume_pts;

  GST_OBJECT_LOCK (self->element);
  guint64 latency_samples = self->latency_samples;
  GST_OBJECT_UNLOCK (self->element);
  sew_recognition_settings_apply (self->settings, self->recognizer);
  if (sew_recognizer_get_latency (self->recognizer) != latency_samples) {
    sew_recognizer_set_latency (self->recognizer, latency_samples);
    sew_stream_timeline_reset (timeline);
  }
  GST_DEBUG_OBJECT (self->element,
                    "samples from %" G_GUINT64_FORMAT " on begin at %" GST_TIME_FORMAT,
                    timeline->n_samples, GST_TIME_ARGS (pts));
  sew_stream_timeline_jump (timeline, pts);
  self->funcs->jump (self->user_data);
  return TRUE;
}

/* They may have changed. FALSE if it failed, which it cannot once it went well. */
static gboolean
apply_hot_words (SewSpeechTask *self)
{
  g_autoptr (GError) error = NULL;
  if (sew_recognition_settings_apply_hot_words (self->settings, self->recognizer, &error))
    self->knows_hot_words = TRUE;
  else if (self->knows_hot_words)
    GST_ELEMENT_WARNING (self->element, RESOURCE, SETTINGS, ("%s", error->message),
                         ("the hot words before stay"));
  else
    fail (self, error, GST_CLOCK_TIME_NONE);
  return self->knows_hot_words;
}

/* Live: how long the recognizer took, how often it may look therefore, and what that makes of the
 * delay. */
static void
pace (SewSpeechTask *self, gint64 work_us)
{
  SewAudioQueue *queue = self->queue;

  if (work_us < LEAST_WORK_US)
    return;
  sew_pacing_add (&self->pacing, work_us * GST_USECOND);
  GstClockTime delay = sew_pacing_apply (&self->pacing, self->recognizer,
                                         to_time (sew_audio_queue_get_backlog (queue)),
                                         to_time (sew_audio_queue_get_limit (queue)));
  if (delay != self->delay && self->funcs->delay != NULL)
    self->funcs->delay (delay, self->user_data);
  self->delay = delay;
}

/* FALSE if it failed or was interrupted. */
static gboolean
feed (SewSpeechTask *self, GstClockTime pts, const float *samples, gsize n_samples)
{
  gboolean live = g_atomic_int_get (&self->live);

  while (n_samples > 0) {
    gsize n = MIN (n_samples, live ? LIVE_SLICE_SAMPLES : SLICE_SAMPLES);
    gint64 start_us = g_get_monotonic_time ();
    if (!apply_hot_words (self))
      return FALSE;
    /* First, as words may come out that end in this slice. */
    sew_stream_timeline_advance (&self->timeline, pts, n);
    if (!sew_recognizer_push (self->recognizer, samples, n, self->cancellable, NULL))
      return FALSE;
    self->n_undrained += n;
    if (live)
      pace (self, g_get_monotonic_time () - start_us);
    hand_out (self);
    if (live)
      hand_out_partial (self);
    samples += n;
    n_samples -= n;
    pts = GST_CLOCK_TIME_NONE;
  }
  return TRUE;
}

static gsize
count_finite (const float *samples, gsize n_samples)
{
  for (gsize i = 0; i < n_samples; i++)
    if (!isfinite (samples[i]))
      return i;
  return n_samples;
}

static void
handle_audio (SewSpeechTask *self, const SewAudioItem *item)
{
  gboolean continues = !item->discont && item->n_skipped == 0
                       && sew_stream_timeline_continues (&self->timeline, item->pts);
  gsize n_finite = count_finite (item->samples, item->n_samples);
  g_autoptr (GError) error = NULL;

  if (g_atomic_int_get (&self->failed) || !ensure_recognizer (self, self->cancellable))
    return;
  if (self->segment.rate < 0.0) {
    self->funcs->position (item->pts, self->user_data);
    return;
  }
  if (!continues && !begin_run (self, item->pts, item->n_skipped))
    return;
  if (!feed (self, item->pts, item->samples, n_finite) || n_finite == item->n_samples)
    return;

  /* The words before the bad sample are good. It is pushed for the library's message. */
  if (drain (self)
      && !sew_recognizer_push (self->recognizer, item->samples + n_finite, 1, NULL, &error))
    fail (self, error, sew_stream_timeline_get_end (&self->timeline));
}

/* Too little to jump for is filled with silence. */
static void
handle_gap (SewSpeechTask *self, GstEvent *event)
{
  static const float silence[SEW_SAMPLE_RATE_HZ * SEW_STREAM_TIMELINE_TOLERANCE / GST_SECOND];
  GstClockTime pts;
  GstClockTime duration;

  gst_event_parse_gap (event, &pts, &duration);
  if (!GST_CLOCK_TIME_IS_VALID (duration))
    duration = 0;
  if (duration <= SEW_STREAM_TIMELINE_TOLERANCE
      && sew_stream_timeline_continues (&self->timeline, pts) && self->recognizer != NULL) {
    feed (self, GST_CLOCK_TIME_NONE, silence,
          gst_util_uint64_scale (duration, SEW_SAMPLE_RATE_HZ, GST_SECOND));
  } else if (drain (self)) {
    sew_stream_timeline_unanchor (&self->timeline);
    self->resume_pts = pts + duration;
    self->funcs->position (pts + duration, self->user_data);
  }
}

/* Whether timestamps mean the same in both. */
static gboolean
is_same_segment (const GstSegment *a, const GstSegment *b)
{
  return a->format == b->format && a->rate == b->rate && a->applied_rate == b->applied_rate
         && a->base == b->base && a->offset == b->offset && a->start == b->start
         && a->stop == b->stop && a->time == b->time;
}

static void
handle_segment (SewSpeechTask *self, GstEvent *event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  if (is_same_segment (segment, &self->segment)) {
    gst_event_unref (event);
  } else if (drain (self)) {
    gst_segment_copy_into (segment, &self->segment);
    self->resume_pts = segment->start;
    sew_stream_timeline_unanchor (&self->timeline);
    self->funcs->event (event, self->user_data);
  } else {
    gst_event_unref (event);
  }
}

static void
handle_event (SewSpeechTask *self, GstEvent *event)
{
  switch ((guint) GST_EVENT_TYPE (event)) {
  case GST_EVENT_GAP:
    handle_gap (self, event);
    gst_event_unref (event);
    break;
  case GST_EVENT_SEGMENT:
    handle_segment (self, event);
    break;
  case GST_EVENT_CAPS:
  case GST_EVENT_STREAM_START:
  case GST_EVENT_SEGMENT_DONE:
    if (drain (self)) {
      if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
        gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED); /* the new stream has its own */
      self->funcs->event (event, self->user_data);
    } else {
      gst_event_unref (event);
    }
    break;
  case GST_EVENT_EOS:
    if (drain_script (self))
      self->funcs->event (event, self->user_data);
    else
      gst_event_unref (event);
    break;
  default:
    self->funcs->event (event, self->user_data);
    break;
  }
}

/* While the model is being loaded: the events before the audio need none, and let text go on by the
 * clock; but nothing ends well without it. NULL once it is loaded, or if that failed or was
 * interrupted. */
static SewAudioItem *
wait_for_model (SewSpeechTask *self)
{
  SewAudioItem *event = NULL;

  while (self->recognizer == NULL && !g_atomic_int_get (&self->failed) && event == NULL) {
    g_cancellable_reset (self->nudge);
    if (g_cancellable_is_cancelled (self->cancellable))
      return NULL;
    event = sew_audio_queue_pop_event (self->queue);
    if (event == NULL)
      ensure_recognizer (self, self->nudge);
  }
  if (event != NULL && GST_EVENT_TYPE (event->event) == GST_EVENT_EOS)
    ensure_recognizer (self, self->cancellable);
  return event;
}

static void
handle_next_item (gpointer user_data)
{
  SewSpeechTask *self = user_data;
  SewAudioItem *item = NULL;

  if (sew_recognizer_loader_has_begun (self->loader))
    item = wait_for_model (self);
  if (item == NULL)
    item = sew_audio_queue_pop (self->queue);
  if (item == NULL)
    gst_task_pause (self->task);
  else if (item->event != NULL)
    handle_event (self, g_steal_pointer (&item->event));
  else
    handle_audio (self, item);
  if (item != NULL)
    sew_audio_item_free (item);
}

void
sew_speech_task_start (SewSpeechTask *self, gboolean preload)
{
  g_cancellable_reset (self->cancellable);
  g_atomic_int_set (&self->failed, FALSE);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  sew_pacing_init (&self->pacing);
  self->delay = 0;
  self->knows_hot_words = FALSE;
  sew_audio_queue_set_loading (self->queue, TRUE);
  if (preload)
    sew_recognizer_loader_begin (self->loader);
  self->task = gst_task_new (handle_next_item, self, NULL);
  gst_task_set_lock (self->task, &self->task_lock);
  sew_audio_queue_open (self->queue);
  gst_task_start (self->task);
}

void
sew_speech_task_interrupt (SewSpeechTask *self)
{
  sew_audio_queue_set_flushing (self->queue);
  g_cancellable_cancel (self->cancellable);
  g_cancellable_cancel (self->nudge);
}

void
sew_speech_task_wait (SewSpeechTask *self)
{
  sew_speech_task_interrupt (self);
  gst_task_pause (self->task);
  g_rec_mutex_lock (&self->task_lock);
  g_rec_mutex_unlock (&self->task_lock);
}

void
sew_speech_task_stop (SewSpeechTask *self)
{
  /* First, as pausing itself after the join began would wake nobody. */
  sew_speech_task_wait (self);
  gst_task_join (self->task);
  g_clear_object (&self->task);

  sew_recognizer_loader_drop (self->loader);
  g_clear_object (&self->recognizer);
  sew_stream_timeline_reset (&self->timeline);
  g_clear_pointer (&self->partial_text, g_free);
  self->n_undrained = 0;
}

void
sew_speech_task_resume (SewSpeechTask *self)
{
  if (self->recognizer != NULL)
    sew_recognizer_reset (self->recognizer);
  sew_stream_timeline_reset (&self->timeline);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  g_clear_pointer (&self->partial_text, g_free);
  self->n_undrained = 0;
  g_cancellable_reset (self->cancellable);
  sew_audio_queue_open (self->queue);
  gst_task_start (self->task);
}

GstFlowReturn
sew_speech_task_push_samples (SewSpeechTask *self, GstClockTime pts, gboolean discont,
                              const float *samples, gsize n_samples)
{
  if (g_atomic_int_get (&self->failed))
    return GST_FLOW_ERROR;

  return sew_audio_queue_push_samples (self->queue, pts, discont, samples, n_samples)
             ? GST_FLOW_OK
             : GST_FLOW_FLUSHING;
}

gboolean
sew_speech_task_push_event (SewSpeechTask *self, GstEvent *event)
{
  gboolean taken = sew_audio_queue_push_event (self->queue, event);

  g_cancellable_cancel (self->nudge);
  return taken;
}
