/* SPDX-License-Identifier: MIT */

/* The gst-launch lines of the README, as they stand there, on recordings of those names: a black
 * picture with twenty seconds of synthetic speech. */

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <unistd.h>

#include "elements.h"

#define TIMEOUT (120 * GST_SECOND)
#define VIDEO                                                                                      \
  "videotestsrc pattern=black num-buffers=100 ! video/x-raw,width=320,height=240,framerate=5/1 ! "

static GPtrArray *recipes; /* char *: command lines */

/* Runs a pipeline to its end. */
static void
run_pipeline (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GError) error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, TIMEOUT,
                                                               GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
run_description (const char *description)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
                                                &error);

  g_assert_no_error (error);
  run_pipeline (pipeline);
}

static void
make_media (void)
{
  g_autofree char *speech = g_test_build_filename (G_TEST_DIST, "data", "speech.ogg", NULL);
  g_autofree char *webm = g_strdup_printf (
      "webmmux name=mux ! filesink location=talk.webm " VIDEO "vp8enc deadline=1 ! queue ! "
      "mux.video_0 filesrc location=\"%s\" ! oggdemux ! opusparse ! identity eos-after=334 ! queue "
      "! mux.audio_0",
      speech);
  g_autofree char *mp4 = g_strdup_printf (
      "mp4mux name=mux ! filesink location=talk.mp4 " VIDEO "openh264enc ! h264parse ! queue ! "
      "mux.video_0 filesrc location=\"%s\" ! oggdemux ! opusparse ! identity eos-after=334 ! queue "
      "! mux.audio_0",
      speech);

  run_description (webm);
  run_description (mp4);
}

/* From the README's section to the next one: what begins with gst-launch-1.0, with the lines that
 * go on after a backslash. */
static GPtrArray *
read_recipes (void)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "README.md", NULL);
  g_autofree char *readme = NULL;

  g_assert_true (g_file_get_contents (path, &readme, NULL, NULL));
  char *section = strstr (readme, "\n## Recipes\n");
  g_assert_nonnull (section);
  char *end = strstr (section + 1, "\n## ");
  g_autofree char *text = g_strndup (section, (gsize) (end - section));
  g_autoptr (GRegex) continuation = g_regex_new ("\\\\\\n", 0, 0, NULL);
  g_autofree char *joined = g_regex_replace_literal (continuation, text, -1, 0, " ", 0, NULL);
  g_auto (GStrv) lines = g_strsplit (joined, "\n", -1);
  for (char **line = lines; *line; line++)
    if (g_str_has_prefix (*line, "gst-launch-1.0 "))
      g_ptr_array_add (found, g_strdup (*line));
  return found;
}

/* Runs the one recipe that writes this file. Returns: (transfer full): what is in it. */
static char *
cook (const char *file)
{
  g_autofree char *written = g_strconcat (" filesink location=", file, NULL);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  char *content;

  for (guint i = 0; i < recipes->len; i++)
    if (strstr (recipes->pdata[i], written) != NULL) {
      g_assert_null (argv);
      g_assert_true (g_shell_parse_argv (recipes->pdata[i], NULL, &argv, &error));
    }
  g_assert_nonnull (argv);
  GstElement *pipeline = gst_parse_launchv_full ((const char **) argv + 1, NULL,
                                                 GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  run_pipeline (pipeline);
  g_assert_true (g_file_get_contents (file, &content, NULL, NULL));
  return content;
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (; (text = strstr (text, part)) != NULL; text++)
    n++;
  return n;
}

static void
test_srt (void)
{
  g_autofree char *srt = cook ("talk.srt");

  g_assert_true (g_str_has_prefix (srt, "1\n00:00:00,"));
  g_assert_cmpuint (count (srt, " --> "), >, 3);
}

static void
test_vtt (void)
{
  g_autofree char *vtt = cook ("talk.vtt");

  g_assert_true (g_str_has_prefix (vtt, "WEBVTT\n"));
  g_assert_cmpuint (count (vtt, " --> "), >, 3);
}

static void
test_json_lines (void)
{
  g_autofree char *content = cook ("talk.jsonl");
  g_auto (GStrv) lines = g_strsplit (content, "\n", -1);
  gint64 end = 0;

  g_assert_cmpuint (g_strv_length (lines), >=, 2);
  for (char **line = lines; **line; line++) {
    g_autoptr (JsonParser) parser = json_parser_new ();
    g_autoptr (GError) error = NULL;
    json_parser_load_from_data (parser, *line, -1, &error);
    g_assert_no_error (error);
    JsonObject *object = json_node_get_object (json_parser_get_root (parser));
    JsonArray *words = json_object_get_array_member (object, "words");
    g_assert_cmpuint (strlen (json_object_get_string_member (object, "text")), >, 0);
    g_assert_cmpint (json_object_get_int_member (object, "timestamp"), >=, end);
    end = json_object_get_int_member (object, "timestamp")
          + json_object_get_int_member (object, "duration");
    g_assert_cmpuint (json_array_get_length (words), >, 0);
    g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (words, 0), "start"),
                     ==, json_object_get_int_member (object, "timestamp"));
  }
  g_assert_cmpint (end, >, 15 * GST_SECOND);
}

/* What comes out of an element while a pipeline runs. */
typedef struct {
  GString *text;
  guint brightest;
} Seen;

