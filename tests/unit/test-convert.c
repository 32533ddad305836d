/* SPDX-License-Identifier: MIT */

/* Checkpoints that are written at another precision, and what of them is refused. */

#include <math.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "math/kernels.h"
#include "model/weights.h"
#include "sew/sew.h"

static const char *const cases[] = { "sew", "sew-d", "hubert", "wav2vec2-stable-layer-norm" };

static char *scratch;

static char *
get_case (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "reference", "data", name, NULL);
}

/* A folder that is not there yet. */
static char *
new_target (void)
{
  static guint n = 0;
  g_autofree char *name = g_strdup_printf ("%u", n++);

  return g_build_filename (scratch, name, NULL);
}

static char *
convert (const char *folder, SewPrecision precision)
{
  g_autoptr (GError) error = NULL;
  char *target = new_target ();

  sew_model_convert (folder, target, precision, NULL, &error);
  g_assert_no_error (error);
  return target;
}

static GBytes *
read_weights (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  char *bytes;
  gsize n_bytes;

  g_file_get_contents (path, &bytes, &n_bytes, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (bytes, n_bytes);
}

static float *
compute_logits (const char *folder, SewPrecision precision, gsize *n_values)
{
  enum { N_SAMPLES = 9000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SewModel) model = sew_model_new_at_precision (folder, NULL, precision, NULL, &error);
  g_autofree float *samples = g_new (float, N_SAMPLES);

  g_assert_no_error (error);
  g_assert_cmpint (sew_model_get_precision (model), ==, precision);
  for (gsize i = 0; i < N_SAMPLES; i++)
    samples[i] = 0.3f * sinf ((float) (i * i % 977) / 100.0f);
  float *logits = sew_model_compute_logits (model, samples, N_SAMPLES, n_values, &error);
  g_assert_no_error (error);
  return logits;
}

/* The root of the mean square of the difference, over that of the values. */
static double
compare_logits (const char *a_folder, const char *b_folder, SewPrecision precision)
{
  gsize n_a, n_b;
  g_autofree float *a = compute_logits (a_folder, precision, &n_a);
  g_autofree float *b = compute_logits (b_folder, precision, &n_b);
  double error = 0, power = 0;

  g_assert_cmpuint (n_a, ==, n_b);
  g_assert_cmpuint (n_a, >, 0);
  for (gsize i = 0; i < n_a; i++) {
    error += pow (a[i] - b[i], 2);
    power += pow (a[i], 2);
  }
  return sqrt (error / power);
}

/* A converted checkpoint gives what the first one gives at that precision. Only the directions of
 * the weight norm are rounded once more. */
static void
test_same_logits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *folder = get_case (cases[i]);
    g_autofree char *float32 = convert (folder, SEW_PRECISION_FLOAT32);
    g_autofree char *bf16 = convert (folder, SEW_PRECISION_BF16);
    g_autofree char *int8 = convert (folder, SEW_PRECISION_INT8);

    g_assert_cmpfloat (compare_logits (folder, float32, SEW_PRECISION_FLOAT32), ==, 0);
    g_assert_cmpfloat (compare_logits (folder, float32, SEW_PRECISION_INT8), ==, 0);
    g_assert_cmpfloat (compare_logits (folder, bf16, SEW_PRECISION_BF16), <, 0.01);
    g_assert_cmpfloat (compare_logits (folder, int8, SEW_PRECISION_INT8), <, 0.02);
    /* Any checkpoint runs at any precision. */
    g_assert_cmpfloat (compare_logits (folder, int8, SEW_PRECISION_FLOAT32), <, 0.05);
    g_assert_cmpfloat (compare_logits (folder, bf16, SEW_PRECISION_FLOAT32), <, 0.02);
  }
}

/* Adds a member to a folder's config.json. */
static void
add_to_config (const char *folder, const char *member)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (text[0], ==, '{');
  g_autofree char *longer = g_strdup_printf ("{%s, %s", member, text + 1);
  g_assert_true (g_file_set_contents (path, longer, -1, NULL));
}

static SewPrecision
get_automatic_precision (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SewModel) model = sew_model_new_at_precision (folder, NULL, SEW_PRECISION_AUTO, NULL,
                                                           &error);

  g_assert_no_error (error);
  return sew_model_get_precision (model);
}

/* Integers are for models that are known to bear them, or are made of them; bfloat16 for processors
 * that have, or pretend to have, units for it, and for all models where those are matrix units. */
static void
test_automatic_precision (void)
{
  g_autofree char *original = get_case (cases[0]);
  g_autofree char *folder = convert (original, SEW_PRECISION_FLOAT32);
  g_autofree char *int8 = convert (folder, SEW_PRECISION_INT8);
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  SewPrecision plain = SEW_PRECISION_FLOAT32;
  SewPrecision borne;

  if (kernels->has_bf16_dots || g_strcmp0 (g_getenv ("SEW_GEMM"), "dots") == 0)
    plain = SEW_PRECISION_BF16;
  borne = kernels->has_fast_integers && !kernels->has_tiles ? SEW_PRECISION_INT8 : plain;
  g_assert_cmpint (get_automatic_precision (folder), ==, plain);
  g_assert_cmpint (get_automatic_precision (int8), ==, borne);
  add_to_config (folder, "\"sew_int8_agrees\": true");
  g_assert_cmpint (get_automatic_precision (folder), ==, borne);
}

