/* SPDX-License-Identifier: MIT */
#include "stream/activity.h"

#define BLOCK 320 /* samples: 20 ms */
#define SILENT_POWER 2.5e-7

static double
measure_power (const float *samples, gsize n)
{
  double sum = 0.0, sum_of_squares = 0.0;

  for (gsize i = 0; i < n; i++) {
    sum += (double) samples[i];
    sum_of_squares += (double) samples[i] * (double) samples[i];
  }
  return (sum_of_squares - sum * sum / (double) n) / (double) n;
}

gboolean
sew_activity_is_silent (const float *samples, gsize n_samples)
{
  for (gsize i = 0; i < n_samples; i += BLOCK)
    if (measure_power (samples + i, MIN (BLOCK, n_samples - i)) > SILENT_POWER)
      return FALSE;
  return TRUE;
}
