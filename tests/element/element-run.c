/* SPDX-License-Identifier: MIT */
#include "element-run.h"

#include "elements.h"

#define TIMEOUT (60 * GST_SECOND)

void
element_test_init (int *argc, char ***argv)
{
  gst_init (argc, argv);
  g_test_init (argc, argv, NULL);
  g_assert_true (sew_elements_register (NULL));
}

static void
free_word (gpointer data)
{
  RunWord *word = data;

  g_free (word->text);
  g_free (word);
}

/* Everything that must hold for any stream of text. */
static void
take_time (Run *self, GstClockTime pts, GstClockTime duration)
{
  g_assert_cmpint (self->segment.format, ==, GST_FORMAT_TIME);
  g_assert_true (GST_CLOCK_TIME_IS_VALID (pts));
  g_assert_true (GST_CLOCK_TIME_IS_VALID (duration));
  g_assert_cmpuint (pts, ==, self->position);
  if (GST_CLOCK_TIME_IS_VALID (self->segment.stop))
    g_assert_cmpuint (pts + duration, <=, self->segment.stop);
  self->position = pts + duration;
}

static void
take_buffer (Run *self, GstBuffer *buffer)
{
  RunWord *word = g_new (RunWord, 1);
  GstMapInfo map;

  take_time (self, GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));
  word->pts = GST_BUFFER_PTS (buffer);
  word->duration = GST_BUFFER_DURATION (buffer);
  word->discont = GST_BUFFER_IS_DISCONT (buffer);
  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  word->text = g_strndup ((const char *) map.data, map.size);
  g_assert_cmpuint (strlen (word->text), ==, map.size);
  g_assert_true (g_utf8_validate (word->text, -1, NULL));
  gst_buffer_unmap (buffer, &map);
  g_ptr_array_add (self->words, word);
}

static void
take_event (Run *self, GstEvent *event)
{
  GstClockTime pts;
  GstClockTime duration;

  switch ((guint) GST_EVENT_TYPE (event)) {
  case GST_EVENT_GAP:
    gst_event_parse_gap (event, &pts, &duration);
    g_assert_cmpuint (duration, >, 0);
    take_time (self, pts, duration);
    return;
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment (event, &self->segment);
    self->position = self->segment.start;
    break;
  case GST_EVENT_CUSTOM_DOWNSTREAM:
    self->n_finals += gst_event_has_name (event, "rstranscribe/final-transcript");
    break;
  default:
    break;
  }
  g_ptr_array_add (self->events, gst_event_ref (event));
}

static GstPadProbeReturn
watch (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    take_buffer (data, GST_PAD_PROBE_INFO_BUFFER (info));
  else
    take_event (data, GST_PAD_PROBE_INFO_EVENT (info));
  return GST_PAD_PROBE_OK;
}

/* The sink is not waited for: an error that comes before it has its first buffer would leave the
 * pipeline paused for good. */
Run *
run_new (const char *properties)
{
  Run *self = g_new0 (Run, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *description = g_strdup_printf (
      "appsrc name=source format=time ! sewtranscriber name=transcriber "
      "model-location=\"%s\" %s ! fakesink sync=false async=false",
      g_getenv ("SEW_TEST_MODEL"), properties);

  self->pipeline = gst_parse_launch (description, &error);
  g_assert_no_error (error);
  self->source = GST_APP_SRC (gst_bin_get_by_name (GST_BIN (self->pipeline), "source"));
  self->transcriber = gst_bin_get_by_name (GST_BIN (self->pipeline), "transcriber");
  self->words = g_ptr_array_new_with_free_func (free_word);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_event_unref);
  self->results = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);

  GstPad *pad = gst_element_get_static_pad (self->transcriber, "src");
  gst_pad_add_probe (pad,
                     GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM
                         | GST_PAD_PROBE_TYPE_EVENT_FLUSH,
                     watch, self, NULL);
  gst_object_unref (pad);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return self;
}

void
run_free (Run *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->source);
  gst_object_unref (self->transcriber);
  gst_object_unref (self->pipeline);
  g_ptr_array_unref (self->words);
  g_ptr_array_unref (self->events);
  g_ptr_array_unref (self->results);
  g_clear_error (&self->error);
  g_free (self);
}

static GstFlowReturn
push (Run *self, const char *format, GstClockTime pts, gpointer data, gsize size)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple (
      "audio/x-raw", "format", G_TYPE_STRING, format, "layout", G_TYPE_STRING, "interleaved",
      "rate", G_TYPE_INT, SEW_SAMPLE_RATE_HZ, "channels", G_TYPE_INT, 1, NULL);
  GstBuffer *buffer = gst_buffer_new_wrapped (data, size);

  GST_BUFFER_PTS (buffer) = pts;
  gst_app_src_set_caps (self->source, caps);
  return gst_app_src_push_buffer (self->source, buffer);
}

