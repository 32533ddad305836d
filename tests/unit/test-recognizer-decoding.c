/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sew/sew.h"

#define N_SAMPLES (40 * SEW_SAMPLE_RATE_HZ)
#define LATENCY (SEW_SAMPLE_RATE_HZ * 3 / 2)

static SewModel *model;
static SewLanguageModel *language_model;
static float *noise; /* [N_SAMPLES], with pauses */

/* -- helpers -- */

static SewRecognizer *
make_recognizer (SewLanguageModel *lm, guint64 latency)
{
  SewRecognizer *recognizer = sew_recognizer_new (model);
  sew_recognizer_set_decoding (recognizer, SEW_DECODING_BEAM);
  sew_recognizer_set_beam_width (recognizer, 10);
  sew_recognizer_set_language_model (recognizer, lm);
  sew_recognizer_set_latency (recognizer, latency);
  sew_recognizer_set_n_threads (recognizer, 1);
  return recognizer;
}

static void
push (SewRecognizer *recognizer, gsize first, gsize n_samples)
{
  g_autoptr (GError) error = NULL;
  sew_recognizer_push (recognizer, noise + first, n_samples, NULL, &error);
  g_assert_no_error (error);
}

static void
drain (SewRecognizer *recognizer)
{
  g_autoptr (GError) error = NULL;
  sew_recognizer_drain (recognizer, NULL, &error);
  g_assert_no_error (error);
}

/* (transfer full) SewWord, of all segments that are there. */
static GPtrArray *
pull_words (SewRecognizer *recognizer)
{
  GPtrArray *words = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  SewSegment *segment;
  while ((segment = sew_recognizer_pull (recognizer))) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++)
      g_ptr_array_add (words, sew_word_ref (sew_segment_get_word (segment, i)));
    sew_segment_unref (segment);
  }
  return words;
}

static guint64
get_end (const SewWord *word)
{
  return sew_word_get_first_sample (word) + sew_word_get_n_samples (word);
}

static char *
describe (const GPtrArray *words)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < words->len; i++) {
    SewWord *word = words->pdata[i];
    g_string_append_printf (text, "%s@%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT " %.6f\n",
                            sew_word_get_text (word), sew_word_get_first_sample (word),
                            sew_word_get_n_samples (word), sew_word_get_confidence (word));
  }
  return g_string_free (text, FALSE);
}

static char *
recognize (SewRecognizer *recognizer, gsize n_samples, gsize chunk)
{
  for (gsize i = 0; i < n_samples; i += chunk)
    push (recognizer, i, MIN (chunk, n_samples - i));
  drain (recognizer);
  g_autoptr (GPtrArray) words = pull_words (recognizer);
  return describe (words);
}

static SewPhraseList *
make_phrases (const char *text)
{
  g_autoptr (GError) error = NULL;
  SewPhraseList *phrases = sew_phrase_list_new ();
  sew_phrase_list_add_text (phrases, text, &error);
  g_assert_no_error (error);
  return phrases;
}

/* -- tests -- */

static void
test_chunking (void)
{
  static const guint64 latencies[] = { 0, LATENCY };
  static const gsize n_samples[] = { N_SAMPLES, 5 * SEW_SAMPLE_RATE_HZ };
  static const gsize chunks[] = { 1600, 4801, 16000 };
  g_autoptr (SewPhraseList) phrases = make_phrases ("kq sb, mbq:4");

  for (guint l = 0; l < G_N_ELEMENTS (latencies); l++) {
    g_autofree char *whole = NULL;
    for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
      g_autoptr (SewRecognizer) recognizer = make_recognizer (language_model, latencies[l]);
      sew_recognizer_set_hot_words (recognizer, phrases);
      g_autofree char *words = recognize (recognizer, n_samples[l], chunks[i]);
      g_assert_cmpstr (words, !=, "");
      if (!whole)
        whole = g_steal_pointer (&words);
      else
        g_assert_cmpstr (words, ==, whole);
    }
  }
}

