/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <string.h>

#include "checkpoint-fixture.h"
#include "element-run.h"
#include "tone-model.h"

static char *model_folder;
static char *script_path;

static void
write_script (const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (script_path, text, -1, &error);
  g_assert_no_error (error);
}

static Run *
run_script (const char *properties)
{
  g_autofree char *all = g_strdup_printf ("model-location=\"%s\" script-location=\"%s\" %s",
                                          model_folder, script_path, properties);

  return run_new (all);
}

/* In chunks, at that time. Returns when it ends. */
static GstClockTime
speak (Run *run, GstClockTime pts, const char *text)
{
  gsize n_samples;
  g_autofree float *samples = tone_model_speak (text, &n_samples);

  for (gsize i = 0; i < n_samples; i += 1600)
    run_push (run, pts + gst_util_uint64_scale (i, GST_SECOND, SEW_SAMPLE_RATE_HZ), samples + i,
              MIN (1600, n_samples - i));
  return pts + gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

/* "text@letter " of each buffer; "letter": the time it takes to say one. */
static char *
list_words (Run *run)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < run->words->len; i++) {
    const RunWord *word = run->words->pdata[i];
    guint64 sample = gst_util_uint64_scale_round (word->pts, SEW_SAMPLE_RATE_HZ, GST_SECOND);
    g_string_append_printf (text, "%s@%g ", word->text, (double) sample / TONE_LETTER_SAMPLES);
  }
  return g_string_free (text, FALSE);
}

/* The words of the messages: before those that were not said stands a "!". */
static char *
list_results (Run *run)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < run->results->len; i++) {
    const GValue *words = gst_structure_get_value (run->results->pdata[i], "words");
    for (guint k = 0; k < gst_value_array_get_size (words); k++) {
      const GstStructure *word = gst_value_get_structure (gst_value_array_get_value (words, k));
      double confidence;
      gboolean spoken;
      g_assert_true (gst_structure_get (word, "confidence", G_TYPE_DOUBLE, &confidence, "spoken",
                                        G_TYPE_BOOLEAN, &spoken, NULL));
      g_assert_cmpint (spoken, ==, confidence > 0.0);
      g_string_append_printf (text, "%s%s ", spoken ? "" : "!",
                              gst_structure_get_string (word, "text"));
    }
  }
  return g_string_free (text, FALSE);
}

static void
assert_run (Run *run, const char *words, const char *results)
{
  g_assert_true (run_finish (run));
  g_autofree char *found_words = list_words (run);
  g_autofree char *found_results = list_results (run);
  g_assert_cmpstr (found_words, ==, words);
  g_assert_cmpstr (found_results, ==, results);
}

static void
test_words (void)
{
  write_script ("Hello, world!\n“The cat” (sat).\n");
  g_autoptr (Run) run = run_script ("");
  GstClockTime end = speak (run, 3 * GST_SECOND, "HELLO WORLD THE CAT SAT .......");

  assert_run (run, "Hello,@18.75 world!@24.75 “The@30.75 cat”@34.75 (sat).@38.75 ",
              "Hello, world! “The cat” (sat). ");
  g_assert_cmpuint (run->n_finals, ==, 2);
  g_assert_cmpuint (run->position, ==, end);
}

static void
test_lines (void)
{
  write_script ("Hello, world!\nNobody says\nthis.\n\nThe cat sat.\n");
  g_autoptr (Run) run = run_script ("granularity=utterance");

  speak (run, 0, "HELLO WORLD ..... THE CAT SAT ");
  assert_run (run, "Hello, world!@0 The cat sat.@18 ",
              "Hello, world! !Nobody !says !this. The cat sat. ");
}

/* Words that were not said are told, but not shown; what is not in the script is neither. */
static void
test_not_said (void)
{
  write_script ("Hello wonderful 1st world\n");
  g_autoptr (Run) run = run_script ("");

  speak (run, 0, "HELLO FIRST WORLD ");
  assert_run (run, "Hello@0 1st@6 world@12 ", "Hello !wonderful 1st world ");

  write_script ("Hello world the end");
  g_autoptr (Run) other = run_script ("");
  speak (other, 0, "HELLO UNEXPECTED GUESTS WORLD ");
  assert_run (other, "Hello@0 world@24 ", "Hello world !the !end ");
}

/* After a jump the script goes on. */
static void
test_jump (void)
{
  write_script ("Hello, world!\nThe cat\n");
  g_autoptr (Run) run = run_script ("");

  speak (run, 0, "HELLO WORLD ");
  speak (run, 16 * GST_SECOND, "THE CAT ");
  assert_run (run, "Hello,@0 world!@6 The@100 cat@104 ", "Hello, world! The cat ");
}

/* In READY the script can be changed, and it begins afresh. */
static void
test_again (void)
{
  write_script ("Hello world");
  g_autoptr (Run) run = run_script ("");

  speak (run, 0, "HELLO WORLD ");
  g_assert_true (run_finish (run));
  g_object_set (run->transcriber, "script-location", NULL, NULL);
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  speak (run, 0, "HELLO ");
  assert_run (run, "Hello@0 world@6 HELLO@0 ", "Hello world HELLO ");
}

static void
test_bad_scripts (void)
{
  static const struct {
    const char *text;
    const char *reason;
  } cases[] = {
    { NULL, "No such file" },
    { "", "no words" },
    { "fine\n\377\n", "line 2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    if (cases[i].text != NULL)
      write_script (cases[i].text);
    else
      g_unlink (script_path);
    g_autoptr (Run) run = run_script ("");
    speak (run, 0, "HELLO ");
    g_assert_false (run_finish (run));
    g_assert_nonnull (strstr (run->error->message, script_path));
    g_assert_nonnull (strstr (run->error->message, cases[i].reason));
    g_assert_cmpuint (run->words->len, ==, 0);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  element_test_init (&argc, &argv);
  model_folder = tone_model_new_folder (1);
  g_close (g_file_open_tmp ("sew-script-XXXXXX", &script_path, &error), NULL);
  g_assert_no_error (error);

  g_test_add_func ("/transcriber-script/words", test_words);
  g_test_add_func ("/transcriber-script/lines", test_lines);
  g_test_add_func ("/transcriber-script/not-said", test_not_said);
  g_test_add_func ("/transcriber-script/jump", test_jump);
  g_test_add_func ("/transcriber-script/again", test_again);
  g_test_add_func ("/transcriber-script/bad-scripts", test_bad_scripts);
  int result = g_test_run ();
  g_unlink (script_path);
  g_free (script_path);
  fixture_remove_folder (model_folder);
  return result;
}
