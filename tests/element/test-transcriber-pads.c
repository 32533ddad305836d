/* SPDX-License-Identifier: MIT */
#include <gst/check/gstharness.h>

#include "element-run.h"

#define CLIP_SAMPLES 48000 /* 3 s */
#define AUDIO_CAPS "audio/x-raw, format=F32LE, layout=interleaved, rate=16000, channels=1"
/* GstHarness is live upstream; this is the element's default. */
#define LATENCY_SAMPLES (1500 * (SEW_SAMPLE_RATE_HZ / 1000))

static GstHarness *
new_harness (void)
{
  GstHarness *harness = gst_harness_new ("sewtranscriber");

  g_object_set (harness->element, "model-location", g_getenv ("SEW_TEST_MODEL"), NULL);
  gst_harness_set_src_caps_str (harness, AUDIO_CAPS);
  return harness;
}

static GstBuffer *
new_buffer (GstClockTime pts, const float *samples, gsize n_samples)
{
  gsize size = n_samples * sizeof (float);
  GstBuffer *buffer = gst_buffer_new_wrapped (g_memdup2 (samples, size), size);

  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

static char *
get_text (GstBuffer *buffer)
{
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  char *text = g_strndup ((const char *) map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return text;
}

/* Waits for EOS to come out; what came before is in the harness's queue. */
static void
wait_for_eos (GstHarness *harness)
{
  GstEvent *event;

  while ((event = gst_harness_pull_event (harness)) != NULL) {
    gboolean eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
    if (eos)
      return;
  }
  g_assert_not_reached ();
}

static void
assert_buffers (GstHarness *harness, GPtrArray *expected, GstClockTime start)
{
  g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, expected->len);
  for (guint i = 0; i < expected->len; i++) {
    const RunWord *word = expected->pdata[i];
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    g_autofree char *text = get_text (buffer);
    g_assert_cmpstr (text, ==, word->text);
    g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==,
                      start + gst_util_uint64_scale (word->pts, GST_SECOND, SEW_SAMPLE_RATE_HZ));
    g_assert_cmpint (GST_BUFFER_IS_DISCONT (buffer), ==, i == 0);
  }
}

/* The words come out; the tags of the audio stay behind. */
static void
test_live (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, LATENCY_SAMPLES);
  GstHarness *harness = new_harness ();

  gst_harness_push_event (harness,
                          gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "tune", NULL)));
  for (gsize i = 0; i < CLIP_SAMPLES; i += 320)
    gst_harness_push (harness, new_buffer (i * 62500, speech + i, 320));
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  assert_buffers (harness, expected, 0);
  g_assert_null (gst_pad_get_sticky_event (harness->sinkpad, GST_EVENT_TAG, 0));
  gst_harness_teardown (harness);
}

/* As transcriberbin does it: outside of any bin, a live source that is not running upstream, no
 * model anywhere. */
static void
test_latency_query (void)
{
  g_autoptr (GstElement) source = gst_element_factory_make ("fakesrc", NULL);
  g_autoptr (GstElement) element = gst_element_factory_make ("sewtranscriber", NULL);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min;
  GstClockTime max;
  gboolean live;

  gst_object_ref_sink (source);
  gst_object_ref_sink (element);
  g_object_set (source, "is-live", TRUE, NULL);
  g_object_set (element, "model-location", "/no/such/folder", "latency", 2000, NULL);
  g_assert_true (gst_element_link (source, element));
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==, GST_STATE_CHANGE_SUCCESS);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");
  g_assert_true (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &live, &min, &max);
  g_assert_true (live);
  g_assert_cmpuint (min, ==, 2 * GST_SECOND);
  gst_element_set_state (element, GST_STATE_NULL);

  g_object_set (source, "is-live", FALSE, NULL);
  gst_element_set_state (element, GST_STATE_PAUSED);
  g_assert_true (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &live, &min, &max);
  g_assert_false (live);
  g_assert_cmpuint (min, ==, 0);
  gst_element_set_state (element, GST_STATE_NULL);
}

static void
flush (GstHarness *harness)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (gst_harness_push_event (harness, gst_event_new_flush_start ()));
  g_assert_true (gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE)));
  g_assert_true (gst_harness_push_event (harness, gst_event_new_segment (&segment)));
}

static void
drop_buffers (GstHarness *harness)
{
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (harness)) != NULL)
    gst_buffer_unref (buffer);
}