/* Where a beam reads the same word as the best path, it has the same time and confidence. */
static void
test_times (void)
{
  const gsize n_samples = 10 * SEW_SAMPLE_RATE_HZ;
  g_autoptr (SewRecognizer) greedy = sew_recognizer_new (model);
  g_autoptr (SewRecognizer) beam = make_recognizer (NULL, 0);
  guint n_common = 0;

  push (greedy, 0, n_samples);
  drain (greedy);
  push (beam, 0, n_samples);
  drain (beam);
  g_autoptr (GPtrArray) expected = pull_words (greedy);
  g_autoptr (GPtrArray) found = pull_words (beam);
  for (guint i = 0; i < expected->len; i++)
    for (guint j = 0; j < found->len; j++) {
      SewWord *a = expected->pdata[i];
      SewWord *b = found->pdata[j];
      if (strcmp (sew_word_get_text (a), sew_word_get_text (b)) != 0
          || get_end (a) <= sew_word_get_first_sample (b)
          || get_end (b) <= sew_word_get_first_sample (a))
        continue;
      n_common++;
      g_assert_cmpuint (sew_word_get_first_sample (a), ==, sew_word_get_first_sample (b));
      g_assert_cmpuint (get_end (a), ==, get_end (b));
      g_assert_cmpfloat (fabsf (sew_word_get_confidence (a) - sew_word_get_confidence (b)), <,
                         1e-4f);
    }
  g_assert_cmpuint (n_common, >, expected->len / 4);
}

/* The longest time from the end of a word to its coming out; counts the words. */
static guint64
measure_delay (SewRecognizer *recognizer, guint *n_words)
{
  const gsize chunk = SEW_SAMPLE_RATE_HZ / 50;
  guint64 longest = 0;

  sew_recognizer_set_latency (recognizer, LATENCY);
  for (gsize i = 0; i + chunk <= 8 * SEW_SAMPLE_RATE_HZ; i += chunk) {
    push (recognizer, i, chunk);
    g_autoptr (GPtrArray) words = pull_words (recognizer);
    for (guint j = 0; j < words->len; j++)
      longest = MAX (longest, i + chunk - get_end (words->pdata[j]));
    *n_words += words->len;
  }
  return longest;
}

/* A beam keeps no word of live audio longer than greedy decoding does. (With a language model,
 * words can end where the best path has none, and a window is left only in a gap that the best path
 * has.) */
static void
test_latency (void)
{
  g_autoptr (SewRecognizer) greedy = sew_recognizer_new (model);
  g_autoptr (SewRecognizer) beam = make_recognizer (NULL, LATENCY);
  guint n_greedy = 0, n_beam = 0;
  guint64 allowed = measure_delay (greedy, &n_greedy);

  g_assert_cmpuint (measure_delay (beam, &n_beam), <=, allowed);
  g_assert_cmpuint (n_beam, >, n_greedy / 2);
}

/* All segments, none of which may begin before the position that was told; and the new position. */
static guint64
check_segments (SewRecognizer *recognizer, guint64 position)
{
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    if (sew_segment_get_n_words (segment) > 0)
      g_assert_cmpuint (sew_segment_get_first_sample (segment), >=, position);
    sew_segment_unref (segment);
  }
  g_assert_cmpuint (sew_recognizer_get_position (recognizer), >=, position);
  return sew_recognizer_get_position (recognizer);
}

/* No word to come begins before the position. Where windows see the same frames otherwise, a word
 * may be found in what was taken for a gap. Returns the position before the end. */
static guint64
check_position (SewRecognizer *recognizer, gsize first, gsize n_samples, gsize chunk,
                const SewPhraseList *phrases)
{
  guint64 position = 0;
  gsize n_pushed = 0;

  for (guint i = 0; n_pushed < n_samples; i++) {
    gsize n = MIN (chunk, n_samples - n_pushed);
    push (recognizer, first + n_pushed, n);
    n_pushed += n;
    position = check_segments (recognizer, position);
    if (i % 16 == 15) {
      sew_recognizer_set_hot_words (recognizer, i % 32 == 15 ? phrases : NULL);
      position = check_segments (recognizer, position);
    }
  }
  drain (recognizer);
  g_assert_cmpuint (check_segments (recognizer, position), ==, n_pushed);
  return position;
}

