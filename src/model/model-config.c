/* SPDX-License-Identifier: MIT */
#include "model/model-config.h"

#include <string.h>

#include <sew/sew-error.h>
#include <sew/sew-model.h>

#include "model/json-file.h"
#include "model/json-reader.h"

/* Far beyond every released model, and small enough that products fit 64 bits. */
#define MAX_LAYERS 512
#define MAX_CHANNELS 65536
#define MAX_KERNEL 4096
#define MAX_STRIDE 1024
#define MAX_SQUEEZE 64
#define MAX_POSITIONS 65536

/* Live audio is read in windows of 8 s, each of which has to hold a frame, and several of the steps
 * in which windows begin. */
#define MAX_RECEPTIVE_FIELD (4 * SEW_SAMPLE_RATE_HZ)
#define MAX_WINDOW_GRID SEW_SAMPLE_RATE_HZ
#define MAX_PARAMETERS (G_GUINT64_CONSTANT (1) << 34)

#define SUPPORTED_ARCHITECTURES "SEWForCTC, SEWDForCTC, Wav2Vec2ForCTC and HubertForCTC"

static const struct {
  const char *model_type;
  const char *architecture;
} families[] = {
  [SEW_FAMILY_SEW] = { "sew", "SEWForCTC" },
  [SEW_FAMILY_SEW_D] = { "sew-d", "SEWDForCTC" },
  [SEW_FAMILY_WAV2VEC2] = { "wav2vec2", "Wav2Vec2ForCTC" },
  [SEW_FAMILY_HUBERT] = { "hubert", "HubertForCTC" },
};

static const struct {
  const char *name;
  SewActivation activation;
} activations[] = {
  { "linear", SEW_ACTIVATION_LINEAR },
  { "gelu", SEW_ACTIVATION_GELU },
  { "gelu_python", SEW_ACTIVATION_GELU },
  { "gelu_new", SEW_ACTIVATION_GELU_TANH },
  { "gelu_fast", SEW_ACTIVATION_GELU_TANH },
  { "gelu_accurate", SEW_ACTIVATION_GELU_TANH },
  { "gelu_pytorch_tanh", SEW_ACTIVATION_GELU_TANH },
  { "gelu_python_tanh", SEW_ACTIVATION_GELU_TANH },
  { "quick_gelu", SEW_ACTIVATION_GELU_QUICK },
  { "relu", SEW_ACTIVATION_RELU },
  { "relu6", SEW_ACTIVATION_RELU6 },
  { "leaky_relu", SEW_ACTIVATION_LEAKY_RELU },
  { "relu2", SEW_ACTIVATION_RELU_SQUARED },
  { "silu", SEW_ACTIVATION_SILU },
  { "swish", SEW_ACTIVATION_SILU },
  { "mish", SEW_ACTIVATION_MISH },
  { "sigmoid", SEW_ACTIVATION_SIGMOID },
  { "tanh", SEW_ACTIVATION_TANH },
};

const char *
sew_family_get_architecture (SewFamily family)
{
  return families[family].architecture;
}

static SewActivation
read_activation (SewJsonReader *reader, const char *name, const char *fallback)
{
  const char *value = sew_json_reader_get_string (reader, name, fallback);
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (activations); i++) {
    if (strcmp (activations[i].name, value) == 0)
      return activations[i].activation;
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", activations[i].name);
  }
  sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                        "\"%s\" is \"%s\", which is not supported; supported are %s", name, value,
                        known->str);
  return SEW_ACTIVATION_LINEAR;
}

/* "architectures" if it is there has to name the CTC model; TRUE if it does or is missing. */
static gboolean
check_architectures (SewJsonReader *reader, SewFamily family)
{
  JsonNode *node = sew_json_reader_find (reader, "architectures");
  const char *wanted = families[family].architecture;
  const char *found = "nothing";
  JsonArray *array;

  if (reader->error != NULL || node == NULL)
    return reader->error == NULL;
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"architectures\" is not a list");
    return FALSE;
  }
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);

    if (!sew_json_node_is_string (element))
      continue;
    found = json_node_get_string (element);
    if (strcmp (found, wanted) == 0)
      return TRUE;
  }
  sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                        "the architecture is %s, which has no CTC head that turns sounds into "
                        "letters; supported are " SUPPORTED_ARCHITECTURES,
                        found);
  return FALSE;
}

