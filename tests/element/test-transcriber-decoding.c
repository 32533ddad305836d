/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <string.h>

#include "element-run.h"

#define CLIP_SAMPLES (8 * SEW_SAMPLE_RATE_HZ)

/* A model of many short words, with a language model beside it. */
static char *model_folder;
static char *lm_folder;
static float *speech; /* [CLIP_SAMPLES] */

/* -- helpers -- */

static Run *
run_with_words (const char *properties)
{
  g_autofree char *all = g_strdup_printf ("model-location=\"%s\" %s", model_folder, properties);

  return run_new (all);
}

static char *
join_run (const Run *run)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < run->words->len; i++)
    g_string_append_printf (text, "%s ", ((RunWord *) run->words->pdata[i])->text);
  return g_string_free (text, FALSE);
}

static char *
transcribe (const char *properties)
{
  g_autoptr (Run) run = run_with_words (properties);

  run_push (run, 0, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  return join_run (run);
}

/* What the library makes of it, with its defaults but for these. */
static char *
recognize_by_library (SewDecoding decoding, float lm_weight)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SewModel) model = sew_model_new_at_precision (model_folder, NULL, SEW_PRECISION_AUTO,
                                                           NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SewLanguageModel) language_model = sew_language_model_new (lm_folder, &error);
  g_assert_no_error (error);
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  GString *text = g_string_new (NULL);
  SewSegment *segment;

  sew_recognizer_set_decoding (recognizer, decoding);
  sew_recognizer_set_language_model (recognizer, language_model);
  if (lm_weight >= 0.0f)
    sew_recognizer_set_lm_weight (recognizer, lm_weight);
  sew_recognizer_push (recognizer, speech, CLIP_SAMPLES, NULL, NULL);
  sew_recognizer_drain (recognizer, NULL, NULL);
  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    if (sew_segment_get_n_words (segment) > 0)
      g_string_append_printf (text, "%s ", sew_segment_get_text (segment));
    sew_segment_unref (segment);
  }
  return g_string_free (text, FALSE);
}

/* -- tests -- */

/* The checkpoint's own language model is used unless something else is asked for. */
static void
test_decoder (void)
{
  g_autofree char *automatic = transcribe ("");
  g_autofree char *beam = transcribe ("decoder=beam");
  g_autofree char *greedy = transcribe ("decoder=greedy");
  g_autofree char *light = transcribe ("lm-weight=0.1");
  g_autofree char *expected_beam = recognize_by_library (SEW_DECODING_BEAM, -1.0f);
  g_autofree char *expected_greedy = recognize_by_library (SEW_DECODING_GREEDY, -1.0f);
  g_autofree char *expected_light = recognize_by_library (SEW_DECODING_BEAM, 0.1f);

  g_assert_cmpstr (expected_beam, !=, expected_greedy);
  g_assert_cmpstr (expected_light, !=, expected_beam);
  g_assert_cmpstr (automatic, ==, expected_beam);
  g_assert_cmpstr (beam, ==, expected_beam);
  g_assert_cmpstr (greedy, ==, expected_greedy);
  g_assert_cmpstr (light, ==, expected_light);
}

/* These weights are never that sure. */
static void
test_min_confidence (void)
{
  g_autofree char *sure = transcribe ("min-confidence=1");
  g_autofree char *all = transcribe ("min-confidence=0");

  g_assert_cmpstr (sure, ==, "");
  g_assert_cmpstr (all, !=, "");
}

static guint
count_progress (Run *run, const char *code, GstProgressType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);
  GstMessage *message;
  guint n = 0;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_PROGRESS)) != NULL) {
    GstProgressType found_type;
    g_autofree char *found_code = NULL;
    gst_message_parse_progress (message, &found_type, &found_code, NULL);
    n += found_type == type && strcmp (found_code, code) == 0;
    gst_message_unref (message);
  }
  return n;
}

/* Waits for the element to have loaded; run_finish() would eat the messages. */
static gboolean
wait_for_progress (Run *run, const char *code, GstProgressType type)
{
  for (guint i = 0; i < 600; i++) {
    if (count_progress (run, code, type) > 0)
      return TRUE;
    g_usleep (G_USEC_PER_SEC / 10);
  }
  return FALSE;
}

static void
test_progress (void)
{
  g_autoptr (Run) run = run_with_words ("");
  g_autoptr (Run) again = run_with_words ("");
  g_autoptr (Run) greedy = run_with_words ("decoder=greedy");

  g_assert_true (wait_for_progress (run, "load-language-model", GST_PROGRESS_TYPE_START));
  g_assert_true (wait_for_progress (again, "load-language-model", GST_PROGRESS_TYPE_COMPLETE));
  g_assert_true (wait_for_progress (greedy, "load-model", GST_PROGRESS_TYPE_COMPLETE));
  run_push (greedy, 0, speech, CLIP_SAMPLES);
  gst_app_src_end_of_stream (greedy->source);
  g_assert_cmpuint (count_progress (greedy, "load-language-model", GST_PROGRESS_TYPE_START), ==, 0);
}

