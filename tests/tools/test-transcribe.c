/* SPDX-License-Identifier: MIT */

/* sew-transcribe as a shell sees it: its files, messages and exit codes. */

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <gst/gst.h>

#include "srt-check.h"
#include "transcribe-run.h"

/* Ten minutes of speech as a file beside the recording, in which every subtitle keeps every limit.
 */
static void
test_ten_minutes (void)
{
  const gsize n = 600 * TRANSCRIBE_RUN_RATE_HZ;
  g_autofree float *samples = g_new (float, n);
  g_autofree char *path = transcribe_run_get_path ("talk.long.wav"),
                  *srt = transcribe_run_get_path ("talk.long.srt");
  g_autofree char *out = NULL, *err = NULL;

  for (gsize i = 0; i < n; i++)
    samples[i] = transcribe_run_speech[i % transcribe_run_n_samples];
  g_autoptr (GByteArray) wav = transcribe_run_make_wav (samples, n);
  g_assert_true (g_file_set_contents (path, (const char *) wav->data, (gssize) wav->len, NULL));
  g_assert_cmpint (TRANSCRIBE (&out, &err, "--format", "srt", path), ==, 0);
  g_assert_cmpstr (out, ==, "");
  g_assert_cmpstr (err, ==, "");

  g_autofree char *content = transcribe_run_read_file (srt);
  g_autoptr (SrtReport) report = srt_check (content, &srt_limits_common);
  g_assert_cmpstr (report->problems->str, ==, "");
  g_assert_cmpuint (report->n_cues, >, 100);
  g_assert_cmpuint (report->end_ms, >, 595000);
  g_assert_cmpuint (report->end_ms, <, 605000);
  g_unlink (path);
  g_unlink (srt);
}

/* Other limits are kept as well, and letters are spelled as asked for. */
static void
test_limits (void)
{
  static const SrtLimits limits = { 3, 20, 500, 4000, 25.0, 200 };
  g_autofree char *path = transcribe_run_write_speech ("a.wav", 20);
  g_autofree char *out = NULL, *err = NULL;

  g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "srt", "-o", "-", "--max-lines=3",
                               "--line-length=20", "--min-duration=0.5", "--max-duration=4",
                               "--reading-speed=25", "--cue-gap=0.2", "--text-case=lower", path),
                   ==, 0);
  g_autoptr (SrtReport) report = srt_check (out, &limits);
  g_assert_cmpstr (report->problems->str, ==, "");
  g_assert_cmpuint (report->n_cues, >, 4);
  for (const char *c = out; *c; c++)
    g_assert_false (g_ascii_isupper (*c));
  g_unlink (path);
}

/* WebVTT has the same cues as SubRip. */
static void
test_vtt (void)
{
  g_autofree char *path = transcribe_run_write_speech ("a.wav", 20);
  g_autofree char *srt = transcribe_run_print ("srt", path, NULL),
                  *vtt = transcribe_run_print ("vtt", path, NULL);
  g_autoptr (GRegex) numbers = g_regex_new ("(?m)^\\d+\\n(?=\\d\\d:)", 0, 0, NULL);
  g_autoptr (GRegex) commas = g_regex_new ("(\\d\\d:\\d\\d:\\d\\d),(\\d{3})", 0, 0, NULL);

  g_autofree char *unnumbered = g_regex_replace_literal (numbers, srt, -1, 0, "", 0, NULL);
  g_autofree char *dotted = g_regex_replace (commas, unnumbered, -1, 0, "\\1.\\2", 0, NULL);
  g_autofree char *expected = g_strconcat ("WEBVTT\n\n", dotted, NULL);
  g_assert_cmpstr (vtt, ==, expected);
  g_unlink (path);
}

/* Formats that are lines of fields. */
static void
check_lines (const char *content, const char *pattern)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  g_auto (GStrv) lines = g_strsplit (content, "\n", -1);
  guint n_lines = g_strv_length (lines) - 1;

  g_assert_nonnull (regex);
  g_assert_cmpuint (n_lines, >=, 2);
  g_assert_cmpstr (lines[n_lines], ==, "");
  for (guint i = 0; i < n_lines; i++)
    if (!g_regex_match (regex, lines[i], 0, NULL))
      g_error ("not as it should be: %s", lines[i]);
}

