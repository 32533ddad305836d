/* SPDX-License-Identifier: MIT */
#include <gst/check/gstharness.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>

#include "element-run.h"

#define CLIP_SAMPLES 48000 /* 3 s */
#define FRAME_MS 100
#define SPEECH_CAPS "audio/x-raw, format=F32LE, layout=interleaved, rate=16000, channels=1"
#define VIDEO_CAPS "video/x-raw, format=I420, width=64, height=64, framerate=10/1"

/* The element with something at all its pads; the text that is heard, and the frames that come out,
 * with what they show. */
typedef struct {
  GstElement *element;
  GstElement *textoverlay;
  GstHarness *video;
  GstHarness *audio; /* NULL: not linked */
  GstBus *bus;
  GMutex lock;
  GCond changed;
  gboolean blocked; /* recognition, when it is to begin */
  GPtrArray *texts; /* char * */
  GArray *starts;   /* GstClockTime */
  GPtrArray *shown; /* char * */
  GArray *frames;   /* GstClockTime */
} Setup;

static GstPadProbeReturn
take_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Setup *self = data;
  GstClockTime pts = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));
  char *text;

  g_object_get (self->textoverlay, "text", &text, NULL);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->shown, text);
  g_array_append_val (self->frames, pts);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
take_text (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  Setup *self = data;
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->texts, g_strndup ((const char *) map.data, map.size));
  g_array_append_val (self->starts, pts);
  g_mutex_unlock (&self->lock);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

/* In the speech task: it says that the model is loaded, and goes no further. */
static GstBusSyncReply
watch_bus (GstBus *bus, GstMessage *message, gpointer data)
{
  Setup *self = data;
  GstProgressType type;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_PROGRESS)
    return GST_BUS_PASS;
  gst_message_parse_progress (message, &type, NULL, NULL);
  g_mutex_lock (&self->lock);
  while (type == GST_PROGRESS_TYPE_COMPLETE && self->blocked)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  return GST_BUS_PASS;
}

static void
unblock (Setup *self)
{
  g_mutex_lock (&self->lock);
  self->blocked = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static GstElement *
new_overlay (void)
{
  GstElement *element = gst_element_factory_make ("sewsubtitleoverlay", NULL);

  g_object_set (element, "model-location", g_getenv ("SEW_TEST_MODEL"), NULL);
  gst_util_set_object_arg (G_OBJECT (element), "decoder", "greedy");
  return element;
}

/* (transfer full) */
static GstElement *
find_textoverlay (GstElement *element)
{
  g_autoptr (GstIterator) iterator = gst_bin_iterate_all_by_element_factory_name (GST_BIN (element),
                                                                                  "textoverlay");
  GValue value = G_VALUE_INIT;

  g_assert_cmpint (gst_iterator_next (iterator, &value), ==, GST_ITERATOR_OK);
  GstElement *textoverlay = g_value_dup_object (&value);
  g_value_unset (&value);
  return textoverlay;
}

static void
set_up (Setup *self, gboolean with_audio, gboolean blocked)
{
  memset (self, 0, sizeof (*self));
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->blocked = blocked;
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->starts = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  self->shown = g_ptr_array_new_with_free_func (g_free);
  self->frames = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  self->bus = gst_bus_new ();
  gst_bus_set_sync_handler (self->bus, watch_bus, self, NULL);
  self->element = new_overlay ();
  gst_element_set_bus (self->element, self->bus);
  self->textoverlay = find_textoverlay (self->element);

  if (with_audio) {
    self->audio = gst_harness_new_with_element (self->element, "audio_sink", "audio_src");
    gst_harness_set_live (self->audio, FALSE);
  }
  self->video = gst_harness_new_with_element (self->element, "video_sink", "video_src");
  gst_harness_set_live (self->video, FALSE);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->textoverlay, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, take_frame, self, NULL);
  g_autoptr (GstElement) transcriber = gst_bin_get_by_name (GST_BIN (self->element), "transcriber");
  g_autoptr (GstPad) text_pad = gst_element_get_static_pad (transcriber, "src");
  gst_pad_add_probe (text_pad, GST_PAD_PROBE_TYPE_BUFFER, take_text, self, NULL);
  gst_harness_set_drop_buffers (self->video, TRUE);
}

