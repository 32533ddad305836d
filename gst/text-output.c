/* SPDX-License-Identifier: MIT */
#include "text-output.h"

#include <string.h>

#include "elements.h"
#include "text-writer.h"
#include "transcript-text.h"
#include "transcript-meta.h"

#define GST_CAT_DEFAULT sew_debug

/* In items; a word is rarely more than two. */
#define QUEUE_LIMIT 256

typedef enum {
  ITEM_WORDS,
  ITEM_POSITION,
  ITEM_DEADLINE,
  ITEM_JUMP,
  ITEM_EVENT,
} ItemKind;

typedef struct {
  ItemKind kind;
  GstEvent *event;
  GstStructure *transcript;
  GstClockTime pts;
  GstClockTime duration;
} Item;

struct _SewTextOutput {
  GstElement *element;
  GstPad *srcpad;
  void (*stopped) (gpointer user_data);
  gpointer user_data;
  SewPadTask *task; /* of Item */

  /* under the element's object lock */
  GstClockTime lateness;
  GstClockTime deadline; /* the last one, in running time */
  gboolean has_deadline; /* an item is queued for it */
  double dim_below;

  GstClockTime position; /* the last one that was pushed; its pusher's */

  /* belongs to the task */
  SewTextWriter writer;
  SewTextFormat format;
  gboolean has_segment; /* one has been pushed since the start */
};

static void
free_item (gpointer data)
{
  Item *item = data;

  g_clear_pointer (&item->event, gst_event_unref);
  g_clear_pointer (&item->transcript, gst_structure_free);
  g_free (item);
}

/* The peer's choice of our formats, in our order. */
static gboolean
negotiate (SewTextOutput *self)
{
  g_autoptr (GstCaps) ours = gst_pad_get_pad_template_caps (self->srcpad);
  g_autoptr (GstCaps) caps = gst_pad_peer_query_caps (self->srcpad, ours);

  if (gst_caps_is_empty (caps))
    return FALSE;
  caps = gst_caps_fixate (g_steal_pointer (&caps));

  self->format = sew_transcript_text_get_format (caps);
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (self->srcpad);
  if (current != NULL && gst_caps_is_equal (current, caps))
    return TRUE;
  return gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
}

static gboolean
ensure_caps (SewTextOutput *self)
{
  gboolean reconfigure = gst_pad_check_reconfigure (self->srcpad);

  if (!reconfigure && gst_pad_has_current_caps (self->srcpad))
    return TRUE;
  if (negotiate (self))
    return TRUE;
  gst_pad_mark_reconfigure (self->srcpad);
  return FALSE;
}

static void
advance (SewTextOutput *self, GstClockTime pts)
{
  GstEvent *gap = sew_text_writer_advance (&self->writer, pts);

  if (gap != NULL)
    gst_pad_push_event (self->srcpad, gap);
}

/* Before a segment there is nothing that could wait. */
static void
meet_deadline (SewTextOutput *self)
{
  const GstSegment *segment = &self->writer.segment;

  GST_OBJECT_LOCK (self->element);
  GstClockTime deadline = self->deadline;
  self->has_deadline = FALSE;
  GST_OBJECT_UNLOCK (self->element);
  if (self->has_segment && segment->rate > 0.0)
    advance (self, gst_segment_position_from_running_time (segment, GST_FORMAT_TIME, deadline));
}

/* A line of JSON says its times, as its message does. */
static GstBuffer *
make_buffer (SewTextOutput *self, const Item *item)
{
  g_autoptr (GstStructure) timed = gst_structure_copy (item->transcript);

  gst_structure_set (timed, "timestamp", G_TYPE_UINT64, item->pts, "duration", G_TYPE_UINT64,
                     item->duration, NULL);
  GST_OBJECT_LOCK (self->element);
  double dim_below = self->dim_below;
  GST_OBJECT_UNLOCK (self->element);
  char *text = sew_transcript_text_write (timed, self->format, dim_below);
  return gst_buffer_new_wrapped (text, strlen (text));
}

static GstFlowReturn
write_words (SewTextOutput *self, const Item *item)
{
  if (!ensure_caps (self))
    return GST_PAD_IS_FLUSHING (self->srcpad) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
  advance (self, item->pts);

  GstBuffer *buffer = make_buffer (self, item);
  GST_BUFFER_PTS (buffer) = item->pts;
  GST_BUFFER_DURATION (buffer) = item->duration;
  sew_text_writer_place (&self->writer, buffer);
  sew_transcript_meta_add (buffer, item->transcript);
  GstFlowReturn flow = gst_pad_push (self->srcpad, buffer);
  self->writer.discont = flow == GST_FLOW_NOT_LINKED;
  return flow;
}

static GstEvent *
take_segment (SewTextOutput *self, GstEvent *event)
{
  GstSegment segment;

  gst_event_copy_segment (event, &segment);
  GST_OBJECT_LOCK (self->element);
  segment.base += self->lateness;
  GST_OBJECT_UNLOCK (self->element);
  sew_text_writer_set_segment (&self->writer, &segment);

  GstEvent *shifted = gst_event_new_segment (&segment);
  gst_event_set_seqnum (shifted, gst_event_get_seqnum (event));
  gst_event_unref (event);
  return shifted;
}

