/* SPDX-License-Identifier: MIT */
#include "model/model-config.h"

#include <string.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

typedef struct {
  char *folder;
  SewModelConfig config;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_new_folder ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fixture_remove_folder (fixture->folder);
}

static void
load (Fixture *fixture, const char *text)
{
  GError *error = NULL;

  fixture_write_text (fixture->folder, "config.json", text);
  sew_model_config_load (&fixture->config, fixture->folder, &error);
  g_assert_no_error (error);
}

/* config.json with only the options that differ, as newer releases of transformers write it. */
static void
test_fills_in_defaults (Fixture *fixture, gconstpointer data)
{
  const SewModelConfig *config = &fixture->config;

  load (fixture, "{\"model_type\": \"sew\", \"architectures\": [\"SEWForCTC\"]}");
  g_assert_cmpint (config->family, ==, SEW_FAMILY_SEW);
  g_assert_cmpuint (config->n_conv_layers, ==, 13);
  g_assert_cmpuint (config->conv_dim[12], ==, 512);
  g_assert_cmpuint (config->conv_kernel[11], ==, 2);
  g_assert_cmpuint (config->hidden_size, ==, 768);
  g_assert_cmpuint (config->n_layers, ==, 12);
  g_assert_cmpuint (config->positional_kernel, ==, 128);
  g_assert_cmpuint (config->squeeze_factor, ==, 2);
  g_assert_cmpfloat (config->layer_norm_epsilon, ==, 1e-5f);
  g_assert_cmpint (config->hidden_activation, ==, SEW_ACTIVATION_GELU);
  g_assert_cmpuint (config->vocabulary_size, ==, 32);
  g_assert_cmpuint (config->pad_token_id, ==, 0);
  g_assert_true (config->normalize_input);
  g_assert_false (config->relative_attention);

  load (fixture, "{\"model_type\": \"sew-d\"}");
  g_assert_cmpint (config->family, ==, SEW_FAMILY_SEW_D);
  g_assert_cmpuint (config->n_layers, ==, 12);
  g_assert_true (config->relative_attention);
  g_assert_true (config->content_to_position);
  g_assert_true (config->position_to_content);
  g_assert_true (config->share_attention_key);
  g_assert_true (config->norm_relative_embeddings);
  g_assert_cmpuint (config->position_buckets, ==, 256);
  g_assert_cmpuint (config->max_relative_positions, ==, 512);
  g_assert_cmpfloat (config->layer_norm_epsilon, ==, 1e-7f);
  g_assert_cmpfloat (config->feature_norm_epsilon, ==, 1e-5f);
  g_assert_cmpuint (config->layer_conv_kernel, ==, 0);

  load (fixture, "{\"architectures\": [\"Wav2Vec2ForCTC\"], \"pad_token_id\": null}");
  g_assert_cmpint (config->family, ==, SEW_FAMILY_WAV2VEC2);
  g_assert_cmpuint (config->n_conv_layers, ==, 7);
  g_assert_cmpuint (config->squeeze_factor, ==, 1);
  g_assert_false (config->pre_layer_norm);
  g_assert_cmpuint (config->adapter_size, ==, 0);
  g_assert_cmpuint (config->pad_token_id, ==, G_MAXUINT);

  load (fixture, "{\"model_type\": \"hubert\"}");
  g_assert_cmpint (config->family, ==, SEW_FAMILY_HUBERT);
  g_assert_true (config->feature_projection_norm);
}

