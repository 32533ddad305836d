/* SPDX-License-Identifier: MIT */
#include "word-feed.h"

#include "transcript-meta.h"

struct _SewWordFeed {
  GstElement *element;
  SewPendingWords *words;
  SewProgress *progress;
  SewLiveLatency *latency;
  gboolean waited_for;
  GstSegment segment; /* of the audio whose turn it is */
  GstClockTime known; /* running time */
};

SewWordFeed *
sew_word_feed_new (GstElement *element, SewPendingWords *words, SewProgress *progress,
                   SewLiveLatency *latency)
{
  SewWordFeed *self = g_new0 (SewWordFeed, 1);

  self->element = element;
  self->words = words;
  self->progress = progress;
  self->latency = latency;
  sew_word_feed_reset (self, FALSE);
  return self;
}

void
sew_word_feed_free (SewWordFeed *self)
{
  g_free (self);
}

void
sew_word_feed_reset (SewWordFeed *self, gboolean waited_for)
{
  self->waited_for = waited_for;
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  self->known = GST_CLOCK_TIME_NONE;
}

static void
take_segment (const SewSegment *segment, const SewStreamTimeline *timeline, gpointer user_data)
{
  SewWordFeed *self = user_data;
  g_autoptr (GstStructure) transcript = sew_transcript_meta_describe (segment, timeline,
                                                                      &self->segment, TRUE);
  GstClockTime pts, duration;

  sew_pending_words_add (self->words, transcript);
  if (!sew_transcript_meta_has_content (segment))
    return;
  sew_transcript_meta_get_display (segment, timeline, &pts, &duration);
  sew_transcript_meta_post (self->element, SEW_TRANSCRIPT_MESSAGE, transcript, &self->segment, pts,
                            duration, gst_element_get_current_running_time (self->element));
}

static void
take_position (GstClockTime pts, gpointer user_data)
{
  SewWordFeed *self = user_data;

  self->known = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, pts);
  if (GST_CLOCK_TIME_IS_VALID (self->known))
    sew_progress_advance (self->progress, self->known);
}

/* Buffers may end less than a sample after the last sample of 16 kHz that was in them. */
static void
take_jump (gpointer user_data)
{
  SewWordFeed *self = user_data;

  if (GST_CLOCK_TIME_IS_VALID (self->known))
    sew_progress_advance (self->progress, self->known + GST_SECOND / SEW_SAMPLE_RATE_HZ + 1);
}

static void
take_event (GstEvent *event, gpointer user_data)
{
  SewWordFeed *self = user_data;

  take_jump (self);
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    gst_event_copy_segment (event, &self->segment);
  else if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    sew_progress_finish (self->progress);
  gst_event_unref (event);
}

/* A longer latency than was allowed is no reason to let words miss their buffers. */
static void
take_delay (GstClockTime delay, gpointer user_data)
{
  SewWordFeed *self = user_data;
  gboolean grown = sew_live_latency_add_delay (self->latency, self->element, delay);

  if (grown && self->waited_for)
    gst_element_post_message (self->element, gst_message_new_latency (GST_OBJECT (self->element)));
}

static void
take_partial (const SewSegment *segment, const SewStreamTimeline *timeline, gpointer user_data)
{
  SewWordFeed *self = user_data;
  g_autoptr (GstStructure) transcript = sew_transcript_meta_post_partial (self->element, segment,
                                                                          timeline, &self->segment);

  sew_pending_words_set_partial (self->words, transcript);
}

const SewSpeechTaskFuncs sew_word_feed_funcs = {
  .segment = take_segment,
  .position = take_position,
  .jump = take_jump,
  .event = take_event,
  .delay = take_delay,
  .partial = take_partial,
};
