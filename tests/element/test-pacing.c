/* SPDX-License-Identifier: MIT */
#include "pacing.h"

#include "checkpoint-fixture.h"
#include "tone-model.h"

#define LIMIT (8 * GST_SECOND)

static void
add (SewPacing *pacing, GstClockTime work, guint n)
{
  for (guint i = 0; i < n; i++)
    sew_pacing_add (pacing, work);
}

/* A fast recognizer may look as often as it likes, a slow one gets the time it takes and a quarter
 * more. */
static void
test_pace (void)
{
  SewPacing pacing;

  sew_pacing_init (&pacing);
  g_assert_cmpuint (sew_pacing_get_pace (&pacing, 0, LIMIT), ==, 0);
  add (&pacing, 800 * GST_MSECOND, 30);
  GstClockTime pace = sew_pacing_get_pace (&pacing, 0, LIMIT);
  g_assert_cmpuint (pace, >, 990 * GST_MSECOND);
  g_assert_cmpuint (pace, <=, GST_SECOND);
  add (&pacing, 8 * GST_MSECOND, 200);
  g_assert_cmpuint (sew_pacing_get_pace (&pacing, 0, LIMIT), <, 20 * GST_MSECOND);
}

/* One slow window is not what they all are. */
static void
test_outlier (void)
{
  SewPacing pacing;

  sew_pacing_init (&pacing);
  add (&pacing, 100 * GST_MSECOND, 30);
  add (&pacing, GST_SECOND, 1);
  g_assert_cmpuint (sew_pacing_get_delay (&pacing, 0), <=, 600 * GST_MSECOND);
  add (&pacing, 100 * GST_MSECOND, 60);
  g_assert_cmpuint (sew_pacing_get_delay (&pacing, 0), <=, 200 * GST_MSECOND);
}

/* What waits is looked at together once it is much. */
static void
test_backlog (void)
{
  SewPacing pacing;

  sew_pacing_init (&pacing);
  add (&pacing, 100 * GST_MSECOND, 30);
  g_assert_cmpuint (sew_pacing_get_pace (&pacing, GST_SECOND, LIMIT), <=, 125 * GST_MSECOND);
  g_assert_cmpuint (sew_pacing_get_pace (&pacing, 5 * GST_SECOND, LIMIT), ==, 5 * GST_SECOND);
}

/* The delay has room for the work, and hardly ever changes. */
static void
test_delay (void)
{
  SewPacing pacing;

  sew_pacing_init (&pacing);
  g_assert_cmpuint (sew_pacing_get_delay (&pacing, 870 * GST_MSECOND), ==, 900 * GST_MSECOND);
  add (&pacing, 50 * GST_MSECOND, 30);
  g_assert_cmpuint (sew_pacing_get_delay (&pacing, 870 * GST_MSECOND), ==, GST_SECOND);
  add (&pacing, 70 * GST_MSECOND, 30);
  g_assert_cmpuint (sew_pacing_get_delay (&pacing, 870 * GST_MSECOND), ==, GST_SECOND);
}

/* To catch up, the recognizer looks less often for a while; that is no delay for good. */
static void
test_apply (void)
{
  char *folder = tone_model_new_folder (1);
  g_autoptr (SewModel) model = sew_model_new (folder, NULL);
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  SewPacing pacing;

  sew_recognizer_set_latency (recognizer, SEW_SAMPLE_RATE_HZ);
  sew_pacing_init (&pacing);
  add (&pacing, 10 * GST_MSECOND, 30);
  GstClockTime usual = sew_pacing_apply (&pacing, recognizer, 0, LIMIT);
  g_assert_cmpuint (usual, <, GST_SECOND);
  g_assert_cmpuint (sew_recognizer_get_delay (recognizer), <, SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (sew_pacing_apply (&pacing, recognizer, 7 * GST_SECOND, LIMIT), ==, usual);
  g_assert_cmpuint (sew_recognizer_get_delay (recognizer), >, 4 * SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (sew_pacing_apply (&pacing, recognizer, 0, LIMIT), ==, usual);
  g_assert_cmpuint (sew_recognizer_get_delay (recognizer), <, SEW_SAMPLE_RATE_HZ);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pacing/pace", test_pace);
  g_test_add_func ("/pacing/outlier", test_outlier);
  g_test_add_func ("/pacing/backlog", test_backlog);
  g_test_add_func ("/pacing/delay", test_delay);
  g_test_add_func ("/pacing/apply", test_apply);
  return g_test_run ();
}