static void
test_tables (void)
{
  g_autofree char *path = transcribe_run_write_speech ("my talk.wav", 12);
  g_autofree char *txt = transcribe_run_print ("txt", path, NULL),
                  *words = transcribe_run_print ("words", path, NULL);
  g_autofree char *tsv = transcribe_run_print ("tsv", path, NULL),
                  *ctm = transcribe_run_print ("ctm", path, NULL);
  g_autofree char *lrc = transcribe_run_print ("lrc", path, NULL), *old_words = NULL, *err = NULL;

  check_lines (words, "^\\d+\\.\\d{3}\t\\d+\\.\\d{3}\t[01]\\.\\d{3}\t\\S+$");
  check_lines (ctm, "^my_talk 1 \\d+\\.\\d{3} \\d+\\.\\d{3} \\S+ [01]\\.\\d{3}$");
  g_assert_true (g_str_has_prefix (tsv, "start\tend\ttext\n"));
  check_lines (tsv, "^(start\tend\ttext|\\d+\t\\d+\t\\S.*)$");
  check_lines (lrc, "^(\\[(re|ve):.*\\]|\\[\\d\\d:[0-5]\\d\\.\\d\\d\\]\\S.{0,41})$");
  g_assert_cmpint (TRANSCRIBE (&old_words, &err, "--words", path), ==, 0);
  g_assert_cmpstr (old_words, ==, words);

  g_autoptr (GString) letters = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (words, "\n", -1);
  for (char **line = lines; **line; line++)
    g_string_append_printf (letters, "%s ", strrchr (*line, '\t') + 1);
  g_autofree char *joined = g_strdelimit (g_strdup (txt), "\n", ' ');
  g_assert_cmpstr (joined, ==, letters->str);
  g_unlink (path);
}

/* The bundled model comes with a small language model, which is used. */
static void
test_bundled_language_model (void)
{
  g_autofree char *path = transcribe_run_write_speech ("talk.wav", 6);
  g_autofree char *json = transcribe_run_print ("json", path, NULL);
  g_autofree char *ngrams = g_build_filename (g_getenv ("SEW_DATA_DIR"), "sew-english",
                                              "language_model", "3gram.bin", NULL);
  GStatBuf info;

  transcribe_run_check_json (json, TRUE);
  g_assert_nonnull (strstr (json, "\"decoder\": \"beam\""));
  g_assert_nonnull (strstr (json, "sew-english/language_model\""));
  g_assert_cmpint (g_stat (ngrams, &info), ==, 0);
  g_assert_cmpint (info.st_size, <, 8000000);
  g_unlink (path);
}