/* One that a model does not come with. */
static void
test_location (void)
{
  g_autofree char *arpa = g_build_filename (lm_folder, "words.arpa", NULL);
  g_autofree char *properties = g_strdup_printf ("lm-location=\"%s\" lm-weight=0.7 word-score=1",
                                                 arpa);
  g_autofree char *other = transcribe (properties);
  g_autofree char *plain = transcribe ("decoder=greedy");

  g_assert_cmpstr (other, !=, "");
  g_assert_cmpstr (other, !=, plain);
}

/* More than the one that ended the run: of the element, not of the source that stops then. */
static guint
count_errors (Run *run)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);
  guint n_errors = 0;
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR)) != NULL) {
    n_errors += GST_MESSAGE_SRC (message) == GST_OBJECT (run->transcriber);
    gst_message_unref (message);
  }
  return n_errors;
}

/* A file that is no language model is one error that names it, and no words. */
static void
test_bad_language_model (void)
{
  static const struct {
    const char *content, *reason;
  } cases[] = {
    { NULL, "No such file" },
    { "", "" },
    { "\\data\\\nngram 1=3\n", "" },
    { "mmap lm http://kheafield.com/code format version 5\n", "truncated" },
  };
  g_autofree char *folder = g_dir_make_tmp ("sew-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "bad.arpa", NULL);
  g_autofree char *properties = g_strdup_printf ("lm-location=\"%s\"", path);
  g_autofree char *with_greedy = g_strdup_printf ("%s decoder=greedy", properties);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_unlink (path);
    if (cases[i].content != NULL)
      g_file_set_contents (path, cases[i].content, -1, NULL);
    g_autoptr (Run) run = run_with_words (properties);
    run_push (run, 0, speech, CLIP_SAMPLES);
    g_assert_false (run_finish (run));
    g_assert_nonnull (run->error);
    g_assert_true (run->error->domain == GST_RESOURCE_ERROR);
    g_assert_nonnull (strstr (run->error->message, path));
    g_assert_nonnull (strstr (run->error->message, cases[i].reason));
    g_assert_cmpuint (run->words->len, ==, 0);
    g_assert_cmpuint (count_errors (run), ==, 0);
  }
  g_autofree char *greedy = transcribe (with_greedy);
  g_assert_cmpstr (greedy, !=, "");
  g_unlink (path);
  g_rmdir (folder);
}

static void
wait_for_transcript (Run *run)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
                                                               GST_MESSAGE_ELEMENT);
  g_assert_nonnull (message);
}

static guint
count_words (const Run *run, const char *text, GstClockTime from, GstClockTime to)
{
  guint n = 0;

  for (guint i = 0; i < run->words->len; i++) {
    const RunWord *word = run->words->pdata[i];
    n += strcmp (word->text, text) == 0 && word->pts >= from && word->pts < to;
  }
  return n;
}

/* They are changed between one clip, of which words are there, and the next one, which has begun.
 */
static void
test_hot_words (void)
{
  static const char *const decoders[] = { "decoder=greedy", "decoder=beam" };
  const GstClockTime second = 100 * GST_SECOND;
  const GstClockTime third = 200 * GST_SECOND;

  for (guint i = 0; i < G_N_ELEMENTS (decoders); i++) {
    g_autoptr (Run) run = run_with_words (decoders[i]);
    run_push (run, 0, speech, CLIP_SAMPLES);
    run_push (run, second, speech, 100);
    wait_for_transcript (run);
    g_object_set (run->transcriber, "hot-words", "nothing, mkq:25", NULL);
    run_push (run, GST_CLOCK_TIME_NONE, speech + 100, CLIP_SAMPLES - 100);
    run_push (run, third, speech, CLIP_SAMPLES);
    g_assert_true (run_finish (run));
    guint n_before = count_words (run, "MKQ", 0, second);
    guint n_with = count_words (run, "MKQ", second, third);
    g_assert_cmpuint (n_with, >, 3 + 2 * n_before);
    g_assert_cmpuint (count_words (run, "MKQ", third, GST_CLOCK_TIME_NONE), ==, n_with);
  }
}

