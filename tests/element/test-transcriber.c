/* SPDX-License-Identifier: MIT */
#include "element-run.h"

#include <math.h>

#define CLIP_SAMPLES 48000 /* 3 s */

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

static void
push_chunks (Run *run, GstClockTime start, const float *samples, gsize n_samples, gsize chunk)
{
  for (gsize i = 0; i < n_samples; i += chunk)
    g_assert_cmpint (run_push (run, start + time_of (i), samples + i, MIN (chunk, n_samples - i)),
                     ==, GST_FLOW_OK);
}

/* The same words at the same times in whatever pieces and wherever the stream begins. */
static void
test_words (void)
{
  const gsize chunks[] = { CLIP_SAMPLES, 441, 16001 };
  const GstClockTime starts[] = { 0, 5 * GST_SECOND + 7, G_GUINT64_CONSTANT (1) << 62 };
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (chunks); i++) {
    g_autoptr (Run) run = run_new ("");
    push_chunks (run, starts[i], speech, CLIP_SAMPLES, chunks[i]);
    g_assert_true (run_finish (run));
    g_assert_cmpuint (assert_words (run, 0, expected, starts[i]), ==, run->words->len);
    g_assert_cmpuint (run->position, ==, starts[i] + time_of (CLIP_SAMPLES));
    g_assert_cmpuint (run->n_finals, >, 0);
  }
}

/* Any number of threads finds the same words: in windows side by side, and in one that is shared.
 */
static void
test_threads (void)
{
  static const gsize lengths[] = { CLIP_SAMPLES, 70 * SEW_SAMPLE_RATE_HZ };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autofree float *speech = make_speech (lengths[i], 1);
    g_autoptr (GPtrArray) expected = recognize (speech, lengths[i], 0);
    g_autoptr (Run) run = run_new ("n-threads=3");
    push_chunks (run, 0, speech, lengths[i], 16000);
    g_assert_true (run_finish (run));
    g_assert_cmpuint (assert_words (run, 0, expected, 0), ==, run->words->len);
  }
}

