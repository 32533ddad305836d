/* SPDX-License-Identifier: MIT */
#include <gst/check/gstharness.h>
#include <string.h>

#include "caption-track.h"

typedef struct {
  SewCaptionTrack *track;
  GstHarness *harness;
} Setup;

static void
set_up (Setup *self, gboolean rolling)
{
  const SewCaptionStyle style = {
    .rolling = rolling,
    .max_lines = 2,
    .line_length = 10,
    .min_duration = GST_SECOND,
    .max_duration = 3 * GST_SECOND,
    .reading_speed = 5,
  };

  self->track = gst_object_ref_sink (sew_caption_track_new ());
  sew_caption_track_set_style (self->track, &style);
  self->harness = gst_harness_new_with_element (GST_ELEMENT (self->track), "sink", NULL);
  sew_progress_resume (sew_caption_track_get_progress (self->track));
  gst_harness_set_src_caps_str (self->harness, "text/x-raw, format=utf8");
}

static void
tear_down (Setup *self)
{
  gst_harness_teardown (self->harness);
  gst_object_unref (self->track);
}

static void
push (Setup *self, const char *text, guint start_ms, guint duration_ms)
{
  GstBuffer *buffer = gst_buffer_new_wrapped (g_strdup (text), strlen (text));

  GST_BUFFER_PTS (buffer) = start_ms * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = duration_ms * GST_MSECOND;
  g_assert_cmpint (gst_harness_push (self->harness, buffer), ==, GST_FLOW_OK);
}

static void
push_utterance_end (Setup *self)
{
  gst_harness_push_event (
      self->harness,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
                            gst_structure_new_empty ("rstranscribe/final-transcript")));
}

static void
assert_seen (Setup *self, guint time_ms, const char *expected)
{
  g_autofree char *text = sew_caption_track_read (self->track, time_ms * GST_MSECOND);

  g_assert_cmpstr (text, ==, expected);
}

/* Words appear when they are said, stay as long as it takes to read them, and go. */
static void
test_rolling (void)
{
  Setup setup;

  set_up (&setup, TRUE);
  push (&setup, "one", 1000, 200);
  push (&setup, "two", 1500, 200);
  push (&setup, "three", 2000, 500);
  push_utterance_end (&setup);
  push (&setup, "four", 4000, 500);
  push (&setup, "five", 9000, 500);
  assert_seen (&setup, 999, "");
  assert_seen (&setup, 1000, "one");
  assert_seen (&setup, 1499, "one");
  assert_seen (&setup, 1600, "one two");
  assert_seen (&setup, 2000, "one two\nthree");
  assert_seen (&setup, 3999, "one two\nthree");
  assert_seen (&setup, 4000, "three\nfour");
  /* 10 characters, at 5 a second, from the end of the last word on */
  assert_seen (&setup, 6499, "three\nfour");
  assert_seen (&setup, 6500, "");
  assert_seen (&setup, 9000, "five");
  /* a late word is there from when it is known */
  push (&setup, "six", 9500, 100);
  assert_seen (&setup, 20000, "six");
  assert_seen (&setup, 20999, "six");
  assert_seen (&setup, 21000, "");
  tear_down (&setup);
}

/* Each by itself and for its time. */
static void
test_cues (void)
{
  Setup setup;

  set_up (&setup, FALSE);
  push (&setup, "one\ntwo", 1000, 2000);
  push (&setup, "three", 3500, 1000);
  assert_seen (&setup, 999, "");
  assert_seen (&setup, 1000, "one\ntwo");
  assert_seen (&setup, 2999, "one\ntwo");
  assert_seen (&setup, 3000, "");
  assert_seen (&setup, 3600, "three");
  push (&setup, "late", 3600, 500);
  assert_seen (&setup, 5000, "late");
  assert_seen (&setup, 5499, "late");
  assert_seen (&setup, 5500, "");
  tear_down (&setup);
}

/* Buffers, GAPs and the end say how far the text has got; a flush forgets. */
static void
test_progress (void)
{
  Setup setup;

  set_up (&setup, TRUE);
  SewProgress *progress = sew_caption_track_get_progress (setup.track);
  push (&setup, "one", 1000, 200);
  g_assert_true (sew_progress_wait_until (progress, 1200 * GST_MSECOND, GST_CLOCK_TIME_NONE));
  gst_harness_push_event (setup.harness, gst_event_new_gap (1200 * GST_MSECOND, GST_SECOND));
  g_assert_true (sew_progress_wait_until (progress, 2200 * GST_MSECOND, GST_CLOCK_TIME_NONE));
  gst_harness_push_event (setup.harness, gst_event_new_eos ());
  g_assert_true (sew_progress_wait_for_finish (progress));

  gst_harness_push_event (setup.harness, gst_event_new_flush_start ());
  gst_harness_push_event (setup.harness, gst_event_new_flush_stop (TRUE));
  assert_seen (&setup, 5000, "");
  sew_progress_interrupt (progress);
  g_assert_false (sew_progress_wait_until (progress, 1, GST_CLOCK_TIME_NONE));
  tear_down (&setup);
}

/* Nobody reads: what is kept is bounded. */
static void
test_unread (void)
{
  Setup setup;

  set_up (&setup, FALSE);
  for (guint i = 0; i < 10000; i++)
    push (&setup, i == 0 ? "first" : "other", i * 1000, 1000);
  assert_seen (&setup, 500, "");
  tear_down (&setup);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caption-track/rolling", test_rolling);
  g_test_add_func ("/caption-track/cues", test_cues);
  g_test_add_func ("/caption-track/progress", test_progress);
  g_test_add_func ("/caption-track/unread", test_unread);
  return g_test_run ();
}
