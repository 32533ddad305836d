/* SPDX-License-Identifier: MIT */
#include "audio-queue.h"

#include <string.h>

#include <sew/sew.h>

#include "item-queue.h"
#include "overload.h"

/* As much as the recognizer looks at together, when live. */
#define LIMIT_SAMPLES (8 * SEW_SAMPLE_RATE_HZ)
/* What was said longer ago than that when the model is loaded at last is of no use. */
#define LOADING_LIMIT_SAMPLES (20 * SEW_SAMPLE_RATE_HZ)

struct _SewAudioQueue {
  GstElement *element;
  SewItemQueue *items; /* SewAudioItem; costs are samples */
  int live;            /* atomic */
  int loading;         /* atomic */
  int behind;          /* atomic: more may wait, as the model is being or was just loaded */

  /* the streaming thread's */
  GstSegment segment;
  SewOverload overload;
};

void
sew_audio_item_free (gpointer data)
{
  SewAudioItem *item = data;

  g_clear_pointer (&item->event, gst_event_unref);
  g_free (item);
}

SewAudioQueue *
sew_audio_queue_new (GstElement *element)
{
  SewAudioQueue *self = g_new0 (SewAudioQueue, 1);

  self->element = element;
  self->items = sew_item_queue_new (LIMIT_SAMPLES, sew_audio_item_free);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  return self;
}

void
sew_audio_queue_free (SewAudioQueue *self)
{
  sew_item_queue_free (self->items);
  g_free (self);
}

gboolean
sew_audio_queue_push_samples (SewAudioQueue *self, GstClockTime pts, gboolean discont,
                              const float *samples, gsize n_samples)
{
  SewAudioItem *item = g_malloc (sizeof (SewAudioItem) + n_samples * sizeof (float));
  gsize cost = MAX (n_samples, 1); /* none is what events cost */

  *item = (SewAudioItem){ .pts = pts, .discont = discont, .n_samples = n_samples };
  memcpy (item->samples, samples, n_samples * sizeof (float));
  if (!g_atomic_int_get (&self->live))
    return sew_item_queue_push (self->items, item, cost);

  item->n_skipped = sew_item_queue_make_room (self->items);
  if (item->n_skipped > 0)
    sew_overload_skip (&self->overload, self->element, &self->segment, pts, item->n_skipped,
                       g_atomic_int_get (&self->loading));
  sew_overload_add (&self->overload, n_samples);
  return sew_item_queue_push (self->items, item, cost);
}

gboolean
sew_audio_queue_push_event (SewAudioQueue *self, GstEvent *event)
{
  SewAudioItem *item = g_new0 (SewAudioItem, 1);

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    gst_event_copy_segment (event, &self->segment);
  item->event = event;
  return sew_item_queue_push (self->items, item, 0);
}

static void
update_limit (SewAudioQueue *self)
{
  gboolean may_wait = g_atomic_int_get (&self->live) && g_atomic_int_get (&self->behind);

  sew_item_queue_set_limit (self->items, may_wait ? LOADING_LIMIT_SAMPLES : LIMIT_SAMPLES);
}

SewAudioItem *
sew_audio_queue_pop (SewAudioQueue *self)
{
  SewAudioItem *item = sew_item_queue_pop (self->items);

  if (g_atomic_int_get (&self->behind) && !g_atomic_int_get (&self->loading)
      && sew_item_queue_get_cost (self->items) < LIMIT_SAMPLES / 2) {
    g_atomic_int_set (&self->behind, FALSE);
    update_limit (self);
  }
  return item;
}

SewAudioItem *
sew_audio_queue_pop_event (SewAudioQueue *self)
{
  return sew_item_queue_pop_free (self->items);
}

void
sew_audio_queue_set_live (SewAudioQueue *self, gboolean live)
{
  g_atomic_int_set (&self->live, live);
  update_limit (self);
}

void
sew_audio_queue_set_loading (SewAudioQueue *self, gboolean loading)
{
  g_atomic_int_set (&self->loading, loading);
  if (loading)
    g_atomic_int_set (&self->behind, TRUE);
  update_limit (self);
}

guint64
sew_audio_queue_get_backlog (SewAudioQueue *self)
{
  return sew_item_queue_get_cost (self->items);
}

guint64
sew_audio_queue_get_limit (SewAudioQueue *self)
{
  return LIMIT_SAMPLES;
}

void
sew_audio_queue_set_flushing (SewAudioQueue *self)
{
  sew_item_queue_set_flushing (self->items);
}

void
sew_audio_queue_open (SewAudioQueue *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  sew_overload_init (&self->overload);
  sew_item_queue_open (self->items);
}
