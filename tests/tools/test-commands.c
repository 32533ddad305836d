/* SPDX-License-Identifier: MIT */

/* sew-logits and sew-bench as a shell sees them: output, messages and exit codes. */

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "npy-file.h"

static char *scratch_folder;

static char *
get_case_path (const char *name)
{
  return g_build_filename (g_getenv ("SEW_REFERENCE_DATA"), "sew", name, NULL);
}

/* The exit code; *out and *err are what it printed. */
static int
run_command (const char *variable, const char *const *arguments, char **out, char **err)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  int status;
  g_assert_nonnull (g_getenv (variable));
  g_ptr_array_add (argv, (gpointer) g_getenv (variable));
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, out, err, &status,
                &error);
  g_assert_no_error (error);
  if (g_spawn_check_wait_status (status, &error))
    return 0;
  g_assert_true (error->domain == G_SPAWN_EXIT_ERROR);
  return error->code;
}

#define RUN(variable, out, err, ...)                                                               \
  run_command (variable, (const char *const[]){ __VA_ARGS__, NULL }, out, err)

static void
check_refused (const char *const *arguments, const char *variable, int code, const char *reason)
{
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_assert_cmpint (run_command (variable, arguments, &out, &err), ==, code);
  g_assert_cmpstr (out, ==, "");
  g_assert_nonnull (strstr (err, reason));
  g_assert_true (strchr (err, '\n') == err + strlen (err) - 1);
}

#define REFUSED(variable, code, reason, ...)                                                       \
  check_refused ((const char *const[]){ __VA_ARGS__, NULL }, variable, code, reason)

static void
test_logits (void)
{
  g_autofree char *folder = get_case_path ("");
  g_autofree char *wav = get_case_path ("odd.wav");
  g_autofree char *npy = get_case_path ("odd.logits.npy");
  g_autofree char *path = g_build_filename (scratch_folder, "out.npy", NULL);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_assert_cmpint (RUN ("SEW_LOGITS", &out, &err, folder, wav, path, "--precision=float32"), ==, 0);
  g_assert_cmpstr (out, ==, "");
  g_assert_cmpstr (err, ==, "");

  gsize n_rows, n_columns, n_expected_rows, n_expected_columns;
  g_autofree float *logits = npy_file_read (path, &n_rows, &n_columns);
  g_autofree float *expected = npy_file_read (npy, &n_expected_rows, &n_expected_columns);
  g_assert_cmpuint (n_rows, ==, n_expected_rows);
  g_assert_cmpuint (n_columns, ==, n_expected_columns);
  for (gsize i = 0; i < n_rows * n_columns; i++)
    g_assert_cmpfloat (fabsf (logits[i] - expected[i]), <, 1e-3f);
  g_unlink (path);
}