static void
test_position (void)
{
  static const guint64 latencies[] = { SEW_SAMPLE_RATE_HZ / 2, LATENCY, 2 * LATENCY };
  g_autoptr (SewRecognizer) late = make_recognizer (language_model, 0);
  g_autoptr (SewPhraseList) phrases = make_phrases ("mkq:25");

  g_assert_cmpuint (check_position (late, 0, N_SAMPLES, SEW_SAMPLE_RATE_HZ, NULL), >, 0);
  for (guint i = 0; i < 9; i++) {
    g_autoptr (SewRecognizer) recognizer = make_recognizer (language_model, latencies[i % 3]);
    if (i % 5 != 4)
      sew_recognizer_set_decoding (recognizer, SEW_DECODING_GREEDY);
    sew_recognizer_set_granularity (recognizer, (SewGranularity) (i / 3));
    gsize first = i * 3 * SEW_SAMPLE_RATE_HZ + i * 237;
    guint64 position = check_position (recognizer, first, 12 * SEW_SAMPLE_RATE_HZ, 1600 + i * 331,
                                       phrases);
    if (i < 3) /* words alone, and not held */
      g_assert_cmpuint (position, >, 10 * SEW_SAMPLE_RATE_HZ - latencies[i]);
  }
}

/* What is handed out, and what is read ahead, is all that has the confidence and nothing else. */
static void
check_min_confidence (guint64 latency)
{
  const gsize chunk = SEW_SAMPLE_RATE_HZ / 4;
  g_autoptr (SewRecognizer) all = make_recognizer (language_model, latency);
  g_autoptr (SewRecognizer) sure = make_recognizer (language_model, latency);
  g_autoptr (GPtrArray) expected = g_ptr_array_new ();
  guint n_ahead = 0;

  push (all, 0, 10 * SEW_SAMPLE_RATE_HZ);
  drain (all);
  g_autoptr (GPtrArray) words = pull_words (all);
  float least = sew_word_get_confidence (words->pdata[words->len / 2]);
  for (guint i = 0; i < words->len; i++)
    if (sew_word_get_confidence (words->pdata[i]) >= least)
      g_ptr_array_add (expected, words->pdata[i]);
  g_assert_cmpuint (expected->len, <, words->len);

  sew_recognizer_set_min_confidence (sure, least);
  g_assert_cmpfloat (sew_recognizer_get_min_confidence (sure), ==, least);
  for (gsize i = 0; i < 10 * SEW_SAMPLE_RATE_HZ; i += chunk) {
    push (sure, i, chunk);
    g_autoptr (SewSegment) ahead = sew_recognizer_read_ahead (sure);
    for (gsize j = 0; ahead != NULL && j < sew_segment_get_n_words (ahead); j++) {
      g_assert_cmpfloat (sew_word_get_confidence (sew_segment_get_word (ahead, j)), >=, least);
      n_ahead++;
    }
  }
  g_assert_cmpint (n_ahead > 0, ==, latency > 0);
  drain (sure);
  g_autoptr (GPtrArray) found = pull_words (sure);
  g_autofree char *found_text = describe (found);
  g_autofree char *expected_text = describe (expected);
  g_assert_cmpstr (found_text, ==, expected_text);
}

static void
test_min_confidence (void)
{
  check_min_confidence (0);
  check_min_confidence (LATENCY);
}

