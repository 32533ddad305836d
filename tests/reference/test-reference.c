/* SPDX-License-Identifier: MIT */

/* Compares features, hidden states and logits with what the transformers library computed for the
 * same checkpoint and clip. SEW_TEST_PRECISION in the environment: at another precision, roughly.
 */

#include <math.h>
#include <string.h>

#include "encoder/encoder.h"
#include "math/matrix.h"
#include "npy-file.h"
#include "wav-file.h"

#define LARGEST_DIFFERENCE 1e-3

/* Rows that a stage made. */
typedef struct {
  float *rows;
  gsize n_rows;
  gsize n_columns;
} Seen;

static void
keep (SewStage stage, const float *rows, gsize n_rows, gsize n_columns, gpointer user_data)
{
  Seen *seen = (Seen *) user_data + stage;
  g_free (seen->rows);
  *seen = (Seen){ g_memdup2 (rows, n_rows * n_columns * sizeof (float)), n_rows, n_columns };
}

/* Fewer bits than the reference has: how far all values of a clip are off together, and how often,
 * in all frames of all clips, the most probable symbol is the same. Random weights have many that
 * are nearly as probable. */
typedef struct {
  const char *name;
  SewFormat format;
  double
      largest_error; /* of the root of the mean square, over that of the logits about their mean */
  double least_agreement;
} Precision;

static const Precision precisions[] = {
  { "float32", SEW_FORMAT_FLOAT32, 0, 1 },
  { "bf16", SEW_FORMAT_BF16, 0.02, 0.99 },
  { "int8", SEW_FORMAT_INT8, 0.06, 0.97 },
};

static const Precision *precision = &precisions[0];
static gsize n_compared; /* frames */
static gsize n_agreed;

static void
compare_roughly (const char *clip, const Seen *seen, const float *expected)
{
  gsize n_columns = seen->n_columns;
  gsize n = seen->n_rows * n_columns;
  double mean = 0, power = 0, error = 0;
  for (gsize i = 0; i < n; i++)
    mean += (double) expected[i] / (double) n;
  for (gsize i = 0; i < n; i++) {
    power += pow (expected[i] - mean, 2);
    error += pow (seen->rows[i] - expected[i], 2);
  }
  for (gsize i = 0; i < n; i += n_columns)
    n_agreed += sew_row_find_greatest (seen->rows + i, n_columns)
                == sew_row_find_greatest (expected + i, n_columns);
  double relative = power > 0 ? sqrt (error / power) : 0;
  g_test_message ("%s %s: relative error %.2g", clip, precision->name, relative);
  g_assert_cmpfloat (relative, <, precision->largest_error);
  n_compared += seen->n_rows;
}

/* Behind the others. */
static void
test_agreement (void)
{
  if (n_compared == 0) {
    g_test_skip ("no clip was read before");
    return;
  }
  double agreement = (double) n_agreed / (double) n_compared;
  g_test_message ("%s: agreement %.4f in %" G_GSIZE_FORMAT " frames", precision->name, agreement,
                  n_compared);
  g_assert_cmpfloat (agreement, >=, precision->least_agreement);
}

/* Skips a file that the case does not have. */
static void
compare (const char *folder, const char *clip, const char *what, const Seen *seen)
{
  g_autofree char *name = g_strdup_printf ("%s.%s.npy", clip, what);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_assert_cmpstr (what, !=, "logits");
    return;
  }
  gsize n_rows, n_columns;
  g_autofree float *expected = npy_file_read (path, &n_rows, &n_columns);
  g_assert_cmpuint (seen->n_rows, ==, n_rows);
  g_assert_cmpuint (seen->n_columns, ==, n_columns);

  if (precision->format != SEW_FORMAT_FLOAT32) {
    if (strcmp (what, "logits") == 0)
      compare_roughly (clip, seen, expected);
    return;
  }
  float worst = 0;
  for (gsize i = 0; i < n_rows * n_columns; i++) {
    float difference = fabsf (seen->rows[i] - expected[i]);
    g_assert_true (isfinite (difference));
    worst = MAX (worst, difference);
  }
  g_test_message ("%s %s: largest difference %.2g", clip, what, worst);
  g_assert_cmpfloat (worst, <, LARGEST_DIFFERENCE);
}

static void
check_clip (const SewModelConfig *config, const SewEncoder *encoder, SewEncoderState *state,
            const char *folder, const char *clip)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strconcat (clip, ".wav", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gsize n_samples;
  g_autofree float *samples = wav_file_read (path, &n_samples, &error);
  g_assert_no_error (error);

  gsize n_frames = sew_model_config_count_frames (config, n_samples);
  g_autofree float *logits = g_new0 (float, n_frames * config->vocabulary_size);
  Seen seen[SEW_N_STAGES] = { 0 };
  sew_encoder_state_set_probe (state, keep, seen);
  g_assert_true (sew_encoder_run (encoder, state, samples, n_samples, logits, NULL));

  compare (folder, clip, "features", &seen[SEW_STAGE_FEATURE_EXTRACTOR]);
  compare (folder, clip, "hidden", &seen[SEW_STAGE_FEED_FORWARD]);
  compare (folder, clip, "logits", &seen[SEW_STAGE_HEAD]);
  const Seen *last = &seen[SEW_STAGE_HEAD];
  g_assert_cmpuint (last->n_rows, ==, n_frames);
  g_assert_cmpint (memcmp (logits, last->rows, n_frames * last->n_columns * sizeof (float)), ==, 0);
  for (guint i = 0; i < SEW_N_STAGES; i++)
    g_free (seen[i].rows);
}

static void
test_case (gconstpointer data)
{
  const char *folder = data;
  g_autoptr (GError) error = NULL;
  SewModelConfig config;
  g_assert_true (sew_model_config_load (&config, folder, &error));
  g_assert_no_error (error);
  SewWeights *weights = sew_weights_load (&config, folder, NULL, &error);
  g_assert_no_error (error);
  SewEncoder *encoder = sew_encoder_new (&config, weights, precision->format);
  SewEncoderState *state = sew_encoder_state_new (encoder, 2);

  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  guint n_clips = 0;
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    if (g_str_has_suffix (name, ".wav")) {
      g_autofree char *clip = g_strndup (name, strlen (name) - strlen (".wav"));
      check_clip (&config, encoder, state, folder, clip);
      n_clips++;
    }
  g_assert_cmpuint (n_clips, >, 0);

  sew_encoder_state_free (state);
  sew_encoder_free (encoder);
  sew_weights_free (weights);
}

/* Every folder of data/ is a case. */
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const char *root = g_getenv ("SEW_REFERENCE_DATA");
  const char *precision_name = g_getenv ("SEW_TEST_PRECISION");
  for (guint i = 0; precision_name != NULL && i < G_N_ELEMENTS (precisions); i++)
    if (strcmp (precisions[i].name, precision_name) == 0)
      precision = &precisions[i];
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (root != NULL ? root : "", 0, &error);
  g_assert_no_error (error);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree char *path = g_strconcat ("/reference/", name, NULL);
    g_test_add_data_func_full (path, g_build_filename (root, name, NULL), test_case, g_free);
  }
  if (precision->format != SEW_FORMAT_FLOAT32)
    g_test_add_func ("/reference/agreement", test_agreement);
  return g_test_run ();
}