static void
see (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  Seen *seen = data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  if (gst_structure_has_name (gst_caps_get_structure (caps, 0), "text/x-raw"))
    g_string_append_printf (seen->text, "%.*s|", (int) map.size, (const char *) map.data);
  else
    for (gsize i = 0; i < map.size; i++)
      seen->brightest = MAX (seen->brightest, map.data[i]);
  gst_buffer_unmap (buffer, &map);
}

static void
watch (const char *description, Seen *seen)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
                                                &error);
  g_assert_no_error (error);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");

  g_signal_connect (sink, "handoff", G_CALLBACK (see), seen);
  run_pipeline (pipeline);
}

/* The subtitle track that a player sees, and that the other tracks are there. */
static void
check_track (const char *file, const char *demuxer)
{
  g_autofree char *content = cook (file);
  g_autofree char *description = g_strdup_printf (
      "filesrc location=%s ! %s name=media media.subtitle_0 ! queue ! "
      "fakesink name=sink signal-handoffs=true sync=false "
      "media.video_0 ! queue ! fakesink sync=false media.audio_0 ! queue ! fakesink sync=false",
      file, demuxer);
  Seen seen = { g_string_new (NULL), 0 };

  watch (description, &seen);
  g_assert_cmpuint (count (seen.text->str, "|"), >, 3);
  g_assert_cmpuint (count (seen.text->str, "\n"), >, 2);
  g_string_free (seen.text, TRUE);
}

static void
test_matroska (void)
{
  check_track ("subtitled.mkv", "matroskademux");
}

static void
test_mp4 (void)
{
  check_track ("subtitled.mp4", "qtdemux");
}

/* The picture is black but for what is written on it. */
static void
test_burnt (void)
{
  g_autofree char *content = cook ("burnt.webm");
  Seen before = { 0 }, after = { 0 };

  watch ("filesrc location=talk.webm ! matroskademux ! vp8dec ! videoconvert ! "
         "video/x-raw,format=GRAY8 ! "
         "fakesink name=sink signal-handoffs=true sync=false",
         &before);
  watch ("filesrc location=burnt.webm ! matroskademux ! vp8dec ! videoconvert ! "
         "video/x-raw,format=GRAY8 ! "
         "fakesink name=sink signal-handoffs=true sync=false",
         &after);
  g_assert_cmpuint (before.brightest, <, 64);
  g_assert_cmpuint (after.brightest, >, 192);
}

/* (transfer full) */
static char *
replace (const char *text, const char *part, const char *other)
{
  g_auto (GStrv) pieces = g_strsplit (text, part, -1);

  g_assert_cmpuint (g_strv_length (pieces), ==, 2);
  return g_strjoinv (other, pieces);
}

/* A recording takes the microphone's place, at its pace: a mixer is live if one of its sources is.
 */
static void
test_microphone (void)
{
  g_autofree char *speech = g_test_build_filename (G_TEST_DIST, "data", "speech.ogg", NULL);
  g_autofree char *end = g_strdup_printf ("filesink location=live.jsonl filesrc location=\"%s\" ! "
                                          "oggdemux ! identity eos-after=100 ! decodebin ! "
                                          "audioconvert ! live.",
                                          speech);
  const char *recipe = NULL;
  g_autofree char *content = NULL;

  for (guint i = 0; i < recipes->len; i++)
    if (strstr (recipes->pdata[i], " autoaudiosrc ") != NULL)
      recipe = recipes->pdata[i];
  g_assert_nonnull (recipe);
  g_assert_true (g_str_has_prefix (recipe, "gst-launch-1.0 -q -e "));
  g_autofree char *with_source = replace (
      recipe + strlen ("gst-launch-1.0 -q -e "), "autoaudiosrc",
      "audiotestsrc is-live=true volume=0 num-buffers=250 ! audiomixer name=live");
  g_autofree char *description = replace (with_source, "fdsink", end);
  run_description (description);
  g_assert_true (g_file_get_contents ("live.jsonl", &content, NULL, NULL));
  g_assert_true (g_str_has_prefix (content, "{\"text\""));
  g_assert_cmpuint (count (content, "\n"), >, 3);
}

int
main (int argc, char **argv)
{
  static const char *const files[] = { "talk.webm",     "talk.mp4",   "talk.srt",
                                       "talk.vtt",      "talk.jsonl", "subtitled.mkv",
                                       "subtitled.mp4", "burnt.webm", "live.jsonl" };

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_assert_true (sew_elements_register (NULL));
  recipes = read_recipes ();
  g_autofree char *folder = g_dir_make_tmp ("sew-recipes-XXXXXX", NULL);
  g_assert_cmpint (chdir (folder), ==, 0);
  make_media ();
  g_test_add_func ("/recipes/srt", test_srt);
  g_test_add_func ("/recipes/vtt", test_vtt);
  g_test_add_func ("/recipes/json-lines", test_json_lines);
  g_test_add_func ("/recipes/microphone", test_microphone);
  g_test_add_func ("/recipes/matroska", test_matroska);
  g_test_add_func ("/recipes/mp4", test_mp4);
  g_test_add_func ("/recipes/burnt", test_burnt);
  g_assert_cmpuint (recipes->len, ==, 7);
  int result = g_test_run ();
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    g_unlink (files[i]);
  g_rmdir (folder);
  g_ptr_array_unref (recipes);
  return result;
}