/* A language model turns the search on, and another weight another text up; greedy has neither. */
static void
test_language_model (void)
{
  const gsize n_samples = 8 * SEW_SAMPLE_RATE_HZ;
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autofree char *greedy = recognize (recognizer, n_samples, n_samples);

  sew_recognizer_reset (recognizer);
  sew_recognizer_set_language_model (recognizer, language_model);
  g_assert_true (sew_recognizer_get_language_model (recognizer) == language_model);
  g_assert_cmpfloat (sew_recognizer_get_lm_weight (recognizer), ==,
                     sew_language_model_get_weight (language_model));
  g_assert_cmpfloat (sew_recognizer_get_word_score (recognizer), ==,
                     sew_language_model_get_word_score (language_model));
  g_autofree char *beam = recognize (recognizer, n_samples, n_samples);
  g_assert_cmpstr (beam, !=, greedy);

  sew_recognizer_reset (recognizer);
  sew_recognizer_set_lm_weight (recognizer, 3.0f);
  sew_recognizer_set_word_score (recognizer, 4.0f);
  g_autofree char *heavy = recognize (recognizer, n_samples, n_samples);
  g_assert_cmpstr (heavy, !=, beam);

  sew_recognizer_reset (recognizer);
  sew_recognizer_set_decoding (recognizer, SEW_DECODING_GREEDY);
  g_autofree char *again = recognize (recognizer, n_samples, n_samples);
  g_assert_cmpstr (again, ==, greedy);
}

static guint
count_word (const GPtrArray *words, const char *text, guint64 from, guint64 to)
{
  guint n = 0;
  for (guint i = 0; i < words->len; i++)
    n += strcmp (sew_word_get_text (words->pdata[i]), text) == 0
         && sew_word_get_first_sample (words->pdata[i]) >= from && get_end (words->pdata[i]) <= to;
  return n;
}

/* The last word that is made of two letters or more, with capital ones inside. */
static char *
make_name (const GPtrArray *words)
{
  for (guint i = words->len; i-- > 1;) {
    char *name = g_ascii_strdown (sew_word_get_text (words->pdata[i]), -1);
    if (strlen (name) > 1) {
      name[1] = g_ascii_toupper (name[1]);
      return name;
    }
    g_free (name);
  }
  return NULL;
}

/* Names are spelled as the language model knows them, if it knows one spelling. */
static void
test_names (void)
{
  const gsize n_samples = 8 * SEW_SAMPLE_RATE_HZ;
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "sew-names.arpa", NULL);
  g_autoptr (GError) error = NULL;

  sew_recognizer_set_decoding (recognizer, SEW_DECODING_GREEDY);
  push (recognizer, 0, n_samples);
  drain (recognizer);
  g_autoptr (GPtrArray) plain = pull_words (recognizer);
  g_autofree char *name = make_name (plain);
  g_assert_nonnull (name);
  g_autofree char *arpa = g_strdup_printf ("\\data\\\nngram 1=4\n\n\\1-grams:\n-1 <unk>\n-1 <s>\n"
                                           "-1 small\n-1 %s\n\n\\end\\\n",
                                           name);
  g_assert_true (g_file_set_contents (path, arpa, -1, NULL));
  g_autoptr (SewLanguageModel) names = sew_language_model_new (path, &error);
  g_assert_no_error (error);
  g_unlink (path);

  sew_recognizer_reset (recognizer);
  sew_recognizer_set_language_model (recognizer, names);
  sew_recognizer_set_text_case (recognizer, SEW_TEXT_CASE_SENTENCE);
  push (recognizer, 0, n_samples);
  drain (recognizer);
  g_autoptr (GPtrArray) spelled = pull_words (recognizer);
  g_assert_cmpuint (spelled->len, ==, plain->len);
  g_assert_cmpuint (count_word (spelled, name, 0, n_samples), >, 0);
  sew_recognizer_set_language_model (recognizer, NULL);
  push (recognizer, 0, n_samples);
  drain (recognizer);
  g_autoptr (GPtrArray) unknown = pull_words (recognizer);
  g_assert_cmpuint (count_word (unknown, name, 0, G_MAXUINT64), ==, 0);
}

/* What is set while a clip is under way waits for the next one, and the old language model is not
 * missed. */
