/* SPDX-License-Identifier: MIT */
#include "progress.h"

struct _SewProgress {
  GstElement *element;

  GMutex lock;
  GCond changed;
  GstClockTime position;
  gboolean finished;
  gboolean interrupted;
  gboolean lost_patience;
};

/* Reference counted, as a clock may still be calling back when nobody waits any more. */
static void
clear (gpointer data)
{
  SewProgress *self = data;

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
}

static void
unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, clear);
}

SewProgress *
sew_progress_new (GstElement *element)
{
  SewProgress *self = g_atomic_rc_box_new0 (SewProgress);

  self->element = element;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->interrupted = TRUE;
  return self;
}

void
sew_progress_free (SewProgress *self)
{
  unref (self);
}

void
sew_progress_reset (SewProgress *self)
{
  g_mutex_lock (&self->lock);
  self->position = 0;
  self->finished = FALSE;
  self->lost_patience = FALSE;
  g_mutex_unlock (&self->lock);
}

void
sew_progress_advance (SewProgress *self, GstClockTime running_time)
{
  if (!GST_CLOCK_TIME_IS_VALID (running_time))
    return;
  g_mutex_lock (&self->lock);
  if (running_time > self->position) {
    self->position = running_time;
    self->lost_patience = FALSE;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);
}

void
sew_progress_finish (SewProgress *self)
{
  g_mutex_lock (&self->lock);
  self->finished = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
sew_progress_go_on (SewProgress *self)
{
  g_mutex_lock (&self->lock);
  self->finished = FALSE;
  g_mutex_unlock (&self->lock);
}

void
sew_progress_interrupt (SewProgress *self)
{
  g_mutex_lock (&self->lock);
  self->interrupted = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
sew_progress_resume (SewProgress *self)
{
  g_mutex_lock (&self->lock);
  self->interrupted = FALSE;
  g_mutex_unlock (&self->lock);
}

/* Under the lock. */
static gboolean
has_to_wait (const SewProgress *self, GstClockTime running_time)
{
  return !self->interrupted && !self->finished && self->position < running_time;
}

static gboolean
wake (GstClock *clock, GstClockTime time, GstClockID id, gpointer data)
{
  SewProgress *self = data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* Under the lock. */
static void
wait_with_clock (SewProgress *self, GstClock *clock, GstClockTime running_time,
                 GstClockTime clock_time)
{
  GstClockID id = gst_clock_new_single_shot_id (clock, clock_time);

  g_mutex_unlock (&self->lock);
  gst_clock_id_wait_async (id, wake, g_atomic_rc_box_acquire (self), unref);
  g_mutex_lock (&self->lock);
  while (has_to_wait (self, running_time) && gst_clock_get_time (clock) < clock_time)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  gst_clock_id_unschedule (id);
  gst_clock_id_unref (id);
  g_mutex_lock (&self->lock);
}

gboolean
sew_progress_wait_until (SewProgress *self, GstClockTime running_time, GstClockTime deadline)
{
  g_autoptr (GstClock) clock = NULL;

  if (GST_CLOCK_TIME_IS_VALID (deadline))
    clock = gst_element_get_clock (self->element);

  g_mutex_lock (&self->lock);
  if (clock != NULL && has_to_wait (self, running_time))
    wait_with_clock (self, clock, running_time,
                     gst_element_get_base_time (self->element) + deadline);
  else
    while (has_to_wait (self, running_time))
      g_cond_wait (&self->changed, &self->lock);
  gboolean go_on = !self->interrupted;
  g_mutex_unlock (&self->lock);
  return go_on;
}

gboolean
sew_progress_wait_for_finish (SewProgress *self)
{
  return sew_progress_wait_until (self, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
}

gboolean
sew_progress_wait_patiently (SewProgress *self, GstClockTime running_time, GstClockTime patience)
{
  const gint64 patience_us = (gint64) (patience / GST_USECOND);

  g_mutex_lock (&self->lock);
  GstClockTime last = self->position;
  gint64 end = g_get_monotonic_time () + patience_us;
  while (has_to_wait (self, running_time) && !self->lost_patience) {
    if (self->position != last) {
      last = self->position;
      end = g_get_monotonic_time () + patience_us;
    }
    if (!g_cond_wait_until (&self->changed, &self->lock, end) && self->position == last)
      self->lost_patience = TRUE;
  }
  gboolean go_on = !self->interrupted;
  g_mutex_unlock (&self->lock);
  return go_on;
}