static void
test_reads_options (Fixture *fixture, gconstpointer data)
{
  const SewModelConfig *config = &fixture->config;
  GError *error = NULL;

  fixture_write_config (
      fixture->folder, "sew-d",
      "\"feat_extract_norm\": \"layer\", \"conv_bias\": true, \"hidden_act\": \"relu6\","
      "\"feat_extract_activation\": \"gelu_new\", \"squeeze_factor\": 4, \"layer_norm_eps\": 0.25,"
      "\"feature_layer_norm_eps\": 0.5, \"pos_att_type\": [\"c2p\"], \"share_att_key\": false,"
      "\"norm_rel_ebd\": \"none\", \"position_buckets\": -1, \"max_relative_positions\": 7,"
      "\"conv_kernel_size\": 3, \"conv_groups\": 2, \"conv_act\": \"gelu\", \"pad_token_id\": 5,"
      "\"num_feat_extract_layers\": 2, \"attention_head_size\": 4");
  sew_model_config_load (&fixture->config, fixture->folder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (config->n_conv_layers, ==, 2);
  g_assert_cmpuint (config->conv_dim[1], ==, 6);
  g_assert_cmpint (config->conv_norm, ==, SEW_CONV_NORM_LAYER);
  g_assert_true (config->conv_bias);
  g_assert_cmpint (config->hidden_activation, ==, SEW_ACTIVATION_RELU6);
  g_assert_cmpint (config->feature_activation, ==, SEW_ACTIVATION_GELU_TANH);
  g_assert_cmpuint (config->squeeze_factor, ==, 4);
  g_assert_cmpfloat (config->layer_norm_epsilon, ==, 0.25f);
  g_assert_cmpfloat (config->feature_norm_epsilon, ==, 0.5f);
  g_assert_true (config->content_to_position);
  g_assert_false (config->position_to_content);
  g_assert_false (config->share_attention_key);
  g_assert_false (config->norm_relative_embeddings);
  g_assert_cmpuint (config->position_buckets, ==, 0);
  g_assert_cmpuint (config->max_relative_positions, ==, 7);
  g_assert_cmpuint (config->layer_conv_kernel, ==, 3);
  g_assert_cmpuint (config->layer_conv_groups, ==, 2);
  g_assert_cmpint (config->layer_conv_activation, ==, SEW_ACTIVATION_GELU);
  g_assert_cmpuint (config->pad_token_id, ==, 5);

  fixture_write_config (fixture->folder, "wav2vec2",
                        "\"do_stable_layer_norm\": true, \"adapter_attn_dim\": 3");
  sew_model_config_load (&fixture->config, fixture->folder, &error);
  g_assert_no_error (error);
  g_assert_true (config->pre_layer_norm);
  g_assert_cmpuint (config->adapter_size, ==, 3);

  fixture_write_config (fixture->folder, "hubert", "\"feat_proj_layer_norm\": false");
  sew_model_config_load (&fixture->config, fixture->folder, &error);
  g_assert_no_error (error);
  g_assert_false (config->feature_projection_norm);
}

/* One member changed, and what the error has to say. */
typedef struct {
  const char *family;
  const char *member;
  int code;
  const char *reason;
} BadOption;

static void
test_refuses_options (Fixture *fixture, gconstpointer data)
{
  static const BadOption cases[] = {
    { "wavlm", "", SEW_ERROR_UNSUPPORTED, "\"wavlm\" is not supported; supported are SEWForCTC" },
    { "sew", "\"architectures\": [\"SEWModel\"]", SEW_ERROR_UNSUPPORTED, "SEWModel, which has no" },
    { "sew", "\"architectures\": []", SEW_ERROR_UNSUPPORTED, "no CTC head" },
    { "sew", "\"architectures\": \"SEWForCTC\"", SEW_ERROR_MALFORMED, "architectures" },
    { "wav2vec2", "\"architectures\": [\"Wav2Vec2ForPreTraining\"]", SEW_ERROR_UNSUPPORTED,
      "Wav2Vec2ForPreTraining" },
    { "sew", "\"model_type\": 3", SEW_ERROR_MALFORMED, "model_type" },
    { "sew", "\"model_type\": null", SEW_ERROR_MALFORMED, "neither" },
    { "sew", "\"num_hidden_layers\": 1000000000", SEW_ERROR_MALFORMED, "\"num_hidden_layers\" is" },
    { "sew", "\"num_hidden_layers\": 0", SEW_ERROR_MALFORMED, "between 1 and" },
    { "sew", "\"num_hidden_layers\": -1", SEW_ERROR_MALFORMED, "between 1 and" },
    { "sew", "\"num_hidden_layers\": 1.5", SEW_ERROR_MALFORMED, "not an integer" },
    { "sew", "\"num_hidden_layers\": \"2\"", SEW_ERROR_MALFORMED, "not an integer" },
    { "sew", "\"num_hidden_layers\": [2]", SEW_ERROR_MALFORMED, "not an integer" },
    { "sew", "\"num_hidden_layers\": 18446744073709551617", SEW_ERROR_MALFORMED, "between" },
    { "sew", "\"hidden_size\": 4294967304", SEW_ERROR_MALFORMED, "\"hidden_size\"" },
    { "sew", "\"hidden_size\": 9", SEW_ERROR_MISMATCH, "2 attention heads" },
    { "sew", "\"num_conv_pos_embedding_groups\": 3", SEW_ERROR_MISMATCH, "3 positional groups" },
    { "sew", "\"num_conv_pos_embeddings\": 0", SEW_ERROR_MALFORMED, "num_conv_pos_embeddings" },
    { "sew", "\"squeeze_factor\": 0", SEW_ERROR_MALFORMED, "squeeze_factor" },
    { "sew", "\"vocab_size\": 100000000", SEW_ERROR_MALFORMED, "vocab_size" },
    { "sew", "\"pad_token_id\": -1", SEW_ERROR_MALFORMED, "pad_token_id" },
    { "sew", "\"layer_norm_eps\": -1e-5", SEW_ERROR_MALFORMED, "layer_norm_eps" },
    { "sew", "\"layer_norm_eps\": 100", SEW_ERROR_MALFORMED, "layer_norm_eps" },
    { "sew", "\"layer_norm_eps\": \"1e-5\"", SEW_ERROR_MALFORMED, "not a number" },
    { "sew", "\"conv_bias\": 1", SEW_ERROR_MALFORMED, "neither true nor false" },
    { "sew", "\"conv_dim\": []", SEW_ERROR_MALFORMED, "has 0 values" },
    { "sew", "\"conv_dim\": 4", SEW_ERROR_MALFORMED, "not a list" },
    { "sew", "\"conv_dim\": [4]", SEW_ERROR_MISMATCH, "1, 2 and 2 values" },
    { "sew", "\"conv_dim\": [4, 0]", SEW_ERROR_MALFORMED, "conv_dim" },
    { "sew", "\"conv_kernel\": [3, \"2\"]", SEW_ERROR_MALFORMED, "conv_kernel" },
    { "sew", "\"conv_stride\": [1024, 1024]", SEW_ERROR_MALFORMED, "one frame of more" },
    { "sew", "\"num_feat_extract_layers\": 3", SEW_ERROR_MISMATCH, "for 3 layers" },
    { "sew", "\"feat_extract_norm\": \"batch\"", SEW_ERROR_UNSUPPORTED, "\"batch\"" },
    { "sew", "\"hidden_act\": \"laplace\"", SEW_ERROR_UNSUPPORTED, "\"laplace\"" },
    { "sew", "\"hidden_act\": \"laplace\"", SEW_ERROR_UNSUPPORTED, "supported are linear, gelu" },
    { "sew", "\"feat_extract_activation\": 1", SEW_ERROR_MALFORMED, "not a string" },
    { "sew", "\"quantization_config\": {\"bits\": 4}", SEW_ERROR_UNSUPPORTED, "quantization" },
    { "sew", "\"pruned_heads\": {\"0\": [1]}", SEW_ERROR_UNSUPPORTED, "pruned_heads" },
    { "wav2vec2", "\"add_adapter\": true", SEW_ERROR_UNSUPPORTED, "add_adapter" },
    { "wav2vec2", "\"adapter_attn_dim\": 0", SEW_ERROR_MALFORMED, "adapter_attn_dim" },
    { "hubert", "\"conv_pos_batch_norm\": true", SEW_ERROR_UNSUPPORTED, "conv_pos_batch_norm" },
    { "sew-d", "\"pos_att_type\": [\"p2p\"]", SEW_ERROR_UNSUPPORTED, "\"p2p\"" },
    { "sew-d", "\"pos_att_type\": \"c2p\"", SEW_ERROR_MALFORMED, "not a list" },
    { "sew-d", "\"norm_rel_ebd\": \"batch_norm\"", SEW_ERROR_UNSUPPORTED, "batch_norm" },
    { "sew-d", "\"position_buckets\": 16", SEW_ERROR_MISMATCH, "16 position buckets" },
    { "sew-d", "\"position_buckets\": 1", SEW_ERROR_MISMATCH, "1 position buckets" },
    { "sew-d", "\"max_position_embeddings\": 1000000", SEW_ERROR_MALFORMED, "max_position" },
    { "sew-d", "\"conv_kernel_size\": 4", SEW_ERROR_MISMATCH, "kernel 4" },
    { "sew-d", "\"conv_kernel_size\": 3, \"conv_groups\": 5", SEW_ERROR_MISMATCH, "5 groups" },
    { "sew-d", "\"attention_head_size\": 5", SEW_ERROR_UNSUPPORTED, "attention_head_size" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;

    fixture_write_config (fixture->folder, cases[i].family, cases[i].member);
    g_assert_false (sew_model_config_load (&fixture->config, fixture->folder, &error));
    fixture_assert_error (error, cases[i].code, "config.json", cases[i].reason, NULL);
  }
}

/* Every size within its bounds, and the product still absurd. */
static void
test_refuses_absurd_products (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture_write_config (fixture->folder, "sew",
                        "\"hidden_size\": 65536, \"num_hidden_layers\": 512,"
                        "\"intermediate_size\": 65536, \"vocab_size\": 1048576");
  g_assert_false (sew_model_config_load (&fixture->config, fixture->folder, &error));
  fixture_assert_error (error, SEW_ERROR_MALFORMED, "more parameters", NULL);
}

/* Windows of audio begin on a frame of the transformer and are to hold several. */
static void
test_refuses_frames_beyond_windows (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *members;
    int code;
    const char *reason;
  } cases[] = {
    { "\"conv_kernel\": [10, 1], \"conv_stride\": [1000, 8], \"squeeze_factor\": 3",
      SEW_ERROR_UNSUPPORTED, "24000 samples" },
    { "\"conv_kernel\": [10, 1], \"conv_stride\": [1000, 41], \"squeeze_factor\": 12",
      SEW_ERROR_UNSUPPORTED, "492000 samples" },
    { "\"conv_kernel\": [1, 4000], \"conv_stride\": [17, 1]", SEW_ERROR_MALFORMED,
      "more than 64000 samples" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;

    fixture_write_config (fixture->folder, "sew", cases[i].members);
    g_assert_false (sew_model_config_load (&fixture->config, fixture->folder, &error));
    fixture_assert_error (error, cases[i].code, "config.json", cases[i].reason, NULL);
  }
  fixture_write_config (fixture->folder, "sew",
                        "\"conv_kernel\": [10, 1], \"conv_stride\": [1000, 8],"
                        "\"squeeze_factor\": 2");
  g_assert_true (sew_model_config_load (&fixture->config, fixture->folder, NULL));
}

static void
test_reads_preprocessor (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture_write_config (fixture->folder, "sew", "");
  fixture_write_text (fixture->folder, "preprocessor_config.json",
                      "{\"do_normalize\": false, \"feature_size\": 1, \"sampling_rate\": 16000}");
  g_assert_true (sew_model_config_load (&fixture->config, fixture->folder, &error));
  g_assert_false (fixture->config.normalize_input);
  fixture_write_text (fixture->folder, "preprocessor_config.json", "{}");
  g_assert_true (sew_model_config_load (&fixture->config, fixture->folder, &error));
  g_assert_true (fixture->config.normalize_input);
}

static void
test_reads_processor (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture_write_config (fixture->folder, "sew", "");
  fixture_write_text (fixture->folder, "processor_config.json",
                      "{\"feature_extractor\": {\"do_normalize\": false}}");
  g_assert_true (sew_model_config_load (&fixture->config, fixture->folder, &error));
  g_assert_false (fixture->config.normalize_input);
}

static void
test_refuses_preprocessor (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *text;
    int code;
    const char *reason;
  } cases[] = {
    { "{\"sampling_rate\": 8000}", SEW_ERROR_UNSUPPORTED, "8000" },
    { "{\"sampling_rate\": \"16000\"}", SEW_ERROR_MALFORMED, "sampling_rate" },
    { "{\"feature_size\": 80}", SEW_ERROR_UNSUPPORTED, "80" },
    { "{\"feature_extractor_type\": \"WhisperFeatureExtractor\"}", SEW_ERROR_UNSUPPORTED,
      "Whisper" },
    { "{\"do_normalize\": \"yes\"}", SEW_ERROR_MALFORMED, "do_normalize" },
    { "{", SEW_ERROR_MALFORMED, "truncated" },
  };

  fixture_write_config (fixture->folder, "sew", "");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;

    fixture_write_text (fixture->folder, "preprocessor_config.json", cases[i].text);
    g_assert_false (sew_model_config_load (&fixture->config, fixture->folder, &error));
    fixture_assert_error (error, cases[i].code, "preprocessor_config.json", cases[i].reason, NULL);
  }
}

