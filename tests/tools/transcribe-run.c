/* SPDX-License-Identifier: MIT */
#include "transcribe-run.h"

#include <string.h>
#include <sys/wait.h>

#include <gst/app/gstappsink.h>
#include <json-glib/json-glib.h>

char *transcribe_run_folder;
float *transcribe_run_speech;
gsize transcribe_run_n_samples;

/* Media */

static void
decode_speech (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "speech.ogg", NULL);
  g_autofree char *description = g_strdup_printf (
      "filesrc location=\"%s\" ! oggdemux ! opusdec ! audioconvert ! audioresample ! "
      "appsink name=sink sync=false caps=audio/x-raw,format=F32LE,rate=%d,channels=1",
      path, TRANSCRIBE_RUN_RATE_HZ);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_assert_no_error (error);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  GstSample *sample;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink)))) {
    GstMapInfo map;
    g_assert_true (gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ));
    g_byte_array_append (bytes, map.data, (guint) map.size);
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    gst_sample_unref (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  transcribe_run_n_samples = bytes->len / sizeof (float);
  transcribe_run_speech = (float *) g_byte_array_free (g_steal_pointer (&bytes), FALSE);
  g_assert_cmpuint (transcribe_run_n_samples, >, 50 * TRANSCRIBE_RUN_RATE_HZ);
}

static void
append_number (GByteArray *bytes, guint32 value, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++, value >>= 8)
    g_byte_array_append (bytes, &(guint8){ (guint8) value }, 1);
}

GByteArray *
transcribe_run_make_wav (const float *samples, gsize n)
{
  GByteArray *wav = g_byte_array_new ();
  guint32 n_bytes = (guint32) (n * sizeof (float));

  g_byte_array_append (wav, (const guint8 *) "RIFF", 4);
  append_number (wav, n_bytes + 36, 4);
  g_byte_array_append (wav, (const guint8 *) "WAVEfmt ", 8);
  append_number (wav, 16, 4);
  append_number (wav, 3, 2); /* float */
  append_number (wav, 1, 2);
  append_number (wav, TRANSCRIBE_RUN_RATE_HZ, 4);
  append_number (wav, TRANSCRIBE_RUN_RATE_HZ * 4, 4);
  append_number (wav, 4, 2);
  append_number (wav, 32, 2);
  g_byte_array_append (wav, (const guint8 *) "data", 4);
  append_number (wav, n_bytes, 4);
  g_byte_array_append (wav, (const guint8 *) samples, n_bytes);
  return wav;
}

char *
transcribe_run_get_path (const char *name)
{
  return g_build_filename (transcribe_run_folder, name, NULL);
}

char *
transcribe_run_write_speech (const char *name, guint seconds)
{
  char *path = transcribe_run_get_path (name);
  g_autoptr (GByteArray) wav = transcribe_run_make_wav (transcribe_run_speech,
                                                        seconds * TRANSCRIBE_RUN_RATE_HZ);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, (const char *) wav->data, (gssize) wav->len, &error);
  g_assert_no_error (error);
  return path;
}

char *
transcribe_run_read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *content;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  return content;
}

/* The command */

int
transcribe_run_command (const char *const *arguments, char **out, char **err)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  int status;

  g_clear_pointer (out, g_free);
  g_clear_pointer (err, g_free);
  g_ptr_array_add (argv, (gpointer) g_getenv ("SEW_TRANSCRIBE"));
  for (; *arguments; arguments++)
    g_ptr_array_add (argv, (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (transcribe_run_folder, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                out, err, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

void
transcribe_run_check_refused (int code, const char *reason, const char *const *arguments)
{
  g_autofree char *out = NULL, *err = NULL;

  g_assert_cmpint (transcribe_run_command (arguments, &out, &err), ==, code);
  g_assert_cmpstr (out, ==, "");
  g_assert_nonnull (strstr (err, reason));
  g_assert_true (strchr (err, '\n') == err + strlen (err) - 1);
}

char *
transcribe_run_print (const char *format, const char *path, const char *option)
{
  g_autofree char *err = NULL;
  char *out = NULL;

  g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", format, "-o", "-", path, option), ==, 0);
  g_assert_cmpstr (err, ==, "");
  g_assert_cmpstr (out, !=, "");
  return out;
}

static JsonNode *
parse_json (const char *content)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, content, -1, &error);
  g_assert_no_error (error);
  return json_parser_steal_root (parser);
}

guint
transcribe_run_check_json (const char *content, gboolean complete)
{
  g_autoptr (JsonNode) root = parse_json (content);
  JsonObject *object = json_node_get_object (root);
  JsonArray *segments = json_object_get_array_member (object, "segments");
  JsonObject *model = json_object_get_object_member (object, "model");
  double time = 0.0;

  g_assert_cmpint (json_object_get_boolean_member (object, "complete"), ==, complete);
  g_assert_cmpint (json_object_has_member (object, "error"), ==, !complete);
  g_assert_true (
      g_str_has_prefix (json_object_get_string_member (object, "generator"), "sew-transcribe "));
  g_assert_cmpint (json_object_get_int_member (model, "parameters"), >, 1000);
  g_assert_nonnull (json_object_get_string_member (model, "folder"));
  g_assert_nonnull (json_object_get_string_member (model, "architecture"));
  g_assert_nonnull (json_object_get_object_member (object, "settings"));
  for (guint i = 0; i < json_array_get_length (segments); i++) {
    JsonObject *segment = json_array_get_object_element (segments, i);
    JsonArray *words = json_object_get_array_member (segment, "words");
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_cmpfloat (json_object_get_double_member (segment, "start"), >=, time);
    for (guint j = 0; j < json_array_get_length (words); j++) {
      JsonObject *word = json_array_get_object_element (words, j);
      double confidence = json_object_get_double_member (word, "confidence");
      g_assert_cmpfloat (json_object_get_double_member (word, "start"), >=, time);
      time = json_object_get_double_member (word, "end");
      g_assert_true (confidence >= 0.0 && confidence <= 1.0);
      g_string_append_printf (text, "%s%s", j > 0 ? " " : "",
                              json_object_get_string_member (word, "text"));
    }
    g_assert_cmpfloat (json_object_get_double_member (segment, "end"), ==, time);
    g_assert_cmpstr (json_object_get_string_member (segment, "text"), ==, text->str);
  }
  return json_array_get_length (segments);
}

void
transcribe_run_init (void)
{
  transcribe_run_folder = g_dir_make_tmp ("sew-transcribe-XXXXXX", NULL);
  g_assert_nonnull (transcribe_run_folder);
  decode_speech ();
}

void
transcribe_run_clear (void)
{
  g_free (transcribe_run_folder);
  g_free (transcribe_run_speech);
}
