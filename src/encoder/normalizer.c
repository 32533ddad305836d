/* SPDX-License-Identifier: MIT */
#include "encoder/normalizer.h"

#include <math.h>

#define VARIANCE_EPSILON 1e-7 /* Wav2Vec2FeatureExtractor's */

/* Several sums side by side, so that one addition need not wait for the last. */
#define N_SUMS 8

static double
add_powers (const float *samples, gsize n_samples, double mean, gboolean square)
{
  double sums[N_SUMS] = { 0 };
  for (gsize i = 0; i < n_samples; i++) {
    double distance = samples[i] - mean;
    sums[i % N_SUMS] += square ? distance * distance : distance;
  }
  double sum = 0;
  for (guint k = 0; k < N_SUMS; k++)
    sum += sums[k];
  return sum;
}

void
sew_normalizer_run (const float *samples, gsize n_samples, gboolean unit_variance, float *out)
{
  if (n_samples == 0)
    return;

  double mean = add_powers (samples, n_samples, 0, FALSE) / (double) n_samples;
  double scale = 1;
  if (unit_variance) {
    double variance = add_powers (samples, n_samples, mean, TRUE) / (double) n_samples;
    scale = 1 / sqrt (variance + VARIANCE_EPSILON);
  }
  for (gsize i = 0; i < n_samples; i++)
    out[i] = (float) ((samples[i] - mean) * scale);
}
