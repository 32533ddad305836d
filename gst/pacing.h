/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <sew/sew.h>

G_BEGIN_DECLS

/* How long the recognizer takes for a window of live audio, and what follows from that. */
typedef struct {
  GstClockTime work; /* the time for one window: the slow ones count, a single one not in full */
} SewPacing;

void sew_pacing_init (SewPacing *self);
/* A window took so long. */
void sew_pacing_add (SewPacing *self, GstClockTime work);
/* How much audio to let come in from one window to the next, at least; 0: the recognizer is fast
 * enough for any. backlog: audio that waits; limit: how much may. */
GstClockTime sew_pacing_get_pace (const SewPacing *self, GstClockTime backlog, GstClockTime limit);
/* What words are late by, given the recognizer's own delay: in steps, so that it seldom changes. */
GstClockTime sew_pacing_get_delay (const SewPacing *self, GstClockTime recognizer_delay);
/* Tells the recognizer its pace. Returns: the delay, once there is nothing to catch up with. */
GstClockTime sew_pacing_apply (const SewPacing *self, SewRecognizer *recognizer,
                               GstClockTime backlog, GstClockTime limit);

G_END_DECLS
