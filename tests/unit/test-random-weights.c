/* SPDX-License-Identifier: MIT */
#include "model/weights.h"

#include <math.h>
#include <string.h>

/* A model of the released kind, but small enough to make many times. */
static void
init_config (SewModelConfig *config, const char *preset)
{
  GError *error = NULL;

  sew_model_config_init_preset (config, preset, &error);
  g_assert_no_error (error);
  config->n_layers = 2;
}

static void
assert_spread (const float *values, gsize n_values, double mean, double deviation)
{
  double sum = 0.0, squares = 0.0;

  for (gsize i = 0; i < n_values; i++) {
    sum += (double) values[i];
    squares += (double) values[i] * (double) values[i];
  }
  sum /= (double) n_values;
  squares = sqrt (squares / (double) n_values - sum * sum);
  g_assert_cmpfloat_with_epsilon (sum, mean, deviation / 5.0);
  g_assert_cmpfloat_with_epsilon (squares, deviation, deviation / 5.0);
}

static void
assert_rows_spread (const SewWeightRows *rows, gsize n_values, double mean, double deviation)
{
  g_autofree float *values = sew_weight_rows_dup (rows);

  g_assert_cmpuint (rows->n_rows * rows->n_columns, ==, n_values);
  assert_spread (values, n_values, mean, deviation);
}

static gboolean
are_equal (const SewWeightRows *a, const SewWeightRows *b)
{
  g_autofree float *a_values = sew_weight_rows_dup (a);
  g_autofree float *b_values = sew_weight_rows_dup (b);

  return memcmp (a_values, b_values, a->n_rows * a->n_columns * sizeof (float)) == 0;
}

static void
test_is_deterministic (void)
{
  SewModelConfig config;
  g_autoptr (SewWeights) first = NULL;
  g_autoptr (SewWeights) second = NULL;
  g_autoptr (SewWeights) other = NULL;

  init_config (&config, "sew-tiny");
  first = sew_weights_new_random (&config, 7);
  second = sew_weights_new_random (&config, 7);
  other = sew_weights_new_random (&config, 8);
  g_assert_true (are_equal (&first->layers[1].value.weight, &second->layers[1].value.weight));
  g_assert_false (are_equal (&first->layers[1].value.weight, &other->layers[1].value.weight));
  g_assert_false (are_equal (&first->layers[0].value.weight, &first->layers[1].value.weight));
}

static void
test_keeps_signals_alive (void)
{
  SewModelConfig config;
  g_autoptr (SewWeights) weights = NULL;

  init_config (&config, "sew-tiny");
  weights = sew_weights_new_random (&config, 1);
  assert_rows_spread (&weights->layers[0].query.weight, 512 * 512, 0.0, sqrt (1.0 / 512));
  assert_rows_spread (&weights->layers[1].feed_forward_output.weight, 512 * 2048, 0.0,
                      0.2 * sqrt (1.0 / 2048));
  assert_rows_spread (&weights->conv_layers[3].conv.weight, 128 * 128 * 3, 0.0, sqrt (2.0 / 384));
  assert_spread (weights->layers[0].final_norm.gain, 512, 1.0, 0.1);
  assert_spread (weights->layers[0].final_norm.bias, 512, 0.0, 0.1);
}

/* Every shape that can be named has all its parts, as many values as it counts, and no more. */
static void
test_makes_every_preset (void)
{
  for (const char *const *preset = sew_model_config_list_presets (); *preset != NULL; preset++) {
    SewModelConfig config;
    g_autoptr (SewWeights) weights = NULL;
    guint64 unused;

    init_config (&config, *preset);
    config.n_layers = 1;
    weights = sew_weights_new_random (&config, 1);
    /* The mask embedding and the gains of the weight norm. */
    unused = config.hidden_size + config.positional_kernel;
    g_assert_cmpuint (weights->n_parameters, ==, sew_model_config_count_parameters (&config));
    g_assert_cmpuint (weights->n_values, ==, weights->n_parameters - unused);
    g_assert_null (weights->checkpoint);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/random-weights/is-deterministic", test_is_deterministic);
  g_test_add_func ("/random-weights/keeps-signals-alive", test_keeps_signals_alive);
  g_test_add_func ("/random-weights/makes-every-preset", test_makes_every_preset);
  return g_test_run ();
}
