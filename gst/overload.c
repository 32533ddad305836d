/* SPDX-License-Identifier: MIT */
#include "overload.h"

#include <sew/sew.h>

#define EPISODE_SAMPLES (30 * SEW_SAMPLE_RATE_HZ)

void
sew_overload_init (SewOverload *self)
{
  *self = (SewOverload){ 0 };
}

void
sew_overload_add (SewOverload *self, gsize n_samples)
{
  self->n_samples += n_samples;
  self->n_since += n_samples;
  if (self->n_since > EPISODE_SAMPLES)
    self->in_episode = FALSE;
}

static void
post_qos (const SewOverload *self, GstElement *element, const GstSegment *segment,
          GstClockTime start, GstClockTime duration)
{
  guint64 running_time = gst_segment_to_running_time (segment, GST_FORMAT_TIME, start);
  guint64 stream_time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, start);
  GstMessage *message = gst_message_new_qos (GST_OBJECT (element), TRUE, running_time, stream_time,
                                             start, duration);

  gst_message_set_qos_stats (message, GST_FORMAT_DEFAULT, self->n_samples - self->n_skipped,
                             self->n_skipped);
  gst_element_post_message (element, message);
}

void
sew_overload_skip (SewOverload *self, GstElement *element, const GstSegment *segment,
                   GstClockTime pts, guint64 n_samples, gboolean loading)
{
  const char *reason = loading ? "The model is not loaded yet"
                               : "Recognition can't keep up with the live audio";
  GstClockTime duration = gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
  GstClockTime start = GST_CLOCK_TIME_NONE;

  if (GST_CLOCK_TIME_IS_VALID (pts))
    start = pts > duration ? pts - duration : 0;
  self->n_skipped += n_samples;
  self->n_since = 0;
  post_qos (self, element, segment, start, duration);
  if (self->in_episode)
    return;
  self->in_episode = TRUE;
  GST_ELEMENT_WARNING (element, STREAM, DECODE, ("%s, so some of the audio is skipped", reason),
                       ("%" GST_TIME_FORMAT " of audio before %" GST_TIME_FORMAT,
                        GST_TIME_ARGS (duration), GST_TIME_ARGS (pts)));
}
