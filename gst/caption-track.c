/* SPDX-License-Identifier: MIT */
#include "caption-track.h"

#include "rolling-lines.h"

/* Of text that nobody reads, the oldest goes. */
#define MAX_ENTRIES 4096

typedef struct {
  char *text; /* NULL: an utterance ended */
  GstClockTime start;
  GstClockTime end; /* running times */
} Entry;

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("text/x-raw, format = (string) utf8"));

struct _SewCaptionTrack {
  GstElement parent_instance;

  SewProgress *progress;
  GstSegment segment; /* the text's thread's */

  GMutex lock;
  SewCaptionStyle style;
  GQueue entries; /* Entry: not seen yet */
  SewRollingLines *lines;
  char *shown;        /* what is seen, if lines do not roll */
  GstClockTime until; /* what is seen goes then */
};

G_DEFINE_FINAL_TYPE (SewCaptionTrack, sew_caption_track, GST_TYPE_ELEMENT)

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  g_free (entry->text);
  g_free (entry);
}

/* Text, in its thread */

/* text: (transfer full) */
static void
add_entry (SewCaptionTrack *self, char *text, GstClockTime start, GstClockTime end)
{
  Entry *entry = g_new (Entry, 1);

  entry->text = text;
  entry->start = start;
  entry->end = end;
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->entries, entry);
  if (g_queue_get_length (&self->entries) > MAX_ENTRIES)
    free_entry (g_queue_pop_head (&self->entries));
  g_mutex_unlock (&self->lock);
}

static char *
dup_text (GstBuffer *buffer)
{
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return NULL;
  char *text = g_utf8_make_valid ((const char *) map.data, (gssize) map.size);
  gst_buffer_unmap (buffer, &map);
  return text;
}

static GstFlowReturn
sink_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  SewCaptionTrack *self = SEW_CAPTION_TRACK (parent);
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstClockTime end = pts + GST_BUFFER_DURATION (buffer);
  GstClockTime start = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, pts);
  char *text = dup_text (buffer);

  end = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, end);
  if (text != NULL && GST_CLOCK_TIME_IS_VALID (start))
    add_entry (self, text, start, GST_CLOCK_TIME_IS_VALID (end) ? end : start);
  else
    g_free (text);
  sew_progress_advance (self->progress, end);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
take_gap (SewCaptionTrack *self, GstEvent *event)
{
  GstClockTime pts;
  GstClockTime duration;

  gst_event_parse_gap (event, &pts, &duration);
  if (GST_CLOCK_TIME_IS_VALID (duration))
    pts += duration;
  sew_progress_advance (self->progress,
                        gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, pts));
}

static void
forget (SewCaptionTrack *self)
{
  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->entries, free_entry);
  sew_rolling_lines_clear (self->lines);
  g_clear_pointer (&self->shown, g_free);
  self->until = 0;
  g_mutex_unlock (&self->lock);
  sew_progress_reset (self->progress);
}

static gboolean
sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  SewCaptionTrack *self = SEW_CAPTION_TRACK (parent);

  switch ((guint) GST_EVENT_TYPE (event)) {
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment (event, &self->segment);
    sew_progress_go_on (self->progress);
    break;
  case GST_EVENT_GAP:
    take_gap (self, event);
    break;
  case GST_EVENT_CUSTOM_DOWNSTREAM:
    if (gst_event_has_name (event, "rstranscribe/final-transcript"))
      add_entry (self, NULL, 0, 0);
    break;
  case GST_EVENT_EOS:
    sew_progress_finish (self->progress);
    break;
  case GST_EVENT_FLUSH_STOP:
    forget (self);
    break;
  default:
    break;
  }
  gst_event_unref (event);
  return TRUE;
}

/* What is seen, in the reader's thread */

