/* SPDX-License-Identifier: MIT */

/* sew-transcribe --align on speech whose words are known. */

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/wait.h>

#define UNSAID "This sentence, though, was never said by anybody."
#define N_UNSAID 8

static char *script_path;
static char **script_words;
static char *speech_path;

/* The exit code; *out and *err are what it printed. */
static int
align (const char *script, const char *format, const char *media, char **out, char **err)
{
  const char *const arguments[]
      = { g_getenv ("SEW_TRANSCRIBE"), "--align", script, "-f", format, "-o", "-", media, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, out, err, &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* The speech's words, with a sentence after the second line that is not in it. */
static void
write_script (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "speech.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 3);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_autofree char *longer = g_strdup_printf ("%s\n%s\n%s\n%s", lines[0], lines[1], UNSAID,
                                             lines[2]);
  g_close (g_file_open_tmp ("sew-script-XXXXXX", &script_path, &error), NULL);
  g_file_set_contents (script_path, longer, -1, &error);
  g_assert_no_error (error);
  g_autofree char *line = g_strdelimit (g_strdup (g_strchomp (longer)), "\n", ' ');
  script_words = g_strsplit (line, " ", -1);
}

/* Every word has its time, as it is written, and those that were not said are marked. */
static void
test_words (void)
{
  g_autofree char *out = NULL, *err = NULL;
  double end = 0.0;
  guint n_unsaid = 0, n_others_unsaid = 0;

  g_assert_cmpint (align (script_path, "words", speech_path, &out, &err), ==, 0);
  g_assert_cmpstr (err, ==, "");
  g_auto (GStrv) lines = g_strsplit (g_strchomp (out), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, g_strv_length (script_words));
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i], "\t", -1);
    g_assert_cmpuint (g_strv_length (fields), ==, 4);
    double first = g_ascii_strtod (fields[0], NULL);
    g_assert_cmpfloat (first, >=, end);
    end = g_ascii_strtod (fields[1], NULL);
    g_assert_cmpfloat (end, >=, first);
    g_assert_cmpstr (fields[3], ==, script_words[i]);
    gboolean in_unsaid = strstr (UNSAID, fields[3]) != NULL && i > 70 && i < 90;
    if (g_str_equal (fields[2], "-")) {
      n_unsaid += in_unsaid;
      n_others_unsaid += !in_unsaid;
    }
  }
  g_assert_cmpuint (n_unsaid, ==, N_UNSAID);
  g_assert_cmpuint (n_others_unsaid, <=, 5);
  g_assert_cmpfloat (end, >, 50.0);
}

/* Subtitles show what was said, as it is written. */
static void
test_subtitles (void)
{
  g_autofree char *out = NULL, *err = NULL;

  g_assert_cmpint (align (script_path, "srt", speech_path, &out, &err), ==, 0);
  g_assert_nonnull (strstr (out, "The pipeline begins with a microphone,"));
  g_assert_nonnull (strstr (out, "write it down again."));
  g_assert_null (strstr (out, "never said"));
}

static void
test_json (void)
{
  g_autofree char *out = NULL, *err = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  guint n_unsaid_lines = 0, n_words = 0;

  g_assert_cmpint (align (script_path, "json", speech_path, &out, &err), ==, 0);
  json_parser_load_from_data (parser, out, -1, &error);
  g_assert_no_error (error);
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonArray *segments = json_object_get_array_member (root, "segments");
  for (guint i = 0; i < json_array_get_length (segments); i++) {
    JsonObject *segment = json_array_get_object_element (segments, i);
    JsonArray *words = json_object_get_array_member (segment, "words");
    guint n_unsaid = 0;
    n_words += json_array_get_length (words);
    for (guint k = 0; k < json_array_get_length (words); k++)
      n_unsaid += json_object_has_member (json_array_get_object_element (words, k), "spoken");
    n_unsaid_lines += n_unsaid == json_array_get_length (words);
    if (n_unsaid == json_array_get_length (words))
      g_assert_cmpstr (json_object_get_string_member (segment, "text"), ==, UNSAID);
  }
  g_assert_cmpuint (n_words, ==, g_strv_length (script_words));
  g_assert_cmpuint (n_unsaid_lines, ==, 1);
}

static void
assert_refused (const char *script, const char *reason)
{
  g_autofree char *out = NULL, *err = NULL;

  g_assert_cmpint (align (script, "txt", speech_path, &out, &err), ==, 1);
  g_assert_cmpstr (out, ==, "");
  g_assert_nonnull (strstr (err, script));
  g_assert_nonnull (strstr (err, reason));
  g_assert_true (strchr (err, '\n') == err + strlen (err) - 1);
}

static void
test_bad_scripts (void)
{
  g_autofree char *path = NULL;

  g_close (g_file_open_tmp ("sew-script-XXXXXX", &path, NULL), NULL);
  assert_refused (path, "no words");
  g_file_set_contents (path, "so far\nso \377", -1, NULL);
  assert_refused (path, "not UTF-8 text: byte 0xff in line 2");
  g_unlink (path);
  assert_refused (path, "No such file");
}

/* The transcript of talk.ogg would be talk.txt, which is the script or the list of hot words. */
static void
test_what_is_read_stays (gconstpointer option)
{
  g_autofree char *folder = g_dir_make_tmp ("sew-align-XXXXXX", NULL);
  g_autofree char *media = g_build_filename (folder, "talk.ogg", NULL);
  g_autofree char *script = g_build_filename (folder, "talk.txt", NULL);
  const char *const arguments[]
      = { g_getenv ("SEW_TRANSCRIBE"), option, script, "-f", "txt", "--overwrite", media, NULL };
  g_autofree char *speech = NULL, *text = NULL, *err = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;
  int status;

  g_file_get_contents (speech_path, &speech, &n_bytes, &error);
  g_assert_no_error (error);
  g_file_set_contents (media, speech, (gssize) n_bytes, &error);
  g_assert_no_error (error);
  g_file_set_contents (script, UNSAID, -1, &error);
  g_assert_no_error (error);
  g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &err, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  g_assert_nonnull (strstr (err, "is what words are read from"));
  g_file_get_contents (script, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, UNSAID);
  g_unlink (media);
  g_unlink (script);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  speech_path = g_test_build_filename (G_TEST_DIST, "data", "speech.ogg", NULL);
  write_script ();

  g_test_add_func ("/align/words", test_words);
  g_test_add_func ("/align/subtitles", test_subtitles);
  g_test_add_func ("/align/json", test_json);
  g_test_add_func ("/align/bad-scripts", test_bad_scripts);
  g_test_add_data_func ("/align/script-stays", "--align", test_what_is_read_stays);
  g_test_add_data_func ("/align/hot-words-stay", "--hot-words", test_what_is_read_stays);
  int result = g_test_run ();
  g_unlink (script_path);
  g_free (script_path);
  g_free (speech_path);
  g_strfreev (script_words);
  return result;
}
