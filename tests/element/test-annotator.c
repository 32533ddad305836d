/* SPDX-License-Identifier: MIT */
#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <math.h>

#include "element-run.h"

#define CLIP_SAMPLES 48000 /* 3 s */
/* With which what is held is recognized, in samples. */
#define HOLDING_LATENCY (6 * SEW_SAMPLE_RATE_HZ)
#define SPEECH_CAPS "audio/x-raw, format=F32LE, layout=interleaved, rate=16000, channels=1"

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

/* Not live. */
static GstHarness *
new_harness_with_model (gboolean align, const char *folder, GstBus *bus)
{
  GstElement *element = gst_element_factory_make ("sewannotator", NULL);

  g_object_set (element, "model-location", folder, "align", align, NULL);
  gst_util_set_object_arg (G_OBJECT (element), "decoder", "greedy");
  gst_element_set_bus (element, bus);
  GstHarness *harness = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  gst_harness_set_live (harness, FALSE);
  gst_harness_set_src_caps_str (harness, SPEECH_CAPS);
  return harness;
}

static GstHarness *
new_harness (gboolean align)
{
  return new_harness_with_model (align, g_getenv ("SEW_TEST_MODEL"), NULL);
}

static GstBuffer *
new_buffer (GstClockTime pts, const float *samples, gsize n_samples)
{
  gsize size = n_samples * sizeof (float);
  GstBuffer *buffer = gst_buffer_new_wrapped (g_memdup2 (samples, size), size);

  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

static void
push_clip (GstHarness *harness, GstClockTime start, const float *samples, gsize chunk)
{
  for (gsize i = 0; i < CLIP_SAMPLES; i += chunk)
    g_assert_cmpint (gst_harness_push (harness, new_buffer (start + time_of (i), samples + i,
                                                            MIN (chunk, CLIP_SAMPLES - i))),
                     ==, GST_FLOW_OK);
}

static void
wait_for_eos (GstHarness *harness)
{
  gboolean eos = FALSE;

  while (!eos) {
    g_autoptr (GstEvent) event = gst_harness_pull_event (harness);
    g_assert_nonnull (event);
    eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  }
}

/* The words on a buffer; NULL if there are none. */
static const GValue *
get_words (GstBuffer *buffer)
{
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, "SewTranscriptMeta");

  return meta != NULL ? gst_structure_get_value (gst_custom_meta_get_structure (meta), "words")
                      : NULL;
}

static const GstStructure *
get_word (const GValue *words, guint index)
{
  return gst_value_get_structure (gst_value_array_get_value (words, index));
}

static guint64
get_time (const GstStructure *word, const char *field)
{
  guint64 value;

  g_assert_true (gst_structure_get_uint64 (word, field, &value));
  return value;
}

/* That the buffers that came out have these words, from that one on, and each on the buffer in
 * which it begins. Running times begin at 0 with the PTS start. Returns how many words there are on
 * them. */
static guint
assert_aligned (GstHarness *harness, GPtrArray *expected, guint first, GstClockTime start,
                gsize chunk)
{
  guint n = 0;

  while (gst_harness_buffers_in_queue (harness) > 0) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    const GValue *words = get_words (buffer);
    for (guint i = 0; words != NULL && i < gst_value_array_get_size (words); i++, n++) {
      const GstStructure *word = get_word (words, i);
      const RunWord *wanted = expected->pdata[first + n];
      GstClockTime begin = start + time_of (wanted->pts);
      g_assert_cmpstr (gst_structure_get_string (word, "text"), ==, wanted->text);
      g_assert_cmpuint (get_time (word, "start"), ==, begin);
      g_assert_cmpuint (get_time (word, "running-time"), ==, begin);
      g_assert_cmpuint (GST_BUFFER_PTS (buffer), <=, begin);
      g_assert_cmpuint (GST_BUFFER_PTS (buffer) + time_of (chunk), >, begin);
    }
  }
  return n;
}

static void
fill_with_noise (GstBuffer *buffer, GRand *random)
{
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (gsize i = 0; i < map.size; i++)
    map.data[i] = (guint8) g_rand_int_range (random, 0, 256);
  gst_buffer_unmap (buffer, &map);
}

