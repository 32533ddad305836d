/* SPDX-License-Identifier: MIT */
#include "pad-task.h"

#include "elements.h"
#include "item-queue.h"

#define GST_CAT_DEFAULT sew_debug

struct _SewPadTask {
  GstElement *element;
  GstPad *srcpad;
  const SewPadTaskFuncs *funcs;
  gpointer user_data;

  GMutex lock; /* held while the task is started, or may no longer be */
  gboolean active;

  SewItemQueue *queue;
  int flow;      /* atomic: GstFlowReturn */
  int ends;      /* atomic: nobody of upstream asks for the flow any more */
  int has_ended; /* atomic: EOS was pushed by us, as there was nobody to return an error to */
  int n_relinks; /* atomic */
};

SewPadTask *
sew_pad_task_new (GstElement *element, GstPad *srcpad, guint64 limit, const SewPadTaskFuncs *funcs,
                  gpointer user_data)
{
  SewPadTask *self = g_new0 (SewPadTask, 1);

  self->element = element;
  self->srcpad = srcpad;
  self->funcs = funcs;
  self->user_data = user_data;
  self->queue = sew_item_queue_new (limit, funcs->free_item);
  self->flow = GST_FLOW_FLUSHING;
  g_mutex_init (&self->lock);
  return self;
}

void
sew_pad_task_free (SewPadTask *self)
{
  sew_item_queue_free (self->queue);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* The error that no streaming thread of upstream will see. */
static void
end_stream (SewPadTask *self)
{
  GstFlowReturn flow = sew_pad_task_get_flow (self);

  if (flow == GST_FLOW_FLUSHING || !g_atomic_int_compare_and_exchange (&self->has_ended, 0, 1))
    return;
  if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS)
    GST_ELEMENT_FLOW_ERROR (self->element, flow);
  gst_pad_push_event (self->srcpad, gst_event_new_eos ());
}

static void
stop (SewPadTask *self)
{
  sew_item_queue_set_flushing (self->queue);
  gst_pad_pause_task (self->srcpad);
  if (self->funcs->stopped != NULL)
    self->funcs->stopped (self->user_data);
}

static void
reset_not_linked (SewPadTask *self)
{
  g_atomic_int_compare_and_exchange (&self->flow, GST_FLOW_NOT_LINKED, GST_FLOW_OK);
}

static void
push_next_item (gpointer user_data)
{
  SewPadTask *self = user_data;
  gpointer item = sew_item_queue_pop (self->queue);

  if (item == NULL) {
    gst_pad_pause_task (self->srcpad);
    return;
  }
  int n_relinks = g_atomic_int_get (&self->n_relinks);
  GstFlowReturn flow = self->funcs->push (item, self->user_data);
  self->funcs->free_item (item);
  if (flow == GST_FLOW_OK)
    return;

  if (g_atomic_int_compare_and_exchange (&self->flow, GST_FLOW_OK, flow))
    GST_DEBUG_OBJECT (self->srcpad, "downstream takes nothing: %s", gst_flow_get_name (flow));
  /* A pad may be linked later, or was just now, so the stream goes on. */
  if (flow != GST_FLOW_NOT_LINKED)
    stop (self);
  else if (g_atomic_int_get (&self->n_relinks) != n_relinks)
    reset_not_linked (self);
  if (g_atomic_int_get (&self->ends))
    end_stream (self);
}

void
sew_pad_task_start (SewPadTask *self)
{
  g_mutex_lock (&self->lock);
  self->active = TRUE;
  g_mutex_unlock (&self->lock);
  sew_pad_task_restart (self);
}

void
sew_pad_task_stop (SewPadTask *self)
{
  g_mutex_lock (&self->lock);
  self->active = FALSE;
  sew_pad_task_interrupt (self);
  g_mutex_unlock (&self->lock);
  gst_pad_stop_task (self->srcpad);
}

void
sew_pad_task_restart (SewPadTask *self)
{
  g_mutex_lock (&self->lock);
  if (self->active) {
    g_atomic_int_set (&self->flow, GST_FLOW_OK);
    g_atomic_int_set (&self->ends, FALSE);
    g_atomic_int_set (&self->has_ended, FALSE);
    sew_item_queue_open (self->queue);
    gst_pad_start_task (self->srcpad, push_next_item, self, NULL);
  }
  g_mutex_unlock (&self->lock);
}

void
sew_pad_task_interrupt (SewPadTask *self)
{
  g_atomic_int_set (&self->flow, GST_FLOW_FLUSHING);
  sew_item_queue_set_flushing (self->queue);
}

void
sew_pad_task_relink (SewPadTask *self)
{
  g_atomic_int_inc (&self->n_relinks);
  reset_not_linked (self);
}

gboolean
sew_pad_task_queue (SewPadTask *self, gpointer item, guint64 cost)
{
  return sew_item_queue_push (self->queue, item, cost);
}

GstFlowReturn
sew_pad_task_get_flow (SewPadTask *self)
{
  return g_atomic_int_get (&self->flow);
}

void
sew_pad_task_expect_end (SewPadTask *self)
{
  g_atomic_int_set (&self->ends, TRUE);
  if (sew_pad_task_get_flow (self) != GST_FLOW_OK)
    end_stream (self);
}
