/* SPDX-License-Identifier: MIT */
#include "live-harness.h"

#include <string.h>

#include <sew/sew.h>

#include "checkpoint-fixture.h"
#include "element-run.h"
#include "tone-model.h"

#define LATENCY (1500 * GST_MSECOND)
/* Two ticks, so that text is there before it is waited for, and still at the next tick. */
#define AHEAD (40 * GST_MSECOND)

static char *model_folder;

/* Words come while the stream goes on, each in its place. */
static void
test_words (void)
{
  Live *live = live_new (model_folder, "");

  live->pushed = 5 * GST_SECOND;
  live_say (live, "HELLO WORLD ");
  live_be_silent (live, LONG_SILENCE_S);
  live_wait_until_said (live, 7 * GST_SECOND);
  g_assert_cmpstr (live->words->str, ==, "*HELLO@5000 WORLD@5960 ");
  live_finish (live);
  live_free (live);
}

/* While nothing comes, the clock moves the text on: as far as the latency allows. */
static void
test_deadline (void)
{
  Live *live = live_new (model_folder, "lateness=300");
  GstClockTime upstream = 100 * GST_MSECOND; /* times are multiples of a tick */
  GstClockTime start = 3 * GST_SECOND;

  live_begin_at (live, start, upstream);
  /* a running time of 0 is that of the segment's start, 300 ms later */
  GstClockTime allowed = LATENCY + upstream + 300 * GST_MSECOND;
  live_set_time (live, allowed - AHEAD);
  g_assert_cmpuint (live->said_up_to, ==, start);
  for (guint i = 1; i <= 20; i++) {
    live_set_time (live, allowed + i * GST_SECOND);
    live_wait_until_said (live, start + i * GST_SECOND + AHEAD);
    g_assert_cmpuint (live->said_up_to, ==, start + i * GST_SECOND + AHEAD);
  }

  /* what is only said now is in its place */
  live->pushed = start + 21 * GST_SECOND;
  live_say (live, "HELLO WORLD ");
  live_be_silent (live, LONG_SILENCE_S);
  live_wait_until_said (live, start + 23 * GST_SECOND);
  g_assert_cmpstr (live->words->str, ==, "*HELLO@24000 WORLD@24960 ");
  live_finish (live);
  live_free (live);
}

/* A word that is longer than the latency can't be told when it begins. It comes where the text has
 * got to by then, its true place is told beside it, and the delay is what it was. */
static void
test_long_word (void)
{
  Live *live = live_new (model_folder, "");
  GstClockTime upstream = 100 * GST_MSECOND;
  guint delay_ms;

  live_begin_at (live, GST_SECOND, upstream);
  live_say (live, "EXTRAORDINARY ");
  GstClockTime said = live->pushed;
  live_set_time (live, said - GST_SECOND + upstream);
  GstClockTime reached = said + AHEAD + upstream - live_query_latency (live);
  live_wait_until_said (live, reached);
  live_be_silent (live, 3);
  live_finish (live);
  g_assert_true (g_str_has_prefix (live->words->str, "*EXTRAORDINARY@"));
  guint64 pts_ms = g_ascii_strtoull (strchr (live->words->str, '@') + 1, NULL, 10);
  g_assert_cmpuint (pts_ms, >=, reached / GST_MSECOND);
  g_assert_cmpuint (pts_ms, <, said / GST_MSECOND);
  g_assert_cmpuint (live_find_start (live, "EXTRAORDINARY"), ==, GST_SECOND);
  g_autoptr (GstElement) element = gst_harness_find_element (live->harness, "sewtranscriber");
  g_object_get (element, "max-observed-delay", &delay_ms, NULL);
  g_assert_cmpuint (delay_ms, ==, (said - GST_SECOND) / GST_MSECOND);
  live_free (live);
}

/* Recognition is busy: the text goes on by the clock all the same, and what comes out late is put
 * where the text has got to. */
static void
test_busy (void)
{
  Live *live = live_new (model_folder, "");

  live_set_holds (live, TRUE);
  live_say (live, "HELLO WORLD ");
  live_be_silent (live, LONG_SILENCE_S);
  live_wait_until_held (live);
  /* which may be more than was asked for, where the machine is that slow */
  live_set_time (live, 10 * GST_SECOND + live_query_latency (live) - AHEAD);
  live_wait_until_said (live, 10 * GST_SECOND);
  g_assert_cmpstr (live->words->str, ==, "");
  live_set_holds (live, FALSE);
  live_finish (live);
  g_assert_cmpstr (live->words->str, ==, "*HELLO@10000 WORLD@10720 ");
  live_free (live);
}