/* How long it takes to read what is seen now. Under the lock. */
static GstClockTime
get_reading_time (const SewCaptionTrack *self)
{
  const SewCaptionStyle *style = &self->style;
  g_autofree char *text = sew_rolling_lines_dup_text (self->lines);
  GstClockTime time = style->min_duration;

  if (style->reading_speed > 0)
    time = MAX (time, (guint64) g_utf8_strlen (text, -1) * GST_SECOND / style->reading_speed);
  return MIN (time, MAX (style->max_duration, style->min_duration));
}

/* Its time has come, or had: late text is seen as long as it would have been. Under the lock. */
static void
show (SewCaptionTrack *self, const Entry *entry, GstClockTime now)
{
  if (entry->text == NULL) {
    sew_rolling_lines_break (self->lines);
  } else if (self->style.rolling) {
    sew_rolling_lines_add (self->lines, entry->text);
    self->until = MAX (entry->end, now) + get_reading_time (self);
  } else {
    g_free (self->shown);
    self->shown = g_strdup (entry->text);
    self->until = entry->end > now ? entry->end : now + (entry->end - entry->start);
  }
}

char *
sew_caption_track_read (SewCaptionTrack *self, GstClockTime running_time)
{
  char *text;

  g_mutex_lock (&self->lock);
  if (running_time >= self->until) {
    sew_rolling_lines_clear (self->lines);
    g_clear_pointer (&self->shown, g_free);
  }
  while (!g_queue_is_empty (&self->entries)
         && ((Entry *) g_queue_peek_head (&self->entries))->start <= running_time) {
    Entry *entry = g_queue_pop_head (&self->entries);
    show (self, entry, running_time);
    free_entry (entry);
  }
  if (self->style.rolling)
    text = sew_rolling_lines_dup_text (self->lines);
  else
    text = g_strdup (self->shown != NULL ? self->shown : "");
  g_mutex_unlock (&self->lock);
  return text;
}

void
sew_caption_track_set_style (SewCaptionTrack *self, const SewCaptionStyle *style)
{
  g_mutex_lock (&self->lock);
  self->style = *style;
  sew_rolling_lines_set_limits (self->lines, style->max_lines, style->line_length);
  g_mutex_unlock (&self->lock);
}

SewProgress *
sew_caption_track_get_progress (SewCaptionTrack *self)
{
  return self->progress;
}

/* The element */

static GstStateChangeReturn
sew_caption_track_change_state (GstElement *element, GstStateChange transition)
{
  SewCaptionTrack *self = SEW_CAPTION_TRACK (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    gst_segment_init (&self->segment, GST_FORMAT_TIME);
    forget (self);
  }
  return GST_ELEMENT_CLASS (sew_caption_track_parent_class)->change_state (element, transition);
}

static void
sew_caption_track_finalize (GObject *object)
{
  SewCaptionTrack *self = SEW_CAPTION_TRACK (object);

  forget (self);
  sew_rolling_lines_free (self->lines);
  sew_progress_free (self->progress);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (sew_caption_track_parent_class)->finalize (object);
}

static void
sew_caption_track_class_init (SewCaptionTrackClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = sew_caption_track_finalize;
  element_class->change_state = sew_caption_track_change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "SEW caption track", "Sink/Text",
                                         "Keeps timed text for sewsubtitleoverlay",
                                         "The gst-sew developers");
}

static void
sew_caption_track_init (SewCaptionTrack *self)
{
  GstPad *pad = gst_pad_new_from_static_template (&sink_template, "sink");

  gst_pad_set_chain_function (pad, sink_chain);
  gst_pad_set_event_function (pad, sink_event);
  gst_element_add_pad (GST_ELEMENT (self), pad);

  g_mutex_init (&self->lock);
  g_queue_init (&self->entries);
  self->lines = sew_rolling_lines_new ();
  self->progress = sew_progress_new (GST_ELEMENT (self));
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
}

SewCaptionTrack *
sew_caption_track_new (void)
{
  return g_object_new (SEW_TYPE_CAPTION_TRACK, "name", "captions", NULL);
}
