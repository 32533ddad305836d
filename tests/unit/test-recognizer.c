/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "sew/sew.h"

#define N_SAMPLES (70 * SEW_SAMPLE_RATE_HZ)

static SewModel *model;
static float *noise; /* [N_SAMPLES] */

static char *
pull_all (SewRecognizer *recognizer)
{
  GString *log = g_string_new (NULL);
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (recognizer))) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
      SewWord *word = sew_segment_get_word (segment, i);
      g_string_append_printf (log, "%s@%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT " %.6f\n",
                              sew_word_get_text (word), sew_word_get_first_sample (word),
                              sew_word_get_n_samples (word), sew_word_get_confidence (word));
    }
    sew_segment_unref (segment);
  }
  return g_string_free (log, FALSE);
}

static char *
recognize (SewRecognizer *recognizer, gsize n_samples, gsize chunk)
{
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < n_samples; i += chunk) {
    sew_recognizer_push (recognizer, noise + i, MIN (chunk, n_samples - i), NULL, &error);
    g_assert_no_error (error);
  }
  sew_recognizer_drain (recognizer, NULL, &error);
  g_assert_no_error (error);
  return pull_all (recognizer);
}

static void
test_chunking (void)
{
  static const guint64 latencies[] = { 0, SEW_SAMPLE_RATE_HZ };
  static const gsize n_samples[] = { N_SAMPLES, 10 * SEW_SAMPLE_RATE_HZ };
  static const gsize chunks[] = { 160, 4801, 16000 };

  for (guint l = 0; l < G_N_ELEMENTS (latencies); l++) {
    g_autofree char *whole = NULL;
    for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
      g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
      sew_recognizer_set_latency (recognizer, latencies[l]);
      g_autofree char *words = recognize (recognizer, n_samples[l], chunks[i]);
      g_assert_cmpstr (words, !=, "");
      if (!whole)
        whole = g_steal_pointer (&words);
      else
        g_assert_cmpstr (words, ==, whole);
    }
  }
}

/* Windows side by side and windows shared give what one thread gives, also if the number changes
 * between two chunks. */
static void
test_threads (void)
{
  static const guint64 latencies[] = { 0, SEW_SAMPLE_RATE_HZ };
  static const gsize n_samples[] = { N_SAMPLES, 5 * SEW_SAMPLE_RATE_HZ };

  for (guint l = 0; l < G_N_ELEMENTS (latencies); l++) {
    g_autofree char *single = NULL;
    for (guint n_threads = 1; n_threads <= 3; n_threads++) {
      g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
      sew_recognizer_set_n_threads (recognizer, n_threads);
      g_assert_cmpuint (sew_recognizer_get_n_threads (recognizer), ==, n_threads);
      sew_recognizer_set_latency (recognizer, latencies[l]);
      g_autofree char *words = recognize (recognizer, n_samples[l], 16000);
      if (single == NULL)
        single = g_steal_pointer (&words);
      else
        g_assert_cmpstr (words, ==, single);
    }
    g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
    sew_recognizer_set_latency (recognizer, latencies[l]);
    for (gsize i = 0; i < n_samples[l]; i += 8000) {
      sew_recognizer_set_n_threads (recognizer, (guint) (i / 8000 % 3));
      sew_recognizer_push (recognizer, noise + i, 8000, NULL, NULL);
    }
    sew_recognizer_drain (recognizer, NULL, NULL);
    g_autofree char *words = pull_all (recognizer);
    g_assert_cmpstr (words, ==, single);
  }
}