static void
test_refuses_folders (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (fixture->folder, "missing", NULL);
  g_autofree char *file = g_build_filename (fixture->folder, "file", NULL);
  GError *error = NULL;

  g_assert_false (sew_model_config_load (&fixture->config, missing, &error));
  fixture_assert_error (g_steal_pointer (&error), SEW_ERROR_NOT_FOUND, missing, "no such folder",
                        NULL);
  fixture_write_text (fixture->folder, "file", "");
  g_assert_false (sew_model_config_load (&fixture->config, file, &error));
  fixture_assert_error (g_steal_pointer (&error), SEW_ERROR_NOT_FOUND, "not a folder", NULL);
  g_assert_false (sew_model_config_load (&fixture->config, fixture->folder, &error));
  fixture_assert_error (g_steal_pointer (&error), SEW_ERROR_NOT_FOUND, "config.json", NULL);
}

/* What sum (p.numel () for p in model.parameters ()) gives for each shape in transformers. */
static void
test_presets_have_the_released_sizes (void)
{
  static const struct {
    const char *preset;
    guint64 n_parameters;
  } expected[] = {
    { "sew-tiny", 40725311 },       { "sew-small", 89645119 },      { "sew-mid", 174699583 },
    { "sew-d-tiny", 24127423 },     { "sew-d-small", 40987455 },    { "sew-d-mid", 78816063 },
    { "sew-d-mid-k127", 80389023 }, { "sew-d-base", 175092799 },    { "sew-d-base+", 177003711 },
    { "w2v2-base", 94396320 },      { "w2v2-large", 315471520 },    { "hubert-base", 94396320 },
    { "hubert-large", 315471520 },  { "hubert-xlarge", 962538400 },
  };
  const char *const *names = sew_model_config_list_presets ();

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    SewModelConfig config;
    GError *error = NULL;

    g_assert_cmpstr (names[i], ==, expected[i].preset);
    sew_model_config_init_preset (&config, expected[i].preset, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (sew_model_config_count_parameters (&config), ==, expected[i].n_parameters);
    g_assert_cmpuint (sew_model_config_get_hop (&config), ==, 320);
    g_assert_cmpuint (sew_model_config_get_receptive_field (&config), ==, 400);
  }
  g_assert_null (names[G_N_ELEMENTS (expected)]);
}