static void
start (Setup *self)
{
  if (self->audio != NULL) {
    gst_harness_set_drop_buffers (self->audio, TRUE);
    gst_harness_set_src_caps_str (self->audio, SPEECH_CAPS);
  }
  gst_harness_set_src_caps_str (self->video, VIDEO_CAPS);
}

static void
tear_down (Setup *self)
{
  unblock (self);
  gst_harness_teardown (self->video);
  if (self->audio != NULL)
    gst_harness_teardown (self->audio);
  gst_object_unref (self->textoverlay);
  gst_element_set_bus (self->element, NULL);
  gst_object_unref (self->element);
  gst_object_unref (self->bus);
  g_ptr_array_unref (self->texts);
  g_array_unref (self->starts);
  g_ptr_array_unref (self->shown);
  g_array_unref (self->frames);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}

static void
push_frame (Setup *self, guint index)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 64 * 64 * 3 / 2, NULL);

  gst_buffer_memset (buffer, 0, 128, G_MAXSIZE);
  GST_BUFFER_PTS (buffer) = index * FRAME_MS * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = FRAME_MS * GST_MSECOND;
  g_assert_cmpint (gst_harness_push (self->video, buffer), ==, GST_FLOW_OK);
}

/* As much audio as belongs to a frame. */
static void
push_sound (Setup *self, guint index, const float *speech)
{
  const gsize n = FRAME_MS * SEW_SAMPLE_RATE_HZ / 1000;
  GstBuffer *buffer = gst_buffer_new_wrapped (
      g_memdup2 (speech + index * n % CLIP_SAMPLES, n * sizeof (float)), n * sizeof (float));

  GST_BUFFER_PTS (buffer) = index * FRAME_MS * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = FRAME_MS * GST_MSECOND;
  g_assert_cmpint (gst_harness_push (self->audio, buffer), ==, GST_FLOW_OK);
}

static void
finish (GstHarness *harness)
{
  gboolean eos = FALSE;

  gst_harness_push_event (harness, gst_event_new_eos ());
  while (!eos) {
    g_autoptr (GstEvent) event = gst_harness_pull_event (harness);
    g_assert_nonnull (event);
    eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  }
}

/* That each frame shows the last word of the text so far at the end of at most two lines. */
static void
assert_shown (Setup *self)
{
  guint n_words = 0;

  g_assert_cmpuint (self->texts->len, >, 3);
  for (guint i = 0; i < self->shown->len; i++) {
    GstClockTime time = g_array_index (self->frames, GstClockTime, i);
    while (n_words < self->texts->len
           && g_array_index (self->starts, GstClockTime, n_words) <= time)
      n_words++;
    g_auto (GStrv) lines = g_strsplit (self->shown->pdata[i], "\n", -1);
    guint n_lines = g_strv_length (lines);
    if (n_words == 0) {
      g_assert_cmpuint (n_lines, ==, 0);
      continue;
    }
    g_assert_cmpuint (n_lines, >, 0);
    g_assert_cmpuint (n_lines, <=, 2);
    g_assert_true (g_str_has_suffix (lines[n_lines - 1], self->texts->pdata[n_words - 1]));
    for (guint line = 0; line < n_lines; line++)
      g_assert_cmpuint (g_utf8_strlen (lines[line], -1), <=, 42);
  }
}

/* Picture and sound come one after the other from one thread, as from a demuxer. */
static void
test_captions (void)
{
  const guint n_frames = 300;
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  Setup setup;

  set_up (&setup, TRUE, FALSE);
  start (&setup);
  for (guint i = 0; i < n_frames; i++) {
    push_frame (&setup, i);
    push_sound (&setup, i, speech);
  }
  gst_harness_push_event (setup.audio, gst_event_new_eos ());
  finish (setup.video);
  g_assert_cmpuint (setup.shown->len, ==, n_frames);
  g_assert_cmpuint (gst_harness_buffers_received (setup.audio), ==, n_frames);
  assert_shown (&setup);
  tear_down (&setup);
}

