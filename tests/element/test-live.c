/* SPDX-License-Identifier: MIT */
#include <gst/check/gstharness.h>

#include <string.h>

#include "checkpoint-fixture.h"
#include "element-run.h"
#include "tone-model.h"

#define AUDIO_CAPS "audio/x-raw, format=F32LE, layout=interleaved, rate=16000, channels=1"
#define CHUNK_SAMPLES 1600 /* 100 ms */
#define LATENCY (1500 * GST_MSECOND)

/* sewtranscriber with the model of tones behind a live source, on a clock that only the test moves.
 * What leaves it is written down as text, "HELLO@1000 " with milliseconds for a word. */
typedef struct {
  GstHarness *harness;
  GstBus *bus;
  GstClockTime pushed; /* the PTS of the next audio */

  GMutex lock;
  GCond changed;
  GString *words;          /* under the lock */
  GstClockTime said_up_to; /* under the lock: where buffers and GAPs have got to */
  GPtrArray *messages;     /* under the lock: all of them */
  gboolean holds;          /* under the lock: recognition stops at the next word */
  gboolean held;           /* under the lock: it does */
  gboolean ended;          /* under the lock: EOS has come out */
} Live;

static char *model_folder;

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

static void
take_buffer (Live *self, GstBuffer *buffer)
{
  GstMapInfo map;

  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, self->said_up_to);
  self->said_up_to += GST_BUFFER_DURATION (buffer);
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_string_append_printf (self->words, "%s%.*s@%" G_GUINT64_FORMAT " ",
                          GST_BUFFER_IS_DISCONT (buffer) ? "*" : "", (int) map.size,
                          (const char *) map.data, GST_BUFFER_PTS (buffer) / GST_MSECOND);
  gst_buffer_unmap (buffer, &map);
}

static GstPadProbeReturn
watch (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Live *self = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  GstClockTime pts, duration;

  g_mutex_lock (&self->lock);
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    take_buffer (self, GST_PAD_PROBE_INFO_BUFFER (info));
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
    gst_event_parse_gap (event, &pts, &duration);
    g_assert_cmpuint (pts, ==, self->said_up_to);
    self->said_up_to += duration;
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
    const GstSegment *segment;
    gst_event_parse_segment (event, &segment);
    self->said_up_to = segment->start;
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    self->ended = TRUE;
  }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

/* From whoever posts a message. A word's comes from the recognizing thread, which is kept busy here
 * as if its model were slow. */
static GstBusSyncReply
take_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Live *self = data;
  const GstStructure *content = gst_message_get_structure (message);
  gboolean has_words = content != NULL && gst_structure_has_name (content, "sew-transcript");

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->messages, message);
  self->held = has_words && self->holds;
  g_cond_broadcast (&self->changed);
  while (has_words && self->holds)
    g_cond_wait (&self->changed, &self->lock);
  self->held = FALSE;
  g_mutex_unlock (&self->lock);
  return GST_BUS_DROP;
}

static Live *
live_new (const char *properties)
{
  Live *self = g_new0 (Live, 1);
  g_autofree char *launch = g_strdup_printf ("sewtranscriber model-location=\"%s\" %s",
                                             model_folder, properties);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->words = g_string_new (NULL);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  self->bus = gst_bus_new ();
  gst_bus_set_sync_handler (self->bus, take_message, self, NULL);
  self->harness = gst_harness_new_parse (launch);
  g_autoptr (GstElement) element = gst_harness_find_element (self->harness, "sewtranscriber");
  gst_harness_use_testclock (self->harness);
  gst_element_set_bus (self->harness->element, self->bus);
  gst_pad_add_probe (self->harness->sinkpad,
                     GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch, self,
                     NULL);
  gst_harness_set_drop_buffers (self->harness, TRUE);
  gst_harness_set_src_caps_str (self->harness, AUDIO_CAPS);
  return self;
}