static guint64
count_dropped_samples (Live *self)
{
  guint64 dropped = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++) {
    GstMessage *message = self->messages->pdata[i];
    GstFormat format;
    gboolean is_live;
    guint64 timestamp, duration, processed, before = dropped;
    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_QOS)
      continue;
    gst_message_parse_qos (message, &is_live, NULL, NULL, &timestamp, &duration);
    gst_message_parse_qos_stats (message, &format, &processed, &dropped);
    g_assert_true (is_live);
    g_assert_cmpint (format, ==, GST_FORMAT_DEFAULT);
    g_assert_cmpuint (timestamp, >, GST_SECOND);
    g_assert_cmpuint (duration, >=, 8 * GST_SECOND);
    g_assert_cmpuint (duration, ==, live_time_of (dropped - before));
    g_assert_cmpuint (processed + dropped, <, self->pushed / GST_SECOND * SEW_SAMPLE_RATE_HZ);
  }
  g_mutex_unlock (&self->lock);
  return dropped;
}

/* There was one, and that is how it begins. */
static void
assert_warning (Live *self, const char *beginning)
{
  guint n_warnings = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++) {
    GstMessage *message = self->messages->pdata[i];
    g_autoptr (GError) error = NULL;
    if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING)
      continue;
    gst_message_parse_warning (message, &error, NULL);
    g_assert_true (g_str_has_prefix (error->message, beginning));
    n_warnings++;
  }
  g_mutex_unlock (&self->lock);
  g_assert_cmpuint (n_warnings, ==, 1);
}

/* Far too much audio: it is never made to wait, the bus hears of it once (and of each piece), and
 * what is said afterwards is heard. */
static void
test_overload (void)
{
  Live *live = live_new (model_folder, "");

  live_set_holds (live, TRUE);
  live_say (live, "HELLO WORLD ");
  live_be_silent (live, LONG_SILENCE_S);
  live_wait_until_held (live);
  for (guint i = 0; i < 60; i++)
    live_say (live, "NOBODY HEARS ");
  g_assert_cmpuint (count_dropped_samples (live), >,
                    (live->pushed / GST_SECOND - 30) * SEW_SAMPLE_RATE_HZ);
  assert_warning (live, "Recognition can't keep up");

  /* when there is time again */
  live_set_holds (live, FALSE);
  live_wait_until_said (live, live->pushed - LONG_SILENCE_S * GST_SECOND);
  live->pushed = 200 * GST_SECOND;
  live_say (live, "AT LAST ");
  live_finish (live);
  g_assert_true (g_str_has_prefix (live->words->str, "*HELLO@0 "));
  g_assert_true (g_str_has_suffix (live->words->str, "*AT@200000 LAST@200480 "));
  assert_warning (live, "Recognition can't keep up");
  live_free (live);
}

/* A model that takes long to be loaded: text goes on by the clock meanwhile, and nothing of the
 * audio is lost. */
static void
test_loading (void)
{
  Live *live = live_new_loading (model_folder, "");

  live_begin_at (live, GST_SECOND, 0);
  live_say (live, "HELLO WORLD ");
  live_be_silent (live, 12);
  live_wait_until_held (live);
  live_set_time (live, 2 * GST_SECOND + LATENCY - AHEAD);
  live_wait_until_said (live, 3 * GST_SECOND);
  live_say (live, "AT LAST ");
  live_set_holds (live, FALSE);
  live_finish (live);
  g_assert_cmpstr (live->words->str, ==, "*HELLO@3000 WORLD@3720 AT@14920 LAST@15400 ");
  g_assert_cmpuint (live_count_messages (live, GST_MESSAGE_WARNING), ==, 0);
  live_free (live);
}

/* One that takes far too long: some of the audio is skipped, of which the bus hears once. */
static void
test_loading_forever (void)
{
  Live *live = live_new_loading (model_folder, "");

  live->pushed = 5 * GST_SECOND;
  live_say (live, "NOBODY HEARS ");
  live_be_silent (live, 50);
  live_say (live, "AT LAST ");
  g_assert_cmpuint (count_dropped_samples (live), >=, 40 * SEW_SAMPLE_RATE_HZ);
  assert_warning (live, "The model is not loaded yet");
  live_set_holds (live, FALSE);
  live_finish (live);
  g_assert_cmpstr (live->words->str, ==, "*AT@57080 LAST@57560 ");
  live_free (live);
}

