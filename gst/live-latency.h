/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "speech-task.h"

G_BEGIN_DECLS

#define SEW_LIVE_LATENCY_DEFAULT_MS 1500

/* How late the words of live audio may be, and are, in an element that waits for them. Several
 * threads ask: the element's object lock guards all of it. */
typedef struct {
  guint allowed_ms;           /* as users ask for it */
  guint lateness_ms;          /* text is shown that much later than it was said */
  gboolean live;              /* upstream */
  GstClockTime upstream;      /* its latency */
  GstClockTime longest_delay; /* of the recognizer, by what has been seen of it */
  guint max_observed_ms;      /* from the beginning of a word to its text */
} SewLiveLatency;

void sew_live_latency_init (SewLiveLatency *self);

/* With the object lock: how late words are to be expected, after what upstream says, and with it.
 */
GstClockTime sew_live_latency_get_own (const SewLiveLatency *self);
GstClockTime sew_live_latency_get_total (const SewLiveLatency *self);

/* These two take the object lock. Asks upstream of the pad, and tells the task how late words may
 * be: file_latency if upstream is not live. */
void sew_live_latency_update (SewLiveLatency *self, GstElement *element, GstPad *sinkpad,
                              SewSpeechTask *speech, GstClockTime file_latency);
/* The recognizer's delay has changed. Returns: whether more latency is to be expected. */
gboolean sew_live_latency_add_delay (SewLiveLatency *self, GstElement *element, GstClockTime delay);

/* Answers a latency query: what upstream of the pad says, and if that is live and the element waits
 * for words, its own. Takes the object lock. */
gboolean sew_live_latency_answer (SewLiveLatency *self, GstElement *element, GstPad *sinkpad,
                                  gboolean waits, GstQuery *query);

/* Returns: whether upstream of the pad answered; if not, it is taken not to be live. */
gboolean sew_live_latency_query (GstPad *sinkpad, gboolean *live, GstClockTime *min);

G_END_DECLS