static void
live_free (Live *self)
{
  gst_element_set_bus (self->harness->element, NULL);
  gst_harness_teardown (self->harness);
  gst_bus_set_sync_handler (self->bus, NULL, NULL, NULL);
  gst_object_unref (self->bus);
  g_ptr_array_unref (self->messages);
  g_string_free (self->words, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static void
push (Live *self, const float *samples, gsize n_samples)
{
  for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
    gsize n = MIN (CHUNK_SAMPLES, n_samples - i);
    GstBuffer *buffer = gst_buffer_new_memdup (samples + i, n * sizeof (float));
    GST_BUFFER_PTS (buffer) = self->pushed + time_of (i);
    g_assert_cmpint (gst_harness_push (self->harness, buffer), ==, GST_FLOW_OK);
  }
  self->pushed += time_of (n_samples);
}

static void
say (Live *self, const char *text)
{
  gsize n_samples;
  g_autofree float *speech = tone_model_speak (text, &n_samples);

  push (self, speech, n_samples);
}

static void
be_silent (Live *self, guint seconds)
{
  g_autofree float *silence = g_new0 (float, SEW_SAMPLE_RATE_HZ);

  for (guint i = 0; i < seconds; i++)
    push (self, silence, SEW_SAMPLE_RATE_HZ);
}

/* Silence enough for all that was said before to come out, however slowly the encoder is run, and
 * not too much for the queue. */
#define LONG_SILENCE_S 6

static void
wait_until_said (Live *self, GstClockTime pts)
{
  g_mutex_lock (&self->lock);
  while (self->said_up_to < pts)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
wait_until_held (Live *self)
{
  g_mutex_lock (&self->lock);
  while (!self->held)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
set_holds (Live *self, gboolean holds)
{
  g_mutex_lock (&self->lock);
  self->holds = holds;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
finish (Live *self)
{
  gst_harness_push_event (self->harness, gst_event_new_eos ());
  g_mutex_lock (&self->lock);
  while (!self->ended)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* The clock comes to that time, with all the ticks on the way. */
static void
set_time (Live *self, GstClockTime time)
{
  GstTestClock *clock = gst_harness_get_testclock (self->harness);
  GstClockTime next;

  while ((next = gst_test_clock_get_next_entry_time (clock)) <= time)
    gst_test_clock_crank (clock);
  gst_test_clock_set_time (clock, time);
  gst_object_unref (clock);
}

static GstClockTime
query_latency (Live *self)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min;

  g_assert_true (gst_pad_peer_query (self->harness->sinkpad, query));
  gst_query_parse_latency (query, NULL, &min, NULL);
  return min;
}

static guint
count_messages (Live *self, GstMessageType type)
{
  guint n_messages = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++)
    n_messages += GST_MESSAGE_TYPE (self->messages->pdata[i]) == type;
  g_mutex_unlock (&self->lock);
  return n_messages;
}

/* Words come while the stream goes on, each in its place. */
static void
test_words (void)
{
  Live *live = live_new ("");

  live->pushed = 5 * GST_SECOND;
  say (live, "HELLO WORLD ");
  be_silent (live, LONG_SILENCE_S);
  wait_until_said (live, 7 * GST_SECOND);
  g_assert_cmpstr (live->words->str, ==, "*HELLO@5000 WORLD@5960 ");
  finish (live);
  live_free (live);
}

/* While nothing comes, the clock moves the text on: as far as the latency allows. */
static void
test_deadline (void)
{
  Live *live = live_new ("lateness=300");
  GstClockTime upstream = 100 * GST_MSECOND; /* ticks come every 100 ms */

  gst_harness_set_upstream_latency (live->harness, upstream);
  /* the latency of a source is asked for with each segment */
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 3 * GST_SECOND;
  gst_harness_push_event (live->harness, gst_event_new_segment (&segment));
  wait_until_said (live, segment.start);

  /* a running time of 0 is that of the segment's start, 300 ms later */
  GstClockTime allowed = LATENCY + upstream + 300 * GST_MSECOND;
  set_time (live, allowed);
  g_assert_cmpuint (live->said_up_to, ==, segment.start);
  for (guint i = 1; i <= 20; i++) {
    set_time (live, allowed + i * GST_SECOND);
    wait_until_said (live, segment.start + i * GST_SECOND);
    g_assert_cmpuint (live->said_up_to, ==, segment.start + i * GST_SECOND);
  }

  /* what is only said now is in its place */
  live->pushed = segment.start + 21 * GST_SECOND;
  say (live, "HELLO WORLD ");
  be_silent (live, LONG_SILENCE_S);
  wait_until_said (live, segment.start + 23 * GST_SECOND);
  g_assert_cmpstr (live->words->str, ==, "*HELLO@24000 WORLD@24960 ");
  finish (live);
  live_free (live);
}

/* Recognition is busy: the text goes on by the clock all the same, and what comes out late is put
 * where the text has got to. */
static void
test_busy (void)
{
  Live *live = live_new ("");

  set_holds (live, TRUE);
  say (live, "HELLO WORLD ");
  be_silent (live, LONG_SILENCE_S);
  wait_until_held (live);
  /* which may be more than was asked for, where the machine is that slow */
  set_time (live, 10 * GST_SECOND + query_latency (live));
  wait_until_said (live, 10 * GST_SECOND);
  g_assert_cmpstr (live->words->str, ==, "");
  set_holds (live, FALSE);
  finish (live);
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
    g_assert_cmpuint (duration, ==, time_of (dropped - before));
    g_assert_cmpuint (processed + dropped, <, self->pushed / GST_SECOND * SEW_SAMPLE_RATE_HZ);
  }
  g_mutex_unlock (&self->lock);
  return dropped;
}

/* Far too much audio: it is never made to wait, the bus hears of it once (and of each piece), and
 * what is said afterwards is heard. */
static void
test_overload (void)
{
  Live *live = live_new ("");

  set_holds (live, TRUE);
  say (live, "HELLO WORLD ");
  be_silent (live, LONG_SILENCE_S);
  wait_until_held (live);
  for (guint i = 0; i < 60; i++)
    say (live, "NOBODY HEARS ");
  g_assert_cmpuint (count_dropped_samples (live), >,
                    (live->pushed / GST_SECOND - 20) * SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (count_messages (live, GST_MESSAGE_WARNING), ==, 1);

  /* when there is time again */
  set_holds (live, FALSE);
  wait_until_said (live, live->pushed - LONG_SILENCE_S * GST_SECOND);
  live->pushed = 200 * GST_SECOND;
  say (live, "AT LAST ");
  finish (live);
  g_assert_true (g_str_has_prefix (live->words->str, "*HELLO@0 "));
  g_assert_true (g_str_has_suffix (live->words->str, "*AT@200000 LAST@200480 "));
  g_assert_cmpuint (count_messages (live, GST_MESSAGE_WARNING), ==, 1);
  live_free (live);
}

/* The answer is what was asked for, until words turn out to need longer. */
static void
test_latency (void)
{
  Live *live = live_new ("");
  g_assert_cmpuint (query_latency (live), ==, LATENCY);
  say (live, "HELLO WORLD ");
  finish (live);
  live_free (live);

  live = live_new ("latency=0");
  gst_harness_set_upstream_latency (live->harness, 30 * GST_MSECOND);
  g_assert_cmpuint (query_latency (live), ==, 30 * GST_MSECOND);
  say (live, "HELLO WORLD ");
  be_silent (live, 7);
  say (live, "HELLO WORLD ");
  finish (live);
  g_assert_cmpuint (query_latency (live), >, 100 * GST_MSECOND);
  g_assert_cmpuint (count_messages (live, GST_MESSAGE_LATENCY), >, 0);
  live_free (live);
}

static GPtrArray *
list_texts (Live *self, const char *name)
{
  GPtrArray *texts = g_ptr_array_new ();

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++) {
    const GstStructure *content = gst_message_get_structure (self->messages->pdata[i]);
    if (content != NULL && gst_structure_has_name (content, name))
      g_ptr_array_add (texts, (gpointer) gst_structure_get_string (content, "text"));
  }
  g_mutex_unlock (&self->lock);
  return texts;
}

/* Words that are not final are on the bus before they are on the pad, if wanted. */
static void
test_partial (void)
{
  for (guint wanted = 0; wanted <= 1; wanted++) {
    Live *live = live_new (wanted ? "partial-results=true" : "");

    say (live, "HELLO WORLD THIS IS A TEST ");
    finish (live);
    g_autoptr (GPtrArray) finals = list_texts (live, "sew-transcript");
    g_autoptr (GPtrArray) partials = list_texts (live, "sew-partial-transcript");
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
    Live *live = live_new ("");
    GstSegment segment;
    gst_segment_init (&segment, GST_FORMAT_TIME);
    segment.start = segment.time = cases[i].start;
    segment.base = cases[i].base;
    segment.rate = cases[i].rate;
    gst_harness_push_event (live->harness, gst_event_new_segment (&segment));
    live->pushed = cases[i].start;
    say (live, "HELLO WORLD ");
    finish (live);
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
  Live *live = live_new ("");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.rate = -1.0;
  segment.stop = 20 * GST_SECOND;
  segment.position = segment.stop;
  gst_harness_push_event (live->harness, gst_event_new_segment (&segment));
  for (guint i = 10; i > 5; i--) {
    live->pushed = i * GST_SECOND;
    say (live, "HELLO ");
  }
  set_time (live, 5 * GST_SECOND);
  finish (live);
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
  g_test_add_func ("/live/busy", test_busy);
  g_test_add_func ("/live/overload", test_overload);
  g_test_add_func ("/live/latency", test_latency);
  g_test_add_func ("/live/partial", test_partial);
  g_test_add_func ("/live/segments", test_segments);
  g_test_add_func ("/live/reverse", test_reverse);
  int result = g_test_run ();
  fixture_remove_folder (model_folder);
  return result;
}
