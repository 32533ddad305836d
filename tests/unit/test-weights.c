/* SPDX-License-Identifier: MIT */
#include "model/weights.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

static const char *const families[] = { "sew", "sew-d", "wav2vec2", "hubert" };

typedef struct {
  char *folder;
  SewModelConfig config;
  GPtrArray *tensors;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_new_folder ();
}

static void
use_family (Fixture *fixture, const char *family)
{
  g_clear_pointer (&fixture->tensors, g_ptr_array_unref);
  fixture->tensors = fixture_new_tensors (family);
  fixture_write_model (fixture->folder, family, fixture->tensors);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->tensors, g_ptr_array_unref);
  fixture_remove_folder (fixture->folder);
}

static SewWeights *
load_for_language (Fixture *fixture, const char *language, GError **error)
{
  GError *config_error = NULL;

  sew_model_config_load (&fixture->config, fixture->folder, &config_error);
  g_assert_no_error (config_error);
  return sew_weights_load (&fixture->config, fixture->folder, language, error);
}

static SewWeights *
load (Fixture *fixture)
{
  GError *error = NULL;
  SewWeights *weights = load_for_language (fixture, NULL, &error);

  g_assert_no_error (error);
  return weights;
}

static void
rewrite (Fixture *fixture)
{
  fixture_write_array (fixture->folder, "model.safetensors",
                       fixture_encode_safetensors (fixture->tensors, SEW_DTYPE_F32));
}

static void
assert_refused (Fixture *fixture, int code, const char *name, const char *reason)
{
  GError *error = NULL;

  g_assert_null (load_for_language (fixture, NULL, &error));
  fixture_assert_error (error, code, fixture->folder, name, reason, NULL);
}

static void
assert_values (Fixture *fixture, const float *values, const char *name)
{
  const FixtureTensor *tensor = fixture_find_tensor (fixture->tensors, name);

  g_assert_nonnull (values);
  g_assert_true (memcmp (values, tensor->values, tensor->n_values * sizeof (float)) == 0);
}

static void
assert_matrix (Fixture *fixture, const SewWeightRows *rows, const char *name)
{
  g_autofree float *values = sew_weight_rows_dup (rows);

  assert_values (fixture, rows->n_rows > 0 ? values : NULL, name);
}

static void
assert_same_rows (const SewWeightRows *a, const SewWeightRows *b)
{
  g_autofree float *a_values = sew_weight_rows_dup (a);
  g_autofree float *b_values = sew_weight_rows_dup (b);
  gsize n = a->n_rows * a->n_columns;

  g_assert_cmpuint (n, ==, b->n_rows * b->n_columns);
  g_assert_true (memcmp (a_values, b_values, n * sizeof (float)) == 0);
}