static void
check_pass (GstHarness *harness, const GstAudioInfo *info, GRand *random)
{
  const gsize n_frames = 480;
  g_autoptr (GstBuffer) in = gst_buffer_new_allocate (
      NULL, n_frames * (gsize) GST_AUDIO_INFO_BPF (info), NULL);

  fill_with_noise (in, random);
  if (info->layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED)
    gst_buffer_add_audio_meta (in, info, n_frames, NULL);
  GST_BUFFER_PTS (in) = GST_SECOND;
  GST_BUFFER_DURATION (in) = 7;
  GST_BUFFER_FLAG_SET (in, GST_BUFFER_FLAG_MARKER);
  g_autoptr (GstBuffer) copy = gst_buffer_copy_deep (in);
  g_assert_cmpint (gst_harness_push (harness, gst_buffer_ref (in)), ==, GST_FLOW_OK);

  g_autoptr (GstBuffer) out = gst_harness_pull (harness);
  GstMapInfo map;
  g_assert_true (gst_buffer_map (out, &map, GST_MAP_READ));
  g_assert_cmpuint (map.size, ==, gst_buffer_get_size (copy));
  g_assert_cmpint (gst_buffer_memcmp (copy, 0, map.data, map.size), ==, 0);
  gst_buffer_unmap (out, &map);
  g_assert_cmpuint (GST_BUFFER_PTS (out), ==, GST_BUFFER_PTS (copy));
  g_assert_cmpuint (GST_BUFFER_DURATION (out), ==, GST_BUFFER_DURATION (copy));
  g_assert_true (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_MARKER));
  g_assert_cmpint (info->layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED, ==,
                   gst_buffer_get_audio_meta (out) != NULL);
}

/* Every format of raw audio passes as it is, whatever is in it: one after the other, so that it
 * changes all the time. */
static void
test_formats (void)
{
  const struct {
    int rate_hz;
    int n_channels;
  } shapes[] = { { 16000, 1 }, { 44100, 2 }, { 192000, 6 }, { 8000, 1 }, { 48000, 100 } };
  static const GstAudioLayout layouts[] = { GST_AUDIO_LAYOUT_INTERLEAVED,
                                            GST_AUDIO_LAYOUT_NON_INTERLEAVED };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  GstHarness *harness = new_harness (FALSE);
  guint n_formats;
  const GstAudioFormat *formats = gst_audio_formats_raw (&n_formats);

  for (guint f = 0; f < n_formats; f++) {
    gsize shape = f % G_N_ELEMENTS (shapes);
    for (gsize l = 0; l < G_N_ELEMENTS (layouts); l++) {
      GstAudioInfo info;
      gst_audio_info_set_format (&info, formats[f], shapes[shape].rate_hz, shapes[shape].n_channels,
                                 NULL);
      info.layout = layouts[l];
      gst_harness_set_src_caps (harness, gst_audio_info_to_caps (&info));
      check_pass (harness, &info, random);
    }
  }
  gst_harness_teardown (harness);
}

/* Every buffer is out before the next one goes in; the words are on some that come later. */
static void
test_immediate (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  GstHarness *harness = new_harness (FALSE);
  GstClockTime last = 0;
  guint n_words = 0;

  /* More than recognition looks ahead and queues, or it would wait for us. */
  for (gsize clip = 0; n_words == 0; clip++) {
    g_assert_cmpuint (clip, <, 100);
    for (gsize i = 0; i < CLIP_SAMPLES; i += 1600) {
      gst_harness_push (harness, new_buffer (time_of (clip * CLIP_SAMPLES + i), speech + i, 1600));
      g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, 1);
      g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
      const GValue *words = get_words (buffer);
      for (guint w = 0; words != NULL && w < gst_value_array_get_size (words); w++, n_words++) {
        GstClockTime start = get_time (get_word (words, w), "start");
        g_assert_cmpuint (start, >=, last);
        g_assert_cmpuint (start, <, GST_BUFFER_PTS (buffer));
        last = start;
      }
    }
  }
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  gst_harness_teardown (harness);
}