static void
test_next_clip (void)
{
  const gsize n_samples = 8 * SEW_SAMPLE_RATE_HZ;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "language-model",
                                                 "probing.bin", NULL);
  g_autoptr (GError) error = NULL;
  SewLanguageModel *other = sew_language_model_new (path, &error);
  g_assert_no_error (error);
  g_autoptr (SewRecognizer) recognizer = make_recognizer (other, 0);
  g_clear_object (&other);
  g_autofree char *expected = recognize (recognizer, n_samples, n_samples);

  sew_recognizer_reset (recognizer);
  push (recognizer, 0, n_samples / 2);
  sew_recognizer_set_language_model (recognizer, NULL);
  sew_recognizer_set_beam_threshold (recognizer, 1.0f);
  sew_recognizer_set_token_threshold (recognizer, -1.0f);
  push (recognizer, n_samples / 2, n_samples / 2);
  drain (recognizer);
  g_autoptr (GPtrArray) words = pull_words (recognizer);
  g_autofree char *found = describe (words);
  g_assert_cmpstr (found, ==, expected);
  sew_recognizer_reset (recognizer);
  g_autofree char *next = recognize (recognizer, n_samples, n_samples);
  g_assert_cmpstr (next, !=, expected);
}

/* They come and go while audio is recognized, greedily or not. */
static void
test_hot_words (void)
{
  const gsize part = 6 * SEW_SAMPLE_RATE_HZ;
  g_autoptr (SewPhraseList) phrases = make_phrases ("mkq:25");

  for (guint i = 0; i < 2; i++) {
    g_autoptr (SewRecognizer) recognizer = i == 0 ? make_recognizer (language_model, LATENCY)
                                                  : sew_recognizer_new (model);
    sew_recognizer_set_latency (recognizer, LATENCY);
    push (recognizer, 0, part);
    sew_recognizer_set_hot_words (recognizer, phrases);
    push (recognizer, part, part);
    sew_recognizer_set_hot_words (recognizer, NULL);
    push (recognizer, 2 * part, part);
    drain (recognizer);
    g_autoptr (GPtrArray) words = pull_words (recognizer);
    guint n_before = count_word (words, "MKQ", 0, part - LATENCY);
    guint n_with = count_word (words, "MKQ", part, 2 * part - LATENCY);
    guint n_after = count_word (words, "MKQ", 2 * part + LATENCY, 3 * part);
    g_assert_cmpuint (n_with, >, 5 + 2 * n_before);
    g_assert_cmpuint (n_with, >, 5 + 2 * n_after);
  }
}

/* The readings of an utterance: the best one is what its words say, and none is better. */
static void
check_n_best (SewTextCase text_case)
{
  g_autoptr (SewRecognizer) recognizer = make_recognizer (language_model, 0);
  g_autoptr (GHashTable) different = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_lists = 0;
  SewSegment *segment;

  sew_recognizer_set_granularity (recognizer, SEW_GRANULARITY_UTTERANCE);
  sew_recognizer_set_text_case (recognizer, text_case);
  sew_recognizer_set_n_best (recognizer, 5);
  for (guint i = 0; i < 2; i++) {
    push (recognizer, i * 16 * SEW_SAMPLE_RATE_HZ, 16 * SEW_SAMPLE_RATE_HZ);
    drain (recognizer);
  }
  g_autoptr (GString) text = g_string_new (NULL);
  while ((segment = sew_recognizer_pull (recognizer))) {
    guint n = sew_segment_get_n_alternatives (segment);
    double best = 0.0;
    if (text->len > 0)
      g_string_append_c (text, ' ');
    g_string_append (text, sew_segment_get_text (segment));
    if (sew_segment_get_end (segment) == SEW_SEGMENT_END_LIMIT)
      g_assert_cmpuint (n, ==, 0);
    else {
      n_lists++;
      g_assert_cmpuint (n, ==, 5);
      g_assert_cmpstr (sew_segment_get_alternative (segment, 0, &best), ==, text->str);
      g_string_truncate (text, 0);
    }
    g_hash_table_remove_all (different);
    for (guint i = 0; i < n; i++) {
      double score;
      const char *alternative = sew_segment_get_alternative (segment, i, &score);
      g_assert_true (g_hash_table_add (different, g_strdup (alternative)));
      g_assert_cmpfloat (score, <=, best);
      best = score;
    }
    sew_segment_unref (segment);
  }
  g_assert_cmpuint (n_lists, ==, 2);
}