/* Each family's names end up in the right places. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    gboolean is_deberta = strcmp (families[i], "sew-d") == 0;
    const char *base = is_deberta ? "sew_d" : families[i];
    const char *layer = is_deberta ? "encoder.encoder.layer.1" : "encoder.layers.1";
    g_autoptr (SewWeights) weights = NULL;
    g_autofree char *names[6];

    use_family (fixture, families[i]);
    weights = load (fixture);
    names[0] = g_strdup_printf ("%s.%s.%s.bias", base, layer,
                                is_deberta ? "attention.self.key_proj" : "attention.k_proj");
    names[1] = g_strdup_printf ("%s.%s.%s.weight", base, layer,
                                is_deberta ? "attention.output.LayerNorm" : "layer_norm");
    names[2] = g_strdup_printf ("%s.%s.%s.weight", base, layer,
                                is_deberta ? "output.dense" : "feed_forward.output_dense");
    names[3] = g_strdup_printf ("%s.%s.%s.bias", base, layer,
                                is_deberta ? "output.LayerNorm" : "final_layer_norm");
    names[4] = g_strdup_printf ("%s.feature_projection%s.weight", base, i < 2 ? "" : ".projection");
    names[5] = g_strdup_printf ("%s%s.layer_norm.bias", base, i < 2 ? "" : ".feature_projection");
    assert_values (fixture, weights->layers[1].key.bias, names[0]);
    assert_values (fixture, weights->layers[1].attention_norm.gain, names[1]);
    assert_matrix (fixture, &weights->layers[1].feed_forward_output.weight, names[2]);
    assert_values (fixture, weights->layers[1].final_norm.bias, names[3]);
    assert_matrix (fixture, &weights->feature_projection.weight, names[4]);
    assert_values (fixture, weights->feature_norm.bias, names[5]);
    assert_matrix (fixture, &weights->head.weight, "lm_head.weight");
    g_assert_cmpuint (weights->head.n_out, ==, 6);
    g_assert_cmpuint (weights->layers[0].intermediate.n_out, ==, 12);
    g_assert_true ((weights->upsample.weight.n_rows > 0) == (i < 2));
    g_assert_true ((weights->encoder_norm.gain == NULL) == is_deberta);
    g_assert_true ((weights->relative_embeddings != NULL) == is_deberta);
    g_assert_cmpuint (weights->positional_conv.stride, ==, i < 2 ? 2 : 1);
    g_assert_cmpuint (weights->positional_conv.padding, ==, 2);
    for (guint j = 0; j < G_N_ELEMENTS (names); j++)
      g_clear_pointer (&names[j], g_free);
    names[0] = NULL;
  }
}

/* [out][in][tap] becomes [out][tap][in]; nothing is copied for it. */
static void
test_orders_taps (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SewWeights) weights = NULL;
  const FixtureTensor *tensor;
  const SewConv *conv;
  g_autofree float *values = NULL;

  use_family (fixture, "hubert");
  weights = load (fixture);
  tensor = fixture_find_tensor (fixture->tensors,
                                "hubert.feature_extractor.conv_layers.1.conv.weight");
  conv = &weights->conv_layers[1].conv;
  values = sew_weight_rows_dup (&conv->weight);
  for (guint out = 0; out < 6; out++) {
    for (guint in = 0; in < 4; in++) {
      for (guint tap = 0; tap < 2; tap++)
        g_assert_cmpfloat (values[(out * 2 + tap) * 4 + in], ==,
                           tensor->values[(out * 4 + in) * 2 + tap]);
    }
  }
  assert_matrix (fixture, &weights->conv_layers[0].conv.weight,
                 "hubert.feature_extractor.conv_layers.0.conv.weight");
  /* The norms of the positional convolution's four taps, in double precision. */
  g_assert_cmpuint (weights->n_bytes, ==, 4 * sizeof (double));
  g_assert_cmpuint (weights->n_parameters, ==,
                    sew_model_config_count_parameters (&fixture->config));
}

static void
test_folds_weight_norm (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SewWeights) old = NULL;
  g_autoptr (SewWeights) new = NULL;
  g_autofree float *folded = NULL;
  FixtureTensor *gain, *direction;

  use_family (fixture, "wav2vec2");
  old = load (fixture);
  folded = sew_weight_rows_dup (&old->positional_conv.weight);
  gain = fixture_find_tensor (fixture->tensors, "wav2vec2.encoder.pos_conv_embed.conv.weight_g");
  direction = fixture_find_tensor (fixture->tensors,
                                   "wav2vec2.encoder.pos_conv_embed.conv.weight_v");
  for (guint tap = 0; tap < 4; tap++) {
    double norm = 0.0;

    for (guint row = 0; row < 32; row++)
      norm += pow ((double) direction->values[row * 4 + tap], 2.0);
    for (guint out = 0; out < 8; out++) {
      for (guint in = 0; in < 4; in++) {
        double expected = (double) gain->values[tap]
                          * (double) direction->values[(out * 4 + in) * 4 + tap] / sqrt (norm);

        g_assert_cmpfloat_with_epsilon (folded[(out * 4 + tap) * 4 + in], expected, 1e-6);
      }
    }
  }
  g_free (gain->name);
  gain->name = g_strdup ("wav2vec2.encoder.pos_conv_embed.conv.parametrizations.weight.original0");
  g_free (direction->name);
  direction->name = g_strdup (
      "wav2vec2.encoder.pos_conv_embed.conv.parametrizations.weight.original1");
  rewrite (fixture);
  new = load (fixture);
  assert_same_rows (&new->positional_conv.weight, &old->positional_conv.weight);
}

