/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "checkpoint-fixture.h"
#include "sew/sew.h"

/* A recognizer that is told what it would read anyway: the words of noise. */

#define SECONDS 70
#define N_SAMPLES (SECONDS * SEW_SAMPLE_RATE_HZ)
#define WORDS_A_LINE 7

static SewModel *model;
static float *noise;           /* [N_SAMPLES] */
static GPtrArray *noise_words; /* SewWord: what is read in it */

static void
take_words (SewRecognizer *recognizer, GPtrArray *taken)
{
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++)
      g_ptr_array_add (taken, sew_word_ref (sew_segment_get_word (segment, i)));
    sew_segment_unref (segment);
  }
}

/* (transfer full) of SewWord. n_cut: where a first clip ends. */
static GPtrArray *
recognize (SewRecognizer *recognizer, const float *samples, gsize n_cut, gsize n_samples,
           gsize chunk)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0, n; i < n_samples; i += n) {
    n = MIN (chunk, (i < n_cut ? n_cut : n_samples) - i);
    sew_recognizer_push (recognizer, samples + i, n, NULL, &error);
    g_assert_no_error (error);
    take_words (recognizer, taken);
    guint64 position = sew_recognizer_get_position (recognizer);
    g_assert_cmpuint (position, <=, i + n);
    if (i + n == n_cut)
      sew_recognizer_drain (recognizer, NULL, &error);
  }
  sew_recognizer_drain (recognizer, NULL, &error);
  g_assert_no_error (error);
  sew_recognizer_end_script (recognizer);
  take_words (recognizer, taken);
  return taken;
}

/* As somebody might write it down: with small letters, punctuation and lines. */
static SewScript *
write_script (const GPtrArray *words, const char *first, const char *last)
{
  g_autoptr (GString) text = g_string_new (first);

  for (guint i = 0; i < words->len; i++) {
    g_autofree char *lower = g_utf8_strdown (sew_word_get_text (words->pdata[i]), -1);
    g_string_append_printf (text, "%s%s", lower,
                            i % WORDS_A_LINE == WORDS_A_LINE - 1 ? ".\n" : " ");
  }
  g_string_append (text, last);
  return sew_script_new (text->str, -1, NULL);
}

static guint64
get_distance (guint64 a, guint64 b)
{
  return MAX (a, b) - MIN (a, b);
}

/* Every word is where it was read, to a frame. */
static void
assert_in_place (const GPtrArray *taken, const GPtrArray *words)
{
  guint64 frame = sew_model_get_samples_per_frame (model);

  g_assert_cmpuint (taken->len, ==, words->len);
  for (guint i = 0; i < words->len; i++) {
    const SewWord *word = taken->pdata[i];
    g_assert_true (sew_word_is_spoken (word));
    g_assert_cmpuint (get_distance (sew_word_get_first_sample (word),
                                    sew_word_get_first_sample (words->pdata[i])),
                      <=, frame);
    g_assert_cmpfloat_with_epsilon (sew_word_get_confidence (word),
                                    sew_word_get_confidence (words->pdata[i]), 0.05);
  }
}

static void
assert_same (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++) {
    g_assert_cmpstr (sew_word_get_text (a->pdata[i]), ==, sew_word_get_text (b->pdata[i]));
    g_assert_cmpuint (sew_word_get_first_sample (a->pdata[i]), ==,
                      sew_word_get_first_sample (b->pdata[i]));
    g_assert_cmpuint (sew_word_get_n_samples (a->pdata[i]), ==,
                      sew_word_get_n_samples (b->pdata[i]));
  }
}

static void
test_all_said (void)
{
  g_autoptr (SewScript) script = write_script (noise_words, "", "");
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);

  sew_recognizer_set_script (recognizer, script);
  g_assert_true (sew_recognizer_get_script (recognizer) == script);
  g_autoptr (GPtrArray) whole = recognize (recognizer, noise, 0, N_SAMPLES, N_SAMPLES);
  g_assert_cmpuint (whole->len, ==, noise_words->len);
  assert_in_place (whole, noise_words);

  /* whatever the chunks, and as often as it is said */
  sew_recognizer_set_script (recognizer, script);
  sew_recognizer_reset (recognizer);
  g_autoptr (GPtrArray) parts = recognize (recognizer, noise, 0, N_SAMPLES, 4801);
  assert_same (parts, whole);

  sew_recognizer_set_script (recognizer, NULL);
  g_assert_null (sew_recognizer_get_script (recognizer));
  g_autoptr (GPtrArray) read = recognize (recognizer, noise, 0, N_SAMPLES, N_SAMPLES);
  assert_same (read, noise_words);
}

