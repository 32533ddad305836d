/* SPDX-License-Identifier: MIT */
#include "decoder/ngram-model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "sew/sew-error.h"

static const char *const models[] = {
  "plain.arpa",         "array-trie.bin",   "probing.bin", "quantized-array-trie.bin",
  "quantized-trie.bin", "rest-probing.bin", "trie.bin",    "trie-without-words.bin",
};

static char *
find_data (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "data", "language-model", name, NULL);
}

static char *
read_data (const char *name, gsize *n_bytes)
{
  g_autofree char *path = find_data (name);
  g_autoptr (GError) error = NULL;
  char *bytes = NULL;
  g_file_get_contents (path, &bytes, n_bytes, &error);
  g_assert_no_error (error);
  return bytes;
}

/* Scores the words of a sentence and its end; expected: as many numbers. */
static void
assert_scores (const SewNgramModel *model, const char *sentence, char **expected)
{
  g_auto (GStrv) words = g_strsplit (sentence, " ", -1);
  SewNgramState state, next;
  guint n_words = g_strv_length (words);

  g_assert_cmpuint (g_strv_length (expected), ==, n_words + 1);
  sew_ngram_model_begin_sentence (model, &state);
  for (guint i = 0; i <= n_words; i++) {
    guint word = i < n_words ? sew_ngram_model_find_word (model, words[i], strlen (words[i]))
                             : sew_ngram_model_get_end_of_sentence (model);
    float score = sew_ngram_model_score (model, &state, word, &next);
    g_assert_cmpfloat_with_epsilon (score, g_ascii_strtod (expected[i], NULL), 2e-6);
    state = next;
  }
}

static void
assert_scores_as_kenlm (const SewNgramModel *model, const char *name)
{
  g_autofree char *sentences_text = read_data ("sentences.txt", NULL);
  g_autofree char *scores_text = read_data ("scores.txt", NULL);
  g_auto (GStrv) sentences = g_strsplit (g_strchomp (sentences_text), "\n", -1);
  g_auto (GStrv) scores = g_strsplit (g_strchomp (scores_text), "\n", -1);
  guint n_sentences = 0;

  for (guint i = 0; scores[i] != NULL; i++) {
    g_auto (GStrv) fields = g_strsplit (scores[i], " ", -1);
    if (strcmp (fields[0], name) == 0)
      assert_scores (model, sentences[n_sentences++], fields + 1);
  }
  g_assert_cmpuint (n_sentences, ==, g_strv_length (sentences));
}

static void
test_scores (gconstpointer data)
{
  const char *name = data;
  g_autofree char *path = find_data (name);
  g_autoptr (GError) error = NULL;

  SewNgramModel *model = sew_ngram_model_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sew_ngram_model_get_order (model), ==, 4);
  g_assert_cmpuint (sew_ngram_model_get_n_words (model), ==, 20);
  assert_scores_as_kenlm (model, name);
  sew_ngram_model_free (model);
}

static void
test_words (gconstpointer data)
{
  g_autofree char *path = find_data (data);
  g_autoptr (GError) error = NULL;

  SewNgramModel *model = sew_ngram_model_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sew_ngram_model_find_word (model, "zebra", 5), ==, SEW_NGRAM_UNKNOWN);
  g_assert_cmpuint (sew_ngram_model_find_word (model, "<unk>", 5), ==, SEW_NGRAM_UNKNOWN);
  const char *word = sew_ngram_model_get_words (model);
  g_assert_true ((word == NULL) == (strstr (data, "without-words") != NULL));
  for (guint i = 0; word != NULL && i < sew_ngram_model_get_n_words (model); i++) {
    g_assert_cmpuint (sew_ngram_model_find_word (model, word, strlen (word)), ==, i);
    word += strlen (word) + 1;
  }
  sew_ngram_model_free (model);
}

/* -- what is not a model -- */

typedef struct {
  char *folder;
  char *path;
} Scratch;

static void
set_up (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  scratch->folder = g_dir_make_tmp ("sew-XXXXXX", &error);
  g_assert_no_error (error);
  scratch->path = g_build_filename (scratch->folder, "model", NULL);
}

static void
tear_down (Scratch *scratch, gconstpointer data)
{
  g_remove (scratch->path);
  g_assert_cmpint (g_rmdir (scratch->folder), ==, 0);
  g_free (scratch->path);
  g_free (scratch->folder);
}

