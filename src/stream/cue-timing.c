/* SPDX-License-Identifier: MIT */
#include "stream/cue-timing.h"

#include <math.h>

#include "sew/sew-model.h"

/* Subtitle files count milliseconds. */
#define SAMPLES_PER_MS (SEW_SAMPLE_RATE_HZ / 1000)
/* Less than this between two cues is a flicker: the first one stays. */
#define FLICKER (SEW_SAMPLE_RATE_HZ / 2)
/* How long a cue lingers in silence after its last word. */
#define LINGER (SEW_SAMPLE_RATE_HZ / 4)
/* What is left of a cue that has to make room for the next. */
#define GLIMPSE (SEW_SAMPLE_RATE_HZ / 25)

guint64
sew_cue_timing_get_least (const SewCueLimits *limits, guint width)
{
  double reading = limits->reading_speed > 0.0
                       ? ceil ((double) width * 1000.0 / limits->reading_speed) * SAMPLES_PER_MS
                       : 0.0;
  guint64 least = MAX ((guint64) MIN (reading, (double) limits->max_duration),
                       limits->min_duration);

  return MIN (least, limits->max_duration);
}

static guint64
subtract (guint64 a, guint64 b)
{
  return a > b ? a - b : 0;
}

SewCueTime
sew_cue_timing_place (const SewCueLimits *limits, guint64 previous_end, const SewCueSpeech *speech)
{
  guint64 earliest = previous_end > 0 ? previous_end + limits->gap : 0;
  guint64 latest = MAX (speech->first_sample + SEW_CUE_TIMING_MAX_LAG, previous_end);
  guint64 start = MIN (MAX (speech->first_sample, earliest), latest);
  guint64 until_read = start + sew_cue_timing_get_least (limits, speech->width);
  guint64 before_next = subtract (speech->next_sample, limits->gap);
  guint64 end = MAX (speech->end_sample, until_read);

  if (end + FLICKER > before_next) {
    guint64 last_call = subtract (speech->next_sample + SEW_CUE_TIMING_MAX_LAG, limits->gap);
    end = MIN (MAX (before_next, until_read), last_call);
  } else {
    end += LINGER;
  }
  if (end < start + GLIMPSE)
    end = MIN (start + GLIMPSE, speech->next_sample + SEW_CUE_TIMING_MAX_LAG);
  return (SewCueTime){ start, MIN (end, start + limits->max_duration) };
}
