/* SPDX-License-Identifier: MIT */
#include "model/weights.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include <sew/sew-error.h>

#include "model/adapter.h"
#include "model/weight-source.h"

/* PyTorch's default, which no configuration changes. */
#define DEFAULT_EPSILON 1e-5f

#define MAX_NAME 160

static const char *const base_names[] = {
  [SEW_FAMILY_SEW] = "sew",
  [SEW_FAMILY_SEW_D] = "sew_d",
  [SEW_FAMILY_WAV2VEC2] = "wav2vec2",
  [SEW_FAMILY_HUBERT] = "hubert",
};

/* Names within an encoder layer; the same parts under two traditions. */
typedef struct {
  const char *layer;
  const char *query, *key, *value, *output;
  const char *attention_norm;
  const char *intermediate, *feed_forward_output;
  const char *final_norm;
} LayerNames;

static const LayerNames fairseq_names = {
  "encoder.layers",
  "attention.q_proj",
  "attention.k_proj",
  "attention.v_proj",
  "attention.out_proj",
  "layer_norm",
  "feed_forward.intermediate_dense",
  "feed_forward.output_dense",
  "final_layer_norm",
};

static const LayerNames deberta_names = {
  "encoder.encoder.layer",   "attention.self.query_proj",
  "attention.self.key_proj", "attention.self.value_proj",
  "attention.output.dense",  "attention.output.LayerNorm",
  "intermediate.dense",      "output.dense",
  "output.LayerNorm",
};

typedef struct {
  const SewModelConfig *config;
  SewWeights *weights;
  SewWeightSource source;
  const char *base;
  char module[MAX_NAME]; /* of the tensors being taken */
} Builder;

G_GNUC_PRINTF (2, 3)
static void
enter (Builder *builder, const char *format, ...)
{
  char suffix[MAX_NAME];
  va_list arguments;

  va_start (arguments, format);
  g_vsnprintf (suffix, sizeof suffix, format, arguments);
  va_end (arguments);
  g_snprintf (builder->module, sizeof builder->module, "%s.%s", builder->base, suffix);
}

static const float *
take (Builder *builder, SewWeightRole role, const char *suffix, const gsize *shape, guint n_dims)
{
  char name[2 * MAX_NAME];

  g_snprintf (name, sizeof name, "%s.%s", builder->module, suffix);
  return sew_weight_source_take (&builder->source, role, name, shape, n_dims);
}

static SewWeightRows
take_rows (Builder *builder, SewWeightRole role, const char *suffix, const gsize *shape,
           guint n_dims)
{
  char name[2 * MAX_NAME];

  g_snprintf (name, sizeof name, "%s.%s", builder->module, suffix);
  return sew_weight_source_take_rows (&builder->source, role, name, shape, n_dims);
}

static gboolean
has (Builder *builder, const char *suffix)
{
  char name[2 * MAX_NAME];

  if (builder->source.checkpoint == NULL)
    return FALSE;
  g_snprintf (name, sizeof name, "%s.%s", builder->module, suffix);
  return sew_checkpoint_find (builder->source.checkpoint, name) != NULL;
}

static SewLinear
take_linear (Builder *builder, guint n_in, guint n_out, SewWeightRole role)
{
  gsize shape[2] = { n_out, n_in };
  SewLinear linear = { .n_in = n_in, .n_out = n_out };

  linear.weight = take_rows (builder, role, "weight", shape, 2);
  linear.bias = take (builder, SEW_WEIGHT_BIAS, "bias", shape, 1);
  return linear;
}

static SewNorm
take_norm (Builder *builder, guint n, float epsilon)
{
  gsize shape[1] = { n };
  SewNorm norm = { .n = n, .epsilon = epsilon };

  norm.gain = take (builder, SEW_WEIGHT_GAIN, "weight", shape, 1);
  norm.bias = take (builder, SEW_WEIGHT_BIAS, "bias", shape, 1);
  return norm;
}

static void
take_conv (Builder *builder, SewConv *conv, gboolean bias, SewWeightRole role)
{
  gsize shape[3] = { conv->n_out, conv->n_in / conv->n_groups, conv->kernel };

  conv->weight = take_rows (builder, role, "weight", shape, 3);
  if (bias)
    conv->bias = take (builder, SEW_WEIGHT_BIAS, "bias", shape, 1);
}

/* Weight norm over everything but the taps: w[.][.][tap] = gain[tap] v[.][.][tap] / |v[tap]|, where
 * the norm runs over all channels. */
