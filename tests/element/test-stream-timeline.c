/* SPDX-License-Identifier: MIT */
#include "stream-timeline.h"

#define RATE 16000

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, RATE);
}

static void
test_start (void)
{
  const GstClockTime starts[] = { 0, 12345678901, G_GUINT64_CONSTANT (1) << 62 };

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++) {
    SewStreamTimeline timeline;
    sew_stream_timeline_init (&timeline);
    g_assert_cmpuint (sew_stream_timeline_get_pts (&timeline, 0), ==, GST_CLOCK_TIME_NONE);
    g_assert_false (sew_stream_timeline_continues (&timeline, starts[i]));
    sew_stream_timeline_jump (&timeline, starts[i]);
    g_assert_true (sew_stream_timeline_continues (&timeline, GST_CLOCK_TIME_NONE));
    sew_stream_timeline_advance (&timeline, starts[i], 8000);
    g_assert_cmpuint (sew_stream_timeline_get_pts (&timeline, 0), ==, starts[i]);
    g_assert_cmpuint (sew_stream_timeline_get_pts (&timeline, 1), ==, starts[i] + 62500);
    g_assert_cmpuint (sew_stream_timeline_get_end (&timeline), ==, starts[i] + GST_SECOND / 2);
    sew_stream_timeline_clear (&timeline);
  }
}

/* A week in buffers whose timestamps are rounded, as a resampler rounds them. */
static void
test_days (void)
{
  const guint64 end = G_GUINT64_CONSTANT (7) * 24 * 3600 * RATE;
  const gsize n_samples = 16001;
  SewStreamTimeline timeline;
  guint64 sample = 0;

  sew_stream_timeline_init (&timeline);
  sew_stream_timeline_jump (&timeline, 0);
  while (sample < end) {
    GstClockTime pts = time_of (sample);
    g_assert_true (sew_stream_timeline_continues (&timeline, pts));
    sew_stream_timeline_advance (&timeline, pts, n_samples);
    sample += n_samples;
  }
  g_assert_cmpuint (sew_stream_timeline_get_end (&timeline), ==, time_of (sample));
  g_assert_cmpuint (timeline.marks->len, ==, 1);
  sew_stream_timeline_clear (&timeline);
}

/* Timestamps in whole milliseconds, as in many containers. */
static void
test_rounded (void)
{
  SewStreamTimeline timeline;

  sew_stream_timeline_init (&timeline);
  sew_stream_timeline_jump (&timeline, 0);
  for (guint64 sample = 0; sample < 3600 * RATE; sample += 333)
    sew_stream_timeline_advance (&timeline, time_of (sample) / GST_MSECOND * GST_MSECOND, 333);
  g_assert_cmpuint (timeline.marks->len, ==, 1);
  sew_stream_timeline_clear (&timeline);
}

static void
test_jitter (void)
{
  const GstClockTimeDiff jitter[] = { 0, 30, -30, 39, -39, 10, -20, 10 };
  SewStreamTimeline timeline;

  sew_stream_timeline_init (&timeline);
  sew_stream_timeline_jump (&timeline, GST_SECOND);
  for (guint64 i = 0; i < 1000; i++) {
    GstClockTime pts = GST_SECOND + time_of (i * 320)
                       + jitter[i % G_N_ELEMENTS (jitter)] * GST_MSECOND;
    g_assert_true (sew_stream_timeline_continues (&timeline, pts));
    sew_stream_timeline_advance (&timeline, pts, 320);
  }
  g_assert_cmpuint (sew_stream_timeline_get_end (&timeline), ==, GST_SECOND + time_of (320000));
  sew_stream_timeline_clear (&timeline);
}

static void
test_jump (void)
{
  SewStreamTimeline timeline;

  sew_stream_timeline_init (&timeline);
  sew_stream_timeline_jump (&timeline, 0);
  sew_stream_timeline_advance (&timeline, 0, RATE);
  g_assert_false (sew_stream_timeline_continues (&timeline, GST_SECOND + 41 * GST_MSECOND));
  g_assert_false (sew_stream_timeline_continues (&timeline, GST_SECOND - 41 * GST_MSECOND));
  sew_stream_timeline_jump (&timeline, 10 * GST_SECOND);
  sew_stream_timeline_advance (&timeline, 10 * GST_SECOND, RATE);

  g_assert_cmpuint (sew_stream_timeline_get_pts (&timeline, RATE / 2), ==, GST_SECOND / 2);
  g_assert_cmpuint (sew_stream_timeline_get_pts (&timeline, RATE), ==, 10 * GST_SECOND);
  g_assert_cmpuint (sew_stream_timeline_get_end (&timeline), ==, 11 * GST_SECOND);

  sew_stream_timeline_forget (&timeline, RATE + 1);
  g_assert_cmpuint (timeline.marks->len, ==, 1);
  g_assert_cmpuint (sew_stream_timeline_get_pts (&timeline, RATE - 1600), ==,
                    10 * GST_SECOND - GST_SECOND / 10);
  sew_stream_timeline_unanchor (&timeline);
  g_assert_false (sew_stream_timeline_continues (&timeline, 11 * GST_SECOND));
  sew_stream_timeline_reset (&timeline);
  g_assert_cmpuint (timeline.n_samples, ==, 0);
  g_assert_cmpuint (sew_stream_timeline_get_end (&timeline), ==, GST_CLOCK_TIME_NONE);
  sew_stream_timeline_clear (&timeline);
}

/* A sound card that is 200 parts in a million fast or slow against the clock of the timestamps. */
static void
test_creep (void)
{
  for (int sign = -1; sign <= 1; sign += 2) {
    SewStreamTimeline timeline;
    sew_stream_timeline_init (&timeline);
    sew_stream_timeline_jump (&timeline, GST_SECOND);
    for (guint64 sample = 0; sample < G_GUINT64_CONSTANT (6) * 3600 * RATE; sample += 160) {
      GstClockTime exact = time_of (sample);
      GstClockTime pts = GST_SECOND + exact + sign * (GstClockTimeDiff) (exact / 5000);
      g_assert_true (sew_stream_timeline_continues (&timeline, pts));
      sew_stream_timeline_advance (&timeline, pts, 160);
      GstClockTimeDiff off = GST_CLOCK_DIFF (pts, sew_stream_timeline_get_pts (&timeline, sample));
      g_assert_cmpint (ABS (off), <, 10 * GST_MSECOND);
      sew_stream_timeline_forget (&timeline, sample);
    }
    g_assert_cmpuint (timeline.marks->len, <=, 2);
    sew_stream_timeline_clear (&timeline);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream-timeline/start", test_start);
  g_test_add_func ("/stream-timeline/days", test_days);
  g_test_add_func ("/stream-timeline/rounded", test_rounded);
  g_test_add_func ("/stream-timeline/jitter", test_jitter);
  g_test_add_func ("/stream-timeline/jump", test_jump);
  g_test_add_func ("/stream-timeline/creep", test_creep);
  return g_test_run ();
}