/* event: (transfer full) */
static GstFlowReturn
write_event (SewTextOutput *self, GstEvent *event)
{
  GstEventType type = GST_EVENT_TYPE (event);

  if (type == GST_EVENT_SEGMENT) {
    event = take_segment (self, event);
    if (!ensure_caps (self)) {
      gst_event_unref (event);
      return GST_PAD_IS_FLUSHING (self->srcpad) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
    }
  }
  gst_pad_push_event (self->srcpad, event);
  self->has_segment |= type == GST_EVENT_SEGMENT;
  return GST_FLOW_OK;
}

static GstFlowReturn
write_item (SewTextOutput *self, Item *item)
{
  switch (item->kind) {
  case ITEM_WORDS:
    return write_words (self, item);
  case ITEM_POSITION:
    advance (self, item->pts);
    return GST_FLOW_OK;
  case ITEM_DEADLINE:
    meet_deadline (self);
    return GST_FLOW_OK;
  case ITEM_JUMP:
    self->writer.discont = TRUE;
    return GST_FLOW_OK;
  case ITEM_EVENT:
    return write_event (self, g_steal_pointer (&item->event));
  }
  return GST_FLOW_OK;
}

static GstFlowReturn
push_item (gpointer item, gpointer user_data)
{
  return write_item (user_data, item);
}

static void
stop (gpointer user_data)
{
  SewTextOutput *self = user_data;

  self->stopped (self->user_data);
}

static const SewPadTaskFuncs task_funcs = { push_item, stop, free_item };

SewTextOutput *
sew_text_output_new (GstElement *element, GstPad *srcpad, void (*stopped) (gpointer user_data),
                     gpointer user_data)
{
  SewTextOutput *self = g_new0 (SewTextOutput, 1);

  self->element = element;
  self->srcpad = srcpad;
  self->stopped = stopped;
  self->user_data = user_data;
  self->task = sew_pad_task_new (element, srcpad, QUEUE_LIMIT, &task_funcs, self);
  sew_text_writer_init (&self->writer);
  return self;
}

void
sew_text_output_free (SewTextOutput *self)
{
  sew_pad_task_free (self->task);
  g_free (self);
}

SewPadTask *
sew_text_output_get_task (SewTextOutput *self)
{
  return self->task;
}

void
sew_text_output_reset (SewTextOutput *self)
{
  sew_text_writer_init (&self->writer);
  self->has_segment = FALSE;
  self->position = GST_CLOCK_TIME_NONE;
  GST_OBJECT_LOCK (self->element);
  self->has_deadline = FALSE;
  GST_OBJECT_UNLOCK (self->element);
}

void
sew_text_output_set_lateness (SewTextOutput *self, GstClockTime lateness)
{
  GST_OBJECT_LOCK (self->element);
  self->lateness = lateness;
  GST_OBJECT_UNLOCK (self->element);
}

void
sew_text_output_set_dim_below (SewTextOutput *self, double confidence)
{
  GST_OBJECT_LOCK (self->element);
  self->dim_below = confidence;
  GST_OBJECT_UNLOCK (self->element);
}

static Item *
new_item (ItemKind kind, GstClockTime pts)
{
  Item *item = g_new0 (Item, 1);

  item->kind = kind;
  item->pts = pts;
  return item;
}

void
sew_text_output_push_words (SewTextOutput *self, GstStructure *transcript, GstClockTime pts,
                            GstClockTime duration)
{
  Item *item = new_item (ITEM_WORDS, pts);

  item->transcript = transcript;
  item->duration = duration;
  sew_pad_task_queue (self->task, item, 1);
}

void
sew_text_output_push_position (SewTextOutput *self, GstClockTime pts)
{
  if (pts == self->position)
    return;
  self->position = pts;
  sew_pad_task_queue (self->task, new_item (ITEM_POSITION, pts), 1);
}

void
sew_text_output_push_deadline (SewTextOutput *self, GstClockTime running_time)
{
  GST_OBJECT_LOCK (self->element);
  gboolean is_queued = self->has_deadline;
  self->has_deadline = TRUE;
  self->deadline = running_time;
  GST_OBJECT_UNLOCK (self->element);
  if (is_queued
      || sew_pad_task_queue (self->task, new_item (ITEM_DEADLINE, GST_CLOCK_TIME_NONE), 0))
    return;
  GST_OBJECT_LOCK (self->element);
  self->has_deadline = FALSE;
  GST_OBJECT_UNLOCK (self->element);
}

void
sew_text_output_push_jump (SewTextOutput *self)
{
  sew_pad_task_queue (self->task, new_item (ITEM_JUMP, GST_CLOCK_TIME_NONE), 0);
}

void
sew_text_output_push_event (SewTextOutput *self, GstEvent *event)
{
  Item *item = new_item (ITEM_EVENT, GST_CLOCK_TIME_NONE);

  item->event = event;
  sew_pad_task_queue (self->task, item, 0);
}
