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
