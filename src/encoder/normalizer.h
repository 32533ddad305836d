/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Takes the mean of the window away and, if unit_variance, divides by its deviation, as
 * Wav2Vec2FeatureExtractor does. samples, out: [n_samples]; they may be the same. */
void sew_normalizer_run (const float *samples, gsize n_samples, gboolean unit_variance, float *out);