/* All types and both formats give the same numbers. */
static void
test_formats (Fixture *fixture, gconstpointer data)
{
  static const SewDtype dtypes[] = { SEW_DTYPE_F32, SEW_DTYPE_F16, SEW_DTYPE_BF16 };
  g_autofree char *safetensors = NULL;
  g_autoptr (SewWeights) expected = NULL;

  use_family (fixture, "sew");
  safetensors = g_build_filename (fixture->folder, "model.safetensors", NULL);
  expected = load (fixture);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (dtypes); i++) {
    SewDtype dtype = dtypes[i / 2];
    g_autoptr (SewWeights) weights = NULL;

    unlink (safetensors);
    if (i % 2 == 0)
      fixture_write_array (fixture->folder, "model.safetensors",
                           fixture_encode_safetensors (fixture->tensors, dtype));
    else
      fixture_write_array (fixture->folder, "pytorch_model.bin",
                           fixture_encode_torch (fixture->tensors, dtype));
    weights = load (fixture);
    assert_matrix (fixture, &weights->head.weight, "lm_head.weight");
    assert_matrix (fixture, &weights->layers[0].query.weight,
                   "sew.encoder.layers.0.attention.q_proj.weight");
    assert_same_rows (&weights->positional_conv.weight, &expected->positional_conv.weight);
    g_assert_true ((weights->n_bytes == expected->n_bytes) == (dtype == SEW_DTYPE_F32));
  }
}

/* A header of odd length makes every float unaligned. */
static void
test_unaligned (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SewWeights) weights = NULL;
  GByteArray *bytes;
  guint64 length;

  use_family (fixture, "sew");
  bytes = fixture_encode_safetensors (fixture->tensors, SEW_DTYPE_F32);
  memcpy (&length, bytes->data, sizeof length);
  length++;
  memcpy (bytes->data, &length, sizeof length);
  g_byte_array_set_size (bytes, bytes->len + 1);
  memmove (bytes->data + 8 + length, bytes->data + 7 + length, bytes->len - 8 - (gsize) length);
  bytes->data[7 + length] = ' ';
  fixture_write_array (fixture->folder, "model.safetensors", bytes);
  weights = load (fixture);
  assert_matrix (fixture, &weights->head.weight, "lm_head.weight");
  g_assert_cmpuint (GPOINTER_TO_SIZE (weights->head.bias) % sizeof (float), ==, 0);
}

static void
test_half_precision (Fixture *fixture, gconstpointer data)
{
  static const guint16 halves[]
      = { 0x0001, 0x03ff, 0x0400, 0x8001, 0x7bff, 0xfbff, 0x8000, 0x3c00 };
  static const float floats[] = { 0x1p-24f, 0x3ffp-24f, 0x1p-14f, -0x1p-24f,
                                  65504.0f, -65504.0f,  -0.0f,    1.0f };
  g_autoptr (SewWeights) weights = NULL;
  g_autofree float *values = NULL;
  GByteArray *bytes;

  use_family (fixture, "sew");
  bytes = fixture_encode_safetensors (fixture->tensors, SEW_DTYPE_F16);
  /* lm_head.weight is the last but one, before six biases. */
  memcpy (bytes->data + bytes->len - 2 * (48 + 6), halves, sizeof halves);
  fixture_write_array (fixture->folder, "model.safetensors", bytes);
  weights = load (fixture);
  values = sew_weight_rows_dup (&weights->head.weight);
  g_assert_true (memcmp (values, floats, sizeof floats) == 0);
}

static void
test_norms_embeddings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SewWeights) normed = NULL;
  g_autoptr (SewWeights) plain = NULL;
  const FixtureTensor *rows, *gain, *bias;

  use_family (fixture, "sew-d");
  normed = load (fixture);
  rows = fixture_find_tensor (fixture->tensors, "sew_d.encoder.encoder.rel_embeddings.weight");
  gain = fixture_find_tensor (fixture->tensors, "sew_d.encoder.encoder.LayerNorm.weight");
  bias = fixture_find_tensor (fixture->tensors, "sew_d.encoder.encoder.LayerNorm.bias");
  g_assert_cmpuint (normed->relative_span, ==, 4);
  for (guint row = 0; row < 8; row++) {
    double sum = 0.0, squares = 0.0, mean, deviation;

    for (guint i = 0; i < 8; i++) {
      sum += (double) rows->values[row * 8 + i];
      squares += pow ((double) rows->values[row * 8 + i], 2.0);
    }
    mean = sum / 8.0;
    deviation = sqrt (squares / 8.0 - mean * mean + 1e-7);
    for (guint i = 0; i < 8; i++)
      g_assert_cmpfloat_with_epsilon ((double) normed->relative_embeddings[row * 8 + i],
                                      ((double) rows->values[row * 8 + i] - mean) / deviation
                                              * (double) gain->values[i]
                                          + (double) bias->values[i],
                                      1e-5);
  }
  fixture_write_config (fixture->folder, "sew-d",
                        "\"norm_rel_ebd\": \"none\", \"position_buckets\": -1,"
                        "\"max_position_embeddings\": 4");
  plain = load (fixture);
  assert_values (fixture, plain->relative_embeddings,
                 "sew_d.encoder.encoder.rel_embeddings.weight");
  g_assert_cmpuint (plain->relative_span, ==, 4);
}

