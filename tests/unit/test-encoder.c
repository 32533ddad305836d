/* SPDX-License-Identifier: MIT */

/* What holds for the encoder whatever its weights are; the values themselves are the reference
 * tests' business. */

#include "encoder/encoder.h"

#include <math.h>
#include <string.h>

/* Two convolutions with a hop of 10 samples, and 12 of reach beyond it. */
static const SewModelConfig small_config = {
  .family = SEW_FAMILY_SEW,
  .n_conv_layers = 2,
  .conv_dim = { 12, 20 },
  .conv_kernel = { 10, 3 },
  .conv_stride = { 5, 2 },
  .conv_norm = SEW_CONV_NORM_GROUP,
  .feature_activation = SEW_ACTIVATION_GELU,
  .feature_projection_norm = TRUE,
  .hidden_size = 24,
  .n_layers = 2,
  .n_heads = 3,
  .intermediate_size = 40,
  .hidden_activation = SEW_ACTIVATION_GELU,
  .positional_kernel = 6,
  .positional_groups = 2,
  .squeeze_factor = 2,
  .layer_norm_epsilon = 1e-5f,
  .feature_norm_epsilon = 1e-5f,
  .vocabulary_size = 7,
};

typedef struct {
  SewModelConfig config;
  SewFormat format;
} Case;

typedef struct {
  SewModelConfig config;
  SewWeights *weights;
  SewEncoder *encoder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const Case *own = data;
  fixture->config = own->config;
  fixture->weights = sew_weights_new_random (&fixture->config, 1);
  fixture->encoder = sew_encoder_new (&fixture->config, fixture->weights, own->format);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  sew_encoder_free (fixture->encoder);
  sew_weights_free (fixture->weights);
}

static void
fill_clip (float *samples, gsize n_samples)
{
  guint32 state = 1;
  for (gsize i = 0; i < n_samples; i++) {
    state = state * 1664525 + 1013904223;
    samples[i] = (float) (state >> 8) / 0x1p24f - 0.5f;
  }
}

/* In a state of its own if state is NULL. */
static float *
run (const Fixture *fixture, SewEncoderState *state, gsize n_samples, gsize *n_values)
{
  g_autofree float *samples = g_new (float, n_samples + 1);
  SewEncoderState *own = state == NULL ? sew_encoder_state_new (fixture->encoder, 1) : NULL;
  *n_values = sew_model_config_count_frames (&fixture->config, n_samples)
              * fixture->config.vocabulary_size;
  float *logits = g_new (float, *n_values + 1);
  logits[*n_values] = 99;
  fill_clip (samples, n_samples);
  g_assert_true (sew_encoder_run (fixture->encoder, state != NULL ? state : own, samples, n_samples,
                                  logits, NULL));
  g_assert_cmpfloat (logits[*n_values], ==, 99);
  sew_encoder_state_free (own);
  return logits;
}

static void
test_every_length (Fixture *fixture, gconstpointer data)
{
  SewEncoderState *state = sew_encoder_state_new (fixture->encoder, 1);
  for (gsize n_samples = 0; n_samples < 300; n_samples++) {
    gsize n_values;
    g_autofree float *logits = run (fixture, state, n_samples, &n_values);
    g_assert_cmpuint (n_values > 0, ==, n_samples >= 20);
    for (gsize i = 0; i < n_values; i++)
      g_assert_true (isfinite (logits[i]));
  }
  sew_encoder_state_free (state);
}

/* A frame that squeezing leaves over sees nothing, and the head answers with its bias. */
static void
test_frame_left_over (Fixture *fixture, gconstpointer data)
{
  gsize n_values;
  g_autofree float *one = run (fixture, NULL, 20, &n_values);
  g_assert_cmpuint (n_values, ==, 7);
  for (gsize i = 0; i < n_values; i++)
    g_assert_cmpfloat (one[i], ==, fixture->weights->head.bias[i]);

  g_autofree float *three = run (fixture, NULL, 40, &n_values);
  g_assert_cmpuint (n_values, ==, 21);
  g_assert_cmpfloat (three[0], !=, fixture->weights->head.bias[0]);
  for (gsize i = 14; i < n_values; i++)
    g_assert_cmpfloat (three[i], ==, fixture->weights->head.bias[i - 14]);
}

