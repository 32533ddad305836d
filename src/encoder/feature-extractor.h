/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "encoder/linear.h"
#include "encoder/team.h"

/* The strided convolutions that turn samples into frames. They run tile by tile, all layers of a
 * few frames at a time, so that the wide rows of the first layers never exist for a whole window.
 */
typedef struct {
  const SewModelConfig *config;
  const SewWeights *weights;
  SewPreparedLinear layers[SEW_MAX_CONV_LAYERS]; /* empty: the first of a group-normed extractor */
  float *first_weight;                           /* [n_out][kernel] of that one; owned */
} SewFeatureExtractor;

/* The first layer, which sees the samples, is always float32. */
void sew_feature_extractor_init (SewFeatureExtractor *extractor, SewFormat format,
                                 const SewModelConfig *config, const SewWeights *weights);
void sew_feature_extractor_clear (SewFeatureExtractor *extractor);

/* The products alone, for measuring. */
void sew_feature_extractor_run_products (const SewFeatureExtractor *extractor, SewArena *arena,
                                         gsize n_frames);

/* samples: [n_samples], the whole window; out: [sew_model_config_count_frames ()][last conv_dim].
 * FALSE if cancelled. */
gboolean sew_feature_extractor_run (const SewFeatureExtractor *extractor, const SewTeam *team,
                                    float *samples, gsize n_samples, SewMatrix out,
                                    GCancellable *cancellable);