static void
fold_weight_norm (Builder *builder, const float *gain, SewWeightRows *rows)
{
  gsize n_taps = rows->n_taps, n_channels;
  g_autofree float *row = g_new (float, MAX (rows->n_columns, 1));
  char name[2 * MAX_NAME];
  double *scales;

  if (gain == NULL || rows->n_rows == 0)
    return;
  n_channels = rows->n_columns / n_taps;
  scales = (double *) (gpointer) sew_weight_source_allocate (&builder->source, 2 * n_taps);
  memset (scales, 0, n_taps * sizeof *scales);
  for (gsize i = 0; i < rows->n_rows; i++) {
    sew_weight_rows_read (rows, i, 1, row);
    for (gsize k = 0; k < rows->n_columns; k++)
      scales[k / n_channels] += (double) row[k] * (double) row[k];
  }
  for (gsize tap = 0; tap < n_taps; tap++)
    scales[tap] = (double) gain[tap] / sqrt (scales[tap]);
  rows->tap_scales = scales;
  g_snprintf (name, sizeof name, "%s.weight", builder->module);
  sew_weight_source_check_rows (&builder->source,
                                sew_checkpoint_get_file (builder->source.checkpoint), name, rows);
}

static void
take_positional_conv (Builder *builder)
{
  const SewModelConfig *config = builder->config;
  SewConv *conv = &builder->weights->positional_conv;
  gsize gain_shape[3] = { 1, 1, config->positional_kernel };
  gsize shape[3] = { config->hidden_size, config->hidden_size / config->positional_groups,
                     config->positional_kernel };
  const float *gain;
  gboolean is_new;

  *conv = (SewConv){
    .n_in = config->hidden_size,
    .n_out = config->hidden_size,
    .kernel = config->positional_kernel,
    .stride = config->squeeze_factor,
    .n_groups = config->positional_groups,
    .padding = config->positional_kernel / 2,
  };
  enter (builder, "encoder.pos_conv_embed.conv");
  is_new = has (builder, "parametrizations.weight.original0");
  if (builder->source.checkpoint == NULL) {
    take_conv (builder, conv, TRUE, SEW_WEIGHT_MATRIX);
    return;
  }
  gain = take (builder, SEW_WEIGHT_GAIN, is_new ? "parametrizations.weight.original0" : "weight_g",
               gain_shape, 3);
  conv->weight = take_rows (builder, SEW_WEIGHT_MATRIX,
                            is_new ? "parametrizations.weight.original1" : "weight_v", shape, 3);
  fold_weight_norm (builder, gain, &conv->weight);
  conv->bias = take (builder, SEW_WEIGHT_BIAS, "bias", shape, 1);
}

static void
take_feature_extractor (Builder *builder)
{
  const SewModelConfig *config = builder->config;

  for (guint i = 0; i < config->n_conv_layers; i++) {
    SewConvLayerWeights *layer = &builder->weights->conv_layers[i];

    layer->conv = (SewConv){
      .n_in = i > 0 ? config->conv_dim[i - 1] : 1,
      .n_out = config->conv_dim[i],
      .kernel = config->conv_kernel[i],
      .stride = config->conv_stride[i],
      .n_groups = 1,
    };
    enter (builder, "feature_extractor.conv_layers.%u.conv", i);
    take_conv (builder, &layer->conv, config->conv_bias, SEW_WEIGHT_FILTER);
    if (i > 0 && config->conv_norm == SEW_CONV_NORM_GROUP)
      continue;
    enter (builder, "feature_extractor.conv_layers.%u.layer_norm", i);
    layer->norm = take_norm (builder, config->conv_dim[i], DEFAULT_EPSILON);
  }
}

static void
take_feature_projection (Builder *builder)
{
  const SewModelConfig *config = builder->config;
  SewWeights *weights = builder->weights;
  gboolean is_sew = config->family == SEW_FAMILY_SEW || config->family == SEW_FAMILY_SEW_D;
  guint n = config->conv_dim[config->n_conv_layers - 1];

  if (config->feature_projection_norm) {
    enter (builder, "%s", is_sew ? "layer_norm" : "feature_projection.layer_norm");
    weights->feature_norm = take_norm (builder, n, config->feature_norm_epsilon);
  }
  if (is_sew && n == config->hidden_size)
    return;
  enter (builder, "%s", is_sew ? "feature_projection" : "feature_projection.projection");
  weights->feature_projection = take_linear (builder, n, config->hidden_size, SEW_WEIGHT_MATRIX);
}

static void
take_position_keys (Builder *builder, SewLayerWeights *layer, guint i)
{
  const SewModelConfig *config = builder->config;
  guint n = config->hidden_size;

  if (!config->relative_attention || config->share_attention_key)
    return;
  if (config->content_to_position) {
    enter (builder, "%s.%u.attention.self.pos_key_proj", deberta_names.layer, i);
    layer->position_key = take_linear (builder, n, n, SEW_WEIGHT_MATRIX);
  }
  if (config->position_to_content) {
    enter (builder, "%s.%u.attention.self.pos_query_proj", deberta_names.layer, i);
    layer->position_query = take_linear (builder, n, n, SEW_WEIGHT_MATRIX);
  }
}