static SewNgramModel *
load_bytes (Scratch *scratch, const char *bytes, gsize n_bytes, GError **error)
{
  /* A new file each time: some file systems wait for the disk when one is overwritten. */
  g_remove (scratch->path);
  FILE *file = fopen (scratch->path, "wb");
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (bytes, 1, n_bytes, file), ==, n_bytes);
  g_assert_cmpint (fclose (file), ==, 0);
  return sew_ngram_model_load (scratch->path, error);
}

static void
assert_refused (Scratch *scratch, const char *bytes, gsize n_bytes, SewError code)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (load_bytes (scratch, bytes, n_bytes, &error));
  g_assert_error (error, SEW_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, scratch->path));
}

static void
test_gzip (Scratch *scratch, gconstpointer data)
{
  gsize n_bytes;
  g_autofree char *bytes = read_data ("plain.arpa", &n_bytes);
  g_autofree char *packed = g_malloc (n_bytes + 64);
  g_autoptr (GZlibCompressor) gzip = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autoptr (GError) error = NULL;
  gsize n_read, n_packed;

  g_converter_convert (G_CONVERTER (gzip), bytes, n_bytes, packed, n_bytes + 64,
                       G_CONVERTER_INPUT_AT_END, &n_read, &n_packed, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_read, ==, n_bytes);

  SewNgramModel *model = load_bytes (scratch, packed, n_packed, &error);
  g_assert_no_error (error);
  assert_scores_as_kenlm (model, "plain.arpa");
  sew_ngram_model_free (model);

  assert_refused (scratch, packed, n_packed / 2, SEW_ERROR_MALFORMED);
}

static void
test_byte_order_mark (Scratch *scratch, gconstpointer data)
{
  g_autofree char *text = read_data ("plain.arpa", NULL);
  g_autofree char *marked = g_strconcat ("\357\273\277", text, NULL);
  g_autoptr (GError) error = NULL;

  SewNgramModel *model = load_bytes (scratch, marked, strlen (marked), &error);
  g_assert_no_error (error);
  assert_scores_as_kenlm (model, "plain.arpa");
  sew_ngram_model_free (model);
}

static void
test_truncated (Scratch *scratch, gconstpointer data)
{
  gsize n_bytes;
  g_autofree char *bytes = read_data (data, &n_bytes);
  gsize n_end = strstr (data, ".arpa") != NULL ? strlen ("\\end\\\n") : 0;

  for (gsize n = 0; n + n_end < n_bytes; n += 1 + n / 16) {
    g_autoptr (GError) error = NULL;
    g_assert_null (load_bytes (scratch, bytes, n, &error));
    g_assert_true (error->domain == SEW_ERROR);
  }
}

/* Whatever a byte says, the model is refused or answers with numbers. */
static void
test_corrupted (Scratch *scratch, gconstpointer data)
{
  gsize n_bytes;
  g_autofree char *bytes = read_data (data, &n_bytes);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint round = 0; round < 400; round++) {
    g_autofree char *copy = g_memdup2 (bytes, n_bytes);
    for (guint i = 0; i < 1 + round % 8; i++)
      copy[g_rand_int_range (rand, 0, (gint32) n_bytes)] = (char) g_rand_int (rand);

    SewNgramModel *model = load_bytes (scratch, copy, n_bytes, NULL);
    if (model == NULL)
      continue;
    SewNgramState state, next;
    sew_ngram_model_begin_sentence (model, &state);
    for (guint i = 0; i < 100; i++) {
      guint word = (guint) g_rand_int_range (rand, 0, 22);
      g_assert_true (isfinite (sew_ngram_model_score (model, &state, word, &next)));
      g_assert_cmpuint (next.n_words, <, SEW_NGRAM_MAX_ORDER);
      state = next;
    }
    sew_ngram_model_free (model);
  }
}

typedef struct {
  const char *what;
  const char *find;
  const char *replacement;
} Lie;

static const Lie lies[] = {
  { "not-a-model", "\\data\\", "data" },
  { "no-counts", "ngram 1=20\nngram 2=41\nngram 3=60\nngram 4=8\n", "" },
  { "too-many-words", "ngram 1=20", "ngram 1=21" },
  { "absurd-count", "ngram 2=41", "ngram 2=99999999999999999" },
  { "negative-count", "ngram 2=41", "ngram 2=-41" },
  { "too-few-words", "ngram 1=20", "ngram 1=19" },
  { "too-few-ngrams", "ngram 4=8", "ngram 4=7" },
  { "sections-swapped", "\\2-grams:", "\\3-grams:" },
  { "skipped-order", "ngram 2=41", "ngram 5=41" },
  { "probability-above-one", "\\1-grams:\n-", "\\1-grams:\n" },
  { "probability-not-a-number", "\\1-grams:\n-", "\\1-grams:\nx" },
  { "probability-infinite", "\\1-grams:\n", "\\1-grams:\n-1e99" },
  { "word-twice", "\tcat\t", "\tdog\t" },
  { "unlisted-word", "\tcat\t", "\tzebra\t" },
  { "ngram-twice", "\tto the\t", "\ton the\t" },
  { "context-missing", "\tthe cat\t", "\tthe café\t" },
  { "text-after-end", "\\end\\", "\\end\\\n\\end\\" },
};