/* Recognition does not even begin; the picture goes on, and so does the sound. */
static void
test_blocked (void)
{
  Setup setup;

  set_up (&setup, TRUE, TRUE);
  g_object_set (setup.element, "max-wait", 20, NULL);
  start (&setup);
  for (guint i = 0; i < 30; i++)
    push_frame (&setup, i);
  finish (setup.video);
  g_assert_cmpuint (setup.shown->len, ==, 30);
  for (guint i = 0; i < 30; i++)
    g_assert_cmpstr (setup.shown->pdata[i], ==, "");
  tear_down (&setup);
}

/* A flush ends all waiting. */
static void
test_flush (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  GstSegment segment;
  Setup setup;

  set_up (&setup, TRUE, FALSE);
  g_object_set (setup.element, "max-wait", G_MAXUINT, NULL);
  start (&setup);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  for (guint i = 0; i < 3; i++) {
    for (guint frame = 0; frame < 10; frame++)
      push_frame (&setup, frame);
    push_sound (&setup, 0, speech);
    gst_harness_push_event (setup.video, gst_event_new_flush_start ());
    gst_harness_push_event (setup.audio, gst_event_new_flush_start ());
    gst_harness_push_event (setup.audio, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (setup.video, gst_event_new_flush_stop (TRUE));
    gst_harness_push_event (setup.video, gst_event_new_segment (&segment));
    gst_harness_push_event (setup.audio, gst_event_new_segment (&segment));
  }
  g_mutex_lock (&setup.lock);
  g_ptr_array_set_size (setup.texts, 0);
  g_array_set_size (setup.starts, 0);
  g_ptr_array_set_size (setup.shown, 0);
  g_array_set_size (setup.frames, 0);
  g_mutex_unlock (&setup.lock);
  for (guint i = 0; i < 60; i++) {
    push_frame (&setup, i);
    push_sound (&setup, i, speech);
  }
  gst_harness_push_event (setup.audio, gst_event_new_eos ());
  finish (setup.video);
  g_assert_cmpuint (setup.shown->len, ==, 60);
  assert_shown (&setup);
  tear_down (&setup);
}

/* No sound at all, or less of it than picture. */
static void
test_without_sound (void)
{
  g_autofree float *speech = make_speech (CLIP_SAMPLES, 1);
  Setup setup;

  set_up (&setup, FALSE, FALSE);
  g_object_set (setup.element, "max-wait", G_MAXUINT, NULL);
  start (&setup);
  for (guint i = 0; i < 20; i++)
    push_frame (&setup, i);
  finish (setup.video);
  g_assert_cmpuint (setup.shown->len, ==, 20);
  tear_down (&setup);

  set_up (&setup, TRUE, FALSE);
  g_object_set (setup.element, "max-wait", G_MAXUINT, NULL);
  start (&setup);
  for (guint i = 0; i < 20; i++)
    push_sound (&setup, i, speech);
  finish (setup.audio);
  for (guint i = 0; i < 200; i++)
    push_frame (&setup, i);
  finish (setup.video);
  g_assert_cmpuint (setup.shown->len, ==, 200);
  g_assert_cmpstr (setup.shown->pdata[19], !=, "");
  g_assert_cmpstr (setup.shown->pdata[199], ==, "");
  tear_down (&setup);
}

/* Live picture is held for the latency and not longer, though nothing is recognized; picture and
 * sound report the same. */
static void
test_live (void)
{
  const GstClockTime latency = 1500 * GST_MSECOND;
  Setup setup;

  set_up (&setup, TRUE, TRUE);
  gst_harness_set_live (setup.video, TRUE);
  gst_harness_set_live (setup.audio, TRUE);
  gst_harness_set_upstream_latency (setup.video, FRAME_MS * GST_MSECOND);
  gst_harness_set_upstream_latency (setup.audio, FRAME_MS * GST_MSECOND);
  g_assert_cmpuint (gst_harness_query_latency (setup.video), ==, FRAME_MS * GST_MSECOND + latency);
  g_assert_cmpuint (gst_harness_query_latency (setup.audio), ==, FRAME_MS * GST_MSECOND + latency);
  gst_harness_use_testclock (setup.video);
  gst_harness_set_drop_buffers (setup.video, FALSE);
  start (&setup);
  GstTestClock *clock = gst_harness_get_testclock (setup.video);
  for (guint i = 0; i < 10; i++) {
    GstClockTime due = (i + 1) * FRAME_MS * GST_MSECOND + latency;
    push_frame (&setup, i);
    while (gst_clock_get_time (GST_CLOCK (clock)) < due) {
      g_assert_cmpuint (gst_harness_buffers_received (setup.video), ==, i);
      gst_test_clock_crank (clock);
    }
    while (gst_test_clock_get_next_entry_time (clock) <= due)
      gst_test_clock_crank (clock);
    gst_buffer_unref (gst_harness_pull (setup.video));
  }
  gst_object_unref (clock);
  tear_down (&setup);
}

/* A source that can do better than what recognition prefers does not learn of that. */
static void
test_caps (void)
{
  g_autoptr (GstElement) element = gst_object_ref_sink (new_overlay ());
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "audio_sink");
  g_autoptr (GstCaps) all = gst_pad_get_pad_template_caps (pad);
  g_autoptr (GstCaps) filter = gst_caps_from_string ("audio/x-raw, rate={44100, 16000}");

  gst_element_set_state (element, GST_STATE_PAUSED);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  g_assert_true (gst_caps_is_equal (caps, all));
  g_autoptr (GstCaps) filtered = gst_pad_query_caps (pad, filter);
  g_assert_true (gst_caps_is_equal (filtered, filter));
  gst_element_set_state (element, GST_STATE_NULL);
}