/* Text of an option that changes it, and whether a wrong one is refused. */
static void
test_decoding (void)
{
  g_autofree char *path = transcribe_run_write_speech ("talk.wav", 6);
  g_autofree char *lm = g_test_build_filename (G_TEST_DIST, "data", "model-with-words",
                                               "language_model", NULL);
  g_autofree char *lm_option = g_strdup_printf ("--lm=%s", lm);
  g_autofree char *greedy = transcribe_run_print ("json", path, "--decoder=greedy");
  g_autofree char *beam = transcribe_run_print ("json", path, lm_option);
  g_autofree char *hot = transcribe_run_print ("txt", path, "--hot-word=pipeline:15");
  g_autofree char *sure = transcribe_run_print ("json", path, "--min-confidence=1");
  g_autofree char *out = NULL, *err = NULL, *list = NULL;

  transcribe_run_check_json (greedy, TRUE);
  transcribe_run_check_json (beam, TRUE);
  g_assert_nonnull (strstr (greedy, "\"decoder\": \"greedy\""));
  g_assert_nonnull (strstr (beam, "\"decoder\": \"beam\""));
  g_assert_nonnull (strstr (beam, "\"lm_weight\": 0.7, \"word_score\": 1}"));
  g_assert_nonnull (strstr (hot, "PIPELINE"));
  g_assert_cmpuint (transcribe_run_check_json (sure, TRUE), ==, 0);
  g_assert_nonnull (strstr (sure, "\"min_confidence\": 1,"));
  g_assert_cmpint (
      TRANSCRIBE (&list, &err, "--format=json", "--output=-", lm_option, "--n-best=2", path), ==,
      0);
  g_assert_cmpuint (transcribe_run_check_json (list, TRUE), >, 0);
  g_assert_nonnull (strstr (list, "\"alternatives\": [{\"score\": "));

  static const struct {
    const char *option;
    int status;
    const char *reason;
  } bad[] = {
    { "--decoder=magic", 2, "there is no decoder magic" },
    { "--lm-weight=-1", 2, "--lm-weight must be from 0 to 100" },
    { "--word-score=x", 2, "--word-score must be from -100 to 100" },
    { "--min-confidence=40", 2, "--min-confidence must be from 0 to 1" },
    { "--beam-width=0", 2, "--beam-width must be from 1" },
    { "--lm=/no/such/model", 1, "/no/such/model" },
    { "--hot-word=word:heavy", 1, "“heavy” is not the weight" },
    { "--hot-words=/no/such/file", 1, "/no/such/file" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (TRANSCRIBE (&out, &err, bad[i].option, path), ==, bad[i].status);
    g_assert_cmpstr (out, ==, "");
    g_assert_nonnull (strstr (err, bad[i].reason));
  }
  g_unlink (path);
}

static void
test_json (void)
{
  g_autofree char *path = transcribe_run_write_speech ("say \"a\".wav", 12);
  g_autofree char *json = transcribe_run_print ("json", path, "--text-case=sentence");

  g_assert_cmpuint (transcribe_run_check_json (json, TRUE), >, 0);
  g_assert_nonnull (strstr (json, "say \\\"a\\\".wav"));
  g_assert_nonnull (strstr (json, "\"text_case\": \"sentence\""));
  g_unlink (path);
}

/* Beside the input, into a folder, into a file; one call for many. */
static void
test_places (void)
{
  g_autofree char *a = transcribe_run_write_speech ("a.wav", 6),
                  *b = transcribe_run_write_speech ("b.c.wav", 4);
  g_autofree char *sub = transcribe_run_get_path ("sub"),
                  *same_name = transcribe_run_get_path ("sub/a.wav");
  g_autofree char *out = NULL, *err = NULL;
  static const char *const made[] = { "a.srt", "b.c.srt", "sub/a.tsv", "sub/b.c.tsv", "x" };

  g_mkdir (sub, 0700);
  g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "srt", a, b), ==, 0);
  g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "tsv", "-o", sub, a, b), ==, 0);
  g_assert_cmpint (TRANSCRIBE (&out, &err, "-o", "x", a), ==, 0);
  g_assert_cmpstr (out, ==, "");
  for (guint i = 0; i < G_N_ELEMENTS (made); i++) {
    g_autofree char *path = transcribe_run_get_path (made[i]);
    g_autofree char *content = transcribe_run_read_file (path);
    g_assert_cmpuint (strlen (content), >, 10);
  }

  /* what is there already is kept, unless told otherwise */
  REFUSED (1, "a.srt exists", "-f", "srt", a);
  g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "srt", "--overwrite", a), ==, 0);
  g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "tsv", "-o", sub, a), ==, 0);
  REFUSED (1, "the input itself", "-o", a, a);
  g_rename (a, same_name);
  g_autofree char *again = transcribe_run_write_speech ("a.wav", 4);
  REFUSED (1, "another input's", "-f", "txt", "-o", transcribe_run_folder, again, same_name);
  REFUSED (1, "no/where", "-o", "no/where", again);
  g_assert_cmpint (TRANSCRIBE (&out, &err, again, b), ==, 0);
  g_assert_true (g_str_has_prefix (out, "==> "));
  g_unlink (same_name);
  for (guint i = 0; i < G_N_ELEMENTS (made); i++) {
    g_autofree char *path = transcribe_run_get_path (made[i]);
    g_assert_cmpint (g_unlink (path), ==, 0);
  }
}

