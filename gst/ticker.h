/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A frame of the models, and half a frame of a video. */
#define SEW_TICKER_INTERVAL (20 * GST_MSECOND)

/* Calls back again and again by an element's clock. */
typedef struct _SewTicker SewTicker;

/* element: not owned. tick: called from a thread of the clock's with the running time of the call;
 * must not block. */
SewTicker *sew_ticker_new (GstElement *element,
                           void (*tick) (GstClockTime running_time, gpointer user_data),
                           gpointer user_data);
/* Stops, too. */
void sew_ticker_free (SewTicker *self);
/* Does nothing without a clock, or if it is running already. */
void sew_ticker_start (SewTicker *self);
/* After it, no call is under way. */
void sew_ticker_stop (SewTicker *self);

G_END_DECLS