/* Whatever the buffers' size, also with buffers that have no timestamp. */
static void
test_aligned (void)
{
  const gsize chunks[] = { 100, 1600, 24001, CLIP_SAMPLES };
  const GstClockTime start = 5 * GST_SECOND + 7;
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, HOLDING_LATENCY);

  for (gsize i = 0; i < G_N_ELEMENTS (chunks); i++) {
    GstHarness *harness = new_harness (TRUE);
    push_clip (harness, start, speech, chunks[i]);
    gst_harness_push_event (harness, gst_event_new_eos ());
    wait_for_eos (harness);
    g_assert_cmpuint (assert_aligned (harness, expected, 0, start, chunks[i]), ==, expected->len);
    gst_harness_teardown (harness);
  }

  GstHarness *harness = new_harness (TRUE);
  gst_harness_push (harness, new_buffer (0, speech, CLIP_SAMPLES / 2));
  gst_harness_push (harness,
                    new_buffer (GST_CLOCK_TIME_NONE, speech + CLIP_SAMPLES / 2, CLIP_SAMPLES / 2));
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, 2);
  guint n_words = 0;
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    const GValue *words = get_words (buffer);
    g_assert_nonnull (words);
    n_words += gst_value_array_get_size (words);
    GstClockTime begin = get_time (get_word (words, 0), "start");
    g_assert_cmpint (begin >= time_of (CLIP_SAMPLES / 2), ==, i == 1);
  }
  g_assert_cmpuint (n_words, ==, expected->len);
  gst_harness_teardown (harness);
}

/* A long file, whatever the number of threads: what is held comes out though no more can be held,
 * and every word of the messages is on the buffer in which it begins. */
static void
test_long (void)
{
  const gsize n_clips = 25; /* more than is held */
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  GstHarness *harness = new_harness (TRUE);
  guint n_words = 0;

  g_object_set (harness->element, "n-threads", 8, NULL);
  for (gsize clip = 0; clip < n_clips; clip++)
    push_clip (harness, time_of (clip * CLIP_SAMPLES), speech, 1600);
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, n_clips * CLIP_SAMPLES / 1600);
  while (gst_harness_buffers_in_queue (harness) > 0) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    const GValue *words = get_words (buffer);
    for (guint i = 0; words != NULL && i < gst_value_array_get_size (words); i++, n_words++) {
      GstClockTime begin = get_time (get_word (words, i), "start");
      g_assert_cmpuint (GST_BUFFER_PTS (buffer), <=, begin);
      g_assert_cmpuint (GST_BUFFER_PTS (buffer) + time_of (1600), >, begin);
    }
  }
  g_assert_cmpuint (n_words, >, n_clips);
  gst_harness_teardown (harness);
}

/* A hole, a gap and a new format: words before and after are on their buffers, and what is held
 * comes out in order with the events between. */
static void
test_jumps (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, HOLDING_LATENCY);
  const GstClockTime starts[] = { 0, 10 * GST_SECOND, 20 * GST_SECOND, 23 * GST_SECOND };
  GstHarness *harness = new_harness (TRUE);

  push_clip (harness, starts[0], speech, 1600);
  push_clip (harness, starts[1], speech, 1600);
  gst_harness_push_event (harness, gst_event_new_gap (13 * GST_SECOND, 7 * GST_SECOND));
  push_clip (harness, starts[2], speech, 1600);
  gst_harness_set_src_caps_str (harness, "audio/x-raw, format=F32LE, layout=non-interleaved, "
                                         "rate=16000, channels=1");
  for (gsize i = 0; i < CLIP_SAMPLES; i += 1600) {
    GstBuffer *buffer = new_buffer (starts[3] + time_of (i), speech + i, 1600);
    GstAudioInfo info;
    gst_audio_info_set_format (&info, GST_AUDIO_FORMAT_F32, SEW_SAMPLE_RATE_HZ, 1, NULL);
    info.layout = GST_AUDIO_LAYOUT_NON_INTERLEAVED;
    gst_buffer_add_audio_meta (buffer, &info, 1600, NULL);
    gst_harness_push (harness, buffer);
  }
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);

  g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, 4 * CLIP_SAMPLES / 1600);
  guint n = 0;
  while (gst_harness_buffers_in_queue (harness) > 0) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    const GValue *words = get_words (buffer);
    for (guint i = 0; words != NULL && i < gst_value_array_get_size (words); i++, n++) {
      const RunWord *wanted = expected->pdata[n % expected->len];
      GstClockTime begin = starts[n / expected->len] + time_of (wanted->pts);
      g_assert_cmpuint (get_time (get_word (words, i), "start"), ==, begin);
      g_assert_cmpuint (GST_BUFFER_PTS (buffer), <=, begin);
      g_assert_cmpuint (GST_BUFFER_PTS (buffer) + time_of (1600), >, begin);
    }
  }
  g_assert_cmpuint (n, ==, 4 * expected->len);
  gst_harness_teardown (harness);
}