/* The architecture of a config.json without model_type. */
static const char *
get_first_architecture (SewJsonReader *reader)
{
  JsonNode *node = sew_json_reader_find (reader, "architectures");

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    if (json_array_get_length (array) > 0
        && sew_json_node_is_string (json_array_get_element (array, 0)))
      return json_array_get_string_element (array, 0);
  }
  return NULL;
}

static gboolean
read_family (SewJsonReader *reader, SewFamily *family)
{
  const char *model_type = sew_json_reader_get_string (reader, "model_type", NULL);
  const char *architecture = model_type == NULL ? get_first_architecture (reader) : NULL;

  if (reader->error != NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    if (g_strcmp0 (families[i].model_type, model_type) == 0
        || g_strcmp0 (families[i].architecture, architecture) == 0) {
      *family = (SewFamily) i;
      return check_architectures (reader, *family);
    }
  }
  if (model_type == NULL && architecture == NULL)
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED,
                          "says neither \"model_type\" nor \"architectures\"");
  else
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"%s\" is not supported; supported are " SUPPORTED_ARCHITECTURES,
                          model_type != NULL ? model_type : architecture);
  return FALSE;
}

/* What the family's configuration class fills in where config.json is silent. */
static void
init_defaults (SewModelConfig *config, SewFamily family)
{
  sew_model_config_init_preset (config,
                                family == SEW_FAMILY_SEW      ? "sew-small"
                                : family == SEW_FAMILY_SEW_D  ? "sew-d-base"
                                : family == SEW_FAMILY_HUBERT ? "hubert-base"
                                                              : "w2v2-base",
                                NULL);
  config->n_layers = 12;
  config->positional_kernel = 128;
  config->position_to_content = family == SEW_FAMILY_SEW_D;
  config->content_to_position = family == SEW_FAMILY_SEW_D;
}

static void
read_feature_extractor (SewJsonReader *reader, SewModelConfig *config)
{
  guint n_dims = config->n_conv_layers, n_kernels = n_dims, n_strides = n_dims;
  const char *norm;

  sew_json_reader_get_sizes (reader, "conv_dim", config->conv_dim, &n_dims, SEW_MAX_CONV_LAYERS,
                             MAX_CHANNELS);
  sew_json_reader_get_sizes (reader, "conv_kernel", config->conv_kernel, &n_kernels,
                             SEW_MAX_CONV_LAYERS, MAX_KERNEL);
  sew_json_reader_get_sizes (reader, "conv_stride", config->conv_stride, &n_strides,
                             SEW_MAX_CONV_LAYERS, MAX_STRIDE);
  config->n_conv_layers = sew_json_reader_get_size (reader, "num_feat_extract_layers", n_dims, 1,
                                                    G_MAXINT);
  if (n_kernels != n_dims || n_strides != n_dims || config->n_conv_layers != n_dims)
    sew_json_reader_fail (reader, SEW_ERROR_MISMATCH,
                          "\"conv_dim\", \"conv_kernel\" and \"conv_stride\" have %u, %u and %u "
                          "values for %u layers",
                          n_dims, n_kernels, n_strides, config->n_conv_layers);
  config->conv_bias = sew_json_reader_get_flag (reader, "conv_bias", FALSE);
  norm = sew_json_reader_get_string (reader, "feat_extract_norm", "group");
  config->conv_norm = strcmp (norm, "layer") == 0 ? SEW_CONV_NORM_LAYER : SEW_CONV_NORM_GROUP;
  if (strcmp (norm, "layer") != 0 && strcmp (norm, "group") != 0)
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"feat_extract_norm\" is \"%s\", which is not supported; supported are "
                          "group and layer",
                          norm);
  config->feature_activation = read_activation (reader, "feat_extract_activation", "gelu");
}

static void
check_feature_extractor (SewJsonReader *reader, const SewModelConfig *config)
{
  guint64 field = 1, hop = 1;

  if (reader->error != NULL)
    return;
  for (guint i = config->n_conv_layers; i-- > 0;) {
    field = (field - 1) * config->conv_stride[i] + config->conv_kernel[i];
    hop *= config->conv_stride[i];
    if (field > MAX_RECEPTIVE_FIELD || hop > MAX_RECEPTIVE_FIELD) {
      sew_json_reader_fail (reader, SEW_ERROR_MALFORMED,
                            "the convolutions make one frame of more than %u samples",
                            MAX_RECEPTIVE_FIELD);
      return;
    }
  }
}

