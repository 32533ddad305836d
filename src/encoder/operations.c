/* SPDX-License-Identifier: MIT */
#include "encoder/encoder.h"

/* What a multiplication and an addition count. */
#define PER_PRODUCT 2.0

static double
count_feature_extractor (const SewModelConfig *config, gsize n_samples)
{
  double products = 0;
  gsize n_rows = n_samples;
  guint n_in = 1;
  for (guint i = 0; i < config->n_conv_layers; i++) {
    n_rows = (n_rows - config->conv_kernel[i]) / config->conv_stride[i] + 1;
    products += (double) n_rows * config->conv_dim[i] * config->conv_kernel[i] * n_in;
    n_in = config->conv_dim[i];
  }
  return products;
}

/* Of one layer: the four projections, the scores and the sums of values, and for SEW-D the products
 * with as many position keys and queries as there are buckets. */
static double
count_attention (const SewModelConfig *config, double n_rows)
{
  double hidden = config->hidden_size;
  double products = 4 * n_rows * hidden * hidden + 2 * n_rows * n_rows * hidden;
  if (config->family == SEW_FAMILY_SEW_D && config->relative_attention) {
    double n_terms = (config->content_to_position ? 1 : 0) + (config->position_to_content ? 1 : 0);
    double span = config->position_buckets > 0 ? config->position_buckets
                                               : config->max_relative_positions;
    products += n_terms * n_rows * MIN (2 * span, 2 * n_rows - 1) * hidden;
  }
  return products;
}

void
sew_encoder_count_operations (const SewModelConfig *config, gsize n_samples,
                              double operations[SEW_N_STAGES])
{
  for (guint i = 0; i < SEW_N_STAGES; i++)
    operations[i] = 0;
  gsize n_frames = sew_model_config_count_frames (config, n_samples);
  if (n_frames == 0)
    return;

  double n_rows = (double) (n_frames / config->squeeze_factor);
  double hidden = config->hidden_size;
  double width = config->conv_dim[config->n_conv_layers - 1];
  gboolean is_squeezing = config->family == SEW_FAMILY_SEW || config->family == SEW_FAMILY_SEW_D;
  gboolean projects = !is_squeezing
                      || config->conv_dim[config->n_conv_layers - 1] != config->hidden_size;

  double products[SEW_N_STAGES] = { 0 };
  products[SEW_STAGE_FEATURE_EXTRACTOR] = count_feature_extractor (config, n_samples);
  products[SEW_STAGE_PROJECTION] = projects ? (double) n_frames * width * hidden : 0;
  products[SEW_STAGE_POSITIONAL_CONV] = n_rows * hidden * config->positional_kernel * hidden
                                        / config->positional_groups;
  products[SEW_STAGE_ATTENTION] = config->n_layers * count_attention (config, n_rows);
  products[SEW_STAGE_FEED_FORWARD] = config->n_layers * n_rows * 2 * hidden
                                     * (config->intermediate_size + config->adapter_size);
  if (config->layer_conv_kernel > 0)
    products[SEW_STAGE_FEED_FORWARD] += n_rows * hidden * config->layer_conv_kernel * hidden
                                        / config->layer_conv_groups;
  products[SEW_STAGE_UPSAMPLE] = is_squeezing ? n_rows * hidden * hidden * config->squeeze_factor
                                              : 0;
  products[SEW_STAGE_HEAD] = (double) n_frames * hidden * config->vocabulary_size;
  for (guint i = 0; i < SEW_N_STAGES; i++)
    operations[i] = PER_PRODUCT * products[i];
}