static void
test_logits_mistakes (void)
{
  g_autofree char *folder = get_case_path ("");
  g_autofree char *wav = get_case_path ("odd.wav");
  g_autofree char *config = get_case_path ("config.json");
  g_autofree char *path = g_build_filename (scratch_folder, "out.npy", NULL);
  g_autofree char *nowhere = g_build_filename (scratch_folder, "no", "out.npy", NULL);
  REFUSED ("SEW_LOGITS", 2, "usage", folder, wav);
  REFUSED ("SEW_LOGITS", 2, "Unknown option", "--nonsense", folder, wav, path);
  REFUSED ("SEW_LOGITS", 2, "int3", "--precision=int3", folder, wav, path);
  REFUSED ("SEW_LOGITS", 1, "config.json", folder, config, path);
  REFUSED ("SEW_LOGITS", 1, "/nonexistent", "/nonexistent", wav, path);
  REFUSED ("SEW_LOGITS", 1, "/nonexistent.wav", folder, "/nonexistent.wav", path);
  REFUSED ("SEW_LOGITS", 1, nowhere, folder, wav, nowhere);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_bench (void)
{
  g_autofree char *folder = get_case_path ("");
  g_autofree char *out = NULL;
  g_autofree char *json = NULL;
  g_autofree char *err = NULL;
  g_autofree char *json_err = NULL;
  g_assert_cmpint (RUN ("SEW_BENCH", &out, &err, "--model", folder, "--seconds=1", "--runs=2"), ==,
                   0);
  g_assert_cmpstr (err, ==, "");
  g_assert_nonnull (strstr (out, "times real time"));
  g_assert_nonnull (strstr (out, "feed-forward"));
  g_assert_nonnull (strstr (out, "products alone"));

  g_assert_cmpint (RUN ("SEW_BENCH", &json, &json_err, "--model", folder, "--seconds=0.5",
                        "--runs=1", "--threads=2", "--json"),
                   ==, 0);
  g_assert_cmpint (json[0], ==, '{');
  g_assert_nonnull (strstr (json, "\"n_threads\" : 2"));
  g_assert_nonnull (strstr (json, "\"times_real_time\""));
  g_assert_nonnull (strstr (json, "\"feed-forward\""));
  g_assert_nonnull (strstr (json, "\"product_seconds\""));

  static const char *const precisions[] = { "float32", "bf16", "int8" };
  for (guint i = 0; i < G_N_ELEMENTS (precisions); i++) {
    g_autofree char *option = g_strconcat ("--precision=", precisions[i], NULL);
    g_autofree char *expected = g_strdup_printf (", %s (", precisions[i]);
    g_autofree char *text = NULL;
    g_autofree char *no_err = NULL;
    g_assert_cmpint (
        RUN ("SEW_BENCH", &text, &no_err, "--model", folder, "--seconds=0.5", "--runs=1", option),
        ==, 0);
    g_assert_nonnull (strstr (text, expected));
  }
}

/* What it writes is a checkpoint with the same output, roughly. */
static void
test_convert (void)
{
  g_autofree char *folder = get_case_path ("");
  g_autofree char *wav = get_case_path ("odd.wav");
  g_autofree char *target = g_build_filename (scratch_folder, "int8", NULL);
  g_autofree char *path = g_build_filename (scratch_folder, "out.npy", NULL);
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  g_assert_cmpint (RUN ("SEW_CONVERT", &out, &err, folder, target, "--precision=int8"), ==, 0);
  g_assert_cmpstr (out, ==, "");
  g_assert_cmpstr (err, ==, "");
  g_autofree char *no_out = NULL;
  g_autofree char *no_err = NULL;
  g_assert_cmpint (RUN ("SEW_LOGITS", &no_out, &no_err, target, wav, path, "--precision=int8"), ==,
                   0);
  g_unlink (path);

  g_autofree char *inside = g_build_filename (target, "..", "int8", "a", "b", NULL);
  REFUSED ("SEW_CONVERT", 1, "it lies in ", target, inside, "--precision=bf16");
  g_assert_false (g_file_test (inside, G_FILE_TEST_EXISTS));
  REFUSED ("SEW_CONVERT", 1, target, folder, target, "--precision=bf16");
  REFUSED ("SEW_CONVERT", 1, "/nonexistent", "/nonexistent", path, "--precision=bf16");
  REFUSED ("SEW_CONVERT", 2, "two folders", folder, "--precision=bf16");
  REFUSED ("SEW_CONVERT", 2, "--precision", folder, path);
  REFUSED ("SEW_CONVERT", 2, "--precision", folder, path, "--precision=auto");
  g_autoptr (GDir) dir = g_dir_open (target, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *file = g_build_filename (target, name, NULL);
    g_unlink (file);
  }
  g_rmdir (target);
}

static void
test_bench_mistakes (void)
{
  REFUSED ("SEW_BENCH", 2, "--preset", "--runs=1");
  REFUSED ("SEW_BENCH", 2, "--preset", "--preset=sew-tiny", "--paper");
  REFUSED ("SEW_BENCH", 2, "--seconds", "--paper", "--seconds=0");
  REFUSED ("SEW_BENCH", 2, "--seconds", "--paper", "--seconds=nan");
  REFUSED ("SEW_BENCH", 2, "--runs", "--paper", "--runs=-1");
  REFUSED ("SEW_BENCH", 2, "--threads", "--paper", "--threads=0");
  REFUSED ("SEW_BENCH", 2, "--precision", "--paper", "--precision=int3");
  REFUSED ("SEW_BENCH", 2, "no arguments", "--paper", "more");
  REFUSED ("SEW_BENCH", 1, "sew-tiny", "--preset=sew-huge");
  REFUSED ("SEW_BENCH", 1, "/nonexistent", "--model=/nonexistent");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  scratch_folder = g_dir_make_tmp ("sew-commands-XXXXXX", NULL);
  g_assert_nonnull (scratch_folder);
  g_test_add_func ("/commands/sew-logits", test_logits);
  g_test_add_func ("/commands/sew-logits/mistakes", test_logits_mistakes);
  g_test_add_func ("/commands/sew-convert", test_convert);
  g_test_add_func ("/commands/sew-bench", test_bench);
  g_test_add_func ("/commands/sew-bench/mistakes", test_bench_mistakes);
  int status = g_test_run ();
  g_rmdir (scratch_folder);
  g_free (scratch_folder);
  return status;
}