static void
test_options_of_sew_d (Fixture *fixture, gconstpointer data)
{
  static const char *const modules[] = { "attention.self.pos_key_proj",
                                         "attention.self.pos_query_proj" };
  g_autoptr (SewWeights) weights = NULL;

  use_family (fixture, "sew-d");
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strdup_printf ("sew_d.encoder.encoder.layer.%u.%s", i / 2,
                                             modules[i % 2]);
    g_autofree char *weight = g_strconcat (name, ".weight", NULL);
    g_autofree char *bias = g_strconcat (name, ".bias", NULL);

    fixture_add_tensor (fixture->tensors, weight, 2u, 8u, 8u);
    fixture_add_tensor (fixture->tensors, bias, 1u, 8u);
  }
  fixture_add_tensor (fixture->tensors, "sew_d.encoder.encoder.conv.conv.weight", 3u, 8u, 4u, 3u);
  fixture_add_tensor (fixture->tensors, "sew_d.encoder.encoder.conv.conv.bias", 1u, 8u);
  fixture_add_tensor (fixture->tensors, "sew_d.encoder.encoder.conv.LayerNorm.weight", 1u, 8u);
  fixture_add_tensor (fixture->tensors, "sew_d.encoder.encoder.conv.LayerNorm.bias", 1u, 8u);
  rewrite (fixture);
  fixture_write_config (fixture->folder, "sew-d",
                        "\"share_att_key\": false, \"conv_kernel_size\": 3, \"conv_groups\": 2,"
                        "\"layer_norm_eps\": 0.125, \"feature_layer_norm_eps\": 0.25");
  weights = load (fixture);
  assert_matrix (fixture, &weights->layers[1].position_query.weight,
                 "sew_d.encoder.encoder.layer.1.attention.self.pos_query_proj.weight");
  assert_values (fixture, weights->layers[0].position_key.bias,
                 "sew_d.encoder.encoder.layer.0.attention.self.pos_key_proj.bias");
  g_assert_cmpuint (weights->layer_conv.n_groups, ==, 2);
  g_assert_cmpuint (weights->layer_conv.padding, ==, 1);
  g_assert_cmpuint (weights->layer_conv.weight.n_rows, >, 0);
  assert_values (fixture, weights->layer_conv_norm.gain,
                 "sew_d.encoder.encoder.conv.LayerNorm.weight");
  g_assert_cmpfloat (weights->layers[0].final_norm.epsilon, ==, 0.125f);
  g_assert_cmpfloat (weights->feature_norm.epsilon, ==, 0.25f);
  g_assert_cmpfloat (weights->conv_layers[0].norm.epsilon, ==, 1e-5f);
}

static void
test_optional_parts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SewWeights) hubert = NULL;
  g_autoptr (SewWeights) sew = NULL;

  use_family (fixture, "hubert");
  fixture_remove_tensor (fixture->tensors, "hubert.feature_projection.layer_norm.weight");
  fixture_remove_tensor (fixture->tensors, "hubert.feature_projection.layer_norm.bias");
  rewrite (fixture);
  fixture_write_config (fixture->folder, "hubert", "\"feat_proj_layer_norm\": false");
  hubert = load (fixture);
  g_assert_null (hubert->feature_norm.gain);

  /* SEW without projection: 8 channels out of the feature extractor, 8 wide */
  use_family (fixture, "sew");
  fixture_remove_tensor (fixture->tensors, "sew.feature_projection.weight");
  fixture_remove_tensor (fixture->tensors, "sew.feature_projection.bias");
  fixture_remove_tensor (fixture->tensors, "sew.layer_norm.weight");
  fixture_remove_tensor (fixture->tensors, "sew.layer_norm.bias");
  fixture_remove_tensor (fixture->tensors, "sew.feature_extractor.conv_layers.1.conv.weight");
  fixture_add_tensor (fixture->tensors, "sew.feature_extractor.conv_layers.1.conv.weight", 3u, 8u,
                      4u, 2u);
  fixture_add_tensor (fixture->tensors, "sew.layer_norm.weight", 1u, 8u);
  fixture_add_tensor (fixture->tensors, "sew.layer_norm.bias", 1u, 8u);
  rewrite (fixture);
  fixture_write_config (fixture->folder, "sew", "\"conv_dim\": [4, 8]");
  sew = load (fixture);
  g_assert_cmpuint (sew->feature_projection.weight.n_rows, ==, 0);
  g_assert_nonnull (sew->feature_norm.gain);
}

