/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The task of a source pad that pushes what is queued for it, up to a limit, so that whoever queues
 * it does not wait for downstream. */
typedef struct _SewPadTask SewPadTask;

/* These are called from the task, with no lock held. */
typedef struct {
  /* An item's turn has come (borrowed). Returns: what downstream says; after NOT_LINKED items go on
   * to come. */
  GstFlowReturn (*push) (gpointer item, gpointer user_data);
  /* Downstream refuses more. May be NULL. */
  void (*stopped) (gpointer user_data);
  GDestroyNotify free_item;
} SewPadTaskFuncs;

/* srcpad: of element; not owned. limit: what the items that wait may cost together. */
SewPadTask *sew_pad_task_new (GstElement *element, GstPad *srcpad, guint64 limit,
                              const SewPadTaskFuncs *funcs, gpointer user_data);
void sew_pad_task_free (SewPadTask *self);

/* The pad becomes active: starts from nothing. */
void sew_pad_task_start (SewPadTask *self);
/* The pad is no longer active. */
void sew_pad_task_stop (SewPadTask *self);
/* A flush is over: starts from nothing, if the pad is still active. */
void sew_pad_task_restart (SewPadTask *self);
/* Wakes everybody: items are refused. After it the pad's task may be paused, when downstream is
 * flushing too. */
void sew_pad_task_interrupt (SewPadTask *self);
/* From a RECONFIGURE event: what was not linked may be now. */
void sew_pad_task_relink (SewPadTask *self);

/* Takes the item over, and waits for room first, unless it costs nothing. Returns: FALSE if it was
 * refused. */
gboolean sew_pad_task_queue (SewPadTask *self, gpointer item, guint64 cost);
/* Any thread: what downstream said last. */
GstFlowReturn sew_pad_task_get_flow (SewPadTask *self);
/* Upstream has ended: an error can no longer be returned to it, and is posted. */
void sew_pad_task_expect_end (SewPadTask *self);

G_END_DECLS