static void
test_lie (Scratch *scratch, gconstpointer data)
{
  const Lie *lie = data;
  g_autofree char *text = read_data ("plain.arpa", NULL);
  char *at = strstr (text, lie->find);
  g_assert_nonnull (at);
  g_autofree char *lying = g_strdup_printf ("%.*s%s%s", (int) (at - text), text, lie->replacement,
                                            at + strlen (lie->find));
  assert_refused (scratch, lying, strlen (lying), SEW_ERROR_MALFORMED);
}

/* Numbers that a sum of a few, or a weight, would make infinite. */
static void
test_huge_numbers (Scratch *scratch, gconstpointer data)
{
  const char *text = "\\data\\\nngram 1=3\nngram 2=1\n\n"
                     "\\1-grams:\n-1\t<s>\t3.3e38\n-1\t</s>\n-3.3e38\ta\t-3.3e38\n\n"
                     "\\2-grams:\n-0.5\ta a\n\n\\end\\\n";
  g_autoptr (GError) error = NULL;
  SewNgramState begin, next, last;

  SewNgramModel *model = load_bytes (scratch, text, strlen (text), &error);
  g_assert_no_error (error);
  guint word = sew_ngram_model_find_word (model, "a", 1);
  sew_ngram_model_begin_sentence (model, &begin);
  g_assert_cmpfloat (sew_ngram_model_score (model, &begin, word, &next), ==, 0.0);
  g_assert_cmpfloat (
      sew_ngram_model_score (model, &next, sew_ngram_model_get_end_of_sentence (model), &last), ==,
      -101.0);
  sew_ngram_model_free (model);
}

static void
test_missing_file (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (sew_ngram_model_load ("/nonexistent/model.arpa", &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND);
}

static void
test_unsorted_trie (Scratch *scratch, gconstpointer data)
{
  gsize n_bytes;
  g_autofree char *bytes = read_data ("trie.bin", &n_bytes);
  /* After the header of 88 + 20 + 4 * 8 bytes, aligned to 8: the number of hashes, the hashes. */
  char *hashes = bytes + 144 + 8;
  char first[8];
  memcpy (first, hashes, 8);
  memcpy (hashes, hashes + 8, 8);
  memcpy (hashes + 8, first, 8);
  assert_refused (scratch, bytes, n_bytes, SEW_ERROR_MALFORMED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autofree char *scores = g_strconcat ("/ngram-model/scores/", models[i], NULL);
    g_autofree char *words = g_strconcat ("/ngram-model/words/", models[i], NULL);
    g_autofree char *truncated = g_strconcat ("/ngram-model/truncated/", models[i], NULL);
    g_autofree char *corrupted = g_strconcat ("/ngram-model/corrupted/", models[i], NULL);
    g_test_add_data_func (scores, models[i], test_scores);
    g_test_add_data_func (words, models[i], test_words);
    g_test_add (truncated, Scratch, models[i], set_up, test_truncated, tear_down);
    g_test_add (corrupted, Scratch, models[i], set_up, test_corrupted, tear_down);
  }
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autofree char *path = g_strconcat ("/ngram-model/lie/", lies[i].what, NULL);
    g_test_add (path, Scratch, &lies[i], set_up, test_lie, tear_down);
  }
  g_test_add ("/ngram-model/gzip", Scratch, NULL, set_up, test_gzip, tear_down);
  g_test_add ("/ngram-model/unsorted-trie", Scratch, NULL, set_up, test_unsorted_trie, tear_down);
  g_test_add ("/ngram-model/huge-numbers", Scratch, NULL, set_up, test_huge_numbers, tear_down);
  g_test_add ("/ngram-model/byte-order-mark", Scratch, NULL, set_up, test_byte_order_mark,
              tear_down);
  g_test_add_func ("/ngram-model/missing-file", test_missing_file);
  return g_test_run ();
}
