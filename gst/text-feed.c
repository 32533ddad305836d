/* SPDX-License-Identifier: MIT */
#include "text-feed.h"

#include "elements.h"
#include "transcript-meta.h"

#define GST_CAT_DEFAULT sew_debug

struct _SewTextFeed {
  GstElement *element;
  SewTextOutput *output;
  SewLiveLatency *latency;
  GstSegment segment; /* of the audio whose turn it is */
};

SewTextFeed *
sew_text_feed_new (GstElement *element, SewTextOutput *output, SewLiveLatency *latency)
{
  SewTextFeed *self = g_new0 (SewTextFeed, 1);

  self->element = element;
  self->output = output;
  self->latency = latency;
  return self;
}

void
sew_text_feed_free (SewTextFeed *self)
{
  g_free (self);
}

/* Of the last word, as those before it may have had to wait for it: from when the audio came in
 * with which it began, as that is what the latency is about. */
static void
observe_delay (SewTextFeed *self, const SewSegment *segment, const SewStreamTimeline *timeline,
               GstClockTime now)
{
  SewWord *word = sew_segment_get_word (segment, sew_segment_get_n_words (segment) - 1);
  GstClockTime start = sew_stream_timeline_get_pts (timeline, sew_word_get_first_sample (word));
  GstClockTime said = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, start);

  GST_OBJECT_LOCK (self->element);
  said += GST_CLOCK_TIME_IS_VALID (said) ? self->latency->upstream : 0;
  GST_OBJECT_UNLOCK (self->element);
  if (!GST_CLOCK_TIME_IS_VALID (said) || !GST_CLOCK_TIME_IS_VALID (now) || now <= said)
    return;
  guint delay_ms = (guint) MIN ((now - said) / GST_MSECOND, G_MAXUINT);

  GST_OBJECT_LOCK (self->element);
  gboolean grown = self->latency->live && delay_ms > self->latency->max_observed_ms;
  if (grown)
    self->latency->max_observed_ms = delay_ms;
  GST_OBJECT_UNLOCK (self->element);
  if (grown)
    g_object_notify (G_OBJECT (self->element), "max-observed-delay");
}

static void
take_transcript (SewTextFeed *self, const SewSegment *segment, const SewStreamTimeline *timeline)
{
  GstClockTime now = gst_element_get_current_running_time (self->element);
  GstStructure *transcript = sew_transcript_meta_describe (segment, timeline, &self->segment, TRUE);
  GstClockTime pts, duration;

  if (sew_segment_get_n_words (segment) > 0)
    observe_delay (self, segment, timeline, now);
  sew_transcript_meta_get_display (segment, timeline, &pts, &duration);
  sew_transcript_meta_post (self->element, SEW_TRANSCRIPT_MESSAGE, transcript, &self->segment, pts,
                            duration, now);
  /* Words of a script that were not said are no text. */
  if (sew_segment_is_spoken (segment))
    sew_text_output_push_words (self->output, transcript, pts, duration);
  else
    gst_structure_free (transcript);
}

static void
take_segment (const SewSegment *segment, const SewStreamTimeline *timeline, gpointer user_data)
{
  SewTextFeed *self = user_data;

  if (sew_transcript_meta_has_content (segment))
    take_transcript (self, segment, timeline);
  /* Consumers that gather words show or send them on this event. */
  if (sew_segment_get_end (segment) != SEW_SEGMENT_END_NONE)
    sew_text_output_push_event (
        self->output,
        gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                              gst_structure_new_empty ("rstranscribe/final-transcript")));
}

static void
take_position (GstClockTime pts, gpointer user_data)
{
  SewTextFeed *self = user_data;

  sew_text_output_push_position (self->output, pts);
}

static void
take_jump (gpointer user_data)
{
  SewTextFeed *self = user_data;

  sew_text_output_push_jump (self->output);
}

static void
take_event (GstEvent *event, gpointer user_data)
{
  SewTextFeed *self = user_data;

  switch ((guint) GST_EVENT_TYPE (event)) {
  case GST_EVENT_CAPS:
    sew_text_output_push_jump (self->output);
    gst_event_unref (event);
    break;
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment (event, &self->segment);
    sew_text_output_push_event (self->output, event);
    break;
  default:
    sew_text_output_push_event (self->output, event);
    break;
  }
}

static void
take_delay (GstClockTime delay, gpointer user_data)
{
  SewTextFeed *self = user_data;

  if (!sew_live_latency_add_delay (self->latency, self->element, delay))
    return;
  GST_INFO_OBJECT (self->element, "words are later than allowed, by up to %" GST_TIME_FORMAT,
                   GST_TIME_ARGS (delay));
  gst_element_post_message (self->element, gst_message_new_latency (GST_OBJECT (self->element)));
}

static void
take_partial (const SewSegment *segment, const SewStreamTimeline *timeline, gpointer user_data)
{
  SewTextFeed *self = user_data;

  gst_structure_free (
      sew_transcript_meta_post_partial (self->element, segment, timeline, &self->segment));
}

const SewSpeechTaskFuncs sew_text_feed_funcs = {
  .segment = take_segment,
  .position = take_position,
  .jump = take_jump,
  .event = take_event,
  .delay = take_delay,
  .partial = take_partial,
};