static void
read_context_network (SewJsonReader *reader, SewModelConfig *config)
{
  gboolean is_sew = config->family == SEW_FAMILY_SEW || config->family == SEW_FAMILY_SEW_D;
  float epsilon = config->layer_norm_epsilon;
  guint adapter_size;

  config->hidden_size = sew_json_reader_get_size (reader, "hidden_size", config->hidden_size, 1,
                                                  MAX_CHANNELS);
  config->n_layers = sew_json_reader_get_size (reader, "num_hidden_layers", config->n_layers, 1,
                                               MAX_LAYERS);
  config->n_heads = sew_json_reader_get_size (reader, "num_attention_heads", config->n_heads, 1,
                                              MAX_CHANNELS);
  config->intermediate_size = sew_json_reader_get_size (reader, "intermediate_size",
                                                        config->intermediate_size, 1, MAX_CHANNELS);
  config->positional_kernel = sew_json_reader_get_size (reader, "num_conv_pos_embeddings",
                                                        config->positional_kernel, 1, MAX_KERNEL);
  config->positional_groups = sew_json_reader_get_size (reader, "num_conv_pos_embedding_groups",
                                                        config->positional_groups, 1, MAX_CHANNELS);
  config->hidden_activation = read_activation (
      reader, "hidden_act", config->family == SEW_FAMILY_SEW_D ? "gelu_python" : "gelu");
  config->layer_norm_epsilon = sew_json_reader_get_real (reader, "layer_norm_eps", epsilon, 1.0f);
  config->feature_norm_epsilon = config->layer_norm_epsilon;
  if (is_sew)
    config->squeeze_factor = sew_json_reader_get_size (reader, "squeeze_factor",
                                                       config->squeeze_factor, 1, MAX_SQUEEZE);
  if (config->family == SEW_FAMILY_HUBERT)
    config->feature_projection_norm = sew_json_reader_get_flag (reader, "feat_proj_layer_norm",
                                                                TRUE);
  if (!is_sew) {
    config->pre_layer_norm = sew_json_reader_get_flag (reader, "do_stable_layer_norm", FALSE);
    adapter_size = sew_json_reader_get_size (reader, "adapter_attn_dim", 0, 1, MAX_CHANNELS);
    config->adapter_size = config->pre_layer_norm ? adapter_size : 0;
  }
}

/* "p2c" and "c2p", in a list. */
static void
read_position_terms (SewJsonReader *reader, SewModelConfig *config)
{
  JsonNode *node = sew_json_reader_find (reader, "pos_att_type");
  JsonArray *array;

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"pos_att_type\" is not a list");
    return;
  }
  config->content_to_position = FALSE;
  config->position_to_content = FALSE;
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    const char *term = sew_json_node_is_string (element) ? json_node_get_string (element) : "";

    if (strcmp (term, "c2p") == 0)
      config->content_to_position = TRUE;
    else if (strcmp (term, "p2c") == 0)
      config->position_to_content = TRUE;
    else
      sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                            "\"pos_att_type\" has \"%s\", which is not supported; supported are "
                            "c2p and p2c",
                            term);
  }
}

static void
read_embedding_norm (SewJsonReader *reader, SewModelConfig *config)
{
  const char *value = sew_json_reader_get_string (reader, "norm_rel_ebd", "layer_norm");
  g_auto (GStrv) words = g_strsplit (value, "|", -1);

  config->norm_relative_embeddings = FALSE;
  for (guint i = 0; words[i] != NULL; i++) {
    g_strstrip (words[i]);
    if (g_ascii_strcasecmp (words[i], "layer_norm") == 0)
      config->norm_relative_embeddings = TRUE;
    else if (g_ascii_strcasecmp (words[i], "none") != 0)
      sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                            "\"norm_rel_ebd\" is \"%s\", which is not supported; supported are "
                            "layer_norm and none",
                            value);
  }
}

/* Zero and negative numbers mean the same as none for these. */
static guint
read_optional_count (SewJsonReader *reader, const char *name, guint fallback, guint maximum)
{
  JsonNode *node = sew_json_reader_find (reader, name);

  if (node != NULL && sew_json_node_is_integer (node) && json_node_get_int (node) <= 0)
    return 0;
  return sew_json_reader_get_size (reader, name, fallback, 1, maximum);
}

