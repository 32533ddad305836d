/* SPDX-License-Identifier: MIT */
#include "sew/sew-cue-limits.h"

#include "sew/sew-model.h"

G_DEFINE_BOXED_TYPE (SewCueLimits, sew_cue_limits, sew_cue_limits_copy, sew_cue_limits_free)

/**
 * sew_cue_limits_new:
 *
 * Makes the limits that subtitlers commonly keep: 2 lines of 42 columns, 1 to 7 seconds, 17 columns
 * a second, and 80 ms (two frames of a film) between two cues.
 *
 * Returns: (transfer full): new limits
 */
SewCueLimits *
sew_cue_limits_new (void)
{
  const SewCueLimits common = {
    .max_lines = 2,
    .line_length = 42,
    .min_duration = SEW_SAMPLE_RATE_HZ,
    .max_duration = 7 * SEW_SAMPLE_RATE_HZ,
    .reading_speed = 17.0,
    .gap = SEW_SAMPLE_RATE_HZ * 80 / 1000,
  };

  return sew_cue_limits_copy (&common);
}

/**
 * sew_cue_limits_copy:
 * @self: limits
 *
 * Copies limits.
 *
 * Returns: (transfer full): the same limits
 */
SewCueLimits *
sew_cue_limits_copy (const SewCueLimits *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_memdup2 (self, sizeof (SewCueLimits));
}

/**
 * sew_cue_limits_free:
 * @self: (transfer full): limits
 *
 * Frees limits.
 */
void
sew_cue_limits_free (SewCueLimits *self)
{
  g_free (self);
}
