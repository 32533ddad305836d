/* SPDX-License-Identifier: MIT */
#include "audio-holder.h"

#include "elements.h"
#include "item-queue.h"

#define GST_CAT_DEFAULT sew_debug

/* More than the recognizer ever looks ahead, or it would get no more audio and hand out nothing. */
#define HOLD_LIMIT (60 * GST_SECOND)

typedef struct {
  GstMiniObject *object; /* a buffer or an event */
  GstClockTime end;
  GstClockTime deadline;
} Item;

struct _SewAudioHolder {
  GstElement *element;
  GstPad *srcpad;
  SewProgress *progress;
  SewAudioHolderPrepare prepare;
  gpointer user_data;

  SewItemQueue *queue; /* Item */
  int flow;            /* atomic: GstFlowReturn */
  int eos;             /* atomic: EOS was given: nobody asks for the flow any more */
  int eos_pushed;      /* atomic: by us, as there was nobody to return an error to */
};

static void
free_item (gpointer data)
{
  Item *item = data;

  g_clear_pointer (&item->object, gst_mini_object_unref);
  g_free (item);
}

SewAudioHolder *
sew_audio_holder_new (GstElement *element, GstPad *srcpad, SewProgress *progress,
                      SewAudioHolderPrepare prepare, gpointer user_data)
{
  SewAudioHolder *self = g_new0 (SewAudioHolder, 1);

  self->element = element;
  self->srcpad = srcpad;
  self->progress = progress;
  self->prepare = prepare;
  self->user_data = user_data;
  self->queue = sew_item_queue_new (HOLD_LIMIT, free_item);
  self->flow = GST_FLOW_FLUSHING;
  return self;
}

void
sew_audio_holder_free (SewAudioHolder *self)
{
  sew_item_queue_free (self->queue);
  g_free (self);
}

/* The error that no streaming thread of upstream will see. */
static void
end_stream (SewAudioHolder *self)
{
  GstFlowReturn flow = g_atomic_int_get (&self->flow);

  if (flow == GST_FLOW_FLUSHING || !g_atomic_int_compare_and_exchange (&self->eos_pushed, 0, 1))
    return;
  if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS)
    GST_ELEMENT_FLOW_ERROR (self->element, flow);
  gst_pad_push_event (self->srcpad, gst_event_new_eos ());
}

static GstFlowReturn
push_buffer (SewAudioHolder *self, Item *item)
{
  GstBuffer *buffer = GST_BUFFER (g_steal_pointer (&item->object));

  if (!sew_progress_wait_until (self->progress, item->end, item->deadline)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_FLUSHING;
  }
  return gst_pad_push (self->srcpad, self->prepare (buffer, item->end, self->user_data));
}

static void
push_next_item (gpointer user_data)
{
  SewAudioHolder *self = user_data;
  GstFlowReturn flow = GST_FLOW_OK;
  Item *item = sew_item_queue_pop (self->queue);

  if (item == NULL) {
    gst_pad_pause_task (self->srcpad);
    return;
  }
  if (GST_IS_EVENT (item->object))
    gst_pad_push_event (self->srcpad, GST_EVENT (g_steal_pointer (&item->object)));
  else
    flow = push_buffer (self, item);
  free_item (item);
  if (flow == GST_FLOW_OK)
    return;

  GST_DEBUG_OBJECT (self->element, "downstream refuses audio: %s", gst_flow_get_name (flow));
  g_atomic_int_compare_and_exchange (&self->flow, GST_FLOW_OK, flow);
  sew_item_queue_set_flushing (self->queue);
  gst_pad_pause_task (self->srcpad);
  if (g_atomic_int_get (&self->eos))
    end_stream (self);
}

void
sew_audio_holder_start (SewAudioHolder *self)
{
  g_atomic_int_set (&self->flow, GST_FLOW_OK);
  g_atomic_int_set (&self->eos, FALSE);
  g_atomic_int_set (&self->eos_pushed, FALSE);
  sew_item_queue_open (self->queue);
  gst_pad_start_task (self->srcpad, push_next_item, self, NULL);
}

void
sew_audio_holder_interrupt (SewAudioHolder *self)
{
  g_atomic_int_set (&self->flow, GST_FLOW_FLUSHING);
  sew_item_queue_set_flushing (self->queue);
}

void
sew_audio_holder_pause (SewAudioHolder *self)
{
  gst_pad_pause_task (self->srcpad);
}

void
sew_audio_holder_stop (SewAudioHolder *self)
{
  gst_pad_stop_task (self->srcpad);
}

static GstFlowReturn
push (SewAudioHolder *self, gpointer object, GstClockTime cost, GstClockTime end,
      GstClockTime deadline)
{
  Item *item = g_new (Item, 1);

  item->object = object;
  item->end = end;
  item->deadline = deadline;
  sew_item_queue_push (self->queue, item, cost);
  return g_atomic_int_get (&self->flow);
}

GstFlowReturn
sew_audio_holder_push_buffer (SewAudioHolder *self, GstBuffer *buffer, GstClockTime duration,
                              GstClockTime end, GstClockTime deadline)
{
  return push (self, buffer, MAX (duration, 1), end, deadline);
}

GstFlowReturn
sew_audio_holder_push_event (SewAudioHolder *self, GstEvent *event)
{
  gboolean eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  GstFlowReturn flow = push (self, event, 0, 0, GST_CLOCK_TIME_NONE);

  g_atomic_int_set (&self->eos, eos);
  if (eos && g_atomic_int_get (&self->flow) != GST_FLOW_OK)
    end_stream (self);
  return flow;
}
