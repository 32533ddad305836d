/* SPDX-License-Identifier: MIT */
#include "live-latency.h"

#include "elements.h"

#define GST_CAT_DEFAULT sew_debug

/* Of 20 ms a frame, with something to the right of a word. */
#define LEAST_LATENCY_MS 200

void
sew_live_latency_init (SewLiveLatency *self)
{
  *self = (SewLiveLatency){ .allowed_ms = SEW_LIVE_LATENCY_DEFAULT_MS };
}

/* What is shown later may come later, but the latency that was asked for is kept to. */
GstClockTime
sew_live_latency_get_own (const SewLiveLatency *self)
{
  GstClockTime lateness = self->lateness_ms * GST_MSECOND;
  GstClockTime delay = self->longest_delay > lateness ? self->longest_delay - lateness : 0;

  return MAX (self->allowed_ms * GST_MSECOND, delay);
}

GstClockTime
sew_live_latency_get_total (const SewLiveLatency *self)
{
  return self->upstream + sew_live_latency_get_own (self);
}

gboolean
sew_live_latency_query (GstPad *sinkpad, gboolean *live, GstClockTime *min)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();

  *live = FALSE;
  *min = 0;
  if (!gst_pad_peer_query (sinkpad, query))
    return FALSE;
  gst_query_parse_latency (query, live, min, NULL);
  return TRUE;
}

void
sew_live_latency_update (SewLiveLatency *self, GstElement *element, GstPad *sinkpad,
                         SewSpeechTask *speech, GstClockTime file_latency)
{
  gboolean live;
  GstClockTime upstream;

  sew_live_latency_query (sinkpad, &live, &upstream);
  GST_OBJECT_LOCK (element);
  self->live = live;
  self->upstream = upstream;
  guint64 allowed_ms = MAX ((guint64) self->allowed_ms + self->lateness_ms, LEAST_LATENCY_MS);
  GST_OBJECT_UNLOCK (element);

  GST_DEBUG_OBJECT (element, "upstream is %slive", live ? "" : "not ");
  sew_speech_task_set_latency (speech, live ? allowed_ms * GST_MSECOND : file_latency, live);
}

/* The latency only grows, as each change is a jolt to the pipeline. */
gboolean
sew_live_latency_add_delay (SewLiveLatency *self, GstElement *element, GstClockTime delay)
{
  GST_OBJECT_LOCK (element);
  GstClockTime before = sew_live_latency_get_own (self);
  self->longest_delay = MAX (self->longest_delay, delay);
  gboolean grown = sew_live_latency_get_own (self) > before;
  GST_OBJECT_UNLOCK (element);
  return grown;
}

gboolean
sew_live_latency_answer (SewLiveLatency *self, GstElement *element, GstPad *sinkpad, gboolean waits,
                         GstQuery *query)
{
  gboolean live;
  GstClockTime min;
  GstClockTime max;

  if (!gst_pad_peer_query (sinkpad, query))
    return FALSE;
  gst_query_parse_latency (query, &live, &min, &max);
  if (!live || !waits)
    return TRUE;

  GST_OBJECT_LOCK (element);
  self->upstream = min;
  GstClockTime own = sew_live_latency_get_own (self);
  GST_OBJECT_UNLOCK (element);
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += own;
  gst_query_set_latency (query, TRUE, min + own, max);
  return TRUE;
}
