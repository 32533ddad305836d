/* SPDX-License-Identifier: MIT */
#include "model/model-config.h"

#include <string.h>

#include <sew/sew-error.h>

/* What follows from a configuration, and the configurations of the released models. */

guint
sew_model_config_get_hop (const SewModelConfig *config)
{
  guint hop = 1;

  for (guint i = 0; i < config->n_conv_layers; i++)
    hop *= config->conv_stride[i];
  return hop;
}

guint
sew_model_config_get_receptive_field (const SewModelConfig *config)
{
  guint field = 1;

  for (guint i = config->n_conv_layers; i-- > 0;)
    field = (field - 1) * config->conv_stride[i] + config->conv_kernel[i];
  return field;
}

gsize
sew_model_config_count_frames (const SewModelConfig *config, gsize n_samples)
{
  gsize n = n_samples;

  for (guint i = 0; i < config->n_conv_layers; i++) {
    if (n < config->conv_kernel[i])
      return 0;
    n = (n - config->conv_kernel[i]) / config->conv_stride[i] + 1;
  }
  return n;
}

static guint64
count_linear (guint64 n_in, guint64 n_out)
{
  return n_in * n_out + n_out;
}

static guint64
count_feature_extractor (const SewModelConfig *config)
{
  guint64 n = 0;

  for (guint i = 0; i < config->n_conv_layers; i++) {
    guint64 n_in = i > 0 ? config->conv_dim[i - 1] : 1, n_out = config->conv_dim[i];

    n += n_in * n_out * config->conv_kernel[i];
    if (config->conv_bias)
      n += n_out;
    if (i == 0 || config->conv_norm == SEW_CONV_NORM_LAYER)
      n += 2 * n_out;
  }
  return n;
}

static guint64
count_layer (const SewModelConfig *config)
{
  guint64 h = config->hidden_size, inner = config->intermediate_size;
  guint64 n = 4 * count_linear (h, h) + count_linear (h, inner) + count_linear (inner, h) + 4 * h;

  if (config->relative_attention && !config->share_attention_key) {
    if (config->content_to_position)
      n += count_linear (h, h);
    if (config->position_to_content)
      n += count_linear (h, h);
  }
  if (config->adapter_size > 0)
    n += 2 * h + count_linear (h, config->adapter_size) + count_linear (config->adapter_size, h);
  return n;
}

guint64
sew_model_config_count_parameters (const SewModelConfig *config)
{
  guint64 h = config->hidden_size, last = config->conv_dim[config->n_conv_layers - 1];
  gboolean is_sew = config->family == SEW_FAMILY_SEW || config->family == SEW_FAMILY_SEW_D;
  guint64 n = h; /* the mask embedding */

  n += count_feature_extractor (config);
  if (config->feature_projection_norm)
    n += 2 * last;
  if (!is_sew || last != h)
    n += count_linear (last, h);
  n += h * (h / config->positional_groups) * config->positional_kernel + config->positional_kernel
       + h;
  n += config->n_layers * count_layer (config);
  if (config->family != SEW_FAMILY_SEW_D)
    n += 2 * h;
  if (config->relative_attention) {
    guint64 span = config->position_buckets > 0 ? config->position_buckets
                                                : config->max_relative_positions;
    n += 2 * span * h;
  }
  if (config->norm_relative_embeddings)
    n += 2 * h;
  if (config->layer_conv_kernel > 0)
    n += h * (h / config->layer_conv_groups) * config->layer_conv_kernel + 3 * h;
  if (is_sew)
    n += count_linear (h, h * config->squeeze_factor);
  return n + count_linear (h, config->vocabulary_size);
}

typedef struct {
  const char *name;
  SewFamily family;
  guint hidden_size;
  guint n_layers;
  guint positional_kernel;
  guint feature_width; /* of the feature extractor, in halves of the usual one */
  gboolean stable;     /* the layout of the large models */
} Preset;

static const Preset presets[] = {
  { "sew-tiny", SEW_FAMILY_SEW, 512, 12, 31, 2, FALSE },
  { "sew-small", SEW_FAMILY_SEW, 768, 12, 31, 2, FALSE },
  { "sew-mid", SEW_FAMILY_SEW, 768, 24, 31, 2, FALSE },
  { "sew-d-tiny", SEW_FAMILY_SEW_D, 384, 12, 31, 2, FALSE },
  { "sew-d-small", SEW_FAMILY_SEW_D, 512, 12, 31, 2, FALSE },
  { "sew-d-mid", SEW_FAMILY_SEW_D, 512, 24, 31, 2, FALSE },
  { "sew-d-mid-k127", SEW_FAMILY_SEW_D, 512, 24, 127, 2, FALSE },
  { "sew-d-base", SEW_FAMILY_SEW_D, 768, 24, 31, 2, FALSE },
  { "sew-d-base+", SEW_FAMILY_SEW_D, 768, 24, 31, 3, FALSE },
  { "w2v2-base", SEW_FAMILY_WAV2VEC2, 768, 12, 128, 2, FALSE },
  { "w2v2-large", SEW_FAMILY_WAV2VEC2, 1024, 24, 128, 2, TRUE },
  { "hubert-base", SEW_FAMILY_HUBERT, 768, 12, 128, 2, FALSE },
  { "hubert-large", SEW_FAMILY_HUBERT, 1024, 24, 128, 2, TRUE },
  { "hubert-xlarge", SEW_FAMILY_HUBERT, 1280, 48, 128, 2, TRUE },
};