/* Windows that are on their way are given up, and nothing of them is left. */
static void
test_interrupted_threads (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *expected = NULL;

  for (guint i = 0; i < 3; i++) {
    g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
    g_autoptr (GError) error = NULL;
    sew_recognizer_set_n_threads (recognizer, 3);
    sew_recognizer_push (recognizer, noise, N_SAMPLES, NULL, NULL);
    if (i == 0)
      continue; /* and finalize it */
    if (i == 1) {
      g_cancellable_cancel (cancellable);
      g_assert_false (sew_recognizer_drain (recognizer, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
    sew_recognizer_reset (recognizer);
    g_assert_cmpuint (sew_recognizer_get_position (recognizer), ==, 0);
    g_autofree char *words = recognize (recognizer, 40 * SEW_SAMPLE_RATE_HZ, 16000);
    if (expected == NULL)
      expected = g_steal_pointer (&words);
    else
      g_assert_cmpstr (words, ==, expected);
  }
}

/* A clip that fits a window is read as transformers reads it: the best path over all of it. */
static void
test_whole_clip (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (GString) found = g_string_new (NULL);
  gsize n_samples = 20 * SEW_SAMPLE_RATE_HZ, n_values;
  guint n_symbols = sew_model_get_vocabulary_size (model);
  g_autofree float *logits = sew_model_compute_logits (model, noise, n_samples, &n_values, NULL);
  guint previous = 0;

  for (gsize t = 0; t < n_values / n_symbols; t++) {
    guint best = 0;
    for (guint i = 1; i < n_symbols; i++)
      if (logits[t * n_symbols + i] > logits[t * n_symbols + best])
        best = i;
    const char *token = sew_model_get_token (model, best);
    if (best != previous && g_utf8_strlen (token, -1) == 1 && *token != '|')
      g_string_append (expected, token);
    previous = best;
  }
  sew_recognizer_push (recognizer, noise, n_samples, NULL, NULL);
  sew_recognizer_drain (recognizer, NULL, NULL);
  for (SewSegment *segment; (segment = sew_recognizer_pull (recognizer));
       sew_segment_unref (segment))
    g_string_append (found, sew_segment_get_text (segment));
  g_assert_cmpuint (expected->len, >, 20);
  g_assert_cmpstr (found->str, ==, expected->str);
}

static void
test_words_are_in_order (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  guint64 end = 0;
  SewSegment *segment;

  sew_recognizer_push (recognizer, noise, N_SAMPLES, NULL, NULL);
  guint64 position = sew_recognizer_get_position (recognizer);
  sew_recognizer_drain (recognizer, NULL, NULL);
  g_assert_cmpuint (position, <, N_SAMPLES);
  while ((segment = sew_recognizer_pull (recognizer))) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
      SewWord *word = sew_segment_get_word (segment, i);
      g_assert_cmpuint (sew_word_get_first_sample (word), >=, end);
      g_assert_cmpuint (sew_word_get_n_samples (word), >, 0);
      g_assert_cmpfloat (sew_word_get_confidence (word), >, 0.0f);
      g_assert_cmpfloat (sew_word_get_confidence (word), <=, 1.0f);
      end = sew_word_get_first_sample (word) + sew_word_get_n_samples (word);
    }
    sew_segment_unref (segment);
  }
  g_assert_cmpuint (end, <=, N_SAMPLES);
  g_assert_cmpuint (end, >, N_SAMPLES - 5 * SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (sew_recognizer_get_position (recognizer), ==, N_SAMPLES);
}

/* A drained recognizer starts a clip of its own, whose words are counted on. */
static void
test_drain (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  gsize n_samples = 3 * SEW_SAMPLE_RATE_HZ + 123;
  g_autofree char *first = recognize (recognizer, n_samples, 1000);
  SewSegment *segment;
  guint64 first_word = 0;

  sew_recognizer_push (recognizer, noise, n_samples, NULL, NULL);
  sew_recognizer_drain (recognizer, NULL, NULL);
  segment = sew_recognizer_pull (recognizer);
  g_assert_nonnull (segment);
  first_word = sew_segment_get_first_sample (segment) - n_samples;
  sew_segment_unref (segment);
  sew_recognizer_reset (recognizer);
  g_autofree char *again = recognize (recognizer, n_samples, 777);
  g_assert_cmpstr (first, ==, again);
  g_autofree char *place = g_strdup_printf ("@%" G_GUINT64_FORMAT "+", first_word);
  g_assert_nonnull (strstr (first, place));
}

static void
test_nothing (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  static const gsize lengths[] = { 0, 1, 399, 400, 719, 720 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (sew_recognizer_push (recognizer, noise, lengths[i], NULL, &error));
    g_assert_true (sew_recognizer_drain (recognizer, NULL, &error));
    g_assert_no_error (error);
    g_autofree char *words = pull_all (recognizer);
    if (lengths[i] < 400)
      g_assert_cmpstr (words, ==, "");
    sew_recognizer_reset (recognizer);
  }
}

/* A refused chunk leaves no trace. */
static void
test_invalid_audio (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  static const float bad[][3] = { { 0, 0, NAN }, { 0, INFINITY, 0 }, { -INFINITY, 0, 0 } };
  gsize n_samples = 3 * SEW_SAMPLE_RATE_HZ;

  g_autofree char *clean = recognize (recognizer, n_samples, 1000);
  sew_recognizer_reset (recognizer);
  sew_recognizer_push (recognizer, noise, 16000, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (sew_recognizer_push (recognizer, bad[i], 3, NULL, &error));
    g_assert_error (error, SEW_ERROR, SEW_ERROR_INVALID_AUDIO);
    g_autofree char *number = g_strdup_printf ("sample %u (at 1.000 s)", 16002 - i);
    g_assert_nonnull (strstr (error->message, number));
  }
  sew_recognizer_push (recognizer, noise + 16000, n_samples - 16000, NULL, NULL);
  sew_recognizer_drain (recognizer, NULL, NULL);
  g_autofree char *words = pull_all (recognizer);
  g_assert_cmpstr (words, ==, clean);
}

static void
test_cancelled (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  sew_recognizer_push (recognizer, noise, 16000, NULL, NULL);
  g_assert_false (sew_recognizer_drain (recognizer, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  sew_recognizer_reset (recognizer);
  g_autofree char *words = recognize (recognizer, 32000, 1000);
  g_assert_cmpstr (words, !=, "");
}

/* Silence has no words, and is not worth running the encoder for: which would notice that it is
 * cancelled. */
static void
test_silence (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree float *quiet = g_new (float, N_SAMPLES);
  static const float loudness[] = { 0.0f, 1e-3f };

  g_cancellable_cancel (cancellable);
  for (guint l = 0; l < G_N_ELEMENTS (loudness); l++) {
    g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
    g_autoptr (GError) error = NULL;
    for (gsize i = 0; i < N_SAMPLES; i++)
      quiet[i] = 0.25f + loudness[l] * noise[i];
    sew_recognizer_set_latency (recognizer, l == 0 ? 0 : SEW_SAMPLE_RATE_HZ);
    sew_recognizer_push (recognizer, quiet, N_SAMPLES, cancellable, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (sew_recognizer_get_position (recognizer), >, N_SAMPLES / 2);
    sew_recognizer_drain (recognizer, cancellable, &error);
    g_assert_no_error (error);
    g_assert_null (sew_recognizer_pull (recognizer));
    g_assert_cmpuint (sew_recognizer_get_position (recognizer), ==, N_SAMPLES);
  }
}

/* Cues stay in order, whatever was asked for. */
static void
test_cue_limits (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  SewCueLimits greatest
      = { G_MAXUINT, G_MAXUINT, G_MAXUINT64, G_MAXUINT64, G_MAXDOUBLE, G_MAXUINT64 };
  guint64 previous_end = 0;
  guint n_cues = 0;
  SewSegment *cue;

  sew_recognizer_set_granularity (recognizer, SEW_GRANULARITY_CUE);
  sew_recognizer_set_cue_limits (recognizer, &greatest);
  const SewCueLimits *kept = sew_recognizer_get_cue_limits (recognizer);
  g_assert_cmpuint (kept->max_lines, ==, 8);
  g_assert_cmpuint (kept->line_length, ==, 250);
  g_assert_cmpuint (kept->min_duration, ==, 3600 * SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (kept->max_duration, ==, 3600 * SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (kept->gap, ==, 3600 * SEW_SAMPLE_RATE_HZ);

  for (guint i = 0; i < 2; i++) {
    sew_recognizer_push (recognizer, noise, 8 * SEW_SAMPLE_RATE_HZ, NULL, NULL);
    sew_recognizer_drain (recognizer, NULL, NULL);
  }
  for (; (cue = sew_recognizer_pull (recognizer)) != NULL; n_cues++) {
    guint64 start = sew_segment_get_first_sample (cue);
    guint64 n_samples = sew_segment_get_n_samples (cue);
    g_assert_cmpuint (start, >=, previous_end);
    g_assert_cmpuint (n_samples, >, 0);
    g_assert_cmpuint (n_samples, <=, kept->max_duration);
    previous_end = start + n_samples;
    sew_segment_unref (cue);
  }
  g_assert_cmpuint (n_cues, >=, 1);
}

/* Long windows wait for audio, and a new latency starts afresh. */
static void
test_latency (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);

  g_assert_cmpuint (sew_recognizer_get_latency (recognizer), ==, 0);
  sew_recognizer_push (recognizer, noise, 10 * SEW_SAMPLE_RATE_HZ, NULL, NULL);
  g_assert_cmpuint (sew_recognizer_get_position (recognizer), ==, 0);
  sew_recognizer_set_latency (recognizer, SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (sew_recognizer_get_latency (recognizer), ==, SEW_SAMPLE_RATE_HZ);
  sew_recognizer_drain (recognizer, NULL, NULL);
  g_assert_null (sew_recognizer_pull (recognizer));
}

int
main (int argc, char **argv)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "reference", "data", "sew", NULL);
  model = sew_model_new (folder, NULL);
  g_assert_nonnull (model);
  noise = g_new (float, N_SAMPLES);
  for (gsize i = 0; i < N_SAMPLES; i++) /* bursts, so that the letters vary */
    noise[i] = (float) (g_rand_double_range (rand, -0.3, 0.3) * (1.0 + sin ((double) i / 900.0)));

  g_test_add_func ("/recognizer/chunking", test_chunking);
  g_test_add_func ("/recognizer/threads", test_threads);
  g_test_add_func ("/recognizer/interrupted-threads", test_interrupted_threads);
  g_test_add_func ("/recognizer/whole-clip", test_whole_clip);
  g_test_add_func ("/recognizer/words-are-in-order", test_words_are_in_order);
  g_test_add_func ("/recognizer/drain", test_drain);
  g_test_add_func ("/recognizer/nothing", test_nothing);
  g_test_add_func ("/recognizer/invalid-audio", test_invalid_audio);
  g_test_add_func ("/recognizer/cancelled", test_cancelled);
  g_test_add_func ("/recognizer/silence", test_silence);
  g_test_add_func ("/recognizer/cue-limits", test_cue_limits);
  g_test_add_func ("/recognizer/latency", test_latency);
  int result = g_test_run ();
  g_free (noise);
  g_object_unref (model);
  return result;
}
