/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* How far recognition has got, in running time, and the threads that wait for it. Recognition only
 * ever says how far it is, so it waits for nobody. */
typedef struct _SewProgress SewProgress;

/* element: whose clock deadlines are measured with; not owned. Interrupted at first. */
SewProgress *sew_progress_new (GstElement *element);
void sew_progress_free (SewProgress *self);

/* Nothing is recognized yet. */
void sew_progress_reset (SewProgress *self);
/* All that was said before is known. Going back is ignored. */
void sew_progress_advance (SewProgress *self, GstClockTime running_time);
/* Nothing more will be known, so nobody has to wait, until it goes on. */
void sew_progress_finish (SewProgress *self);
void sew_progress_go_on (SewProgress *self);
/* Waits for the finish. FALSE after interrupt. */
gboolean sew_progress_wait_for_finish (SewProgress *self);
/* Wakes everybody, and nobody waits until it is resumed. */
void sew_progress_interrupt (SewProgress *self);
void sew_progress_resume (SewProgress *self);

/* Wait until all before running_time is known. FALSE after interrupt; TRUE too when time is up:
 * either the element's clock shows the deadline (a running time; GST_CLOCK_TIME_NONE for none), or
 * there has been no progress at all for as long as patience lasts; then patience is lost until
 * there is some. */
gboolean sew_progress_wait_until (SewProgress *self, GstClockTime running_time,
                                  GstClockTime deadline);
gboolean sew_progress_wait_patiently (SewProgress *self, GstClockTime running_time,
                                      GstClockTime patience);

G_END_DECLS