static const char *const preset_names[] = {
  "sew-tiny",   "sew-small",      "sew-mid",      "sew-d-tiny",    "sew-d-small",
  "sew-d-mid",  "sew-d-mid-k127", "sew-d-base",   "sew-d-base+",   "w2v2-base",
  "w2v2-large", "hubert-base",    "hubert-large", "hubert-xlarge", NULL,
};

G_STATIC_ASSERT (G_N_ELEMENTS (preset_names) == G_N_ELEMENTS (presets) + 1);

static void
init_squeezed_extractor (SewModelConfig *config, guint halves)
{
  static const guint dims[] = { 64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512 };
  static const guint kernels[] = { 10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1 };
  static const guint strides[] = { 5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1 };

  config->n_conv_layers = G_N_ELEMENTS (dims);
  for (guint i = 0; i < config->n_conv_layers; i++)
    config->conv_dim[i] = dims[i] / 2 * halves;
  memcpy (config->conv_kernel, kernels, sizeof kernels);
  memcpy (config->conv_stride, strides, sizeof strides);
}

static void
init_plain_extractor (SewModelConfig *config)
{
  static const guint kernels[] = { 10, 3, 3, 3, 3, 2, 2 };
  static const guint strides[] = { 5, 2, 2, 2, 2, 2, 2 };

  config->n_conv_layers = G_N_ELEMENTS (kernels);
  for (guint i = 0; i < config->n_conv_layers; i++)
    config->conv_dim[i] = 512;
  memcpy (config->conv_kernel, kernels, sizeof kernels);
  memcpy (config->conv_stride, strides, sizeof strides);
}

static void
init_from_preset (SewModelConfig *config, const Preset *preset)
{
  gboolean is_sew = preset->family == SEW_FAMILY_SEW || preset->family == SEW_FAMILY_SEW_D;

  *config = (SewModelConfig){
    .family = preset->family,
    .conv_bias = preset->stable,
    .conv_norm = preset->stable ? SEW_CONV_NORM_LAYER : SEW_CONV_NORM_GROUP,
    .feature_activation = SEW_ACTIVATION_GELU,
    .feature_projection_norm = TRUE,
    .hidden_size = preset->hidden_size,
    .n_layers = preset->n_layers,
    .n_heads = preset->stable ? 16 : preset->hidden_size / 64,
    .intermediate_size = 4 * preset->hidden_size,
    .hidden_activation = SEW_ACTIVATION_GELU,
    .positional_kernel = preset->positional_kernel,
    .positional_groups = 16,
    .squeeze_factor = is_sew ? 2 : 1,
    .pre_layer_norm = preset->stable,
    .layer_norm_epsilon = 1e-5f,
    .feature_norm_epsilon = 1e-5f,
    .vocabulary_size = 32,
    .normalize_input = TRUE,
  };
  if (is_sew)
    init_squeezed_extractor (config, preset->feature_width);
  else
    init_plain_extractor (config);
  if (preset->family == SEW_FAMILY_SEW_D) {
    config->layer_norm_epsilon = 1e-7f;
    config->relative_attention = TRUE;
    config->content_to_position = TRUE;
    config->position_to_content = TRUE;
    config->share_attention_key = TRUE;
    config->norm_relative_embeddings = TRUE;
    config->position_buckets = 256;
    config->max_relative_positions = 512;
    config->layer_conv_groups = 1;
    config->layer_conv_activation = SEW_ACTIVATION_TANH;
  }
}

gboolean
sew_model_config_init_preset (SewModelConfig *config, const char *preset, GError **error)
{
  g_autofree char *known = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (presets); i++) {
    if (g_strcmp0 (presets[i].name, preset) == 0) {
      init_from_preset (config, &presets[i]);
      return TRUE;
    }
  }
  known = g_strjoinv (", ", (char **) preset_names);
  g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED, "no preset \"%s\"; there are %s", preset,
               known);
  return FALSE;
}

const char *const *
sew_model_config_list_presets (void)
{
  return preset_names;
}