static void
test_n_best (void)
{
  check_n_best (SEW_TEXT_CASE_AS_IS);
  check_n_best (SEW_TEXT_CASE_SENTENCE);
}

/* Without a beam, or when none are asked for, there are no lists. */
static void
test_no_n_best (void)
{
  for (guint i = 0; i < 2; i++) {
    g_autoptr (SewRecognizer) recognizer = make_recognizer (language_model, 0);
    if (i == 0)
      sew_recognizer_set_decoding (recognizer, SEW_DECODING_GREEDY);
    sew_recognizer_set_n_best (recognizer, i == 0 ? 5 : 0);
    push (recognizer, 0, 5 * SEW_SAMPLE_RATE_HZ);
    drain (recognizer);
    for (SewSegment *segment; (segment = sew_recognizer_pull (recognizer));
         sew_segment_unref (segment))
      g_assert_cmpuint (sew_segment_get_n_alternatives (segment), ==, 0);
  }
}

/* A checkpoint brings its own, with weights; not all do. */
static void
test_location (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "reference", "data", "sew", NULL);
  g_autoptr (SewModel) other = sew_model_new (folder, NULL);
  g_autoptr (SewModel) random = sew_model_new_random ("sew-tiny", 1, SEW_PRECISION_FLOAT32, NULL);
  g_autofree char *location = sew_model_dup_language_model_location (model);

  g_assert_nonnull (location);
  g_assert_true (g_str_has_suffix (location, "model-with-words/language_model"));
  g_assert_cmpfloat (sew_language_model_get_weight (language_model), ==, 0.7f);
  g_assert_cmpfloat (sew_language_model_get_word_score (language_model), ==, 1.0f);
  g_assert_null (sew_model_dup_language_model_location (other));
  g_assert_null (sew_model_dup_language_model_location (random));
}

int
main (int argc, char **argv)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "model-with-words", NULL);
  model = sew_model_new (folder, &error);
  g_assert_no_error (error);
  g_autofree char *location = sew_model_dup_language_model_location (model);
  language_model = sew_language_model_new (location, &error);
  g_assert_no_error (error);
  noise = g_new (float, N_SAMPLES);
  for (gsize i = 0; i < N_SAMPLES; i++) {
    double loudness = i % (5 * SEW_SAMPLE_RATE_HZ) < 4 * SEW_SAMPLE_RATE_HZ ? 1.0 : 0.0;
    noise[i] = (float) (loudness * g_rand_double_range (rand, -0.3, 0.3)
                        * (1.0 + sin ((double) i / 900.0)));
  }

  g_test_add_func ("/recognizer-decoding/chunking", test_chunking);
  g_test_add_func ("/recognizer-decoding/times", test_times);
  g_test_add_func ("/recognizer-decoding/latency", test_latency);
  g_test_add_func ("/recognizer-decoding/position", test_position);
  g_test_add_func ("/recognizer-decoding/min-confidence", test_min_confidence);
  g_test_add_func ("/recognizer-decoding/language-model", test_language_model);
  g_test_add_func ("/recognizer-decoding/names", test_names);
  g_test_add_func ("/recognizer-decoding/next-clip", test_next_clip);
  g_test_add_func ("/recognizer-decoding/hot-words", test_hot_words);
  g_test_add_func ("/recognizer-decoding/n-best", test_n_best);
  g_test_add_func ("/recognizer-decoding/no-n-best", test_no_n_best);
  g_test_add_func ("/recognizer-decoding/location", test_location);
  int result = g_test_run ();
  g_free (noise);
  g_object_unref (language_model);
  g_object_unref (model);
  return result;
}
