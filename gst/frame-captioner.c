/* SPDX-License-Identifier: MIT */
#include "frame-captioner.h"

#include "live-latency.h"

struct _SewFrameCaptioner {
  SewCaptionTrack *track;
  SewProgress *progress; /* the track's */
  GstPad *track_sink;
  GstElement *textoverlay; /* NULL until it is attached */
  GstPad *video_sink;
  GstPad *audio_sink;

  int max_wait_ms;     /* atomic */
  int waiting;         /* atomic: a frame waits for its words */
  int latency_changed; /* atomic: look again how long live frames may wait */

  /* the video's thread's */
  GstSegment segment;
  gboolean live;
  GstClockTime allowed; /* from a live frame's running time to when it has to go on */
  char *text;           /* what textoverlay shows */
};

SewFrameCaptioner *
sew_frame_captioner_new (SewCaptionTrack *track)
{
  SewFrameCaptioner *self = g_new0 (SewFrameCaptioner, 1);

  self->track = gst_object_ref (track);
  self->track_sink = gst_element_get_static_pad (GST_ELEMENT (track), "sink");
  self->progress = sew_caption_track_get_progress (track);
  return self;
}

void
sew_frame_captioner_free (SewFrameCaptioner *self)
{
  gst_object_unref (self->track_sink);
  gst_object_unref (self->track);
  g_clear_object (&self->textoverlay);
  g_free (self->text);
  g_free (self);
}

GstClockTime
sew_frame_captioner_get_delay (SewFrameCaptioner *self)
{
  GstClockTime audio;
  GstClockTime text;
  gboolean live;

  if (!sew_live_latency_query (self->audio_sink, &live, &audio)
      || !sew_live_latency_query (self->track_sink, &live, &text) || !live)
    return 0;
  return text > audio ? text - audio : 0;
}

static void
update_allowed (SewFrameCaptioner *self)
{
  GstClockTime upstream;

  g_atomic_int_set (&self->latency_changed, FALSE);
  sew_live_latency_query (self->video_sink, &self->live, &upstream);
  self->allowed = upstream + sew_frame_captioner_get_delay (self);
}

/* Until the words are known up to the end of a frame, or there is no more time for that. */
static void
wait_for_words (SewFrameCaptioner *self, GstClockTime start, GstClockTime end)
{
  if (!gst_pad_is_linked (self->audio_sink) || self->segment.rate < 0.0)
    return;
  GstClockTime patience = sew_frame_captioner_get_max_wait (self) * GST_MSECOND;

  g_atomic_int_set (&self->waiting, TRUE);
  if (self->live)
    sew_progress_wait_until (self->progress, end, start + self->allowed);
  else
    sew_progress_wait_patiently (self->progress, end, patience);
  g_atomic_int_set (&self->waiting, FALSE);
}

static void
show (SewFrameCaptioner *self, GstClockTime running_time)
{
  g_autofree char *text = sew_caption_track_read (self->track, running_time);

  if (g_strcmp0 (text, self->text) == 0)
    return;
  g_autofree char *markup = g_markup_escape_text (text, -1);
  g_object_set (self->textoverlay, "text", markup, NULL);
  g_free (self->text);
  self->text = g_steal_pointer (&text);
}

static void
take_frame (SewFrameCaptioner *self, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstClockTime start = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, pts);
  GstClockTime end = start;

  if (!GST_CLOCK_TIME_IS_VALID (start))
    return;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    end += GST_BUFFER_DURATION (buffer);
  if (g_atomic_int_get (&self->latency_changed))
    update_allowed (self);
  wait_for_words (self, start, end);
  show (self, start);
}

static GstPadProbeReturn
watch_video (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  SewFrameCaptioner *self = user_data;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    take_frame (self, GST_PAD_PROBE_INFO_BUFFER (info));
    return GST_PAD_PROBE_OK;
  }
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
    gst_event_copy_segment (event, &self->segment);
    update_allowed (self);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START) {
    sew_progress_interrupt (self->progress);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    sew_progress_resume (self->progress);
  }
  return GST_PAD_PROBE_OK;
}

void
sew_frame_captioner_attach (SewFrameCaptioner *self, GstElement *textoverlay, GstPad *video_sink,
                            GstPad *audio_sink)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (textoverlay, "video_sink");

  self->textoverlay = gst_object_ref (textoverlay);
  self->video_sink = video_sink;
  self->audio_sink = audio_sink;
  gst_pad_add_probe (pad,
                     GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
                         | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
                     watch_video, self, NULL);
}

void
sew_frame_captioner_start (SewFrameCaptioner *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  sew_progress_resume (self->progress);
}

void
sew_frame_captioner_interrupt (SewFrameCaptioner *self)
{
  sew_progress_interrupt (self->progress);
}

void
sew_frame_captioner_set_max_wait (SewFrameCaptioner *self, guint max_wait_ms)
{
  g_atomic_int_set (&self->max_wait_ms, (int) max_wait_ms);
}

guint
sew_frame_captioner_get_max_wait (SewFrameCaptioner *self)
{
  return (guint) g_atomic_int_get (&self->max_wait_ms);
}

gboolean
sew_frame_captioner_is_waiting (SewFrameCaptioner *self)
{
  return g_atomic_int_get (&self->waiting);
}

void
sew_frame_captioner_update_latency (SewFrameCaptioner *self)
{
  g_atomic_int_set (&self->latency_changed, TRUE);
}
