/* SPDX-License-Identifier: MIT */
#include "stream/windower.h"

/* Samples that say where they are. */
static float *
make_ramp (gsize n)
{
  float *samples = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    samples[i] = (float) i;
  return samples;
}

static void
note_window (GString *log, const SewWindow *window)
{
  g_assert_cmpfloat (window->samples[0], ==, (float) window->first_sample);
  g_assert_cmpfloat (window->samples[window->n_samples - 1], ==,
                     (float) (window->first_sample + window->n_samples - 1));
  g_string_append_printf (log, "%u-%u%s ", (guint) window->first_sample,
                          (guint) (window->first_sample + window->n_samples),
                          window->last ? "!" : "");
}

static char *
run (const SewWindowing *windowing, gsize n_samples, gsize chunk)
{
  SewWindower *windower = sew_windower_new (windowing);
  g_autofree float *samples = make_ramp (n_samples);
  GString *log = g_string_new (NULL);
  SewWindow window;

  for (gsize i = 0; i < n_samples;) {
    i += sew_windower_push (windower, samples + i, MIN (chunk, n_samples - i));
    if (sew_windower_next (windower, &window))
      note_window (log, &window);
  }
  if (sew_windower_finish (windower, &window))
    note_window (log, &window);
  g_assert_false (sew_windower_finish (windower, &window));
  sew_windower_free (windower);
  return g_string_free (log, FALSE);
}

static const SewWindowing files = { .grid = 10, .window = 100, .first_end = 100, .step = 60 };
static const SewWindowing live = { .grid = 10, .window = 100, .first_end = 20, .step = 20 };

static void
assert_windows (const SewWindowing *windowing, gsize n_samples, const char *expected)
{
  static const gsize chunks[] = { 1, 7, 60, 61, 100, 1000 };

  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
    g_autofree char *log = run (windowing, n_samples, chunks[i]);
    g_assert_cmpstr (log, ==, expected);
  }
}

static void
test_files (void)
{
  assert_windows (&files, 0, "");
  assert_windows (&files, 1, "0-1! ");
  assert_windows (&files, 100, "0-100! ");
  assert_windows (&files, 101, "0-100 10-101! ");
  assert_windows (&files, 160, "0-100 60-160! ");
  assert_windows (&files, 161, "0-100 60-160 70-161! ");
  assert_windows (&files, 333, "0-100 60-160 120-220 180-280 240-333! ");
}

static void
test_live (void)
{
  assert_windows (&live, 20, "0-20! ");
  assert_windows (&live, 45, "0-20 0-40 0-45! ");
  assert_windows (&live, 130, "0-20 0-40 0-60 0-80 0-100 20-120 30-130! ");
}

static void
test_new_clip (void)
{
  SewWindower *windower = sew_windower_new (&files);
  g_autofree float *samples = make_ramp (200);
  SewWindow window;

  g_assert_cmpuint (sew_windower_push (windower, samples, 200), ==, 101);
  sew_windower_reset (windower);
  g_assert_false (sew_windower_next (windower, &window));
  g_assert_false (sew_windower_finish (windower, &window));
  g_assert_cmpuint (sew_windower_push (windower, samples, 50), ==, 50);
  g_assert_true (sew_windower_finish (windower, &window));
  g_assert_cmpuint (window.first_sample, ==, 0);
  g_assert_cmpuint (window.n_samples, ==, 50);
  sew_windower_free (windower);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/windower/files", test_files);
  g_test_add_func ("/windower/live", test_live);
  g_test_add_func ("/windower/new-clip", test_new_clip);
  return g_test_run ();
}
