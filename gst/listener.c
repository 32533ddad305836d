/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include <gst/audio/audio.h>

#include "elements.h"

#define GST_CAT_DEFAULT sew_debug

struct _SewListener {
  GstElement *element;
  SewSpeechTask *speech;
  SewProgress *progress;
  SewSpeechConverter *converter;
  GstAudioInfo info;
  GstSegment segment;
  gboolean failed;      /* an error of recognition was posted */
  gboolean convertible; /* the converter takes this format */
  guint64 n_bad;        /* samples so far */
};

static GstFlowReturn
push_samples (gpointer user_data, GstClockTime pts, gboolean discont, const float *samples,
              gsize n_samples)
{
  SewListener *self = user_data;

  return sew_speech_task_push_samples (self->speech, pts, discont, samples, n_samples);
}

SewListener *
sew_listener_new (GstElement *element, SewSpeechTask *speech, SewProgress *progress)
{
  SewListener *self = g_new0 (SewListener, 1);

  self->element = element;
  self->speech = speech;
  self->progress = progress;
  self->converter = sew_speech_converter_new (push_samples, self);
  sew_listener_reset (self);
  return self;
}

void
sew_listener_free (SewListener *self)
{
  sew_speech_converter_free (self->converter);
  g_free (self);
}

void
sew_listener_reset (SewListener *self)
{
  gst_audio_info_init (&self->info);
  self->failed = FALSE;
  self->convertible = FALSE;
  self->n_bad = 0;
  sew_listener_flush (self);
}

void
sew_listener_flush (SewListener *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  sew_speech_converter_reset (self->converter, 0);
}

/* Recognition gets the audio. */
static gboolean
is_listening (const SewListener *self)
{
  return !self->failed && self->convertible && self->segment.format == GST_FORMAT_TIME
         && self->segment.rate > 0.0;
}

/* Recognition has failed, and an error has been posted; that is no reason to stop the audio. */
static void
fail (SewListener *self)
{
  self->failed = TRUE;
  sew_progress_finish (self->progress);
}

/* buffer: borrowed */
static GstFlowReturn
listen (SewListener *self, GstBuffer *buffer, SewSpeechSpan *span)
{
  gboolean discont = GST_BUFFER_IS_DISCONT (buffer);
  guint64 n_bad = self->n_bad;
  g_autoptr (GstBuffer) clipped = gst_audio_buffer_clip (gst_buffer_ref (buffer), &self->segment,
                                                         GST_AUDIO_INFO_RATE (&self->info),
                                                         GST_AUDIO_INFO_BPF (&self->info));

  if (clipped == NULL)
    return GST_FLOW_OK;
  GstFlowReturn flow = sew_speech_converter_push (self->converter, clipped, discont, span,
                                                  &self->n_bad);
  if (n_bad == 0 && self->n_bad > 0)
    GST_ELEMENT_WARNING (self->element, STREAM, DECODE,
                         ("The audio has samples that are not finite numbers"),
                         ("They pass, and are heard as silence"));
  if (GST_CLOCK_TIME_IS_VALID (self->segment.stop))
    span->end = MIN (span->end, self->segment.stop);
  span->start = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, span->start);
  span->end = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, span->end);
  return flow;
}

GstFlowReturn
sew_listener_push (SewListener *self, GstBuffer *buffer, SewSpeechSpan *span)
{
  GstFlowReturn flow = GST_FLOW_OK;

  if (GST_AUDIO_INFO_FORMAT (&self->info) == GST_AUDIO_FORMAT_UNKNOWN)
    return GST_FLOW_NOT_NEGOTIATED;
  if (is_listening (self))
    flow = listen (self, buffer, span);
  if (flow == GST_FLOW_ERROR)
    fail (self);
  return flow == GST_FLOW_FLUSHING ? flow : GST_FLOW_OK;
}

/* What the resampler keeps back belongs before whatever comes now. */
static void
drain (SewListener *self, GstClockTime next_pts)
{
  if (is_listening (self)
      && sew_speech_converter_drain (self->converter, next_pts) == GST_FLOW_ERROR)
    fail (self);
}

gboolean
sew_listener_take_caps (SewListener *self, GstEvent *event)
{
  GstCaps *caps;
  GstAudioInfo info;

  gst_event_parse_caps (event, &caps);
  if (!gst_audio_info_from_caps (&info, caps))
    return FALSE;
  if (gst_audio_info_is_equal (&info, &self->info))
    return TRUE;
  drain (self, self->segment.start);
  sew_speech_task_push_event (self->speech, gst_event_ref (event));
  self->info = info;
  self->convertible = sew_speech_converter_set_info (self->converter, &info);
  if (!self->convertible)
    GST_ELEMENT_WARNING (self->element, STREAM, FORMAT,
                         ("No speech is recognized in audio like this"),
                         ("%" GST_PTR_FORMAT, caps));
  return TRUE;
}

gboolean
sew_listener_set_segment (SewListener *self, GstEvent *event)
{
  GstSegment segment;

  gst_event_copy_segment (event, &segment);
  drain (self, segment.start);
  self->segment = segment;
  if (segment.format == GST_FORMAT_TIME)
    return !self->failed;
  GST_ELEMENT_WARNING (self->element, STREAM, FORMAT,
                       ("The audio has no time stamps, and no speech is recognized"),
                       ("Segment in %s instead of time", gst_format_get_name (segment.format)));
  return FALSE;
}

void
sew_listener_take_gap (SewListener *self, GstEvent *event)
{
  GstClockTime pts;
  GstClockTime duration;

  gst_event_parse_gap (event, &pts, &duration);
  drain (self, pts + (GST_CLOCK_TIME_IS_VALID (duration) ? duration : 0));
  if (is_listening (self))
    sew_speech_task_push_event (self->speech, gst_event_ref (event));
}

void
sew_listener_take_end (SewListener *self, GstEvent *event)
{
  drain (self, self->segment.start);
  if (!self->failed && sew_speech_task_push_event (self->speech, gst_event_ref (event)))
    sew_progress_wait_for_finish (self->progress);
}