/* The same sum, for options that no preset has. */
static void
test_counts_parameters_of_options (Fixture *fixture, gconstpointer data)
{
  load (fixture,
        "{\"model_type\": \"sew-d\", \"share_att_key\": false, \"norm_rel_ebd\": \"none\","
        " \"position_buckets\": -1, \"conv_bias\": true, \"feat_extract_norm\": \"layer\"}");
  g_assert_cmpuint (sew_model_config_count_parameters (&fixture->config), ==, 108190944);
  load (fixture,
        "{\"model_type\": \"wav2vec2\", \"adapter_attn_dim\": 16, \"hidden_size\": 1280,"
        " \"num_hidden_layers\": 48, \"num_attention_heads\": 16, \"intermediate_size\": 5120,"
        " \"do_stable_layer_norm\": true, \"conv_bias\": true, \"feat_extract_norm\": \"layer\"}");
  g_assert_cmpuint (sew_model_config_count_parameters (&fixture->config), ==, 964689568);
}

static void
test_refuses_unknown_presets (void)
{
  SewModelConfig config;
  GError *error = NULL;

  g_assert_false (sew_model_config_init_preset (&config, "whisper", &error));
  fixture_assert_error (error, SEW_ERROR_UNSUPPORTED, "\"whisper\"", "sew-tiny", "hubert-xlarge",
                        NULL);
}

