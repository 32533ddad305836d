/* SPDX-License-Identifier: MIT */
#include "pacing.h"

#define STEP (100 * GST_MSECOND)

void
sew_pacing_init (SewPacing *self)
{
  self->work = 0;
}

void
sew_pacing_add (SewPacing *self, GstClockTime work)
{
  if (work > self->work)
    self->work += (work - self->work) / 2;
  else
    self->work -= (self->work - work) / 16;
}

/* A quarter of the time is left for others, and to catch up. Where much waits already, one look at
 * all of it catches up soonest. */
GstClockTime
sew_pacing_get_pace (const SewPacing *self, GstClockTime backlog, GstClockTime limit)
{
  GstClockTime pace = self->work + self->work / 4;

  return backlog > limit / 2 ? MAX (pace, backlog) : pace;
}

GstClockTime
sew_pacing_get_delay (const SewPacing *self, GstClockTime recognizer_delay)
{
  return (recognizer_delay + self->work + STEP - 1) / STEP * STEP;
}

static void
set_pace (SewRecognizer *recognizer, GstClockTime pace)
{
  sew_recognizer_set_pace (recognizer,
                           gst_util_uint64_scale (pace, SEW_SAMPLE_RATE_HZ, GST_SECOND));
}

GstClockTime
sew_pacing_apply (const SewPacing *self, SewRecognizer *recognizer, GstClockTime backlog,
                  GstClockTime limit)
{
  set_pace (recognizer, sew_pacing_get_pace (self, 0, limit));
  GstClockTime delay = gst_util_uint64_scale (sew_recognizer_get_delay (recognizer), GST_SECOND,
                                              SEW_SAMPLE_RATE_HZ);
  set_pace (recognizer, sew_pacing_get_pace (self, backlog, limit));
  return sew_pacing_get_delay (self, delay);
}