/* The name of a file tells its format, unless an option does. */
static void
test_format_of_name (void)
{
  static const struct {
    const char *name;
    const char *option;
    const char *format;
  } cases[] = {
    { "x.srt", NULL, "srt" },           { "x.VTT", NULL, "vtt" },
    { "x.y.json", NULL, "json" },       { "x.words", NULL, "words" },
    { "x.docx", NULL, "txt" },          { "srt", NULL, "txt" },
    { "./x.srt.d", NULL, "txt" },       { "x.srt", "--format=vtt", "vtt" },
    { "x.srt", "--format=txt", "txt" }, { "x.srt", "--words", "words" },
  };
  g_autofree char *media = transcribe_run_write_speech ("a.wav", 6);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = transcribe_run_get_path (cases[i].name);
    g_autofree char *expected = transcribe_run_print (cases[i].format, media, NULL);
    g_autofree char *out = NULL, *err = NULL;

    g_assert_cmpint (TRANSCRIBE (&out, &err, "-o", cases[i].name, media, cases[i].option), ==, 0);
    g_autofree char *content = transcribe_run_read_file (path);
    g_assert_cmpstr (content, ==, expected);
    g_unlink (path);
  }
  g_unlink (media);
}

/* Transcripts of two inputs that are the same file under two names. */
static void
test_one_place_for_two (void)
{
  g_autofree char *media = transcribe_run_write_speech ("a.wav", 6),
                  *other = transcribe_run_write_speech ("a.wave", 4);
  g_autofree char *link = transcribe_run_get_path ("link"),
                  *srt = transcribe_run_get_path ("a.srt");
  static const char *const names[] = { "a.wave", "./a.wave", "link/a.wave" };

  g_assert_cmpint (symlink (".", link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *out = NULL, *err = NULL, *expected = NULL, *content = NULL;

    g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "srt", "--overwrite", "a.wav"), ==, 0);
    expected = transcribe_run_read_file (srt);
    g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "srt", "--overwrite", "a.wav", names[i]), ==, 1);
    g_assert_nonnull (strstr (err, "a.srt already holds another input's transcript"));
    content = transcribe_run_read_file (srt);
    g_assert_cmpstr (content, ==, expected);
  }
  g_unlink (srt);
  g_unlink (link);
  g_unlink (media);
  g_unlink (other);
}

static void
test_mistakes (void)
{
  g_autofree char *nothing = transcribe_run_get_path ("nothing.wav"),
                  *srt = transcribe_run_get_path ("nothing.srt");

  REFUSED (2, "--help", "-q");
  REFUSED (2, "no format docx", "-f", "docx", "a");
  REFUSED (2, "of its own", "-f", "srt", "--words", "a");
  REFUSED (2, "several files need a folder", "-f", "srt", "-o", "x.srt", "a", "b");
  REFUSED (2, "folder that --output names does not exist", "-f", "srt", "-o", "new/", "a");
  REFUSED (2, "folder that --output names does not exist", "-o", "new.srt/", "a", "b");
  REFUSED (2, "can't be joined", "-f", "srt", "-o", "-", "a", "b");
  REFUSED (2, "--max-lines", "--max-lines=0", "a");
  REFUSED (2, "--line-length", "--line-length=0", "a");
  REFUSED (2, "--min-duration", "--min-duration=-1", "a");
  REFUSED (2, "--max-duration", "--max-duration=0", "a");
  REFUSED (2, "--reading-speed", "--reading-speed=nan", "a");
  REFUSED (2, "no text case", "--text-case=title", "a");
  REFUSED (1, "nothing.wav", "-f", "srt", nothing);
  g_assert_false (g_file_test (srt, G_FILE_TEST_EXISTS));
}

/* What comes before bad audio is written, and the file is valid. */
static void
test_bad_audio (void)
{
  const gsize n = 20 * TRANSCRIBE_RUN_RATE_HZ;
  g_autofree float *samples = g_memdup2 (transcribe_run_speech, n * sizeof (float));
  g_autofree char *path = transcribe_run_get_path ("bad.wav"), *out = NULL, *err = NULL;

  for (gsize i = n - TRANSCRIBE_RUN_RATE_HZ; i < n; i++)
    samples[i] = NAN;
  g_autoptr (GByteArray) wav = transcribe_run_make_wav (samples, n);
  g_assert_true (g_file_set_contents (path, (const char *) wav->data, (gssize) wav->len, NULL));
  g_assert_cmpint (TRANSCRIBE (&out, &err, "-f", "json", "-o", "-", path), ==, 1);
  g_assert_nonnull (strstr (err, "bad.wav: "));
  g_assert_cmpuint (transcribe_run_check_json (out, FALSE), >, 0);
  g_unlink (path);
}