/* What was held is gone after a flush, and what comes then is as at first. Also with a state
 * change. */
static void
test_flush (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, HOLDING_LATENCY);
  GstHarness *harness = new_harness (TRUE);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  for (guint i = 0; i < 3; i++) {
    push_clip (harness, 0, speech, 1600);
    gst_harness_push_event (harness, gst_event_new_flush_start ());
    gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (harness, gst_event_new_segment (&segment));
    while (gst_harness_buffers_in_queue (harness) > 0)
      gst_buffer_unref (gst_harness_pull (harness));
  }
  push_clip (harness, 0, speech, 1600);
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  g_assert_cmpuint (assert_aligned (harness, expected, 0, 0, 1600), ==, expected->len);

  gst_element_set_state (harness->element, GST_STATE_READY);
  gst_element_set_state (harness->element, GST_STATE_PLAYING);
  gst_harness_push_event (harness, gst_event_new_stream_start ("again"));
  gst_harness_set_src_caps_str (harness, SPEECH_CAPS);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  push_clip (harness, 0, speech, 1600);
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  g_assert_cmpuint (assert_aligned (harness, expected, 0, 0, 1600), ==, expected->len);
  gst_harness_teardown (harness);
}

/* No model is an error; the audio is none the worse for it, held or not. */
static void
test_no_model (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);

  for (guint align = 0; align < 2; align++) {
    g_autoptr (GstBus) bus = gst_bus_new ();
    GstHarness *harness = new_harness_with_model ((gboolean) align, "/no/such/folder", bus);
    g_autoptr (GError) error = NULL;

    push_clip (harness, 0, speech, 1600);
    gst_harness_push_event (harness, gst_event_new_eos ());
    wait_for_eos (harness);
    g_assert_cmpuint (gst_harness_buffers_in_queue (harness), ==, CLIP_SAMPLES / 1600);

    g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    gst_message_parse_error (message, &error, NULL);
    g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
    g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR));
    gst_element_set_bus (harness->element, NULL);
    gst_harness_teardown (harness);
  }
}

/* A sample that is no number is silence to the recognizer and a warning to the user. */
static void
test_nan (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autofree float *silenced = g_memdup2 (speech, CLIP_SAMPLES * sizeof (float));
  GstHarness *harness = new_harness (TRUE);
  g_autoptr (GstBus) bus = gst_bus_new ();

  speech[20000] = NAN;
  silenced[20000] = 0.0f;
  g_autoptr (GPtrArray) expected = recognize (silenced, CLIP_SAMPLES, HOLDING_LATENCY);
  gst_element_set_bus (harness->element, bus);
  push_clip (harness, 0, speech, 1600);
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);
  g_assert_cmpuint (assert_aligned (harness, expected, 0, 0, 1600), ==, expected->len);
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  g_assert_nonnull (message);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR));
  gst_element_set_bus (harness->element, NULL);
  gst_harness_teardown (harness);
}

