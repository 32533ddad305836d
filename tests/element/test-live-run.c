/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <gst/check/gsttestclock.h>

#include "checkpoint-fixture.h"
#include "element-run.h"
#include "tone-model.h"

/* One long live run with all that can happen to a stream: ten flushing seeks, a change of format,
 * two dropouts and a pause. Every word after each has to be right. Also run with the leaks tracer
 * (live-run-leaks), whose list has to be empty. */

#define N_SEEKS 10
#define CHUNK_SAMPLES 1600
#define MOST_AHEAD (7 * GST_SECOND)

typedef struct {
  GstElement *pipeline;
  GstAppSrc *source;
  gboolean s16;
  GstClockTime pushed; /* the PTS of the next audio */

  GstClockTime said_up_to; /* under the lock */
  GMutex lock;
  GCond changed;
  GString *words;    /* under the lock: since the last segment event, "HELLO@1000 " */
  GString *expected; /* the same, of what has been said since the last seek */
  gboolean sought;   /* under the lock: appsrc has been told of a seek */
} Stream;

static char *model_folder;

static GstClockTime
time_of (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

static void
append_word (GString *words, const char *text, gsize length, GstClockTime pts)
{
  g_string_append_printf (words, "%.*s@%" G_GUINT64_FORMAT " ", (int) length, text,
                          pts / GST_MSECOND);
}

static GstPadProbeReturn
watch (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Stream *self = data;
  GstClockTime pts, duration;
  GstMapInfo map;

  g_mutex_lock (&self->lock);
  const GstSegment *segment;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
    gst_buffer_map (buffer, &map, GST_MAP_READ);
    append_word (self->words, (const char *) map.data, map.size, GST_BUFFER_PTS (buffer));
    gst_buffer_unmap (buffer, &map);
    self->said_up_to = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
    gst_event_parse_segment (event, &segment);
    g_string_truncate (self->words, 0);
    self->said_up_to = segment->start;
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_GAP) {
    gst_event_parse_gap (event, &pts, &duration);
    self->said_up_to = pts + duration;
  }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static gboolean
take_seek (GstAppSrc *source, guint64 offset, gpointer data)
{
  Stream *self = data;

  g_mutex_lock (&self->lock);
  self->sought = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static Stream *
stream_new (void)
{
  Stream *self = g_new0 (Stream, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *launch = g_strdup_printf (
      "appsrc name=source format=time stream-type=seekable is-live=true max-bytes=0 "
      "! sewtranscriber name=transcriber partial-results=true model-location=\"%s\" "
      "! fakesink sync=false async=false",
      model_folder);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->words = g_string_new (NULL);
  self->expected = g_string_new (NULL);
  self->pipeline = gst_parse_launch (launch, &error);
  g_assert_no_error (error);
  /* It stands still, so that no word is late, however slow the machine is. */
  g_autoptr (GstClock) clock = gst_test_clock_new ();
  gst_pipeline_use_clock (GST_PIPELINE (self->pipeline), clock);
  self->source = GST_APP_SRC (gst_bin_get_by_name (GST_BIN (self->pipeline), "source"));
  g_signal_connect (self->source, "seek-data", G_CALLBACK (take_seek), self);
  g_autoptr (GstElement) transcriber = gst_bin_get_by_name (GST_BIN (self->pipeline),
                                                            "transcriber");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (transcriber, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch,
                     self, NULL);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return self;
}

static void
stream_free (Stream *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->source);
  gst_object_unref (self->pipeline);
  g_string_free (self->words, TRUE);
  g_string_free (self->expected, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

static GstBuffer *
new_buffer (Stream *self, const float *samples, gsize n_samples)
{
  gint16 values[CHUNK_SAMPLES];

  if (!self->s16)
    return gst_buffer_new_memdup (samples, n_samples * sizeof (float));
  for (gsize i = 0; i < n_samples; i++)
    values[i] = (gint16) (samples[i] * 32767.0f);
  return gst_buffer_new_memdup (values, n_samples * sizeof (gint16));
}

/* So that no more waits than the element keeps. */
static void
wait_until_said (Stream *self, GstClockTime pts)
{
  g_mutex_lock (&self->lock);
  while (self->said_up_to + MOST_AHEAD < pts)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
push (Stream *self, const float *samples, gsize n_samples)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple (
      "audio/x-raw", "format", G_TYPE_STRING, self->s16 ? "S16LE" : "F32LE", "layout",
      G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, SEW_SAMPLE_RATE_HZ, "channels", G_TYPE_INT,
      1, NULL);

  gst_app_src_set_caps (self->source, caps);
  for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
    gsize n = MIN (CHUNK_SAMPLES, n_samples - i);
    GstBuffer *buffer = new_buffer (self, samples + i, n);
    GST_BUFFER_PTS (buffer) = self->pushed + time_of (i);
    gst_app_src_push_buffer (self->source, buffer);
    wait_until_said (self, self->pushed + time_of (i));
  }
  self->pushed += time_of (n_samples);
}

static void
say (Stream *self, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  gsize n_samples, slot = 0;
  g_autofree float *speech = tone_model_speak (text, &n_samples);

  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
    append_word (self->expected, words[i], strlen (words[i]),
                 self->pushed + time_of (slot * TONE_LETTER_SAMPLES));
    slot += strlen (words[i]) + 1;
  }
  push (self, speech, n_samples);
}

/* Silence that lets what was said come out; and the words are as they should be. */
static void
check_words (Stream *self)
{
  g_autofree float *silence = g_new0 (float, 6 * SEW_SAMPLE_RATE_HZ);

  push (self, silence, 6 * SEW_SAMPLE_RATE_HZ);
  g_mutex_lock (&self->lock);
  while (self->words->len < self->expected->len)
    g_cond_wait (&self->changed, &self->lock);
  g_assert_cmpstr (self->words->str, ==, self->expected->str);
  g_mutex_unlock (&self->lock);
}

static void
seek (Stream *self, GstClockTime position)
{
  self->sought = FALSE;
  g_assert_true (
      gst_element_seek_simple (self->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, position));
  g_mutex_lock (&self->lock);
  while (!self->sought)
    g_cond_wait (&self->changed, &self->lock);
  g_string_truncate (self->words, 0);
  self->said_up_to = position;
  g_mutex_unlock (&self->lock);
  g_string_truncate (self->expected, 0);
  self->pushed = position;
}

/* Seeks that come while a word is said, while it is recognized and while nothing is. */
static void
seek_around (Stream *self)
{
  for (guint i = 0; i < N_SEEKS; i++) {
    say (self, i % 2 == 0 ? "THIS IS CUT SHO" : "THIS TOO ");
    g_usleep (i * i * 1000);
    seek (self, (i * 7 % 5) * 60 * GST_SECOND);
    say (self, i % 3 == 0 ? "HELLO WORLD " : "SEEK AND FIND ");
    check_words (self);
  }
}

static void
test_run (void)
{
  Stream *stream = stream_new ();

  say (stream, "IT BEGINS ");
  check_words (stream);
  seek_around (stream);

  stream->s16 = TRUE;
  say (stream, "ANOTHER FORMAT ");
  check_words (stream);
  stream->pushed += 30 * GST_SECOND; /* nothing came for so long */
  say (stream, "AFTER A DROPOUT ");
  check_words (stream);
  stream->pushed += GST_SECOND;
  say (stream, "AND ONE MORE ");
  check_words (stream);

  gst_element_set_state (stream->pipeline, GST_STATE_PAUSED);
  gst_element_get_state (stream->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  gst_element_set_state (stream->pipeline, GST_STATE_PLAYING);
  say (stream, "AFTER A PAUSE ");
  check_words (stream);
  stream_free (stream);
}

/* What the leaks tracer, if it is on, says is left. A thread of GStreamer lets go of its task only
 * after the task was joined, so these threads are waited for. */
static void
test_leaks (void)
{
  GList *tracers = gst_tracing_get_active_tracers ();

  gst_task_cleanup_all ();
  for (GList *tracer = tracers; tracer != NULL; tracer = tracer->next) {
    g_autoptr (GstStructure) left = NULL;
    if (strcmp (G_OBJECT_TYPE_NAME (tracer->data), "GstLeaksTracer") != 0)
      continue;
    g_signal_emit_by_name (tracer->data, "get-live-objects", &left);
    const GValue *list = gst_structure_get_value (left, "live-objects-list");
    g_autofree char *text = list != NULL ? gst_value_serialize (list) : NULL;
    g_test_message ("left: %s", text != NULL ? text : "nothing");
    g_assert_true (list == NULL || gst_value_list_get_size (list) == 0);
  }
  g_list_free_full (tracers, gst_object_unref);
}

int
main (int argc, char **argv)
{
  element_test_init (&argc, &argv);
  model_folder = tone_model_new_folder (1);
  g_test_add_func ("/live-run/run", test_run);
  g_test_add_func ("/live-run/leaks", test_leaks);
  int result = g_test_run ();
  fixture_remove_folder (model_folder);
  return result;
}