/* At whatever moment the flush comes, what follows it is as if nothing had been before. */
static void
test_flush (void)
{
  const gulong moments_us[] = { 0, 100, 1000, 10000, 100000 };
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autofree float *other = make_speech (CLIP_SAMPLES, 2);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, LATENCY_SAMPLES);
  GstHarness *harness = new_harness ();

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (moments_us); i++) {
    gst_harness_push (harness, new_buffer (0, other, CLIP_SAMPLES));
    g_usleep (moments_us[i / 2]);
    flush (harness);
    drop_buffers (harness);
    gst_harness_push (harness, new_buffer (i * GST_SECOND, speech, CLIP_SAMPLES));
    gst_harness_push_event (harness, gst_event_new_eos ());
    wait_for_eos (harness);
    assert_buffers (harness, expected, i * GST_SECOND);
    flush (harness);
  }
  gst_harness_teardown (harness);
}

/* A flush that overtakes the first events must not swallow them. */
static void
test_flush_at_start (void)
{
  for (int i = 0; i < 20; i++) {
    GstHarness *harness = new_harness ();
    const float silence[400] = { 0.0f };

    flush (harness);
    gst_harness_push (harness, new_buffer (0, silence, G_N_ELEMENTS (silence)));
    gst_harness_push_event (harness, gst_event_new_eos ());
    wait_for_eos (harness);
    g_autoptr (GstEvent) start = gst_pad_get_sticky_event (harness->sinkpad, GST_EVENT_STREAM_START,
                                                           0);
    g_autoptr (GstEvent) caps = gst_pad_get_sticky_event (harness->sinkpad, GST_EVENT_CAPS, 0);
    g_assert_nonnull (start);
    g_assert_nonnull (caps);
    gst_harness_teardown (harness);
  }
}

/* GAP events: a short one is silence, a long one ends what was said. */
static void
test_gaps (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, LATENCY_SAMPLES);
  GstHarness *harness = new_harness ();
  const GstClockTime second = 5 * GST_SECOND;

  gst_harness_push (harness, new_buffer (0, speech, CLIP_SAMPLES));
  gst_harness_push_event (harness, gst_event_new_gap (3 * GST_SECOND, 2 * GST_SECOND));
  gst_harness_push (harness, new_buffer (GST_CLOCK_TIME_NONE, speech, CLIP_SAMPLES));
  gst_harness_push_event (harness, gst_event_new_gap (8 * GST_SECOND, 20 * GST_MSECOND));
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, 2 * expected->len);
  for (guint i = 0; i < 2 * expected->len; i++) {
    const RunWord *word = expected->pdata[i % expected->len];
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==,
                      (i < expected->len ? 0 : second)
                          + gst_util_uint64_scale (word->pts, GST_SECOND, SEW_SAMPLE_RATE_HZ));
    g_assert_cmpint (GST_BUFFER_IS_DISCONT (buffer), ==, i % expected->len == 0);
  }
  gst_harness_teardown (harness);
}

/* Audio outside of the segment is not heard. */
static void
test_clip (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech + 8000, CLIP_SAMPLES - 16000, LATENCY_SAMPLES);
  GstHarness *harness = new_harness ();
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 500 * GST_MSECOND;
  segment.stop = 2500 * GST_MSECOND;
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  gst_harness_push (harness, new_buffer (0, speech, CLIP_SAMPLES));
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  assert_buffers (harness, expected, 500 * GST_MSECOND);
  gst_harness_teardown (harness);
}

static void
test_bytes_segment (void)
{
  GstHarness *harness = new_harness ();
  g_autoptr (GstBus) bus = gst_bus_new ();
  const float silence[400] = { 0.0f };
  GstSegment segment;

  gst_element_set_bus (harness->element, bus);
  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  g_assert_cmpint (gst_harness_push (harness, new_buffer (0, silence, G_N_ELEMENTS (silence))), ==,
                   GST_FLOW_ERROR);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_autoptr (GError) error = NULL;
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR));
  gst_element_set_bus (harness->element, NULL);
  gst_harness_teardown (harness);
}

/* The words are on the buffer, and stay on a copy of it. */
static void
test_meta (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  GstHarness *harness = new_harness ();

  gst_harness_push (harness, new_buffer (GST_SECOND, speech, CLIP_SAMPLES));
  gst_harness_push_event (harness, gst_event_new_eos ());
  g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
  g_autoptr (GstBuffer) copy = gst_buffer_copy_deep (buffer);
  GstCustomMeta *meta = gst_buffer_get_custom_meta (copy, "SewTranscriptMeta");
  g_assert_nonnull (meta);

  const GstStructure *content = gst_custom_meta_get_structure (meta);
  const GValue *words = gst_structure_get_value (content, "words");
  const GstStructure *word = gst_value_get_structure (gst_value_array_get_value (words, 0));
  g_autofree char *text = get_text (buffer);
  guint64 start;
  guint64 duration;
  g_assert_cmpuint (gst_value_array_get_size (words), ==, 1);
  g_assert_cmpstr (gst_structure_get_string (content, "text"), ==, text);
  g_assert_cmpstr (gst_structure_get_string (word, "text"), ==, text);
  g_assert_true (gst_structure_get (word, "start", G_TYPE_UINT64, &start, "duration", G_TYPE_UINT64,
                                    &duration, NULL));
  g_assert_cmpuint (start, ==, GST_BUFFER_PTS (buffer));
  g_assert_cmpuint (duration, ==, GST_BUFFER_DURATION (buffer));
  g_assert_true (gst_structure_has_field_typed (content, "utterance", G_TYPE_UINT64));
  g_assert_true (gst_structure_has_field_typed (content, "end", G_TYPE_STRING));
  gst_harness_teardown (harness);
}

