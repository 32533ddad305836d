/* SPDX-License-Identifier: MIT */
#include "live-harness.h"

#include <string.h>

#include <sew/sew.h>

#include "tone-model.h"

#define AUDIO_CAPS "audio/x-raw, format=F32LE, layout=interleaved, rate=16000, channels=1"
#define CHUNK_SAMPLES 1600 /* 100 ms */

GstClockTime
live_time_of (guint64 n_samples)
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

static gboolean
is_loaded (GstMessage *message)
{
  GstProgressType type;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
    return FALSE;
  gst_message_parse_progress (message, &type, NULL, NULL);
  return type == GST_PROGRESS_TYPE_COMPLETE;
}

/* From whoever posts a message. A word's comes from the recognizing thread, as does that the model
 * is loaded, and the thread is kept busy here as if its model were slow. */
static GstBusSyncReply
take_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Live *self = data;
  const GstStructure *content = gst_message_get_structure (message);
  gboolean waits = is_loaded (message)
                   || (content != NULL && gst_structure_has_name (content, "sew-transcript"));

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->messages, message);
  self->held = waits && self->holds;
  g_cond_broadcast (&self->changed);
  while (waits && self->holds)
    g_cond_wait (&self->changed, &self->lock);
  self->held = FALSE;
  self->loaded |= is_loaded (message);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return GST_BUS_DROP;
}

static Live *
new_live (const char *model_folder, const char *properties, gboolean holds)
{
  Live *self = g_new0 (Live, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *launch = g_strdup_printf ("sewtranscriber model-location=\"%s\" %s",
                                             model_folder, properties);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->words = g_string_new (NULL);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  self->bus = gst_bus_new ();
  gst_bus_set_sync_handler (self->bus, take_message, self, NULL);
  self->holds = holds;
  GstElement *bin = gst_parse_bin_from_description (launch, TRUE, &error);
  g_assert_no_error (error);
  gst_element_set_bus (bin, self->bus);
  self->harness = gst_harness_new_with_element (bin, "sink", "src");
  gst_object_unref (bin);
  gst_harness_use_testclock (self->harness);
  gst_pad_add_probe (self->harness->sinkpad,
                     GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch, self,
                     NULL);
  gst_harness_set_drop_buffers (self->harness, TRUE);
  gst_harness_set_src_caps_str (self->harness, AUDIO_CAPS);
  return self;
}

Live *
live_new (const char *model_folder, const char *properties)
{
  Live *self = new_live (model_folder, properties, FALSE);

  g_mutex_lock (&self->lock);
  while (!self->loaded)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  return self;
}

Live *
live_new_loading (const char *model_folder, const char *properties)
{
  return new_live (model_folder, properties, TRUE);
}

void
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

void
live_push (Live *self, const float *samples, gsize n_samples)
{
  for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
    gsize n = MIN (CHUNK_SAMPLES, n_samples - i);
    GstBuffer *buffer = gst_buffer_new_memdup (samples + i, n * sizeof (float));
    GST_BUFFER_PTS (buffer) = self->pushed + live_time_of (i);
    g_assert_cmpint (gst_harness_push (self->harness, buffer), ==, GST_FLOW_OK);
  }
  self->pushed += live_time_of (n_samples);
}

void
live_say (Live *self, const char *text)
{
  gsize n_samples;
  g_autofree float *speech = tone_model_speak (text, &n_samples);

  live_push (self, speech, n_samples);
}

void
live_be_silent (Live *self, guint seconds)
{
  g_autofree float *silence = g_new0 (float, SEW_SAMPLE_RATE_HZ);

  for (guint i = 0; i < seconds; i++)
    live_push (self, silence, SEW_SAMPLE_RATE_HZ);
}

void
live_wait_until_said (Live *self, GstClockTime pts)
{
  g_mutex_lock (&self->lock);
  while (self->said_up_to < pts)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
live_wait_until_held (Live *self)
{
  g_mutex_lock (&self->lock);
  while (!self->held)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
live_set_holds (Live *self, gboolean holds)
{
  g_mutex_lock (&self->lock);
  self->holds = holds;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
live_finish (Live *self)
{
  gst_harness_push_event (self->harness, gst_event_new_eos ());
  g_mutex_lock (&self->lock);
  while (!self->ended)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
live_set_time (Live *self, GstClockTime time)
{
  GstTestClock *clock = gst_harness_get_testclock (self->harness);
  GstClockTime next;

  while ((next = gst_test_clock_get_next_entry_time (clock)) <= time)
    gst_test_clock_crank (clock);
  gst_test_clock_set_time (clock, time);
  gst_object_unref (clock);
}

GstClockTime
live_query_latency (Live *self)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min;

  g_assert_true (gst_pad_peer_query (self->harness->sinkpad, query));
  gst_query_parse_latency (query, NULL, &min, NULL);
  return min;
}

guint
live_count_messages (Live *self, GstMessageType type)
{
  guint n_messages = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++)
    n_messages += GST_MESSAGE_TYPE (self->messages->pdata[i]) == type;
  g_mutex_unlock (&self->lock);
  return n_messages;
}

void
live_begin_at (Live *self, GstClockTime start, GstClockTime upstream)
{
  GstSegment segment;

  gst_harness_set_upstream_latency (self->harness, upstream);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = start;
  gst_harness_push_event (self->harness, gst_event_new_segment (&segment));
  live_wait_until_said (self, start);
  self->pushed = start;
}

GPtrArray *
live_list_texts (Live *self, const char *name)
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

GstClockTime
live_find_start (Live *self, const char *text)
{
  guint64 start = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++) {
    const GstStructure *content = gst_message_get_structure (self->messages->pdata[i]);
    if (content == NULL || !gst_structure_has_name (content, "sew-transcript")
        || strcmp (gst_structure_get_string (content, "text"), text) != 0)
      continue;
    const GValue *words = gst_structure_get_value (content, "words");
    gst_structure_get_uint64 (gst_value_get_structure (gst_value_array_get_value (words, 0)),
                              "start", &start);
  }
  g_mutex_unlock (&self->lock);
  return start;
}
