/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "live-latency.h"
#include "pending-words.h"
#include "progress.h"
#include "speech-task.h"

G_BEGIN_DECLS

/* Makes pending words, messages and progress of what a speech task hands over. */
typedef struct _SewWordFeed SewWordFeed;

/* What is called by the task. user_data: the feed. */
extern const SewSpeechTaskFuncs sew_word_feed_funcs;

/* element: posts the messages. None of them is owned. */
SewWordFeed *sew_word_feed_new (GstElement *element, SewPendingWords *words, SewProgress *progress,
                                SewLiveLatency *latency);
void sew_word_feed_free (SewWordFeed *self);

/* While the task is idle: nothing is known of the audio to come. waited_for: that words are later
 * is more latency of the element. */
void sew_word_feed_reset (SewWordFeed *self, gboolean waited_for);

G_END_DECLS