static void
test_markup (void)
{
  GstHarness *harness = gst_harness_new ("sewtranscriber");
  const float silence[400] = { 0.0f };

  g_object_set (harness->element, "model-location", g_getenv ("SEW_TEST_MODEL"), NULL);
  gst_harness_set_caps_str (harness, AUDIO_CAPS, "text/x-raw, format=pango-markup");
  gst_harness_push (harness, new_buffer (0, silence, G_N_ELEMENTS (silence)));
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  g_autofree char *text = gst_caps_to_string (caps);
  g_assert_cmpstr (text, ==, "text/x-raw, format=(string)pango-markup");
  gst_harness_teardown (harness);
}

/* Nobody takes the text: the streaming thread hears of it, and is not blocked. Once somebody does,
 * all text comes. */
static void
test_not_linked (void)
{
  GstHarness *harness = gst_harness_new_with_padnames ("sewtranscriber", "sink", NULL);
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, LATENCY_SAMPLES);
  GstFlowReturn flow = GST_FLOW_OK;
  GstClockTime pts = 0;

  g_object_set (harness->element, "model-location", g_getenv ("SEW_TEST_MODEL"), NULL);
  gst_harness_set_src_caps_str (harness, AUDIO_CAPS);
  gst_element_set_state (harness->element, GST_STATE_PLAYING);
  for (; flow == GST_FLOW_OK; pts += 10 * GST_SECOND) {
    flow = gst_harness_push (harness, new_buffer (pts, speech, CLIP_SAMPLES));
    g_thread_yield ();
  }
  g_assert_cmpint (flow, ==, GST_FLOW_NOT_LINKED);
  flow = gst_harness_push (harness, new_buffer (pts, speech, CLIP_SAMPLES));
  g_assert_cmpint (flow, ==, GST_FLOW_NOT_LINKED);

  g_autoptr (GstPad) srcpad = gst_element_get_static_pad (harness->element, "src");
  gst_harness_add_element_src_pad (harness, srcpad);
  pts += 1000 * GST_SECOND;
  flow = gst_harness_push (harness, new_buffer (pts, speech, CLIP_SAMPLES));
  g_assert_cmpint (flow, ==, GST_FLOW_OK);
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  /* What came from the clips before was on its way, or not. */
  while (gst_harness_buffers_in_queue (harness) > expected->len)
    gst_buffer_unref (gst_harness_pull (harness));
  g_assert_true (gst_pad_has_current_caps (harness->sinkpad));
  assert_buffers (harness, expected, pts);
  gst_harness_teardown (harness);
}

/* The end of a flush that comes when the element is being stopped starts nothing. */
static void
test_flush_while_stopping (void)
{
  GstHarness *harness = new_harness ();
  g_autoptr (GstPad) srcpad = gst_element_get_static_pad (harness->element, "src");

  g_assert_cmpint (gst_pad_get_task_state (srcpad), ==, GST_TASK_STARTED);
  g_assert_true (gst_pad_set_active (srcpad, FALSE));
  gst_harness_push_event (harness, gst_event_new_flush_start ());
  gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
  g_assert_cmpint (gst_pad_get_task_state (srcpad), ==, GST_TASK_STOPPED);
  gst_harness_teardown (harness);
}

int
main (int argc, char **argv)
{
  element_test_init (&argc, &argv);
  g_test_add_func ("/transcriber-pads/live", test_live);
  g_test_add_func ("/transcriber-pads/latency-query", test_latency_query);
  g_test_add_func ("/transcriber-pads/flush", test_flush);
  g_test_add_func ("/transcriber-pads/flush-at-start", test_flush_at_start);
  g_test_add_func ("/transcriber-pads/flush-while-stopping", test_flush_while_stopping);
  g_test_add_func ("/transcriber-pads/gaps", test_gaps);
  g_test_add_func ("/transcriber-pads/clip", test_clip);
  g_test_add_func ("/transcriber-pads/bytes-segment", test_bytes_segment);
  g_test_add_func ("/transcriber-pads/meta", test_meta);
  g_test_add_func ("/transcriber-pads/markup", test_markup);
  g_test_add_func ("/transcriber-pads/not-linked", test_not_linked);
  return g_test_run ();
}
