/* SPDX-License-Identifier: MIT */
#include "stream-timeline.h"

#include <math.h>

#include <sew/sew.h>

/* Creep is averaged over this long, so that jitter does not look like it, and followed in steps of
 * this size, so that timestamps rounded to milliseconds do not cause any. */
#define CREEP_WINDOW_SAMPLES (10 * SEW_SAMPLE_RATE_HZ)
#define CREEP_STEP_NS (5.0 * (double) GST_MSECOND)

void
sew_stream_timeline_init (SewStreamTimeline *self)
{
  self->marks = g_array_new (FALSE, FALSE, sizeof (SewTimelineMark));
  sew_stream_timeline_reset (self);
}

void
sew_stream_timeline_clear (SewStreamTimeline *self)
{
  g_clear_pointer (&self->marks, g_array_unref);
}

void
sew_stream_timeline_reset (SewStreamTimeline *self)
{
  g_array_set_size (self->marks, 0);
  self->n_samples = 0;
  self->anchored = FALSE;
  self->creep_ns = 0.0;
}

void
sew_stream_timeline_unanchor (SewStreamTimeline *self)
{
  self->anchored = FALSE;
}

gboolean
sew_stream_timeline_continues (const SewStreamTimeline *self, GstClockTime pts)
{
  if (!self->anchored)
    return FALSE;
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return TRUE;

  GstClockTimeDiff difference = GST_CLOCK_DIFF (sew_stream_timeline_get_end (self), pts);
  return ABS (difference) <= (GstClockTimeDiff) SEW_STREAM_TIMELINE_TOLERANCE;
}

static void
add_mark (SewStreamTimeline *self, GstClockTime pts)
{
  SewTimelineMark mark = { self->n_samples, pts };
  guint n_marks = self->marks->len;

  if (n_marks > 0
      && g_array_index (self->marks, SewTimelineMark, n_marks - 1).sample == self->n_samples)
    g_array_index (self->marks, SewTimelineMark, n_marks - 1) = mark;
  else
    g_array_append_val (self->marks, mark);
  self->anchored = TRUE;
  self->creep_ns = 0.0;
}

void
sew_stream_timeline_jump (SewStreamTimeline *self, GstClockTime pts)
{
  g_return_if_fail (GST_CLOCK_TIME_IS_VALID (pts));

  add_mark (self, pts);
}

static void
follow_creep (SewStreamTimeline *self, GstClockTime pts, gsize n_samples)
{
  GstClockTime expected = sew_stream_timeline_get_end (self);
  double difference_ns = (double) GST_CLOCK_DIFF (expected, pts);
  double weight = MIN (1.0, (double) n_samples / CREEP_WINDOW_SAMPLES);

  self->creep_ns += weight * (difference_ns - self->creep_ns);
  if (fabs (self->creep_ns) < CREEP_STEP_NS)
    return;

  GstClockTimeDiff step = (GstClockTimeDiff) self->creep_ns;
  if (step < 0 && expected < (GstClockTime) -step)
    step = -(GstClockTimeDiff) expected;
  add_mark (self, expected + (GstClockTime) step);
}

void
sew_stream_timeline_advance (SewStreamTimeline *self, GstClockTime pts, gsize n_samples)
{
  if (self->anchored && GST_CLOCK_TIME_IS_VALID (pts))
    follow_creep (self, pts, n_samples);
  self->n_samples += n_samples;
}

GstClockTime
sew_stream_timeline_get_pts (const SewStreamTimeline *self, guint64 sample)
{
  if (self->marks->len == 0)
    return GST_CLOCK_TIME_NONE;

  /* Recent samples are asked for, and there are few marks: from the end. */
  guint i = self->marks->len - 1;
  while (i > 0 && g_array_index (self->marks, SewTimelineMark, i).sample > sample)
    i--;

  const SewTimelineMark *mark = &g_array_index (self->marks, SewTimelineMark, i);
  if (sample >= mark->sample)
    return mark->pts
           + gst_util_uint64_scale (sample - mark->sample, GST_SECOND, SEW_SAMPLE_RATE_HZ);

  GstClockTime before = gst_util_uint64_scale (mark->sample - sample, GST_SECOND,
                                               SEW_SAMPLE_RATE_HZ);
  return mark->pts > before ? mark->pts - before : 0;
}

GstClockTime
sew_stream_timeline_get_duration (const SewStreamTimeline *self, guint64 first_sample,
                                  guint64 n_samples)
{
  GstClockTime start = sew_stream_timeline_get_pts (self, first_sample);
  GstClockTime end = sew_stream_timeline_get_pts (self, first_sample + n_samples);

  /* A mark in between may have stepped back a little. */
  return end > start ? end - start : 0;
}

GstClockTime
sew_stream_timeline_get_end (const SewStreamTimeline *self)
{
  return sew_stream_timeline_get_pts (self, self->n_samples);
}

void
sew_stream_timeline_forget (SewStreamTimeline *self, guint64 sample)
{
  guint n_unused = 0;

  while (n_unused + 1 < self->marks->len
         && g_array_index (self->marks, SewTimelineMark, n_unused + 1).sample <= sample)
    n_unused++;
  if (n_unused > 0)
    g_array_remove_range (self->marks, 0, n_unused);
}