/* A window does not remember the one before it. */
static void
test_state_is_reused (Fixture *fixture, gconstpointer data)
{
  static const gsize lengths[] = { 500, 9000, 21, 2000, 500, 9000 };
  SewEncoderState *state = sew_encoder_state_new (fixture->encoder, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    gsize n_values;
    g_autofree float *fresh = run (fixture, NULL, lengths[i], &n_values);
    g_autofree float *again = run (fixture, state, lengths[i], &n_values);
    g_assert_cmpint (memcmp (fresh, again, n_values * sizeof (float)), ==, 0);
  }
  sew_encoder_state_free (state);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  enum { N_SAMPLES = 3000 };
  SewEncoderState *state = sew_encoder_state_new (fixture->encoder, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_cancellable_cancel (cancellable);
  gsize n_values;
  g_autofree float *expected = run (fixture, state, N_SAMPLES, &n_values);
  g_autofree float *logits = g_new0 (float, n_values);
  float samples[N_SAMPLES];
  fill_clip (samples, N_SAMPLES);
  g_assert_false (
      sew_encoder_run (fixture->encoder, state, samples, N_SAMPLES, logits, cancellable));

  g_autofree float *after = run (fixture, state, N_SAMPLES, &n_values);
  g_assert_cmpint (memcmp (after, expected, n_values * sizeof (float)), ==, 0);
  sew_encoder_state_free (state);
}

/* The threads that share a window change nothing of it. */
static void
test_team (Fixture *fixture, gconstpointer data)
{
  static const gsize lengths[] = { 20, 40, 700, 3000, 20000 };
  for (guint n_threads = 2; n_threads <= 5; n_threads++) {
    SewEncoderState *state = sew_encoder_state_new (fixture->encoder, n_threads);
    for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
      gsize n_values;
      g_autofree float *single = run (fixture, NULL, lengths[i], &n_values);
      g_autofree float *shared = run (fixture, state, lengths[i], &n_values);
      g_assert_cmpint (memcmp (single, shared, n_values * sizeof (float)), ==, 0);
    }
    sew_encoder_state_free (state);
  }
}

static gpointer
run_in_thread (gpointer data)
{
  gsize n_values;
  return run (data, NULL, 5000, &n_values);
}

static void
test_shared_by_threads (Fixture *fixture, gconstpointer data)
{
  gsize n_values;
  g_autofree float *expected = run (fixture, NULL, 5000, &n_values);
  GThread *threads[4];
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("encoder", run_in_thread, fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++) {
    g_autofree float *logits = g_thread_join (threads[i]);
    g_assert_cmpint (memcmp (logits, expected, n_values * sizeof (float)), ==, 0);
  }
}

static void
keep_features (SewStage stage, const float *rows, gsize n_rows, gsize n_columns, gpointer user_data)
{
  if (stage == SEW_STAGE_FEATURE_EXTRACTOR)
    *(float **) user_data = g_memdup2 (rows, n_rows * n_columns * sizeof (float));
}

/* Without a norm over all of the window a frame's features depend on what it sees alone, whatever
 * tile it is in. */
static void
test_tiles_join (Fixture *fixture, gconstpointer data)
{
  enum { LONG = 4000, SHORT = 1333 };
  float *all = NULL, *some = NULL;
  gsize n_values;
  gsize n_frames = sew_model_config_count_frames (&fixture->config, SHORT);
  SewEncoderState *state = sew_encoder_state_new (fixture->encoder, 1);
  sew_encoder_state_set_probe (state, keep_features, &all);
  g_free (run (fixture, state, LONG, &n_values));
  sew_encoder_state_set_probe (state, keep_features, &some);
  g_free (run (fixture, state, SHORT, &n_values));
  g_assert_cmpint (memcmp (all, some, n_frames * 20 * sizeof (float)), ==, 0);
  g_free (all);
  g_free (some);
  sew_encoder_state_free (state);
}