static void
take_adapter (Builder *builder, SewLayerWeights *layer, guint i)
{
  const SewModelConfig *config = builder->config;
  guint n = config->hidden_size;

  if (config->adapter_size == 0)
    return;
  enter (builder, "encoder.layers.%u.adapter_layer.norm", i);
  layer->adapter_norm = take_norm (builder, n, DEFAULT_EPSILON);
  enter (builder, "encoder.layers.%u.adapter_layer.linear_1", i);
  layer->adapter_down = take_linear (builder, n, config->adapter_size, SEW_WEIGHT_MATRIX);
  enter (builder, "encoder.layers.%u.adapter_layer.linear_2", i);
  layer->adapter_up = take_linear (builder, config->adapter_size, n, SEW_WEIGHT_BRANCH);
}

static SewLinear
take_layer_linear (Builder *builder, const LayerNames *names, guint i, const char *module,
                   guint n_in, guint n_out, SewWeightRole role)
{
  enter (builder, "%s.%u.%s", names->layer, i, module);
  return take_linear (builder, n_in, n_out, role);
}

static SewNorm
take_layer_norm (Builder *builder, const LayerNames *names, guint i, const char *module)
{
  enter (builder, "%s.%u.%s", names->layer, i, module);
  return take_norm (builder, builder->config->hidden_size, builder->config->layer_norm_epsilon);
}

static void
take_layer (Builder *builder, SewLayerWeights *layer, guint i)
{
  const SewModelConfig *config = builder->config;
  const LayerNames *names = config->family == SEW_FAMILY_SEW_D ? &deberta_names : &fairseq_names;
  guint n = config->hidden_size, inner = config->intermediate_size;

  layer->query = take_layer_linear (builder, names, i, names->query, n, n, SEW_WEIGHT_MATRIX);
  layer->key = take_layer_linear (builder, names, i, names->key, n, n, SEW_WEIGHT_MATRIX);
  layer->value = take_layer_linear (builder, names, i, names->value, n, n, SEW_WEIGHT_MATRIX);
  layer->output = take_layer_linear (builder, names, i, names->output, n, n, SEW_WEIGHT_BRANCH);
  take_position_keys (builder, layer, i);
  layer->attention_norm = take_layer_norm (builder, names, i, names->attention_norm);
  layer->intermediate = take_layer_linear (builder, names, i, names->intermediate, n, inner,
                                           SEW_WEIGHT_MATRIX);
  layer->feed_forward_output = take_layer_linear (builder, names, i, names->feed_forward_output,
                                                  inner, n, SEW_WEIGHT_BRANCH);
  layer->final_norm = take_layer_norm (builder, names, i, names->final_norm);
  take_adapter (builder, layer, i);
}

/* The norm of the embeddings depends on nothing but weights, so it is applied here for good. */
static const float *
apply_norm (Builder *builder, const float *rows, gsize n_rows, const SewNorm *norm)
{
  gsize n = norm->n;
  float *normed;

  if (rows == NULL || norm->gain == NULL || norm->bias == NULL)
    return NULL;
  normed = sew_weight_source_allocate (&builder->source, n_rows * n);
  for (gsize row = 0; row < n_rows; row++) {
    const float *in = rows + row * n;
    double mean = 0.0, variance = 0.0, scale;

    for (gsize i = 0; i < n; i++)
      mean += (double) in[i];
    mean /= (double) n;
    for (gsize i = 0; i < n; i++)
      variance += ((double) in[i] - mean) * ((double) in[i] - mean);
    scale = 1.0 / sqrt (variance / (double) n + (double) norm->epsilon);
    for (gsize i = 0; i < n; i++)
      normed[row * n + i] = (float) (((double) in[i] - mean) * scale * (double) norm->gain[i]
                                     + (double) norm->bias[i]);
  }
  sew_weight_source_check (&builder->source, builder->module, normed, n_rows * n);
  sew_weight_source_drop (&builder->source, rows, n_rows * n);
  return normed;
}

static void
take_relative_embeddings (Builder *builder)
{
  const SewModelConfig *config = builder->config;
  SewWeights *weights = builder->weights;
  guint span = config->position_buckets > 0 ? config->position_buckets
                                            : config->max_relative_positions;
  gsize shape[2] = { 2 * span, config->hidden_size };
  const float *rows;
  SewNorm norm;

  if (!config->relative_attention)
    return;
  enter (builder, "encoder.encoder.rel_embeddings");
  rows = take (builder, SEW_WEIGHT_EMBEDDING, "weight", shape, 2);
  weights->relative_span = span;
  weights->relative_embeddings = rows;
  if (!config->norm_relative_embeddings)
    return;
  enter (builder, "encoder.encoder.LayerNorm");
  norm = take_norm (builder, config->hidden_size, config->layer_norm_epsilon);
  weights->relative_embeddings = apply_norm (builder, rows, shape[0], &norm);
}