static void
read_disentangled_attention (SewJsonReader *reader, SewModelConfig *config)
{
  guint head_size, max_positions;

  config->feature_norm_epsilon = sew_json_reader_get_real (reader, "feature_layer_norm_eps", 1e-5f,
                                                           1.0f);
  config->relative_attention = sew_json_reader_get_flag (reader, "relative_attention", TRUE);
  config->share_attention_key = sew_json_reader_get_flag (reader, "share_att_key", TRUE);
  read_position_terms (reader, config);
  read_embedding_norm (reader, config);
  max_positions = sew_json_reader_get_size (reader, "max_position_embeddings", 512, 1,
                                            MAX_POSITIONS);
  config->max_relative_positions = read_optional_count (reader, "max_relative_positions", 0,
                                                        MAX_POSITIONS);
  if (config->max_relative_positions == 0)
    config->max_relative_positions = max_positions;
  config->position_buckets = read_optional_count (reader, "position_buckets",
                                                  config->position_buckets, MAX_POSITIONS);
  if (config->position_buckets > 0
      && (config->position_buckets < 2
          || config->max_relative_positions < config->position_buckets / 2 + 2))
    sew_json_reader_fail (reader, SEW_ERROR_MISMATCH,
                          "%u position buckets cannot cover %u relative positions",
                          config->position_buckets, config->max_relative_positions);
  config->layer_conv_kernel = read_optional_count (reader, "conv_kernel_size", 0, MAX_KERNEL);
  config->layer_conv_groups = sew_json_reader_get_size (reader, "conv_groups", 1, 1, MAX_CHANNELS);
  config->layer_conv_activation = read_activation (reader, "conv_act", "tanh");
  if (config->layer_conv_kernel > 0
      && (config->layer_conv_kernel % 2 == 0
          || config->hidden_size % config->layer_conv_groups != 0))
    sew_json_reader_fail (reader, SEW_ERROR_MISMATCH,
                          "a convolution of kernel %u in %u groups does not fit %u channels",
                          config->layer_conv_kernel, config->layer_conv_groups,
                          config->hidden_size);
  head_size = sew_json_reader_get_size (reader, "attention_head_size", 0, 1, MAX_CHANNELS);
  if (head_size > 0 && (guint64) head_size * config->n_heads != config->hidden_size)
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"attention_head_size\" other than \"hidden_size\" / "
                          "\"num_attention_heads\" is not supported");
}

/* Options that would change the result in ways not built here. */
static void
refuse_other_options (SewJsonReader *reader)
{
  static const char *const flags[] = { "add_adapter", "conv_pos_batch_norm" };
  JsonNode *node;

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
    if (sew_json_reader_get_flag (reader, flags[i], FALSE))
      sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED, "\"%s\" is not supported", flags[i]);
  }
  if (sew_json_reader_find (reader, "quantization_config") != NULL)
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"quantization_config\" is not supported; supported are float32, "
                          "float16 and bfloat16 weights");
  node = sew_json_reader_find (reader, "pruned_heads");
  if (node != NULL
      && !(JSON_NODE_HOLDS_OBJECT (node)
           && json_object_get_size (json_node_get_object (node)) == 0))
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED, "\"pruned_heads\" is not supported");
}

static void
check_sizes (SewJsonReader *reader, const SewModelConfig *config)
{
  if (reader->error != NULL)
    return;
  if (config->hidden_size % config->n_heads != 0)
    sew_json_reader_fail (reader, SEW_ERROR_MISMATCH,
                          "\"hidden_size\" %u does not divide into %u attention heads",
                          config->hidden_size, config->n_heads);
  else if (config->hidden_size % config->positional_groups != 0)
    sew_json_reader_fail (reader, SEW_ERROR_MISMATCH,
                          "\"hidden_size\" %u does not divide into %u positional groups",
                          config->hidden_size, config->positional_groups);
  else if ((guint64) sew_model_config_get_hop (config) * config->squeeze_factor > MAX_WINDOW_GRID)
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"conv_stride\" and \"squeeze_factor\" make one frame of the "
                          "transformer of %u samples, but it may be of %u at most",
                          sew_model_config_get_hop (config) * config->squeeze_factor,
                          MAX_WINDOW_GRID);
  else if (sew_model_config_count_parameters (config)
           > MIN (MAX_PARAMETERS, G_MAXSIZE / (2 * sizeof (float))))
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED,
                          "describes a model of more parameters than any real one");
}