/* A film without sound, and whether there is a decoder for its pictures is no matter. */
static void
test_no_sound (void)
{
  g_autofree char *path = transcribe_run_get_path ("silent.mkv");
  g_autofree char *description = g_strdup_printf (
      "videotestsrc num-buffers=5 ! jpegenc ! matroskamux ! filesink location=\"%s\"", path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_assert_no_error (error);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) end = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
                                                           GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_cmpint (GST_MESSAGE_TYPE (end), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  REFUSED (1, "silent.mkv: there is no sound in it", path);
  g_setenv ("GST_PLUGIN_FEATURE_RANK", "jpegdec:NONE,avdec_mjpeg:NONE", TRUE);
  REFUSED (1, "silent.mkv: there is no sound in it", path);
  g_unsetenv ("GST_PLUGIN_FEATURE_RANK");
  g_unlink (path);
}

static void
test_missing_decoder (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "speech.ogg", NULL);

  g_setenv ("GST_PLUGIN_FEATURE_RANK", "opusdec:NONE,avdec_opus:NONE", TRUE);
  REFUSED (1, "speech.ogg: GStreamer lacks a plug-in for it: Opus", path);
  g_unsetenv ("GST_PLUGIN_FEATURE_RANK");
}

/* The checker finds what it is there to find. */
static void
test_checker (void)
{
  static const struct {
    const char *srt;
    const char *problem;
  } cases[] = {
    { "1\n00:00:01,000 --> 00:00:03,000\nAll is well\n", "" },
    { "2\n00:00:01,000 --> 00:00:03,000\nA\n", "numbered 2" },
    { "1\n00:00:01.000 --> 00:00:03.000\nA\n", "no times" },
    { "1\n00:00:01,000 --> 00:00:03,000\n", "only 2 lines" },
    { "1\n00:00:01,000 --> 00:00:03,000\nA\nB\nC\n", "3 lines" },
    { "1\n00:00:01,000 --> 00:00:06,000\nThis line is longer than a line may be in a cue\n", "47" },
    { "1\n00:00:01,000 --> 00:00:01,999\nA\n", "lasts 999" },
    { "1\n00:00:01,000 --> 00:00:08,001\nA\n", "lasts 7001" },
    { "1\n00:00:01,000 --> 00:00:02,000\nEighteen lettersss\n", "18.00" },
    { "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:02,079 --> 00:00:04,000\nB\n",
      "79 ms after" },
    { "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:01,900 --> 00:00:04,000\nB\n", "overlaps" },
    { "1\n00:00:03,000 --> 00:00:02,000\nA\n", "before it begins" },
    { "1\n00:00:01,000 --> 00:00:02,000\nA ", "no end" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SrtReport) report = srt_check (cases[i].srt, &srt_limits_common);
    g_assert_nonnull (strstr (report->problems->str, cases[i].problem));
    g_assert_cmpint (*cases[i].problem == '\0', ==, report->problems->len == 0);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  transcribe_run_init ();
  g_test_add_func ("/srt-check/problems", test_checker);
  g_test_add_func ("/transcribe/ten-minutes", test_ten_minutes);
  g_test_add_func ("/transcribe/limits", test_limits);
  g_test_add_func ("/transcribe/vtt", test_vtt);
  g_test_add_func ("/transcribe/tables", test_tables);
  g_test_add_func ("/transcribe/bundled-language-model", test_bundled_language_model);
  g_test_add_func ("/transcribe/decoding", test_decoding);
  g_test_add_func ("/transcribe/json", test_json);
  g_test_add_func ("/transcribe/places", test_places);
  g_test_add_func ("/transcribe/format-of-name", test_format_of_name);
  g_test_add_func ("/transcribe/one-place-for-two", test_one_place_for_two);
  g_test_add_func ("/transcribe/mistakes", test_mistakes);
  g_test_add_func ("/transcribe/bad-audio", test_bad_audio);
  g_test_add_func ("/transcribe/no-sound", test_no_sound);
  g_test_add_func ("/transcribe/missing-decoder", test_missing_decoder);
  int status = g_test_run ();
  transcribe_run_clear ();
  return status;
}