static void
test_counts_frames (void)
{
  SewModelConfig config;

  g_assert_true (sew_model_config_init_preset (&config, "sew-tiny", NULL));
  g_assert_cmpuint (sew_model_config_count_frames (&config, 0), ==, 0);
  g_assert_cmpuint (sew_model_config_count_frames (&config, 399), ==, 0);
  g_assert_cmpuint (sew_model_config_count_frames (&config, 400), ==, 1);
  g_assert_cmpuint (sew_model_config_count_frames (&config, 719), ==, 1);
  g_assert_cmpuint (sew_model_config_count_frames (&config, 720), ==, 2);
  g_assert_cmpuint (sew_model_config_count_frames (&config, 16000), ==, 49);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/model-config/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("fills-in-defaults", test_fills_in_defaults);
  ADD ("reads-options", test_reads_options);
  ADD ("refuses-options", test_refuses_options);
  ADD ("refuses-absurd-products", test_refuses_absurd_products);
  ADD ("refuses-frames-beyond-windows", test_refuses_frames_beyond_windows);
  ADD ("reads-preprocessor", test_reads_preprocessor);
  ADD ("reads-processor", test_reads_processor);
  ADD ("refuses-preprocessor", test_refuses_preprocessor);
  ADD ("refuses-folders", test_refuses_folders);
  ADD ("counts-parameters-of-options", test_counts_parameters_of_options);
  g_test_add_func ("/model-config/presets-have-the-released-sizes",
                   test_presets_have_the_released_sizes);
  g_test_add_func ("/model-config/refuses-unknown-presets", test_refuses_unknown_presets);
  g_test_add_func ("/model-config/counts-frames", test_counts_frames);
  return g_test_run ();
}