static void
test_properties (void)
{
  g_autoptr (GstElement) element = gst_object_ref_sink (new_overlay ());
  g_autofree char *font = NULL;
  g_autofree char *model = NULL;
  guint line_length;
  gboolean shaded;
  int xpad;

  g_object_set (element, "font-desc", "Serif 12", "xpad", 7, "shaded-background", FALSE,
                "line-length", 30, NULL);
  gst_util_set_object_arg (G_OBJECT (element), "valignment", "top");
  g_object_get (element, "font-desc", &font, "model-location", &model, "line-length", &line_length,
                NULL);
  g_assert_cmpstr (font, ==, "Serif 12");
  g_assert_cmpstr (model, ==, g_getenv ("SEW_TEST_MODEL"));
  g_assert_cmpuint (line_length, ==, 30);

  g_autoptr (GstElement) textoverlay = find_textoverlay (element);
  g_object_get (textoverlay, "xpad", &xpad, "shaded-background", &shaded, NULL);
  g_assert_cmpint (xpad, ==, 7);
  g_assert_false (shaded);
  GValue alignment = G_VALUE_INIT;
  g_object_get_property (G_OBJECT (textoverlay), "valignment", &alignment);
  g_autofree char *nick = gst_value_serialize (&alignment);
  g_assert_cmpstr (nick, ==, "top");
  g_value_unset (&alignment);
}

/* The last one, as it can't be undone: the plugin of textoverlay is not there. */
static void
test_missing (void)
{
  GstRegistry *registry = gst_registry_get ();
  GstPluginFeature *feature = gst_registry_lookup_feature (registry, "textoverlay");
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GError) error = NULL;

  gst_registry_remove_feature (registry, feature);
  gst_object_unref (feature);
  g_autoptr (GstElement) element = gst_object_ref_sink (new_overlay ());
  gst_element_set_bus (element, bus);
  g_object_set (element, "font-desc", "Serif 12", NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_READY), ==, GST_STATE_CHANGE_FAILURE);

  g_autoptr (GstMessage) missing = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  g_assert_true (gst_is_missing_plugin_message (missing));
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
  g_assert_nonnull (strstr (error->message, "textoverlay"));
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
}

int
main (int argc, char **argv)
{
  element_test_init (&argc, &argv);
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "model-with-words", NULL);
  g_setenv ("SEW_TEST_MODEL", folder, TRUE);
  g_test_add_func ("/subtitle-overlay/captions", test_captions);
  g_test_add_func ("/subtitle-overlay/blocked", test_blocked);
  g_test_add_func ("/subtitle-overlay/flush", test_flush);
  g_test_add_func ("/subtitle-overlay/without-sound", test_without_sound);
  g_test_add_func ("/subtitle-overlay/live", test_live);
  g_test_add_func ("/subtitle-overlay/caps", test_caps);
  g_test_add_func ("/subtitle-overlay/properties", test_properties);
  g_test_add_func ("/subtitle-overlay/missing", test_missing);
  return g_test_run ();
}
