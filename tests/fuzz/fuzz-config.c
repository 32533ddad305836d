/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "model/model-config.h"

const guint fuzz_n_rounds = 300;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes)
{
  SewModelConfig config;
  GError *error = NULL;
  gboolean worked;

  fuzz_write_file ("config.json", data, n_bytes);
  fuzz_write_file ("preprocessor_config.json", data, n_bytes);
  worked = sew_model_config_load (&config, fuzz_get_folder (), &error);
  fuzz_check_result (worked, error);
  if (worked) {
    /* What the rest of the library divides by and allocates. */
    g_assert_cmpuint (config.hidden_size % config.n_heads, ==, 0);
    g_assert_cmpuint (config.hidden_size % config.positional_groups, ==, 0);
    g_assert_cmpuint (config.squeeze_factor, >, 0);
    g_assert_cmpuint (config.vocabulary_size, >, 0);
    g_assert_cmpuint (sew_model_config_get_hop (&config), >, 0);
    g_assert_cmpuint (sew_model_config_get_receptive_field (&config), <=, 16000 * 60);
    g_assert_cmpuint (sew_model_config_count_parameters (&config), <, G_GUINT64_CONSTANT (1) << 35);
  }
  return 0;
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  fuzz_add_text (seeds, "{\"model_type\": \"sew\", \"architectures\": [\"SEWForCTC\"],"
                        " \"hidden_size\": 8, \"num_attention_heads\": 2, \"conv_dim\": [4, 6],"
                        " \"conv_kernel\": [3, 2], \"conv_stride\": [2, 1], \"conv_bias\": true,"
                        " \"num_conv_pos_embedding_groups\": 2, \"layer_norm_eps\": 1e-5}");
  fuzz_add_text (seeds, "{\"model_type\": \"sew-d\", \"pos_att_type\": [\"c2p\", \"p2c\"],"
                        " \"norm_rel_ebd\": \"layer_norm|none\", \"position_buckets\": 256,"
                        " \"max_position_embeddings\": 512, \"conv_kernel_size\": 3,"
                        " \"conv_act\": \"gelu\", \"pad_token_id\": 0}");
  fuzz_add_text (seeds, "{\"model_type\": \"wav2vec2\", \"do_stable_layer_norm\": true,"
                        " \"adapter_attn_dim\": 16, \"feat_extract_norm\": \"layer\","
                        " \"do_normalize\": true, \"sampling_rate\": 16000, \"feature_size\": 1}");
}