static void
test_s16 (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("");

  run_push_s16 (run, 0, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (assert_words (run, 0, expected, 0), ==, run->words->len);
}

/* A hole, a step back and a new format: each part is recognized on its own and in its place. */
static void
test_jumps (void)
{
  g_autofree float *a = make_speech (CLIP_SAMPLES, 1);
  g_autofree float *b = make_speech (CLIP_SAMPLES, 2);
  g_autoptr (GPtrArray) words_a = recognize (a, CLIP_SAMPLES, 0);
  g_autoptr (GPtrArray) words_b = recognize (b, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("");
  guint n = 0;

  push_chunks (run, 0, a, CLIP_SAMPLES, 1000);
  push_chunks (run, 10 * GST_SECOND, b, CLIP_SAMPLES, 1000);
  run_push_s16 (run, 13 * GST_SECOND, a, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  n += assert_words (run, n, words_a, 0);
  n += assert_words (run, n, words_b, 10 * GST_SECOND);
  n += assert_words (run, n, words_a, 13 * GST_SECOND);
  g_assert_cmpuint (n, ==, run->words->len);
  g_assert_cmpuint (run->position, ==, 16 * GST_SECOND);
  g_assert_cmpuint (run->n_finals, >=, 3);
}

/* Buffers without a timestamp follow the one before; small errors of timestamps make no jump. */
static void
test_jitter (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("");
  const GstClockTime third = time_of (CLIP_SAMPLES / 3);

  run_push (run, GST_SECOND, speech, CLIP_SAMPLES / 3);
  run_push (run, GST_CLOCK_TIME_NONE, speech + CLIP_SAMPLES / 3, CLIP_SAMPLES / 3);
  run_push (run, GST_SECOND + 2 * third + 20 * GST_MSECOND, speech + CLIP_SAMPLES / 3 * 2,
            CLIP_SAMPLES / 3);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (assert_words (run, 0, expected, GST_SECOND), ==, run->words->len);
}

static void
test_empty (void)
{
  g_autoptr (Run) run = run_new ("");
  const float nothing = 0.0f;

  run_push (run, 0, &nothing, 1);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (run->words->len, ==, 0);
  g_assert_cmpuint (run_count_events (run, GST_EVENT_EOS), ==, 1);

  g_autoptr (Run) empty_run = run_new ("");
  run_push (empty_run, 0, &nothing, 0);
  g_assert_true (run_finish (empty_run));
  g_assert_cmpuint (empty_run->words->len, ==, 0);
  g_assert_cmpuint (run_count_events (empty_run, GST_EVENT_EOS), ==, 1);

  g_autoptr (Run) eos_run = run_new ("");
  g_assert_true (run_finish (eos_run));
  g_assert_cmpuint (eos_run->words->len, ==, 0);
  g_assert_cmpuint (run_count_events (eos_run, GST_EVENT_EOS), ==, 1);
}

/* Before the second buffer. */
static GstPadProbeReturn
begin_stream (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  guint *n_buffers = data;
  GstSegment segment;

  (void) info;
  if (++*n_buffers != 2)
    return GST_PAD_PROBE_OK;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_stream_start ("next"));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  return GST_PAD_PROBE_REMOVE;
}

/* Two streams one after the other whose timestamps and segments are the same. */
static void
test_next_stream (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (GST_ELEMENT (run->source), "src");
  guint n_words = 0, n_buffers = 0;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, begin_stream, &n_buffers, NULL);
  run_push (run, 0, speech, CLIP_SAMPLES);
  run_push (run, 0, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (run_count_events (run, GST_EVENT_SEGMENT), ==, 2);
  n_words += assert_words (run, n_words, expected, 0);
  n_words += assert_words (run, n_words, expected, 0);
  g_assert_cmpuint (run->words->len, ==, n_words);
}

/* Own stream-start, one caps and one segment. */
static void
test_events (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (Run) run = run_new ("lateness=700");
  GstStreamFlags flags;
  const GstSegment *segment;
  const char *id;
  GstCaps *caps;

  run_push (run, 0, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));

  g_assert_cmpint (GST_EVENT_TYPE (run->events->pdata[0]), ==, GST_EVENT_STREAM_START);
  gst_event_parse_stream_start (run->events->pdata[0], &id);
  gst_event_parse_stream_flags (run->events->pdata[0], &flags);
  g_assert_true (g_str_has_suffix (id, "/transcript"));
  g_assert_cmpint (flags, ==, GST_STREAM_FLAG_SPARSE);
  g_assert_cmpint (GST_EVENT_TYPE (run->events->pdata[1]), ==, GST_EVENT_CAPS);
  gst_event_parse_caps (run->events->pdata[1], &caps);
  g_autofree char *text = gst_caps_to_string (caps);
  g_assert_cmpstr (text, ==, "text/x-raw, format=(string)utf8");
  g_assert_cmpint (GST_EVENT_TYPE (run->events->pdata[2]), ==, GST_EVENT_SEGMENT);
  gst_event_parse_segment (run->events->pdata[2], &segment);
  g_assert_cmpuint (segment->base, ==, 700 * GST_MSECOND);
  g_assert_cmpuint (run_count_events (run, GST_EVENT_STREAM_START), ==, 1);
  g_assert_cmpuint (run_count_events (run, GST_EVENT_CAPS), ==, 1);
  g_assert_cmpuint (run_count_events (run, GST_EVENT_SEGMENT), ==, 1);
  g_assert_cmpint (GST_EVENT_TYPE (run->events->pdata[run->events->len - 1]), ==, GST_EVENT_EOS);
}

/* The bus says the same as the pad. */
static void
test_messages (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (Run) run = run_new ("");

  run_push (run, 5 * GST_SECOND, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (run->results->len, ==, run->words->len);
  for (guint i = 0; i < run->results->len; i++) {
    const GstStructure *result = run->results->pdata[i];
    const RunWord *word = run->words->pdata[i];
    guint64 timestamp;
    guint64 running_time;
    g_assert_cmpstr (gst_structure_get_string (result, "text"), ==, word->text);
    g_assert_true (gst_structure_get (result, "timestamp", G_TYPE_UINT64, &timestamp,
                                      "running-time", G_TYPE_UINT64, &running_time, NULL));
    g_assert_cmpuint (timestamp, ==, word->pts);
    g_assert_cmpuint (running_time, ==, word->pts);
    g_assert_true (gst_structure_has_field_typed (result, "arrival-time", G_TYPE_UINT64));
    g_assert_true (gst_structure_has_field_typed (result, "stream-time", G_TYPE_UINT64));

    const GValue *words = gst_structure_get_value (result, "words");
    g_assert_cmpuint (gst_value_array_get_size (words), ==, 1);
    const GstStructure *only = gst_value_get_structure (gst_value_array_get_value (words, 0));
    double confidence;
    guint64 start;
    g_assert_true (gst_structure_get (only, "start", G_TYPE_UINT64, &start, "confidence",
                                      G_TYPE_DOUBLE, &confidence, NULL));
    g_assert_cmpuint (start, ==, word->pts);
    g_assert_cmpfloat (confidence, >, 0.0);
    g_assert_cmpfloat (confidence, <=, 1.0);
  }
}

/* An utterance's buffer has the words of the granularity word, joined. */
static void
test_utterance (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (Run) run = run_new ("granularity=utterance");
  guint n_words = 0;

  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  run_push (run, 0, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (run->words->len, <=, expected->len);
  g_assert_cmpuint (run->n_finals, >=, run->words->len);
  for (guint i = 0; i < run->words->len; i++) {
    const GValue *words = gst_structure_get_value (run->results->pdata[i], "words");
    const RunWord *utterance = run->words->pdata[i];
    g_autoptr (GPtrArray) texts = g_ptr_array_new ();
    for (guint j = 0; j < gst_value_array_get_size (words); j++)
      g_ptr_array_add (texts, ((RunWord *) expected->pdata[n_words++])->text);
    g_ptr_array_add (texts, NULL);
    g_autofree char *joined = g_strjoinv (" ", (char **) texts->pdata);
    g_assert_cmpstr (utterance->text, ==, joined);
  }
  g_assert_cmpuint (n_words, ==, expected->len);
}

/* The letters of what came out, without what stands between words. */
static char *
join_letters (GPtrArray *words)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < words->len; i++)
    g_string_append (text, ((RunWord *) words->pdata[i])->text);
  g_string_replace (text, " ", "", 0);
  g_string_replace (text, "\n", "", 0);
  return g_string_free (text, FALSE);
}

/* Cues have the words of the granularity word, in lines, within the limits. */
static void
test_cues (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("granularity=cue max-lines=3 line-length=9 min-duration=500 "
                                 "max-duration=2000 reading-speed=40 cue-gap=40");
  GstClockTime end = 0;

  run_push (run, 5 * GST_SECOND, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (run->words->len, >, 0);
  for (guint i = 0; i < run->words->len; i++) {
    const RunWord *cue = run->words->pdata[i];
    g_auto (GStrv) lines = g_strsplit (cue->text, "\n", -1);
    g_assert_cmpuint (g_strv_length (lines), <=, 3);
    for (char **line = lines; *line; line++)
      g_assert_cmpuint (strlen (*line), <=, 9);
    g_assert_cmpuint (cue->pts, >=, end);
    g_assert_cmpuint (cue->duration, >=, MAX (500, strlen (cue->text) * 1000 / 40) * GST_MSECOND);
    g_assert_cmpuint (cue->duration, <=, 2 * GST_SECOND);
    end = cue->pts + cue->duration + 40 * GST_MSECOND;
  }
  g_autofree char *letters = join_letters (run->words);
  g_autofree char *expected_letters = join_letters (expected);
  g_assert_cmpstr (letters, ==, expected_letters);
}

/* Buffers, metadata and messages agree on how words are spelled. */
static void
test_text_case (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("text-case=upper");

  run_push (run, 0, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (run->words->len, ==, expected->len);
  for (guint i = 0; i < run->words->len; i++) {
    const char *text = ((RunWord *) run->words->pdata[i])->text;
    g_autofree char *upper = g_ascii_strup (((RunWord *) expected->pdata[i])->text, -1);
    g_assert_cmpstr (text, ==, upper);
    g_assert_cmpstr (gst_structure_get_string (run->results->pdata[i], "text"), ==, upper);
  }
}

/* The words before a sample that is no number are good; the error says where it is. */
static void
test_nan (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES - 8000, 0);
  g_autoptr (Run) run = run_new ("");

  speech[CLIP_SAMPLES - 8000] = NAN;
  run_push (run, 60 * GST_SECOND, speech, CLIP_SAMPLES);
  g_assert_false (run_finish (run));
  g_assert_error (run->error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE);
  g_assert_nonnull (strstr (run->error->message, "0:01:02.500000000"));
  g_assert_cmpuint (assert_words (run, 0, expected, 60 * GST_SECOND), ==, run->words->len);
}

static void
test_no_model (void)
{
  g_autoptr (Run) run = run_new ("");

  run_stop (run);
  g_object_set (run->transcriber, "model-location", "/no/such/folder", NULL);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  g_assert_false (run_finish (run));
  g_assert_error (run->error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (run->error->message, "/no/such/folder"));
  g_assert_cmpuint (run->words->len, ==, 0);
}

/* The same element, three times, with the same result. */
static void
test_cycles (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("");

  for (guint i = 0; i < 3; i++) {
    gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
    run_push (run, i * GST_SECOND, speech, CLIP_SAMPLES);
    g_assert_true (run_finish (run));
    guint n = assert_words (run, 0, expected, i * GST_SECOND);
    g_assert_cmpuint (n, ==, run->words->len);
    g_ptr_array_set_size (run->words, 0);
  }
}

/* Stopped at any moment: while loading, while recognizing, while draining. */
static void
test_stop (void)
{
  const gulong moments_us[] = { 0, 1000, 5000, 20000, 100000, 300000 };
  g_autofree float *speech = make_speech (20 * CLIP_SAMPLES, 1);
  g_autoptr (Run) run = run_new ("");

  for (gsize i = 0; i < G_N_ELEMENTS (moments_us); i++) {
    gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
    run_push (run, 0, speech, 20 * CLIP_SAMPLES);
    gst_app_src_end_of_stream (run->source);
    g_usleep (moments_us[i]);
    run_stop (run);
  }
  g_assert_cmpuint (run->n_finals, <=, G_N_ELEMENTS (moments_us));
}

/* Downstream takes nothing: what is queued stays within bounds, upstream waits, and a flushing seek
 * and a shutdown find nobody stuck. */
static void
test_blocked (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  g_autoptr (GPtrArray) expected = recognize (speech, CLIP_SAMPLES, 0);
  g_autoptr (Run) run = run_new ("");
  const guint64 clip_bytes = CLIP_SAMPLES * sizeof (float);
  const guint n_clips = 200;

  run_stop (run);
  gst_app_src_set_max_bytes (run->source, 0);
  gst_element_set_state (run->pipeline, GST_STATE_PAUSED);
  for (guint i = 0; i < n_clips; i++)
    run_push (run, i * 10 * GST_SECOND, speech, CLIP_SAMPLES);
  g_assert_cmpint (gst_element_get_state (run->pipeline, NULL, NULL, 10 * GST_SECOND), ==,
                   GST_STATE_CHANGE_SUCCESS);
  guint64 left;
  guint64 left_before;
  do {
    left_before = gst_app_src_get_current_level_bytes (run->source);
    g_usleep (500 * G_TIME_SPAN_MILLISECOND);
    left = gst_app_src_get_current_level_bytes (run->source);
  } while (left != left_before);
  g_assert_cmpuint (left, >, clip_bytes);

  g_autoptr (GstPad) pad = gst_element_get_static_pad (run->transcriber, "sink");
  gst_pad_send_event (pad, gst_event_new_flush_start ());
  gst_pad_send_event (pad, gst_event_new_flush_stop (TRUE));
  run_stop (run);

  g_ptr_array_set_size (run->words, 0);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  run_push (run, 0, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  g_assert_cmpuint (assert_words (run, 0, expected, 0), ==, run->words->len);
}

int
main (int argc, char **argv)
{
  element_test_init (&argc, &argv);
  g_test_add_func ("/transcriber/words", test_words);
  g_test_add_func ("/transcriber/threads", test_threads);
  g_test_add_func ("/transcriber/s16", test_s16);
  g_test_add_func ("/transcriber/jumps", test_jumps);
  g_test_add_func ("/transcriber/jitter", test_jitter);
  g_test_add_func ("/transcriber/empty", test_empty);
  g_test_add_func ("/transcriber/next-stream", test_next_stream);
  g_test_add_func ("/transcriber/events", test_events);
  g_test_add_func ("/transcriber/messages", test_messages);
  g_test_add_func ("/transcriber/utterance", test_utterance);
  g_test_add_func ("/transcriber/cues", test_cues);
  g_test_add_func ("/transcriber/text-case", test_text_case);
  g_test_add_func ("/transcriber/nan", test_nan);
  g_test_add_func ("/transcriber/no-model", test_no_model);
  g_test_add_func ("/transcriber/cycles", test_cycles);
  g_test_add_func ("/transcriber/stop", test_stop);
  g_test_add_func ("/transcriber/blocked", test_blocked);
  return g_test_run ();
}
