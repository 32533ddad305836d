/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "live-latency.h"
#include "speech-task.h"
#include "text-output.h"

G_BEGIN_DECLS

/* Makes text, messages and events of what a speech task hands over, and feeds a text output with
 * them. */
typedef struct _SewTextFeed SewTextFeed;

/* What is called by the task. user_data: the feed. */
extern const SewSpeechTaskFuncs sew_text_feed_funcs;

/* element: posts the messages; has a property max-observed-delay, which the feed notifies of. It,
 * the output and the latency are not owned. */
SewTextFeed *sew_text_feed_new (GstElement *element, SewTextOutput *output,
                                SewLiveLatency *latency);
void sew_text_feed_free (SewTextFeed *self);

G_END_DECLS
