/* SPDX-License-Identifier: MIT */
#include "decoder/decoder.h"

#include <math.h>
#include <string.h>

#define N_SYMBOLS 32
#define SAMPLES_PER_FRAME 320

typedef struct {
  SewVocabulary *vocabulary;
  SewLanguageModel *language_model;
  SewDecoder *decoder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "language-model", "trie.bin",
                                                 NULL);
  fixture->vocabulary = sew_vocabulary_new_default (N_SYMBOLS);
  fixture->language_model = sew_language_model_new (path, &error);
  g_assert_no_error (error);
  fixture->decoder = sew_decoder_new (fixture->vocabulary, SAMPLES_PER_FRAME);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  sew_decoder_free (fixture->decoder);
  g_object_unref (fixture->language_model);
  sew_vocabulary_free (fixture->vocabulary);
}

/* [strlen (letters)][N_SYMBOLS]: one letter a frame, '.' for a blank; a small letter stands for B,
 * which C is little behind. */
static float *
make_rows (const Fixture *fixture, const char *letters)
{
  float *rows = g_new (float, strlen (letters) * N_SYMBOLS);

  for (gsize i = 0; letters[i] != '\0'; i++) {
    float *row = rows + i * N_SYMBOLS;
    const char *name = letters[i] == '.' ? "<pad>" : (char[]){ letters[i], '\0' };
    for (guint s = 0; s < N_SYMBOLS; s++) {
      const char *token = sew_vocabulary_get_token (fixture->vocabulary, s);
      row[s] = logf (0.05f / (N_SYMBOLS - 1));
      if (strcmp (token, name) == 0)
        row[s] = logf (0.95f);
      if (g_ascii_islower (letters[i]) && strcmp (token, "B") == 0)
        row[s] = logf (0.55f);
      if (g_ascii_islower (letters[i]) && strcmp (token, "C") == 0)
        row[s] = logf (0.4f);
    }
  }
  return rows;
}

static void
push (const Fixture *fixture, guint64 first_frame, const char *letters)
{
  g_autofree float *rows = make_rows (fixture, letters);

  for (gsize i = 0; letters[i] != '\0'; i++)
    sew_decoder_push (fixture->decoder, first_frame + i, rows + i * N_SYMBOLS);
}

