/* SPDX-License-Identifier: MIT */
#include "audio-holder.h"

/* More than the recognizer ever looks ahead, or it would get no more audio and hand out nothing. */
#define HOLD_LIMIT (60 * GST_SECOND)

typedef struct {
  GstMiniObject *object; /* a buffer or an event */
  GstClockTime end;
  GstClockTime deadline;
} Item;

struct _SewAudioHolder {
  GstPad *srcpad;
  SewProgress *progress;
  SewAudioHolderPrepare prepare;
  gpointer user_data;
  SewPadTask *task; /* of Item */
};

static void
free_item (gpointer data)
{
  Item *item = data;

  g_clear_pointer (&item->object, gst_mini_object_unref);
  g_free (item);
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

static GstFlowReturn
push_item (gpointer data, gpointer user_data)
{
  SewAudioHolder *self = user_data;
  Item *item = data;

  if (GST_IS_BUFFER (item->object))
    return push_buffer (self, item);
  gst_pad_push_event (self->srcpad, GST_EVENT (g_steal_pointer (&item->object)));
  return GST_FLOW_OK;
}

static const SewPadTaskFuncs task_funcs = { .push = push_item, .free_item = free_item };

SewAudioHolder *
sew_audio_holder_new (GstElement *element, GstPad *srcpad, SewProgress *progress,
                      SewAudioHolderPrepare prepare, gpointer user_data)
{
  SewAudioHolder *self = g_new0 (SewAudioHolder, 1);

  self->srcpad = srcpad;
  self->progress = progress;
  self->prepare = prepare;
  self->user_data = user_data;
  self->task = sew_pad_task_new (element, srcpad, HOLD_LIMIT, &task_funcs, self);
  return self;
}

void
sew_audio_holder_free (SewAudioHolder *self)
{
  sew_pad_task_free (self->task);
  g_free (self);
}

SewPadTask *
sew_audio_holder_get_task (SewAudioHolder *self)
{
  return self->task;
}

static GstFlowReturn
push (SewAudioHolder *self, gpointer object, GstClockTime cost, GstClockTime end,
      GstClockTime deadline)
{
  Item *item = g_new (Item, 1);

  item->object = object;
  item->end = end;
  item->deadline = deadline;
  sew_pad_task_queue (self->task, item, cost);
  return sew_pad_task_get_flow (self->task);
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
  gboolean ends = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  GstFlowReturn flow = push (self, event, 0, 0, GST_CLOCK_TIME_NONE);

  if (ends)
    sew_pad_task_expect_end (self->task);
  return flow;
}