static void
test_not_all_said (void)
{
  g_autoptr (SewScript) script = write_script (noise_words, "1st — ", "the very last words");
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);

  sew_recognizer_set_script (recognizer, script);
  g_autoptr (GPtrArray) taken = recognize (recognizer, noise, 0, N_SAMPLES, 16000);
  g_assert_cmpuint (taken->len, ==, noise_words->len + 6);
  g_assert_cmpstr (sew_word_get_text (taken->pdata[0]), ==, "1st");
  g_assert_cmpstr (sew_word_get_text (taken->pdata[1]), ==, "—");
  guint64 end = 0;
  for (guint i = 0; i < taken->len; i++) {
    const SewWord *word = taken->pdata[i];
    g_assert_cmpuint (sew_word_get_first_sample (word), >=, end);
    g_assert_cmpuint (sew_word_get_n_samples (word), >, 0);
    end = sew_word_get_first_sample (word) + sew_word_get_n_samples (word);
    if (i < taken->len - 4)
      continue;
    g_assert_false (sew_word_is_spoken (word));
    g_assert_cmpfloat (sew_word_get_confidence (word), ==, 0.0f);
  }
  g_assert_cmpuint (end, <=, N_SAMPLES + 4);
}

static void
test_lines (void)
{
  g_autoptr (SewScript) script = write_script (noise_words, "", "");
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  SewSegment *segment;
  guint n_words = 0, n_lines = 0;

  sew_recognizer_set_script (recognizer, script);
  sew_recognizer_set_granularity (recognizer, SEW_GRANULARITY_UTTERANCE);
  sew_recognizer_push (recognizer, noise, N_SAMPLES, NULL, NULL);
  sew_recognizer_drain (recognizer, NULL, NULL);
  sew_recognizer_end_script (recognizer);
  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    SewSegmentEnd why = sew_segment_get_end (segment);
    n_words += (guint) sew_segment_get_n_words (segment);
    g_assert_true (sew_segment_is_spoken (segment));
    g_assert_cmpuint (sew_segment_get_n_samples (segment), <=, 15 * SEW_SAMPLE_RATE_HZ);
    if (why == SEW_SEGMENT_END_LINE) {
      g_assert_true (n_words % WORDS_A_LINE == 0 || n_words == noise_words->len);
      n_lines++;
    } else {
      g_assert_cmpint (why, ==, SEW_SEGMENT_END_LIMIT);
    }
    sew_segment_unref (segment);
  }
  g_assert_cmpuint (n_words, ==, noise_words->len);
  g_assert_cmpuint (n_lines, ==, (noise_words->len + WORDS_A_LINE - 1) / WORDS_A_LINE);
}

/* Cues leave out what nobody said; other segments say so. */
static void
test_lines_not_said (void)
{
  static const SewGranularity granularities[] = { SEW_GRANULARITY_UTTERANCE, SEW_GRANULARITY_CUE };
  g_autoptr (SewScript) script = write_script (noise_words, "", "\nNobody\nsaid this");

  for (guint i = 0; i < G_N_ELEMENTS (granularities); i++) {
    g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
    SewSegment *segment;
    guint n_silent = 0;
    sew_recognizer_set_script (recognizer, script);
    sew_recognizer_set_granularity (recognizer, granularities[i]);
    sew_recognizer_push (recognizer, noise, N_SAMPLES, NULL, NULL);
    sew_recognizer_drain (recognizer, NULL, NULL);
    sew_recognizer_end_script (recognizer);
    while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
      gboolean is_silent = strstr (sew_segment_get_text (segment), "Nobody") != NULL
                           || strstr (sew_segment_get_text (segment), "said this") != NULL;
      if (sew_segment_get_n_words (segment) > 0)
        g_assert_cmpint (sew_segment_is_spoken (segment), ==, !is_silent);
      n_silent += is_silent;
      sew_segment_unref (segment);
    }
    g_assert_cmpuint (n_silent, ==, granularities[i] == SEW_GRANULARITY_CUE ? 0 : 2);
  }
}

/* A clip ends within the script, and another one begins. */
static void
test_clips (void)
{
  g_autoptr (SewRecognizer) reading = sew_recognizer_new (model);
  g_autoptr (SewRecognizer) finding = sew_recognizer_new (model);

  g_autoptr (GPtrArray) read = recognize (reading, noise, N_SAMPLES / 2, N_SAMPLES, 16000);
  g_autoptr (SewScript) script = write_script (read, "", "");
  sew_recognizer_set_script (finding, script);
  g_autoptr (GPtrArray) found = recognize (finding, noise, N_SAMPLES / 2, N_SAMPLES, 16000);
  assert_in_place (found, read);
}

