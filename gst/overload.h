/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Tells the bus about live audio that nobody had the time to recognize: each time in a QoS message,
 * and once an episode in a warning. An episode is over when half a minute of audio has come in
 * without any of it being skipped. One thread at a time. */
typedef struct {
  guint64 n_samples; /* that came in since the start */
  guint64 n_skipped; /* of those */
  guint64 n_since;   /* that came in since the last skip */
  gboolean in_episode;
} SewOverload;

void sew_overload_init (SewOverload *self);
void sew_overload_add (SewOverload *self, gsize n_samples);
/* n_samples that were added before, right before pts (or GST_CLOCK_TIME_NONE), are left out.
 * loading: there is no model yet that could recognize them. */
void sew_overload_skip (SewOverload *self, GstElement *element, const GstSegment *segment,
                        GstClockTime pts, guint64 n_samples, gboolean loading);

G_END_DECLS
