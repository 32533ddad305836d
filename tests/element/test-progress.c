/* SPDX-License-Identifier: MIT */
#include <gst/check/gsttestclock.h>

#include "progress.h"

typedef struct {
  SewProgress *progress;
  GstClockTime running_time;
  GstClockTime deadline;
} Wait;

static gpointer
wait_until (gpointer data)
{
  Wait *wait = data;

  return GINT_TO_POINTER (
      sew_progress_wait_until (wait->progress, wait->running_time, wait->deadline));
}

static GstElement *
new_element (GstClock *clock)
{
  GstElement *element = gst_object_ref_sink (gst_bin_new (NULL));

  gst_element_set_clock (element, clock);
  gst_element_set_base_time (element, 100 * GST_SECOND);
  return element;
}

/* Waits for what is asked for, and for no more. */
static void
test_position (void)
{
  GstElement *element = new_element (NULL);
  SewProgress *progress = sew_progress_new (element);
  Wait wait = { progress, 5 * GST_SECOND, GST_CLOCK_TIME_NONE };

  g_assert_false (sew_progress_wait_until (progress, 1, GST_CLOCK_TIME_NONE));
  sew_progress_reset (progress);
  sew_progress_resume (progress);
  g_assert_true (sew_progress_wait_until (progress, 0, GST_CLOCK_TIME_NONE));

  GThread *thread = g_thread_new ("wait", wait_until, &wait);
  sew_progress_advance (progress, 4 * GST_SECOND);
  sew_progress_advance (progress, GST_CLOCK_TIME_NONE);
  sew_progress_advance (progress, 2 * GST_SECOND);
  sew_progress_advance (progress, 5 * GST_SECOND);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));

  wait.running_time = 6 * GST_SECOND;
  thread = g_thread_new ("wait", wait_until, &wait);
  sew_progress_finish (progress);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_true (sew_progress_wait_for_finish (progress));

  sew_progress_go_on (progress);
  thread = g_thread_new ("wait", wait_until, &wait);
  sew_progress_interrupt (progress);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  sew_progress_free (progress);
  gst_object_unref (element);
}

/* The deadline is a running time on the element's clock. */
static void
test_deadline (void)
{
  g_autoptr (GstClock) clock = gst_test_clock_new_with_start_time (101 * GST_SECOND);
  GstElement *element = new_element (clock);
  SewProgress *progress = sew_progress_new (element);
  Wait wait = { progress, 5 * GST_SECOND, 3 * GST_SECOND };
  GstClockID id;

  sew_progress_reset (progress);
  sew_progress_resume (progress);
  g_assert_true (sew_progress_wait_until (progress, 5 * GST_SECOND, GST_SECOND));

  GThread *thread = g_thread_new ("wait", wait_until, &wait);
  gst_test_clock_wait_for_next_pending_id (GST_TEST_CLOCK (clock), &id);
  g_assert_cmpuint (gst_clock_id_get_time (id), ==, 103 * GST_SECOND);
  gst_clock_id_unref (id);
  g_assert_true (gst_test_clock_crank (GST_TEST_CLOCK (clock)));
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));

  wait.deadline = 10 * GST_SECOND;
  thread = g_thread_new ("wait", wait_until, &wait);
  sew_progress_advance (progress, 5 * GST_SECOND);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_false (gst_test_clock_peek_next_pending_id (GST_TEST_CLOCK (clock), NULL));
  sew_progress_free (progress);
  gst_object_unref (element);
}

/* Without any progress patience is lost once, not with everyone who comes to wait. */
static void
test_patience (void)
{
  GstElement *element = new_element (NULL);
  SewProgress *progress = sew_progress_new (element);

  sew_progress_reset (progress);
  sew_progress_resume (progress);
  g_assert_true (sew_progress_wait_patiently (progress, GST_SECOND, GST_MSECOND));
  g_assert_true (sew_progress_wait_patiently (progress, GST_SECOND, 1000 * GST_SECOND));
  sew_progress_advance (progress, 2 * GST_SECOND);
  g_assert_true (sew_progress_wait_patiently (progress, GST_SECOND, 1000 * GST_SECOND));
  g_assert_true (sew_progress_wait_patiently (progress, 3 * GST_SECOND, GST_MSECOND));
  sew_progress_interrupt (progress);
  g_assert_false (sew_progress_wait_patiently (progress, 3 * GST_SECOND, 1000 * GST_SECOND));
  sew_progress_free (progress);
  gst_object_unref (element);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/position", test_position);
  g_test_add_func ("/progress/deadline", test_deadline);
  g_test_add_func ("/progress/patience", test_patience);
  return g_test_run ();
}