static void
take_layer_conv (Builder *builder)
{
  const SewModelConfig *config = builder->config;
  SewWeights *weights = builder->weights;

  if (config->layer_conv_kernel == 0)
    return;
  weights->layer_conv = (SewConv){
    .n_in = config->hidden_size,
    .n_out = config->hidden_size,
    .kernel = config->layer_conv_kernel,
    .stride = 1,
    .n_groups = config->layer_conv_groups,
    .padding = config->layer_conv_kernel / 2,
  };
  enter (builder, "encoder.encoder.conv.conv");
  take_conv (builder, &weights->layer_conv, TRUE, SEW_WEIGHT_MATRIX);
  enter (builder, "encoder.encoder.conv.LayerNorm");
  weights->layer_conv_norm = take_norm (builder, config->hidden_size, config->layer_norm_epsilon);
}

static void
take_context_network (Builder *builder)
{
  const SewModelConfig *config = builder->config;
  SewWeights *weights = builder->weights;

  take_positional_conv (builder);
  if (config->family == SEW_FAMILY_SEW_D) {
    take_relative_embeddings (builder);
    take_layer_conv (builder);
  } else {
    enter (builder, "encoder.layer_norm");
    weights->encoder_norm = take_norm (builder, config->hidden_size, config->layer_norm_epsilon);
  }
  weights->layers = g_new0 (SewLayerWeights, config->n_layers);
  for (guint i = 0; i < config->n_layers && builder->source.error == NULL; i++)
    take_layer (builder, &weights->layers[i], i);
  if (config->family == SEW_FAMILY_SEW || config->family == SEW_FAMILY_SEW_D) {
    enter (builder, "encoder.upsample.projection");
    weights->upsample = take_linear (builder, config->hidden_size,
                                     config->hidden_size * config->squeeze_factor,
                                     SEW_WEIGHT_FILTER);
  }
}

static void
take_head (Builder *builder)
{
  const SewCheckpoint *checkpoint = builder->source.checkpoint;

  if (checkpoint != NULL && sew_checkpoint_find (checkpoint, "lm_head.weight") == NULL) {
    sew_weight_source_fail (&builder->source, SEW_ERROR_UNSUPPORTED,
                            "%s: no CTC head (lm_head.weight); a model that is only pre-trained "
                            "cannot write letters, use one fine-tuned for speech recognition",
                            sew_checkpoint_get_file (checkpoint));
    return;
  }
  g_strlcpy (builder->module, "lm_head", sizeof builder->module);
  builder->weights->head = take_linear (builder, builder->config->hidden_size,
                                        builder->config->vocabulary_size, SEW_WEIGHT_HEAD);
}

static void
build (Builder *builder)
{
  SewWeights *weights = builder->weights;

  weights->buffers = g_ptr_array_new_with_free_func (g_aligned_free);
  weights->n_parameters = sew_model_config_count_parameters (builder->config);
  builder->base = base_names[builder->config->family];
  builder->source.buffers = weights->buffers;
  take_head (builder);
  take_feature_extractor (builder);
  take_feature_projection (builder);
  take_context_network (builder);
  weights->n_bytes = builder->source.n_bytes;
  weights->n_values = builder->source.n_values;
}

SewWeights *
sew_weights_load (SewModelConfig *config, const char *folder, const char *language, GError **error)
{
  g_autoptr (SewWeights) weights = g_new0 (SewWeights, 1);
  Builder builder = { .config = config, .weights = weights };

  weights->checkpoint = sew_checkpoint_open (folder, error);
  if (weights->checkpoint == NULL)
    return NULL;
  if (language != NULL && config->adapter_size > 0
      && !sew_adapter_apply (weights->checkpoint, config, folder, language, error))
    return NULL;
  builder.source.checkpoint = weights->checkpoint;
  build (&builder);
  if (builder.source.error == NULL)
    return g_steal_pointer (&weights);
  g_propagate_error (error, builder.source.error);
  return NULL;
}

SewWeights *
sew_weights_new_random (const SewModelConfig *config, guint32 seed)
{
  SewWeights *weights = g_new0 (SewWeights, 1);
  Builder builder = { .config = config, .weights = weights, .source = { .seed = seed } };

  build (&builder);
  return weights;
}

void
sew_weights_free (SewWeights *weights)
{
  if (weights == NULL)
    return;
  g_clear_pointer (&weights->buffers, g_ptr_array_unref);
  g_clear_pointer (&weights->checkpoint, sew_checkpoint_free);
  g_free (weights->layers);
  g_free (weights);
}
