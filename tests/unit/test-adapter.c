/* SPDX-License-Identifier: MIT */
#include "model/weights.h"

#include <string.h>
#include <unistd.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

#define OPTIONS "\"do_stable_layer_norm\": true, \"adapter_attn_dim\": 3"

typedef struct {
  char *folder;
  SewModelConfig config;
  GPtrArray *tensors;
} Fixture;

/* The adapters of both layers. */
static void
add_adapter (GPtrArray *tensors)
{
  for (guint i = 0; i < 2; i++) {
    static const struct {
      const char *suffix;
      guint n_dims, n_out, n_in;
    } parts[] = {
      { "norm.weight", 1, 8, 0 },   { "norm.bias", 1, 8, 0 },       { "linear_1.weight", 2, 3, 8 },
      { "linear_1.bias", 1, 3, 0 }, { "linear_2.weight", 2, 8, 3 }, { "linear_2.bias", 1, 8, 0 },
    };

    for (guint j = 0; j < G_N_ELEMENTS (parts); j++) {
      g_autofree char *name = g_strdup_printf ("wav2vec2.encoder.layers.%u.adapter_layer.%s", i,
                                               parts[j].suffix);
      fixture_add_tensor (tensors, name, parts[j].n_dims, parts[j].n_out, parts[j].n_in);
    }
  }
}

/* A language's adapter, with a head of its own. */
static GPtrArray *
new_adapter (guint n_outputs, float mark)
{
  GPtrArray *tensors = fixture_new_tensors ("wav2vec2");

  g_ptr_array_set_size (tensors, 0);
  add_adapter (tensors);
  fixture_add_tensor (tensors, "lm_head.weight", 2u, n_outputs, 8u);
  fixture_add_tensor (tensors, "lm_head.bias", 1u, n_outputs)->values[0] = mark;
  return tensors;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) german = new_adapter (9, 2.0f);
  g_autoptr (GPtrArray) french = new_adapter (4, 3.0f);
  g_autoptr (GPtrArray) broken = new_adapter (4, 4.0f);

  fixture->folder = fixture_new_folder ();
  fixture->tensors = fixture_new_tensors ("wav2vec2");
  add_adapter (fixture->tensors);
  fixture_write_model (fixture->folder, "wav2vec2", fixture->tensors);
  fixture_write_config (fixture->folder, "wav2vec2", OPTIONS);
  fixture_write_array (fixture->folder, "adapter.deu.safetensors",
                       fixture_encode_safetensors (german, SEW_DTYPE_F32));
  fixture_write_array (fixture->folder, "adapter.fra.bin",
                       fixture_encode_torch (french, SEW_DTYPE_F16));
  fixture_remove_tensor (broken, "wav2vec2.encoder.layers.1.adapter_layer.linear_2.bias");
  fixture_write_array (fixture->folder, "adapter.ita.safetensors",
                       fixture_encode_safetensors (broken, SEW_DTYPE_F32));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_ptr_array_unref (fixture->tensors);
  fixture_remove_folder (fixture->folder);
}

static SewWeights *
load (Fixture *fixture, const char *language, GError **error)
{
  GError *config_error = NULL;

  sew_model_config_load (&fixture->config, fixture->folder, &config_error);
  g_assert_no_error (config_error);
  return sew_weights_load (&fixture->config, fixture->folder, language, error);
}

static void
assert_head (Fixture *fixture, const char *language, guint n_outputs, float mark)
{
  GError *error = NULL;
  g_autoptr (SewWeights) weights = load (fixture, language, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (weights->head.n_out, ==, n_outputs);
  g_assert_cmpuint (fixture->config.vocabulary_size, ==, n_outputs);
  g_assert_cmpfloat (weights->head.bias[0], ==, mark);
  g_assert_cmpuint (weights->layers[1].adapter_down.n_out, ==, 3);
  g_assert_cmpuint (weights->layers[1].adapter_up.weight.n_rows, ==, 8);
  g_assert_cmpfloat (weights->layers[0].adapter_norm.epsilon, ==, 1e-5f);
  g_assert_cmpuint (weights->n_parameters, ==,
                    sew_model_config_count_parameters (&fixture->config));
}

static void
test_chooses_language (Fixture *fixture, gconstpointer data)
{
  float own = fixture_find_tensor (fixture->tensors, "lm_head.bias")->values[0];

  assert_head (fixture, NULL, 6, own);
  assert_head (fixture, "deu", 9, 2.0f);
  assert_head (fixture, "de-AT", 9, 2.0f);
  assert_head (fixture, "fr", 4, 3.0f);
}

static void
test_refuses_languages (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  g_assert_null (load (fixture, "jpn", &error));
  fixture_assert_error (g_steal_pointer (&error), SEW_ERROR_UNSUPPORTED, fixture->folder,
                        "\"jpn\"; there are deu, fra, ita", NULL);
  g_assert_null (load (fixture, "../deu", &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  /* must not run with a part of another language's */
  g_assert_null (load (fixture, "ita", &error));
  fixture_assert_error (error, SEW_ERROR_MISMATCH, "adapter.ita.safetensors",
                        "layers.1.adapter_layer.linear_2.bias", NULL);
}

static void
test_checks_adapters (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) german = new_adapter (9, 2.0f);
  GError *error = NULL;

  fixture_remove_tensor (german, "lm_head.weight");
  fixture_add_tensor (german, "lm_head.weight", 2u, 9u, 7u);
  fixture_write_array (fixture->folder, "adapter.deu.safetensors",
                       fixture_encode_safetensors (german, SEW_DTYPE_F32));
  g_assert_null (load (fixture, "deu", &error));
  fixture_assert_error (g_steal_pointer (&error), SEW_ERROR_MISMATCH, "adapter.deu.safetensors",
                        "lm_head.weight", "[9, 7]", NULL);
  fixture_write_text (fixture->folder, "adapter.deu.safetensors", "short");
  g_assert_null (load (fixture, "deu", &error));
  fixture_assert_error (error, SEW_ERROR_MALFORMED, "adapter.deu.safetensors", "truncated", NULL);
}

/* What has but one language takes any code: an application may name its own by default. */
static void
test_ignores_language_without_adapters (Fixture *fixture, gconstpointer data)
{
  static const char *const files[] = { "adapter.deu.safetensors", "adapter.fra.bin",
                                       "adapter.ita.safetensors" };
  float own = fixture_find_tensor (fixture->tensors, "lm_head.bias")->values[0];

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, files[i], NULL);
    g_assert_cmpint (unlink (path), ==, 0);
  }
  assert_head (fixture, "jpn", 6, own);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/adapter/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("chooses-language", test_chooses_language);
  ADD ("refuses-languages", test_refuses_languages);
  ADD ("checks-adapters", test_checks_adapters);
  ADD ("ignores-language-without-adapters", test_ignores_language_without_adapters);
  return g_test_run ();
}
