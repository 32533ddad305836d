/* SPDX-License-Identifier: MIT */
#pragma once

#include "sew/sew-cue-limits.h"

/* When a cue stands on the screen. In samples. */
typedef struct {
  guint64 first_sample;
  guint64 end_sample;
} SewCueTime;

/* What is said while it stands there. */
typedef struct {
  guint64 first_sample; /* of its first word */
  guint64 end_sample;   /* of its last word */
  guint64 next_sample;  /* nothing else is said before this one; at least end_sample */
  guint width;          /* columns of its text, a line's end counting as one */
} SewCueSpeech;

/* The latest a cue appears after its first word. */
#define SEW_CUE_TIMING_MAX_LAG (2 * SEW_SAMPLE_RATE_HZ)

/* previous_end: where the cue before ends, or 0 if there is none.
 *
 * A cue appears with its first word, and stays until its last word is said and it can be read, up
 * to the next word less the gap. Where speech is faster than the reading speed, or too short for
 * the least duration, it stays longer, and the next cue appears later than its first word, by
 * SEW_CUE_TIMING_MAX_LAG at most. Beyond that the reading speed, then the least duration, then the
 * gap give way. */
SewCueTime sew_cue_timing_place (const SewCueLimits *limits, guint64 previous_end,
                                 const SewCueSpeech *speech);
/* How long that many columns have to stand, in samples. */
guint64 sew_cue_timing_get_least (const SewCueLimits *limits, guint width);