static GstBusSyncReply
block_on_transcript (GstBus *bus, GstMessage *message, gpointer lock)
{
  if (gst_message_has_name (message, "sew-transcript")) {
    g_mutex_lock (lock);
    g_mutex_unlock (lock);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

/* Live audio is held for the latency and not longer, even when recognition is stuck. */
static void
test_live (void)
{
  const GstClockTime latency = 1500 * GST_MSECOND;
  const GstClockTime upstream = 20 * GST_MSECOND;
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  GstHarness *harness = new_harness (TRUE);
  g_autoptr (GstBus) bus = gst_bus_new ();
  GMutex lock;

  g_mutex_init (&lock);
  g_mutex_lock (&lock);
  gst_bus_set_sync_handler (bus, block_on_transcript, &lock, NULL);
  gst_element_set_bus (harness->element, bus);
  gst_harness_set_live (harness, TRUE);
  gst_harness_set_upstream_latency (harness, upstream);
  g_assert_cmpuint (gst_harness_query_latency (harness), ==, upstream + latency);
  gst_harness_use_testclock (harness);
  GstTestClock *clock = gst_harness_get_testclock (harness);
  GstSegment segment;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.stop = GST_SECOND * 3600; /* another one, with which it looks upstream again */
  gst_harness_push_event (harness, gst_event_new_segment (&segment));

  push_clip (harness, 0, speech, 1600);
  /* until the first word, which gets stuck */
  GstClockTime due = 0;
  while (due < time_of (CLIP_SAMPLES - 1600) + upstream + latency) {
    GstClockID id;
    gst_test_clock_wait_for_next_pending_id (clock, &id);
    due = gst_clock_id_get_time (id);
    gst_clock_id_unref (id);
    g_assert_true (gst_test_clock_crank (clock));
    g_autoptr (GstBuffer) buffer = gst_harness_pull (harness);
    while (GST_BUFFER_PTS (buffer) + upstream + latency < due) {
      g_clear_pointer (&buffer, gst_buffer_unref);
      buffer = gst_harness_pull (harness);
    }
    g_assert_cmpuint (GST_BUFFER_PTS (buffer) + upstream + latency, ==, due);
  }
  g_mutex_unlock (&lock);
  gst_object_unref (clock);
  gst_element_set_bus (harness->element, NULL);
  gst_harness_teardown (harness);
  g_mutex_clear (&lock);
}

static void
count_words (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  const GValue *words = get_words (buffer);

  if (words != NULL)
    *(guint *) data += gst_value_array_get_size (words);
}

/* The meta goes through queues and conversions. */
static void
test_conversion (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, HOLDING_LATENCY);
  g_autoptr (GError) error = NULL;
  g_autofree char *description = g_strdup_printf (
      "appsrc name=source format=time caps=\"" SPEECH_CAPS "\" ! sewannotator align=true "
      "decoder=greedy model-location=\"%s\" ! queue ! audioconvert ! audio/x-raw, format=S24LE, "
      "channels=2 ! "
      "queue ! fakesink name=sink signal-handoffs=true",
      g_getenv ("SEW_TEST_MODEL"));
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  guint n_words = 0;

  g_assert_no_error (error);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (count_words), &n_words);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (gsize i = 0; i < CLIP_SAMPLES; i += 1600)
    gst_app_src_push_buffer (GST_APP_SRC (source), new_buffer (time_of (i), speech + i, 1600));
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
                                                               GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpuint (n_words, ==, expected->len);
}

int
main (int argc, char **argv)
{
  element_test_init (&argc, &argv);
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "model-with-words", NULL);
  g_setenv ("SEW_TEST_MODEL", folder, TRUE);
  g_test_add_func ("/annotator/formats", test_formats);
  g_test_add_func ("/annotator/immediate", test_immediate);
  g_test_add_func ("/annotator/aligned", test_aligned);
  g_test_add_func ("/annotator/long", test_long);
  g_test_add_func ("/annotator/jumps", test_jumps);
  g_test_add_func ("/annotator/flush", test_flush);
  g_test_add_func ("/annotator/no-model", test_no_model);
  g_test_add_func ("/annotator/nan", test_nan);
  g_test_add_func ("/annotator/live", test_live);
  g_test_add_func ("/annotator/conversion", test_conversion);
  return g_test_run ();
}