GstFlowReturn
run_push (Run *self, GstClockTime pts, const float *samples, gsize n_samples)
{
  gsize size = n_samples * sizeof (float);

  return push (self, "F32LE", pts, g_memdup2 (samples, MAX (size, 1)), size);
}

GstFlowReturn
run_push_s16 (Run *self, GstClockTime pts, const float *samples, gsize n_samples)
{
  gint16 *values = g_new (gint16, n_samples);

  for (gsize i = 0; i < n_samples; i++)
    values[i] = (gint16) (samples[i] * 32768.0f);
  return push (self, "S16LE", pts, values, n_samples * sizeof (gint16));
}

static void
take_message (Run *self, GstMessage *message)
{
  const GstStructure *content = gst_message_get_structure (message);

  if (gst_structure_has_name (content, "sew-transcript"))
    g_ptr_array_add (self->results, gst_structure_copy (content));
}

gboolean
run_finish (Run *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessageType type = GST_MESSAGE_UNKNOWN;

  gst_app_src_end_of_stream (self->source);
  while (type != GST_MESSAGE_EOS && type != GST_MESSAGE_ERROR) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, TIMEOUT, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT);
    g_assert_nonnull (message);
    type = GST_MESSAGE_TYPE (message);
    if (type == GST_MESSAGE_ELEMENT)
      take_message (self, message);
    else if (type == GST_MESSAGE_ERROR && self->error == NULL)
      gst_message_parse_error (message, &self->error, NULL);
  }
  /* stopping drops words from before an error that the source pad's task has yet to push */
  if (type == GST_MESSAGE_ERROR)
    g_usleep (G_USEC_PER_SEC / 2);
  run_stop (self);
  return type == GST_MESSAGE_EOS;
}

void
run_stop (Run *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_READY);
}

guint
run_count_events (Run *self, GstEventType type)
{
  guint n_events = 0;

  for (guint i = 0; i < self->events->len; i++)
    n_events += GST_EVENT_TYPE (self->events->pdata[i]) == type;
  return n_events;
}

float *
make_speech (gsize n_samples, guint32 seed)
{
  GRand *random = g_rand_new_with_seed (seed);
  float *samples = g_new (float, n_samples);
  float smoothed = 0.0f;

  for (gsize i = 0; i < n_samples; i++) {
    float loudness = i / 3000 % 4 == 3 ? 0.002f : 0.3f;
    float colour = 0.1f + 0.2f * (float) (i / 1000 % 5);
    smoothed += colour * ((float) g_rand_double_range (random, -1.0, 1.0) - smoothed);
    /* Multiples of 1/32768, so that S16 holds the same. */
    samples[i] = (float) (int) (32767.0f * loudness * smoothed) / 32768.0f;
  }
  g_rand_free (random);
  return samples;
}

GPtrArray *
recognize (const float *samples, gsize n_samples, guint64 latency_samples)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SewModel) model = sew_model_new_at_precision (g_getenv ("SEW_TEST_MODEL"), "en-US",
                                                           SEW_PRECISION_AUTO, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  GPtrArray *words = g_ptr_array_new_with_free_func (free_word);
  SewSegment *segment;

  sew_recognizer_set_latency (recognizer, latency_samples);
  sew_recognizer_push (recognizer, samples, n_samples, NULL, &error);
  g_assert_no_error (error);
  sew_recognizer_drain (recognizer, NULL, &error);
  g_assert_no_error (error);
  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
      const SewWord *found = sew_segment_get_word (segment, i);
      RunWord *word = g_new0 (RunWord, 1);
      word->text = g_strdup (sew_word_get_text (found));
      word->pts = sew_word_get_first_sample (found);
      word->duration = sew_word_get_n_samples (found);
      g_ptr_array_add (words, word);
    }
    sew_segment_unref (segment);
  }
  g_assert_cmpuint (words->len, >, 0);
  return words;
}

guint
assert_words (Run *self, guint first, GPtrArray *expected, GstClockTime start)
{
  g_assert_cmpuint (self->words->len, >=, first + expected->len);
  for (guint i = 0; i < expected->len; i++) {
    const RunWord *word = self->words->pdata[first + i];
    const RunWord *wanted = expected->pdata[i];
    guint64 end_sample = wanted->pts + wanted->duration;
    g_assert_cmpstr (word->text, ==, wanted->text);
    g_assert_cmpuint (word->pts, ==,
                      start + gst_util_uint64_scale (wanted->pts, GST_SECOND, SEW_SAMPLE_RATE_HZ));
    g_assert_cmpuint (word->pts + word->duration, ==,
                      start + gst_util_uint64_scale (end_sample, GST_SECOND, SEW_SAMPLE_RATE_HZ));
    g_assert_cmpint (word->discont, ==, i == 0);
  }
  return expected->len;
}
