/* SPDX-License-Identifier: MIT */
#include "audio-intake.h"

#include <string.h>

#include <gst/audio/audio.h>

#include "elements.h"

#define GST_CAT_DEFAULT sew_debug

struct _SewAudioIntake {
  GstElement *element;
  SewSpeechTask *speech;
  GstAudioInfo info;
  GstSegment segment;
  GArray *scratch; /* float */
};

SewAudioIntake *
sew_audio_intake_new (GstElement *element, SewSpeechTask *speech)
{
  SewAudioIntake *self = g_new0 (SewAudioIntake, 1);

  self->element = element;
  self->speech = speech;
  self->scratch = g_array_new (FALSE, FALSE, sizeof (float));
  sew_audio_intake_reset (self);
  return self;
}

void
sew_audio_intake_free (SewAudioIntake *self)
{
  g_array_unref (self->scratch);
  g_free (self);
}

void
sew_audio_intake_reset (SewAudioIntake *self)
{
  gst_audio_info_init (&self->info);
  sew_audio_intake_flush (self);
}

void
sew_audio_intake_flush (SewAudioIntake *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
}

gboolean
sew_audio_intake_take_caps (SewAudioIntake *self, GstEvent *event)
{
  GstAudioInfo info;
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (!gst_audio_info_from_caps (&info, caps)) {
    gst_event_unref (event);
    return FALSE;
  }
  gboolean changed = !gst_audio_info_is_equal (&info, &self->info);
  self->info = info;
  if (changed)
    return sew_speech_task_push_event (self->speech, event);
  gst_event_unref (event);
  return TRUE;
}

gboolean
sew_audio_intake_set_segment (SewAudioIntake *self, GstEvent *event)
{
  gboolean refused_before = self->segment.format != GST_FORMAT_TIME
                            && self->segment.format != GST_FORMAT_UNDEFINED;

  gst_event_copy_segment (event, &self->segment);
  if (self->segment.format == GST_FORMAT_TIME)
    return TRUE;
  /* A refused event comes again with each buffer. */
  if (!refused_before)
    GST_ELEMENT_ERROR (
        self->element, STREAM, FORMAT, ("The audio has no time stamps"),
        ("Segment in %s instead of time", gst_format_get_name (self->segment.format)));
  return FALSE;
}

/* buffer: borrowed */
static GstFlowReturn
push_samples (SewAudioIntake *self, GstBuffer *buffer, gboolean discont)
{
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self->element, RESOURCE, READ, (NULL), ("Could not map an audio buffer"));
    return GST_FLOW_ERROR;
  }

  gsize n_samples = map.size / (gsize) GST_AUDIO_INFO_BPF (&self->info);
  g_array_set_size (self->scratch, (guint) n_samples);
  float *samples = (float *) (gpointer) self->scratch->data;
  if (GST_AUDIO_INFO_FORMAT (&self->info) == GST_AUDIO_FORMAT_F32)
    memcpy (samples, map.data, n_samples * sizeof (float));
  else
    for (gsize i = 0; i < n_samples; i++) {
      gint16 value;
      memcpy (&value, map.data + i * sizeof (value), sizeof (value));
      samples[i] = (float) value / 32768.0f;
    }
  gst_buffer_unmap (buffer, &map);

  return sew_speech_task_push_samples (self->speech, GST_BUFFER_PTS (buffer), discont, samples,
                                       n_samples);
}

GstFlowReturn
sew_audio_intake_push (SewAudioIntake *self, GstBuffer *buffer)
{
  if (GST_AUDIO_INFO_FORMAT (&self->info) == GST_AUDIO_FORMAT_UNKNOWN) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (self->segment.format != GST_FORMAT_TIME) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }

  gboolean discont = GST_BUFFER_IS_DISCONT (buffer);
  buffer = gst_audio_buffer_clip (buffer, &self->segment, SEW_SAMPLE_RATE_HZ,
                                  GST_AUDIO_INFO_BPF (&self->info));
  if (buffer == NULL)
    return GST_FLOW_OK;
  GstFlowReturn flow = push_samples (self, buffer, discont);
  gst_buffer_unref (buffer);
  return flow;
}
