/* SPDX-License-Identifier: MIT */
#include "ticker.h"

/* The clock may call once more after it was told not to, so that what it calls lives on its own. */
typedef struct {
  int ref_count; /* atomic */
  GMutex lock;
  SewTicker *ticker; /* under the lock; NULL: stopped */
} Target;

struct _SewTicker {
  GstElement *element;
  void (*tick) (GstClockTime running_time, gpointer user_data);
  gpointer user_data;
  GMutex lock;
  GstClockID id; /* under the lock; NULL while it is stopped */
  Target *target;
};

static void
unref_target (gpointer data)
{
  Target *target = data;

  if (!g_atomic_int_dec_and_test (&target->ref_count))
    return;
  g_mutex_clear (&target->lock);
  g_free (target);
}

SewTicker *
sew_ticker_new (GstElement *element, void (*tick) (GstClockTime running_time, gpointer user_data),
                gpointer user_data)
{
  SewTicker *self = g_new0 (SewTicker, 1);

  self->element = element;
  self->tick = tick;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  return self;
}

void
sew_ticker_free (SewTicker *self)
{
  sew_ticker_stop (self);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
call (GstClock *clock, GstClockTime time, GstClockID id, gpointer data)
{
  Target *target = data;

  g_mutex_lock (&target->lock);
  SewTicker *self = target->ticker;
  if (self != NULL) {
    GstClockTime base = gst_element_get_base_time (self->element);
    self->tick (time > base ? time - base : 0, self->user_data);
  }
  g_mutex_unlock (&target->lock);
  return TRUE;
}

void
sew_ticker_start (SewTicker *self)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (self->element);

  g_mutex_lock (&self->lock);
  if (clock != NULL && self->id == NULL) {
    self->target = g_new0 (Target, 1);
    self->target->ref_count = 2; /* ours and the clock's */
    g_mutex_init (&self->target->lock);
    self->target->ticker = self;
    self->id = gst_clock_new_periodic_id (clock, gst_clock_get_time (clock) + SEW_TICKER_INTERVAL,
                                          SEW_TICKER_INTERVAL);
    gst_clock_id_wait_async (self->id, call, self->target, unref_target);
  }
  g_mutex_unlock (&self->lock);
}

void
sew_ticker_stop (SewTicker *self)
{
  g_mutex_lock (&self->lock);
  GstClockID id = g_steal_pointer (&self->id);
  Target *target = g_steal_pointer (&self->target);
  g_mutex_unlock (&self->lock);
  if (id == NULL)
    return;

  g_mutex_lock (&target->lock);
  target->ticker = NULL;
  g_mutex_unlock (&target->lock);
  gst_clock_id_unschedule (id);
  gst_clock_id_unref (id);
  unref_target (target);
}