static void
assert_words (const Fixture *fixture, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  SewWord *word;
  while ((word = sew_decoder_pull (fixture->decoder)) != NULL) {
    g_string_append_printf (text, "%s@%u+%u ", sew_word_get_text (word),
                            (guint) sew_word_get_first_sample (word) / SAMPLES_PER_FRAME,
                            (guint) sew_word_get_n_samples (word) / SAMPLES_PER_FRAME);
    sew_word_unref (word);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
set_beam (const Fixture *fixture)
{
  const SewDecoderOptions options = {
    .beam_width = 50,
    .language_model = fixture->language_model,
    .lm_weight = 0.5f,
    .word_score = 1.5f,
    .beam_threshold = 12.0f,
    .token_threshold = -5.0f,
  };

  sew_decoder_set_options (fixture->decoder, &options);
}

static void
test_best_path (Fixture *fixture, gconstpointer data)
{
  sew_decoder_begin (fixture->decoder, 10 * SAMPLES_PER_FRAME);
  push (fixture, 0, "THE|bAT");
  assert_words (fixture, "THE@10+3 ");
  g_assert_true (sew_decoder_is_open (fixture->decoder));
  g_assert_cmpuint (sew_decoder_get_position (fixture->decoder), ==, 14 * SAMPLES_PER_FRAME);
  sew_decoder_end_word (fixture->decoder);
  assert_words (fixture, "BAT@14+3 ");
  g_assert_false (sew_decoder_is_open (fixture->decoder));
  g_assert_cmpuint (sew_decoder_get_position (fixture->decoder), ==, 17 * SAMPLES_PER_FRAME);
}

static void
test_beam (Fixture *fixture, gconstpointer data)
{
  set_beam (fixture);
  sew_decoder_begin (fixture->decoder, 0);
  push (fixture, 0, "THE|bAT");
  sew_decoder_end_word (fixture->decoder);
  push (fixture, 7, "SAT...");
  sew_decoder_finish (fixture->decoder);
  assert_words (fixture, "THE@0+3 CAT@4+3 SAT@7+3 ");
  g_assert_false (sew_decoder_is_open (fixture->decoder));
  g_assert_cmpuint (sew_decoder_get_position (fixture->decoder), ==, 13 * SAMPLES_PER_FRAME);

  push (fixture, 20, "A|b");
  sew_decoder_begin (fixture->decoder, 0);
  sew_decoder_finish (fixture->decoder);
  assert_words (fixture, "");
}

/* Before, frames 0 to 9 were pushed; these would be read like that. */
static void
assert_ahead (const Fixture *fixture, const char *letters, const char *expected)
{
  g_autofree float *rows = make_rows (fixture, letters);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  g_autoptr (GString) text = g_string_new (NULL);

  sew_decoder_read_ahead (fixture->decoder, rows, 8, strlen (letters), 10, words);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (text, "%s@%u ", sew_word_get_text (words->pdata[i]),
                            (guint) sew_word_get_first_sample (words->pdata[i])
                                / SAMPLES_PER_FRAME);
  g_assert_cmpstr (text->str, ==, expected);
}

/* To read ahead tells what the decoder would make of the frames, and changes nothing. */
static void
test_read_ahead (Fixture *fixture, gconstpointer data)
{
  for (guint beam = 0; beam <= 1; beam++) {
    if (beam)
      set_beam (fixture);
    sew_decoder_begin (fixture->decoder, 0);
    push (fixture, 0, "...THE|.bA");
    assert_words (fixture, "THE@3+3 ");
    for (guint i = 0; i < 2; i++)
      assert_ahead (fixture, "bAT|SAT|", beam ? "CAT@8 SAT@12 " : "BAT@8 SAT@12 ");
    assert_ahead (fixture, "bA", beam ? "A@9 " : "BA@8 ");
    push (fixture, 10, "T|");
    sew_decoder_finish (fixture->decoder);
    assert_words (fixture, beam ? "CAT@8+3 " : "BAT@8+3 ");
  }
}

static void
commit (const Fixture *fixture, const char *ahead)
{
  g_autofree float *rows = make_rows (fixture, ahead);

  sew_decoder_commit (fixture->decoder, rows, strlen (ahead), FALSE);
}

/* What seems to follow tells whether a word has ended; it is not taken itself. */
static void
test_commit (Fixture *fixture, gconstpointer data)
{
  set_beam (fixture);
  sew_decoder_begin (fixture->decoder, 0);
  push (fixture, 0, "THE|bAT");
  commit (fixture, "S|SAT");
  assert_words (fixture, "THE@0+3 ");
  commit (fixture, ".|SAT");
  assert_words (fixture, "CAT@4+3 ");
  g_assert_false (sew_decoder_is_open (fixture->decoder));
  push (fixture, 7, "|SAT|");
  commit (fixture, "..");
  assert_words (fixture, "SAT@8+3 ");
}

/* They come and go while the decoder runs, without a beam asked for. */
static void
test_hot_words (Fixture *fixture, gconstpointer data)
{
  static const char *const phrases[] = { "cab" };
  static const float weights[] = { 5.0f };

  sew_decoder_begin (fixture->decoder, 0);
  push (fixture, 0, "bAB|");
  sew_decoder_set_hot_words (fixture->decoder, sew_hot_words_new (phrases, weights, 1, TRUE));
  push (fixture, 4, "bAB|");
  sew_decoder_set_hot_words (fixture->decoder, NULL);
  push (fixture, 8, "bAB|");
  sew_decoder_finish (fixture->decoder);
  assert_words (fixture, "BAB@0+3 CAB@4+3 BAB@8+3 ");
}

/* A word that a change of hot words has ended is not of the clip that begins next. */
static void
test_begin (Fixture *fixture, gconstpointer data)
{
  static const char *const phrases[] = { "cab" };
  static const float weights[] = { 5.0f };

  sew_decoder_begin (fixture->decoder, 0);
  push (fixture, 0, "bAB");
  sew_decoder_set_hot_words (fixture->decoder, sew_hot_words_new (phrases, weights, 1, TRUE));
  sew_decoder_begin (fixture->decoder, 0);
  push (fixture, 0, "SAT|");
  sew_decoder_finish (fixture->decoder);
  assert_words (fixture, "SAT@0+3 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/decoder/best-path", Fixture, NULL, set_up, test_best_path, tear_down);
  g_test_add ("/decoder/beam", Fixture, NULL, set_up, test_beam, tear_down);
  g_test_add ("/decoder/read-ahead", Fixture, NULL, set_up, test_read_ahead, tear_down);
  g_test_add ("/decoder/commit", Fixture, NULL, set_up, test_commit, tear_down);
  g_test_add ("/decoder/hot-words", Fixture, NULL, set_up, test_hot_words, tear_down);
  g_test_add ("/decoder/begin", Fixture, NULL, set_up, test_begin, tear_down);
  return g_test_run ();
}
