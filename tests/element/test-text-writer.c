/* SPDX-License-Identifier: MIT */
#include "text-writer.h"

static void
assert_gap (GstEvent *event, GstClockTime pts, GstClockTime duration)
{
  GstClockTime gap_pts;
  GstClockTime gap_duration;

  g_assert_nonnull (event);
  gst_event_parse_gap (event, &gap_pts, &gap_duration);
  g_assert_cmpuint (gap_pts, ==, pts);
  g_assert_cmpuint (gap_duration, ==, duration);
  gst_event_unref (event);
}

static void
assert_placed (SewTextWriter *writer, GstClockTime pts, GstClockTime duration,
               GstClockTime expected_pts, GstClockTime expected_duration, gboolean discont)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  sew_text_writer_place (writer, buffer);
  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, expected_pts);
  g_assert_cmpuint (GST_BUFFER_DURATION (buffer), ==, expected_duration);
  g_assert_cmpint (GST_BUFFER_IS_DISCONT (buffer), ==, discont);
}

static void
test_order (void)
{
  SewTextWriter writer;

  sew_text_writer_init (&writer);
  assert_gap (sew_text_writer_advance (&writer, 100), 0, 100);
  g_assert_null (sew_text_writer_advance (&writer, 100));
  g_assert_null (sew_text_writer_advance (&writer, 50));
  g_assert_null (sew_text_writer_advance (&writer, GST_CLOCK_TIME_NONE));
  assert_placed (&writer, 100, 50, 100, 50, TRUE);
  assert_placed (&writer, 140, 50, 150, 40, FALSE);
  assert_placed (&writer, 140, 10, 190, 10, FALSE);
  assert_placed (&writer, 150, 100, 200, 50, FALSE);
  assert_gap (sew_text_writer_advance (&writer, 10 * GST_SECOND), 250, 10 * GST_SECOND - 250);
  assert_placed (&writer, GST_SECOND, 5 * GST_SECOND, 10 * GST_SECOND, 2 * GST_SECOND, FALSE);
}

static void
test_segment (void)
{
  SewTextWriter writer;
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 1000;
  segment.stop = 2000;
  sew_text_writer_init (&writer);
  sew_text_writer_set_segment (&writer, &segment);
  assert_gap (sew_text_writer_advance (&writer, 1500), 1000, 500);
  assert_placed (&writer, 1200, 700, 1500, 400, TRUE);
  assert_placed (&writer, 1900, 700, 1900, 100, FALSE);
  assert_placed (&writer, 2100, 700, 2000, 0, FALSE);
  g_assert_null (sew_text_writer_advance (&writer, 3000));
  sew_text_writer_set_segment (&writer, &segment);
  assert_placed (&writer, 1000, 700, 1000, 700, TRUE);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-writer/order", test_order);
  g_test_add_func ("/text-writer/segment", test_segment);
  return g_test_run ();
}
