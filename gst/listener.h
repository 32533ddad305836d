/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "progress.h"
#include "speech-converter.h"
#include "speech-task.h"

G_BEGIN_DECLS

/* Has a speech task hear a copy of the audio that passes. Audio that no speech is recognized in and
 * a recognition that has failed are no reason to stop the audio: the bus is told, and from then on
 * the listener does nothing. All in the streaming thread. */
typedef struct _SewListener SewListener;

/* element: posts messages. progress: finished where no more words will come. None of them is
 * owned. */
SewListener *sew_listener_new (GstElement *element, SewSpeechTask *speech, SewProgress *progress);
void sew_listener_free (SewListener *self);

/* Nothing is known of the audio to come. */
void sew_listener_reset (SewListener *self);
/* The same, but for its format and what has failed. */
void sew_listener_flush (SewListener *self);

/* buffer: borrowed. span: where it lies in the segment, in running time; left alone if it does not,
 * or nobody listens. Returns: GST_FLOW_FLUSHING, GST_FLOW_NOT_NEGOTIATED or GST_FLOW_OK. */
GstFlowReturn sew_listener_push (SewListener *self, GstBuffer *buffer, SewSpeechSpan *span);

/* The events are borrowed. */

/* FALSE: these caps mean nothing. */
gboolean sew_listener_take_caps (SewListener *self, GstEvent *event);
/* Returns: whether the task shall hear what follows; then it is yet to get the event. */
gboolean sew_listener_set_segment (SewListener *self, GstEvent *event);
void sew_listener_take_gap (SewListener *self, GstEvent *event);
/* Waits for the last words. */
void sew_listener_take_end (SewListener *self, GstEvent *event);

G_END_DECLS