/* Silence, of which no frames are made, brings out what was said before it. */
static void
test_silence (void)
{
  g_autoptr (SewScript) script = write_script (noise_words, "", "");
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  g_autofree float *silence = g_new0 (float, 3 * N_SAMPLES);
  gsize n_before = 20 * SEW_SAMPLE_RATE_HZ;
  guint n_early = 0;

  while (sew_word_get_first_sample (noise_words->pdata[n_early]) < n_before)
    n_early++;
  sew_recognizer_set_script (recognizer, script);
  sew_recognizer_push (recognizer, noise, n_before, NULL, NULL);
  sew_recognizer_push (recognizer, silence, 3 * N_SAMPLES, NULL, NULL);
  take_words (recognizer, taken);
  g_assert_cmpuint (n_early, >, 20);
  g_assert_cmpuint (taken->len, >=, n_early - 5);
  for (guint i = 0; i < n_early - 5; i++)
    g_assert_cmpuint (get_distance (sew_word_get_first_sample (taken->pdata[i]),
                                    sew_word_get_first_sample (noise_words->pdata[i])),
                      <, SEW_SAMPLE_RATE_HZ / 2);
  g_assert_cmpuint (sew_recognizer_get_position (recognizer), >, n_before + 2 * N_SAMPLES);
}

/* Live words come soon, and there is nothing to guess. */
static void
test_live (void)
{
  g_autoptr (SewScript) script = write_script (noise_words, "", "");
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  gsize n_samples = 12 * SEW_SAMPLE_RATE_HZ, chunk = SEW_SAMPLE_RATE_HZ / 10;

  sew_recognizer_set_latency (recognizer, SEW_SAMPLE_RATE_HZ);
  guint64 plain_delay = sew_recognizer_get_delay (recognizer);
  sew_recognizer_set_script (recognizer, script);
  g_assert_cmpuint (sew_recognizer_get_delay (recognizer), >, plain_delay);
  for (gsize i = 0; i < n_samples; i += chunk) {
    sew_recognizer_push (recognizer, noise + i, chunk, NULL, NULL);
    g_assert_null (sew_recognizer_read_ahead (recognizer));
    take_words (recognizer, taken);
  }
  g_assert_cmpuint (taken->len, >, 0);
  guint64 last = sew_word_get_first_sample (taken->pdata[taken->len - 1]);
  g_assert_cmpuint (last, >, n_samples - 5 * SEW_SAMPLE_RATE_HZ);
}

/* The model reads no delimiters in noise, so one of its letters becomes one. */
static SewModel *
load_model (void)
{
  static const char *const names[] = { "config.json", "preprocessor_config.json", "vocab.json",
                                       "tokenizer_config.json", "model.safetensors" };
  char *folder = fixture_new_folder ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_test_build_filename (G_TEST_DIST, "reference", "data", "sew",
                                                   names[i], NULL);
    g_autofree char *data = NULL;
    gsize n_bytes;
    g_file_get_contents (path, &data, &n_bytes, &error);
    g_assert_no_error (error);
    if (g_str_equal (names[i], "vocab.json")) {
      *strchr (strchr (data, '|'), '4') = '_';
      memcpy (strstr (data, "26"), " 4", 2);
      g_autoptr (GString) text = g_string_new (data);
      g_string_replace (text, "_", "26", 1);
      fixture_write (folder, names[i], text->str, text->len);
    } else {
      fixture_write (folder, names[i], data, n_bytes);
    }
  }
  SewModel *loaded = sew_model_new (folder, &error);
  g_assert_no_error (error);
  fixture_remove_folder (folder);
  return loaded;
}

int
main (int argc, char **argv)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  g_test_init (&argc, &argv, NULL);
  model = load_model ();
  noise = g_new (float, N_SAMPLES);
  for (gsize i = 0; i < N_SAMPLES; i++) /* bursts, so that the letters vary */
    noise[i] = (float) (g_rand_double_range (rand, -0.3, 0.3) * (1.0 + sin ((double) i / 900.0)));
  SewRecognizer *recognizer = sew_recognizer_new (model);
  noise_words = recognize (recognizer, noise, 0, N_SAMPLES, N_SAMPLES);
  g_object_unref (recognizer);
  g_assert_cmpuint (noise_words->len, >, 50);

  g_test_add_func ("/recognizer-script/all-said", test_all_said);
  g_test_add_func ("/recognizer-script/not-all-said", test_not_all_said);
  g_test_add_func ("/recognizer-script/lines", test_lines);
  g_test_add_func ("/recognizer-script/lines-not-said", test_lines_not_said);
  g_test_add_func ("/recognizer-script/clips", test_clips);
  g_test_add_func ("/recognizer-script/silence", test_silence);
  g_test_add_func ("/recognizer-script/live", test_live);
  int result = g_test_run ();
  g_ptr_array_unref (noise_words);
  g_free (noise);
  g_object_unref (model);
  return result;
}