static void
test_stages_are_timed (Fixture *fixture, gconstpointer data)
{
  SewEncoderState *state = sew_encoder_state_new (fixture->encoder, 1);
  double seconds[SEW_N_STAGES];
  gsize n_values;
  gint64 start_us = g_get_monotonic_time ();
  for (guint i = 0; i < 20; i++)
    g_free (run (fixture, state, 9000, &n_values));
  double elapsed = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
  sew_encoder_state_get_seconds (state, seconds);
  double sum = 0;
  for (guint i = 0; i < SEW_N_STAGES; i++)
    sum += seconds[i];
  g_assert_cmpfloat (seconds[SEW_STAGE_FEED_FORWARD], >, 0);
  g_assert_cmpfloat (sum, <=, elapsed);
  sew_encoder_state_free (state);
}

/* 10 frames: 21 of the first convolution, 5 after squeezing. */
static void
test_operations (void)
{
  double operations[SEW_N_STAGES];
  sew_encoder_count_operations (&small_config, 110, operations);
  g_assert_cmpfloat (operations[SEW_STAGE_NORMALIZER], ==, 0);
  g_assert_cmpfloat (operations[SEW_STAGE_FEATURE_EXTRACTOR], ==,
                     2 * (21 * 12 * 10 + 10 * 20 * 3 * 12));
  g_assert_cmpfloat (operations[SEW_STAGE_PROJECTION], ==, 2 * 10 * 20 * 24);
  g_assert_cmpfloat (operations[SEW_STAGE_POSITIONAL_CONV], ==, 2 * 5 * 24 * 6 * 12);
  g_assert_cmpfloat (operations[SEW_STAGE_ATTENTION], ==,
                     2 * 2 * (4 * 5 * 24 * 24 + 2 * 5 * 5 * 24));
  g_assert_cmpfloat (operations[SEW_STAGE_FEED_FORWARD], ==, 2 * 2 * (2 * 5 * 24 * 40));
  g_assert_cmpfloat (operations[SEW_STAGE_UPSAMPLE], ==, 2 * 5 * 24 * 48);
  g_assert_cmpfloat (operations[SEW_STAGE_HEAD], ==, 2 * 10 * 24 * 7);

  sew_encoder_count_operations (&small_config, 19, operations);
  for (guint i = 0; i < SEW_N_STAGES; i++)
    g_assert_cmpfloat (operations[i], ==, 0);
}

static void
add_tests (const char *precision, SewFormat format)
{
  static Case cases[3][3];
  Case *group_norm = &cases[format][0], *layer_norm = &cases[format][1];
  Case *pre_layer_norm = &cases[format][2];
  *group_norm = *layer_norm = (Case){ small_config, format };
  layer_norm->config.conv_norm = SEW_CONV_NORM_LAYER;
  *pre_layer_norm = *layer_norm;
  pre_layer_norm->config.pre_layer_norm = TRUE;

  const struct {
    const char *name;
    const Case *own;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "every-length", group_norm, test_every_length },
    { "frame-left-over", group_norm, test_frame_left_over },
    { "state-is-reused", group_norm, test_state_is_reused },
    { "cancelled", group_norm, test_cancelled },
    { "team", group_norm, test_team },
    { "team-pre-layer-norm", pre_layer_norm, test_team },
    { "shared-by-threads", group_norm, test_shared_by_threads },
    { "tiles-join", layer_norm, test_tiles_join },
    { "stages-are-timed", group_norm, test_stages_are_timed },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strdup_printf ("/encoder/%s/%s", precision, tests[i].name);
    g_test_add (path, Fixture, tests[i].own, set_up, tests[i].test, tear_down);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_tests ("float32", SEW_FORMAT_FLOAT32);
  add_tests ("bf16", SEW_FORMAT_BF16);
  add_tests ("int8", SEW_FORMAT_INT8);
  g_test_add_func ("/encoder/operations", test_operations);
  return g_test_run ();
}