/* Every tensor of every family: without it, with another shape, with a value that is not finite. */
static void
test_refuses_tensors (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    use_family (fixture, families[i]);
    for (guint j = 0; j < fixture->tensors->len; j++) {
      FixtureTensor *tensor = fixture->tensors->pdata[j];
      float value = tensor->values[tensor->n_values - 1];
      char first = tensor->name[0];

      tensor->name[0] = 'X';
      rewrite (fixture);
      tensor->name[0] = first;
      assert_refused (fixture,
                      strcmp (tensor->name, "lm_head.weight") == 0 ? SEW_ERROR_UNSUPPORTED
                                                                   : SEW_ERROR_MISMATCH,
                      tensor->name, "no ");
      tensor->values[tensor->n_values - 1] = j % 2 == 0 ? NAN : -INFINITY;
      rewrite (fixture);
      tensor->values[tensor->n_values - 1] = value;
      assert_refused (fixture, SEW_ERROR_MALFORMED, tensor->name, "NaN or infinite");
      tensor->shape[tensor->n_dims++] = 1;
      rewrite (fixture);
      tensor->n_dims--;
      assert_refused (fixture, SEW_ERROR_MISMATCH, tensor->name, "has the shape [");
    }
  }
}

static void
test_names_both_shapes (Fixture *fixture, gconstpointer data)
{
  use_family (fixture, "sew");
  fixture_write_config (fixture->folder, "sew", "\"vocab_size\": 7");
  assert_refused (fixture, SEW_ERROR_MISMATCH, "\"lm_head.weight\" has the shape [6, 8]",
                  "asks for [7, 8]");
}

static void
test_refuses_types (Fixture *fixture, gconstpointer data)
{
  GByteArray *bytes;
  char *found;

  use_family (fixture, "sew");
  bytes = fixture_encode_safetensors (fixture->tensors, SEW_DTYPE_F16);
  found = memmem (bytes->data, bytes->len, "lm_head.bias", strlen ("lm_head.bias"));
  memcpy (strstr (found, "F16"), "I16", 3);
  fixture_write_array (fixture->folder, "model.safetensors", bytes);
  assert_refused (fixture, SEW_ERROR_UNSUPPORTED, "lm_head.bias", "the type I16");
}

/* A weight norm of zero would divide by zero. */
static void
test_refuses_zero_norm (Fixture *fixture, gconstpointer data)
{
  FixtureTensor *direction;

  use_family (fixture, "sew");
  direction = fixture_find_tensor (fixture->tensors, "sew.encoder.pos_conv_embed.conv.weight_v");
  for (guint row = 0; row < 32; row++)
    direction->values[row * 4 + 1] = 0.0f;
  rewrite (fixture);
  assert_refused (fixture, SEW_ERROR_MALFORMED, "sew.encoder.pos_conv_embed.conv.weight",
                  "NaN or infinite");
}

static void
test_refuses_pretrained (Fixture *fixture, gconstpointer data)
{
  use_family (fixture, "wav2vec2");
  fixture_remove_tensor (fixture->tensors, "lm_head.weight");
  fixture_remove_tensor (fixture->tensors, "lm_head.bias");
  rewrite (fixture);
  assert_refused (fixture, SEW_ERROR_UNSUPPORTED, "no CTC head", "fine-tuned");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/weights/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("names", test_names);
  ADD ("orders-taps", test_orders_taps);
  ADD ("folds-weight-norm", test_folds_weight_norm);
  ADD ("formats", test_formats);
  ADD ("unaligned", test_unaligned);
  ADD ("half-precision", test_half_precision);
  ADD ("norms-embeddings", test_norms_embeddings);
  ADD ("options-of-sew-d", test_options_of_sew_d);
  ADD ("optional-parts", test_optional_parts);
  ADD ("refuses-tensors", test_refuses_tensors);
  ADD ("names-both-shapes", test_names_both_shapes);
  ADD ("refuses-types", test_refuses_types);
  ADD ("refuses-zero-norm", test_refuses_zero_norm);
  ADD ("refuses-pretrained", test_refuses_pretrained);
  return g_test_run ();
}