/* The answer is what was asked for, until words turn out to need longer. */
static void
test_latency (void)
{
  Live *live = live_new (model_folder, "");
  g_assert_cmpuint (live_query_latency (live), ==, LATENCY);
  live_say (live, "HELLO WORLD ");
  live_finish (live);
  live_free (live);

  live = live_new (model_folder, "latency=0");
  gst_harness_set_upstream_latency (live->harness, 30 * GST_MSECOND);
  g_assert_cmpuint (live_query_latency (live), ==, 30 * GST_MSECOND);
  live_say (live, "HELLO WORLD ");
  live_be_silent (live, 7);
  live_say (live, "HELLO WORLD ");
  live_finish (live);
  g_assert_cmpuint (live_query_latency (live), >, 100 * GST_MSECOND);
  g_assert_cmpuint (live_count_messages (live, GST_MESSAGE_LATENCY), >, 0);
  live_free (live);
}

/* Words that are not final are on the bus before they are on the pad, if wanted. */
static void
test_partial (void)
{
  for (guint wanted = 0; wanted <= 1; wanted++) {
    Live *live = live_new (model_folder, wanted ? "partial-results=true" : "");

    live_say (live, "HELLO WORLD THIS IS A TEST ");
    live_finish (live);
    g_autoptr (GPtrArray) finals = live_list_texts (live, "sew-transcript");
    g_autoptr (GPtrArray) partials = live_list_texts (live, "sew-partial-transcript");
    g_assert_cmpuint (finals->len, ==, 6);
    g_assert_cmpint (partials->len > 3, ==, wanted);
    for (guint i = 0; i < partials->len; i++)
      g_assert_nonnull (strstr ("HELLO WORLD THIS IS A TEST ", partials->pdata[i]));
    if (wanted) /* all has become final */
      g_assert_cmpstr (partials->pdata[partials->len - 1], ==, "");
    live_free (live);
  }
}

/* Far in the future, at another rate, on a base time: the place of a word is that of its sound. */
static void
test_segments (void)
{
  static const struct {
    GstClockTime start, base;
    double rate;
  } cases[] = {
    { 0, 0, 2.0 },
    { 7 * GST_SECOND, 3 * GST_SECOND, 0.5 },
    { G_GUINT64_CONSTANT (1) << 62, G_GUINT64_CONSTANT (1) << 40, 1.0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Live *live = live_new (model_folder, "");
    GstSegment segment;
    gst_segment_init (&segment, GST_FORMAT_TIME);
    segment.start = segment.time = cases[i].start;
    segment.base = cases[i].base;
    segment.rate = cases[i].rate;
    gst_harness_push_event (live->harness, gst_event_new_segment (&segment));
    live->pushed = cases[i].start;
    live_say (live, "HELLO WORLD ");
    live_finish (live);
    GstClockTime start_ms = cases[i].start / GST_MSECOND;
    GstClockTime second_ms = (cases[i].start + 960 * GST_MSECOND) / GST_MSECOND;
    g_autofree char *expected = g_strdup_printf (
        "*HELLO@%" G_GUINT64_FORMAT " WORLD@%" G_GUINT64_FORMAT " ", start_ms, second_ms);
    g_assert_cmpstr (live->words->str, ==, expected);
    live_free (live);
  }
}

/* Backwards, nothing can be understood; but nothing gets stuck. */
static void
test_reverse (void)
{
  Live *live = live_new (model_folder, "");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  segment.stop = 20 * GST_SECOND;
  segment.position = segment.stop;
  gst_harness_push_event (live->harness, gst_event_new_segment (&segment));
  for (guint i = 10; i > 5; i--) {
    live->pushed = i * GST_SECOND;
    live_say (live, "HELLO ");
  }
  live_set_time (live, 5 * GST_SECOND);
  live_finish (live);
  g_assert_cmpstr (live->words->str, ==, "");
  live_free (live);
}

int
main (int argc, char **argv)
{
  element_test_init (&argc, &argv);
  model_folder = tone_model_new_folder (40);
  g_test_add_func ("/live/words", test_words);
  g_test_add_func ("/live/deadline", test_deadline);
  g_test_add_func ("/live/long-word", test_long_word);
  g_test_add_func ("/live/busy", test_busy);
  g_test_add_func ("/live/overload", test_overload);
  g_test_add_func ("/live/loading", test_loading);
  g_test_add_func ("/live/loading-forever", test_loading_forever);
  g_test_add_func ("/live/latency", test_latency);
  g_test_add_func ("/live/partial", test_partial);
  g_test_add_func ("/live/segments", test_segments);
  g_test_add_func ("/live/reverse", test_reverse);
  int result = g_test_run ();
  fixture_remove_folder (model_folder);
  return result;
}