static void
read_config (SewJsonReader *reader, SewModelConfig *config)
{
  SewFamily family;

  if (!read_family (reader, &family))
    return;
  init_defaults (config, family);
  read_feature_extractor (reader, config);
  check_feature_extractor (reader, config);
  read_context_network (reader, config);
  if (family == SEW_FAMILY_SEW_D)
    read_disentangled_attention (reader, config);
  config->vocabulary_size = sew_json_reader_get_size (reader, "vocab_size", 32, 1,
                                                      SEW_MAX_VOCABULARY);
  config->int8_agrees = sew_json_reader_get_flag (reader, "sew_int8_agrees", FALSE);
  config->pad_token_id = 0;
  if (json_object_has_member (reader->object, "pad_token_id"))
    config->pad_token_id = sew_json_reader_get_size (reader, "pad_token_id", G_MAXUINT, 0,
                                                     G_MAXINT);
  refuse_other_options (reader);
  check_sizes (reader, config);
}

static gboolean
load_config (SewModelConfig *config, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autoptr (JsonNode) root = sew_json_file_load (path, error);
  SewJsonReader reader = { .file = path };

  if (root == NULL)
    return FALSE;
  reader.object = json_node_get_object (root);
  read_config (&reader, config);
  if (reader.error == NULL)
    return TRUE;
  g_propagate_error (error, reader.error);
  return FALSE;
}

static void
read_preprocessor (SewJsonReader *reader, SewModelConfig *config)
{
  const char *type = sew_json_reader_get_string (reader, "feature_extractor_type",
                                                 "Wav2Vec2FeatureExtractor");
  guint rate, n_features;

  if (strcmp (type, "Wav2Vec2FeatureExtractor") != 0)
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"feature_extractor_type\" is \"%s\", which is not supported; "
                          "supported is Wav2Vec2FeatureExtractor",
                          type);
  n_features = sew_json_reader_get_size (reader, "feature_size", 1, 0, G_MAXINT);
  if (n_features != 1)
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"feature_size\" is %u, but plain samples are 1", n_features);
  rate = sew_json_reader_get_size (reader, "sampling_rate", SEW_SAMPLE_RATE_HZ, 0, G_MAXINT);
  if (rate != SEW_SAMPLE_RATE_HZ)
    sew_json_reader_fail (reader, SEW_ERROR_UNSUPPORTED,
                          "\"sampling_rate\" is %u, which is not supported; supported is %u", rate,
                          SEW_SAMPLE_RATE_HZ);
  config->normalize_input = sew_json_reader_get_flag (reader, "do_normalize", TRUE);
}

/* Newer releases of transformers put both halves of a processor into one file. */
static JsonObject *
find_preprocessor (JsonNode *preprocessor, JsonNode *processor)
{
  JsonNode *node;

  if (preprocessor != NULL)
    return json_node_get_object (preprocessor);
  if (processor == NULL)
    return NULL;
  node = json_object_get_member (json_node_get_object (processor), "feature_extractor");
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
load_preprocessor (SewModelConfig *config, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "preprocessor_config.json", NULL);
  g_autofree char *newer_path = g_build_filename (folder, "processor_config.json", NULL);
  g_autoptr (JsonNode) preprocessor = NULL;
  g_autoptr (JsonNode) processor = NULL;
  SewJsonReader reader = { 0 };

  if (!sew_json_file_load_optional (path, &preprocessor, error))
    return FALSE;
  if (preprocessor == NULL && !sew_json_file_load_optional (newer_path, &processor, error))
    return FALSE;
  reader.file = preprocessor != NULL ? path : newer_path;
  reader.object = find_preprocessor (preprocessor, processor);
  config->normalize_input = TRUE;
  if (reader.object != NULL)
    read_preprocessor (&reader, config);
  if (reader.error == NULL)
    return TRUE;
  g_propagate_error (error, reader.error);
  return FALSE;
}

gboolean
sew_model_config_load (SewModelConfig *config, const char *folder, GError **error)
{
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: %s", folder,
                 g_file_test (folder, G_FILE_TEST_EXISTS) ? "not a folder" : "no such folder");
    return FALSE;
  }
  return load_config (config, folder, error) && load_preprocessor (config, folder, error);
}