/* What has that precision already stays as it is, to the byte. */
static void
test_round_trip (void)
{
  static const SewPrecision precisions[] = { SEW_PRECISION_FLOAT32, SEW_PRECISION_BF16,
                                             SEW_PRECISION_INT8 };
  gsize sizes[G_N_ELEMENTS (precisions)];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *folder = get_case (cases[i]);

    for (guint j = 0; j < G_N_ELEMENTS (precisions); j++) {
      g_autofree char *once = convert (folder, precisions[j]);
      g_autofree char *twice = convert (once, precisions[j]);
      g_autofree char *wide = convert (once, SEW_PRECISION_FLOAT32);
      g_autofree char *back = convert (wide, precisions[j]);
      g_autoptr (GBytes) once_bytes = read_weights (once);
      g_autoptr (GBytes) twice_bytes = read_weights (twice);
      g_autoptr (GBytes) back_bytes = read_weights (back);

      g_assert_true (g_bytes_equal (once_bytes, twice_bytes));
      g_assert_true (g_bytes_get_size (once_bytes) == g_bytes_get_size (back_bytes));
      if (precisions[j] != SEW_PRECISION_INT8) /* the last bit of a scale may differ */
        g_assert_true (g_bytes_equal (once_bytes, back_bytes));
      sizes[j] = g_bytes_get_size (once_bytes);
    }
    g_assert_cmpuint (sizes[1], <, sizes[0]);
    g_assert_cmpuint (sizes[2], <, sizes[1]);
  }
}

static void
test_copies_the_rest (void)
{
  static const char *const names[] = { "config.json", "vocab.json", "preprocessor_config.json" };
  g_autofree char *folder = get_case ("sew");
  g_autofree char *target = convert (folder, SEW_PRECISION_BF16);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *from = g_build_filename (folder, names[i], NULL);
    g_autofree char *to = g_build_filename (target, names[i], NULL);
    g_autofree char *from_text = NULL;
    g_autofree char *to_text = NULL;

    g_assert_true (g_file_get_contents (from, &from_text, NULL, NULL));
    g_assert_true (g_file_get_contents (to, &to_text, NULL, NULL));
    g_assert_cmpstr (from_text, ==, to_text);
  }
}

static void
test_refuses_folders (void)
{
  g_autofree char *folder = get_case ("sew");
  g_autofree char *target = convert (folder, SEW_PRECISION_BF16);
  g_autofree char *nowhere = new_target ();
  g_autoptr (GError) error = NULL;

  g_assert_false (sew_model_convert (folder, target, SEW_PRECISION_INT8, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_true (g_str_has_prefix (error->message, target));
  g_clear_error (&error);
  g_assert_false (sew_model_convert (nowhere, "/nowhere", SEW_PRECISION_INT8, NULL, &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND);
}

/* Changes text in the header to other text of the same length, in a copy. */
static void
assert_refused (const char *folder, const char *from, const char *to, int code, const char *reason)
{
  g_autofree char *target = convert (folder, SEW_PRECISION_INT8);
  g_autofree char *path = g_build_filename (target, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  char *bytes, *found;
  gsize n_bytes;

  g_assert_cmpuint (strlen (from), ==, strlen (to));
  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  found = memmem (bytes, n_bytes, from, strlen (from));
  g_assert_nonnull (found);
  memcpy (found, to, strlen (to));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n_bytes, NULL));
  g_free (bytes);
  g_assert_null (sew_model_new (target, &error));
  g_assert_error (error, SEW_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_refuses_integers (void)
{
  g_autofree char *folder = get_case ("sew");
  const char *scale = "q_proj.weight_scale\"";

  assert_refused (folder, scale, "q_proj.weight_sCALE\"", SEW_ERROR_MISMATCH, "no tensor");
  assert_refused (folder, "q_proj.weight_scale\":{\"dtype\":\"F32\"",
                  "q_proj.weight_scale\":{\"dtype\":\"I32\"", SEW_ERROR_UNSUPPORTED, "I32");
}

static void
test_refuses_bad_scales (void)
{
  g_autofree char *folder = get_case ("sew");
  g_autofree char *target = convert (folder, SEW_PRECISION_INT8);
  g_autofree char *path = g_build_filename (target, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  const float nan = NAN;
  guint64 header_size;
  char *bytes;
  gsize n_bytes;

  /* Scales are wide, and so come first. */
  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  memcpy (&header_size, bytes, sizeof header_size);
  char *place = strstr (bytes + 8, "q_proj.weight_scale");
  place = strstr (place, "\"data_offsets\":[") + strlen ("\"data_offsets\":[");
  gsize offset = (gsize) g_ascii_strtoull (place, NULL, 10);
  memcpy (bytes + 8 + GUINT64_FROM_LE (header_size) + offset, &nan, sizeof nan);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n_bytes, NULL));
  g_free (bytes);
  g_assert_null (sew_model_new (target, &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_MALFORMED);
  g_assert_nonnull (strstr (error->message, "weight_scale"));
}

static void
remove_tree (const char *path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_DIR) ? g_dir_open (path, 0, NULL) : NULL;

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  scratch = g_dir_make_tmp ("sew-convert-XXXXXX", NULL);
  g_assert_nonnull (scratch);
  g_test_add_func ("/convert/automatic-precision", test_automatic_precision);
  g_test_add_func ("/convert/same-logits", test_same_logits);
  g_test_add_func ("/convert/round-trip", test_round_trip);
  g_test_add_func ("/convert/copies-the-rest", test_copies_the_rest);
  g_test_add_func ("/convert/refuses-folders", test_refuses_folders);
  g_test_add_func ("/convert/refuses-integers", test_refuses_integers);
  g_test_add_func ("/convert/refuses-bad-scales", test_refuses_bad_scales);
  int result = g_test_run ();
  remove_tree (scratch);
  g_free (scratch);
  return result;
}
