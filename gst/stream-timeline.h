/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Where each sample of a stream lies in time. The recognizer counts samples; buffers carry
 * timestamps that may start anywhere, jitter, creep away from the sample count or jump. A timeline
 * is a short list of marks "this sample has that timestamp"; between two marks samples are exactly
 * 1/16000 s apart, so nothing adds up over days. */

/* Timestamps this close to the expected one belong to the same run of samples, as for
 * GstAudioBaseSink. */
#define SEW_STREAM_TIMELINE_TOLERANCE (40 * GST_MSECOND)

typedef struct {
  guint64 sample;
  GstClockTime pts;
} SewTimelineMark;

typedef struct {
  GArray *marks;     /* SewTimelineMark, ascending samples */
  guint64 n_samples; /* counted so far: the number of the next sample */
  gboolean anchored; /* the next sample's timestamp is known */
  double creep_ns;   /* smoothed difference between the timestamps and the sample count */
} SewStreamTimeline;

void sew_stream_timeline_init (SewStreamTimeline *self);
void sew_stream_timeline_clear (SewStreamTimeline *self);

/* Samples count from 0 again and no timestamp is known. */
void sew_stream_timeline_reset (SewStreamTimeline *self);

/* The next sample's timestamp is not known any more: a segment or a format has changed. */
void sew_stream_timeline_unanchor (SewStreamTimeline *self);

/* Whether a buffer with that PTS (or GST_CLOCK_TIME_NONE) goes on where the samples so far end.
 * FALSE too if nothing is known about where they end. */
gboolean sew_stream_timeline_continues (const SewStreamTimeline *self, GstClockTime pts);

/* The next sample has this PTS, whatever came before. */
void sew_stream_timeline_jump (SewStreamTimeline *self, GstClockTime pts);

/* Counts n_samples more that go on where the last ones end. A PTS that is given follows a sender
 * whose clock is not quite the sample rate. */
void sew_stream_timeline_advance (SewStreamTimeline *self, GstClockTime pts, gsize n_samples);

/* The PTS of any sample, counted or yet to come; GST_CLOCK_TIME_NONE before the first mark is
 * set. */
GstClockTime sew_stream_timeline_get_pts (const SewStreamTimeline *self, guint64 sample);

/* How long that many samples from there on last; never negative. */
GstClockTime sew_stream_timeline_get_duration (const SewStreamTimeline *self, guint64 first_sample,
                                               guint64 n_samples);

/* The PTS of the next sample. */
GstClockTime sew_stream_timeline_get_end (const SewStreamTimeline *self);

/* No sample before this one will be asked for: its marks may go. */
void sew_stream_timeline_forget (SewStreamTimeline *self, guint64 sample);

G_END_DECLS