/* A mistake while playing leaves those before, also in the clip that begins next. */
static void
test_hot_words_mistake (void)
{
  const GstClockTime second = 100 * GST_SECOND;
  const GstClockTime third = 200 * GST_SECOND;
  g_autoptr (Run) run = run_with_words ("hot-words=\"mkq:25\"");
  g_autoptr (GstBus) bus = gst_element_get_bus (run->pipeline);

  run_push (run, 0, speech, CLIP_SAMPLES);
  run_push (run, second, speech, 100);
  wait_for_transcript (run);
  g_object_set (run->transcriber, "hot-words", "mkq:many", NULL);
  run_push (run, GST_CLOCK_TIME_NONE, speech + 100, CLIP_SAMPLES - 100);
  g_autoptr (GstMessage) warning = gst_bus_timed_pop_filtered (
      bus, 20 * GST_SECOND, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  g_assert_nonnull (warning);
  g_assert_cmpint (GST_MESSAGE_TYPE (warning), ==, GST_MESSAGE_WARNING);
  run_push (run, third, speech, CLIP_SAMPLES);
  g_assert_true (run_finish (run));
  guint n_with = count_words (run, "MKQ", 0, second);
  g_assert_cmpuint (n_with, >, 0);
  g_assert_cmpuint (count_words (run, "MKQ", second, third), ==, n_with);
  g_assert_cmpuint (count_words (run, "MKQ", third, GST_CLOCK_TIME_NONE), ==, n_with);
}

static void
test_hot_words_file (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("words-XXXXXX", &path, NULL);
  g_autofree char *properties = g_strdup_printf ("hot-words-location=\"%s\"", path);

  g_close (fd, NULL);
  g_file_set_contents (path, "# one\nMKQ:25\n", -1, NULL);
  g_autofree char *with = transcribe (properties);
  g_autofree char *same = transcribe ("hot-words=\"MKQ:25\"");
  g_autofree char *without = transcribe ("");
  g_assert_cmpstr (with, ==, same);
  g_assert_cmpstr (with, !=, without);

  g_file_set_contents (path, "MKQ:many\n", -1, NULL);
  g_autoptr (Run) run = run_with_words (properties);
  run_push (run, 0, speech, CLIP_SAMPLES);
  g_assert_false (run_finish (run));
  g_assert_nonnull (strstr (run->error->message, path));
  g_assert_nonnull (strstr (run->error->message, "line 1"));
  g_unlink (path);
}

static guint
count_readings (const GstStructure *result)
{
  const GValue *list = gst_structure_get_value (result, "alternatives");
  guint n_readings = list != NULL ? gst_value_array_get_size (list) : 0;
  double last = G_MAXDOUBLE;

  for (guint i = 0; i < n_readings; i++) {
    const GstStructure *reading = gst_value_get_structure (gst_value_array_get_value (list, i));
    double score;
    g_assert_nonnull (gst_structure_get_string (reading, "text"));
    g_assert_true (gst_structure_get_double (reading, "score", &score));
    g_assert_cmpfloat (score, <=, last);
    last = score;
  }
  return n_readings;
}

/* The readings of an utterance come with its message, or after those of its words. */
static void
test_n_best (void)
{
  static const char *const granularities[] = { "utterance", "word" };

  for (guint g = 0; g < G_N_ELEMENTS (granularities); g++) {
    g_autofree char *properties = g_strdup_printf ("n-best=3 granularity=%s", granularities[g]);
    g_autoptr (Run) run = run_with_words (properties);
    guint n_lists = 0;

    run_push (run, 0, speech, CLIP_SAMPLES);
    g_assert_true (run_finish (run));
    for (guint i = 0; i < run->results->len; i++) {
      const GstStructure *result = run->results->pdata[i];
      guint n_readings = count_readings (result);
      const char *end = gst_structure_get_string (result, "end");
      g_assert_cmpuint (n_readings, ==, g_str_equal (end, "none") ? 0 : 3);
      n_lists += n_readings > 0;
    }
    g_assert_cmpuint (n_lists, >, 0);
  }
}

int
main (int argc, char **argv)
{
  element_test_init (&argc, &argv);
  model_folder = g_test_build_filename (G_TEST_DIST, "data", "model-with-words", NULL);
  lm_folder = g_build_filename (model_folder, "language_model", NULL);
  speech = make_speech (CLIP_SAMPLES, 1);

  g_test_add_func ("/transcriber-decoding/decoder", test_decoder);
  g_test_add_func ("/transcriber-decoding/progress", test_progress);
  g_test_add_func ("/transcriber-decoding/location", test_location);
  g_test_add_func ("/transcriber-decoding/bad-language-model", test_bad_language_model);
  g_test_add_func ("/transcriber-decoding/hot-words", test_hot_words);
  g_test_add_func ("/transcriber-decoding/hot-words-mistake", test_hot_words_mistake);
  g_test_add_func ("/transcriber-decoding/hot-words-file", test_hot_words_file);
  g_test_add_func ("/transcriber-decoding/min-confidence", test_min_confidence);
  g_test_add_func ("/transcriber-decoding/n-best", test_n_best);
  int result = g_test_run ();
  g_free (speech);
  g_free (lm_folder);
  g_free (model_folder);
  return result;
}
