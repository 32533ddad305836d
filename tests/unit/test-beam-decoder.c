/* SPDX-License-Identifier: MIT */
#include "decoder/beam-decoder.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "decoder/greedy-decoder.h"
#include "find-token.h"

#define N_SYMBOLS 32

typedef struct {
  SewVocabulary *vocabulary;
  SewLanguageModel *language_model;
  SewHotWords *hot_words;
  SewTextScorer *scorer;
} Fixture;

/* data: the name of a language model, or NULL. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->vocabulary = sew_vocabulary_new_default (N_SYMBOLS);
  if (data != NULL) {
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "language-model", data,
                                                   NULL);
    fixture->language_model = sew_language_model_new (path, &error);
    g_assert_no_error (error);
  }
  fixture->scorer = sew_text_scorer_new (fixture->vocabulary, fixture->language_model);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  sew_text_scorer_free (fixture->scorer);
  g_clear_pointer (&fixture->hot_words, sew_hot_words_free);
  g_clear_object (&fixture->language_model);
  sew_vocabulary_free (fixture->vocabulary);
}

/* What is left of probs goes to all other symbols. */
static void
make_row (const Fixture *fixture, const char *letters, const float *probs, float *row)
{
  float rest = 1.0f;
  gsize n_letters = strlen (letters);
  for (gsize i = 0; i < n_letters; i++)
    rest -= probs[i];
  for (guint i = 0; i < N_SYMBOLS; i++)
    row[i] = logf (MAX (rest, 1e-6f) / (float) (N_SYMBOLS - n_letters));
  for (gsize i = 0; i < n_letters; i++)
    row[find_letter (fixture->vocabulary, letters[i])] = logf (probs[i]);
}

/* letters: one a frame, '.' for a blank; "(ab)" for a frame in which a has probability 0.55 and b
 * 0.4. Returns [n_frames][N_SYMBOLS]. */
static GArray *
make_rows (const Fixture *fixture, const char *letters)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (float) * N_SYMBOLS);
  for (; *letters != '\0'; letters++) {
    float row[N_SYMBOLS];
    if (*letters == '(') {
      char pair[3] = { letters[1], letters[2], '\0' };
      make_row (fixture, pair, (float[]){ 0.55f, 0.4f }, row);
      letters += 3;
    } else {
      make_row (fixture, (char[]){ *letters, '\0' }, (float[]){ 0.95f }, row);
    }
    g_array_append_vals (rows, row, 1);
  }
  return rows;
}

static const float *
get_row (const GArray *rows, guint i)
{
  return (const float *) (gpointer) rows->data + (gsize) i * N_SYMBOLS;
}

/* "text@first+n " of each letter, with '|' between words, or only the text. */
static void
take_tokens (const Fixture *fixture, SewBeamDecoder *decoder, GString *text, gboolean with_times)
{
  SewToken token;
  while (sew_beam_decoder_pull (decoder, &token)) {
    g_string_append (text, sew_vocabulary_get_token (fixture->vocabulary, token.id));
    if (with_times && token.id != find_letter (fixture->vocabulary, '|'))
      g_string_append_printf (text, "@%u+%u ", (guint) token.first_frame, token.n_frames);
  }
}

static char *
decode (const Fixture *fixture, const SewBeamOptions *options, const GArray *rows,
        gboolean with_times)
{
  SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, options);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < rows->len; i++) {
    sew_beam_decoder_push (decoder, i, get_row (rows, i));
    take_tokens (fixture, decoder, text, with_times);
  }
  sew_beam_decoder_finish (decoder);
  take_tokens (fixture, decoder, text, with_times);
  g_assert_false (sew_beam_decoder_is_open (decoder));
  sew_beam_decoder_free (decoder);
  return g_string_free (text, FALSE);
}

static void
assert_decodes (const Fixture *fixture, const char *letters, const char *expected)
{
  const SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, letters);
  g_autofree char *text = decode (fixture, &options, rows, FALSE);
  g_assert_cmpstr (text, ==, expected);
}

/* -- against every way to read every text -- */

static const char alphabet[] = ".|ACT";
#define N_LETTERS 5
#define N_FRAMES 6

/* The text that a path spells: runs collapsed, blanks out, words between single spaces. */
static char *
spell_path (guint path)
{
  GString *text = g_string_new (NULL);
  char last = '.';
  for (guint t = 0; t < N_FRAMES; t++, path /= N_LETTERS) {
    char letter = alphabet[path % N_LETTERS];
    if (letter != '.' && letter != last) {
      gboolean after_gap = text->len == 0 || text->str[text->len - 1] == ' ';
      if (letter != '|')
        g_string_append_c (text, letter);
      else if (!after_gap)
        g_string_append_c (text, ' ');
    }
    last = letter;
  }
  g_strchomp (text->str);
  return g_string_free (text, FALSE);
}

static double
score_text (const Fixture *fixture, const char *text)
{
  g_autofree char *small = g_ascii_strdown (text, -1);
  g_auto (GStrv) words = g_strsplit (small, " ", -1);
  const SewLanguageModel *model = fixture->language_model;
  SewNgramState state, next;
  double log10_prob = 0.0;
  guint n_words = 0;

  sew_ngram_model_begin_sentence (model->ngrams, &state);
  for (; words[n_words] != NULL && words[n_words][0] != '\0'; n_words++) {
    guint id = sew_ngram_model_find_word (model->ngrams, words[n_words], strlen (words[n_words]));
    log10_prob += sew_ngram_model_score (model->ngrams, &state, id, &next);
    if (id == SEW_NGRAM_UNKNOWN)
      log10_prob += model->unknown_score;
    state = next;
  }
  log10_prob += sew_ngram_model_score (model->ngrams, &state,
                                       sew_ngram_model_get_end_of_sentence (model->ngrams), &next);
  return model->weight * M_LN10 * log10_prob + (double) model->word_score * n_words;
}

/* Text to the sum of its paths' probabilities. */
static GHashTable *
sum_paths (const Fixture *fixture, const GArray *rows)
{
  GHashTable *sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  guint n_paths = 1;
  for (guint t = 0; t < N_FRAMES; t++)
    n_paths *= N_LETTERS;

  for (guint path = 0; path < n_paths; path++) {
    double log_prob = 0.0;
    guint rest = path;
    for (guint t = 0; t < N_FRAMES; t++, rest /= N_LETTERS)
      log_prob += get_row (rows, t)[find_letter (fixture->vocabulary, alphabet[rest % N_LETTERS])];
    char *text = spell_path (path);
    double *sum = g_hash_table_lookup (sums, text);
    if (sum != NULL) {
      *sum += exp (log_prob);
      g_free (text);
    } else {
      sum = g_new (double, 1);
      *sum = exp (log_prob);
      g_hash_table_insert (sums, text, sum);
    }
  }
  return sums;
}

static GArray *
make_random_rows (const Fixture *fixture, GRand *rand)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (float) * N_SYMBOLS);
  for (guint t = 0; t < N_FRAMES; t++) {
    float row[N_SYMBOLS];
    float sum = 0.0f;
    float probs[N_LETTERS];
    for (guint i = 0; i < N_LETTERS; i++)
      sum += probs[i] = (float) g_rand_double_range (rand, 0.01, 1.0);
    for (guint i = 0; i < N_SYMBOLS; i++)
      row[i] = -INFINITY;
    for (guint i = 0; i < N_LETTERS; i++)
      row[find_letter (fixture->vocabulary, alphabet[i])] = logf (probs[i] / sum);
    g_array_append_vals (rows, row, 1);
  }
  return rows;
}

static void
test_exhaustive (Fixture *fixture, gconstpointer data)
{
  const SewBeamOptions options = {
    .width = 100000,
    .beam_threshold = 1000.0f,
    .token_threshold = -1000.0f,
    .n_best = 20,
    .max_pending = 100,
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint round = 0; round < 10; round++) {
    g_autoptr (GArray) rows = make_random_rows (fixture, rand);
    g_autoptr (GHashTable) sums = sum_paths (fixture, rows);
    GHashTableIter iter;
    gpointer text, sum;
    double best = -G_MAXDOUBLE;
    g_hash_table_iter_init (&iter, sums);
    while (g_hash_table_iter_next (&iter, &text, &sum))
      best = MAX (best, log (*(double *) sum) + score_text (fixture, text));

    SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &options);
    for (guint i = 0; i < rows->len; i++)
      sew_beam_decoder_push (decoder, i, get_row (rows, i));
    sew_beam_decoder_finish (decoder);
    guint n_hypotheses;
    const SewAlternative *found = sew_beam_decoder_get_n_best (decoder, &n_hypotheses);
    g_assert_cmpuint (n_hypotheses, ==, options.n_best);
    g_assert_cmpfloat_with_epsilon (found[0].score, best, 1e-4);
    for (guint i = 0; i < n_hypotheses; i++) {
      double *expected = g_hash_table_lookup (sums, found[i].text);
      g_assert_nonnull (expected);
      g_assert_cmpfloat_with_epsilon (found[i].score,
                                      log (*expected) + score_text (fixture, found[i].text), 1e-4);
      g_assert_true (i == 0 || found[i].score <= found[i - 1].score);
    }
    sew_beam_decoder_free (decoder);
  }
}

/* -- texts -- */

static void
test_language (Fixture *fixture, gconstpointer data)
{
  /* What a wrong letter is more probable for, the model knows better. */
  assert_decodes (fixture, "THE|(BC)A(DT)|SAT", "THE|CAT|SAT");
  assert_decodes (fixture, "||THE.|.|D(IO)G.|RAN|", "THE|DOG|RAN");
  assert_decodes (fixture, "....", "");
  assert_decodes (fixture, "|", "");
}

static void
test_no_language (Fixture *fixture, gconstpointer data)
{
  assert_decodes (fixture, "THE|(BC)A(DT)|SAT", "THE|BAD|SAT");
  assert_decodes (fixture, "HEL.LO|.|.AL.L", "HELLO|ALL");
}

static const char speech[]
    = ".TTH.E..|.(BC)AAT.|SSA.T.||.O.N|TH.EE..|M.A.T...||A.(ND)D|THE|DD.OG.|R.A(TN)..|"
      "TO.|..A|B.II.G..|HA.T..";

static void
test_times (Fixture *fixture, gconstpointer data)
{
  const SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, speech);
  g_autofree char *text = decode (fixture, &options, rows, TRUE);

  SewGreedyDecoder greedy;
  SewToken token;
  g_autoptr (GString) expected = g_string_new (NULL);
  guint delimiter = find_letter (fixture->vocabulary, '|');
  sew_greedy_decoder_init (&greedy, find_letter (fixture->vocabulary, '.'), N_SYMBOLS);
  for (guint i = 0; i <= rows->len; i++) {
    gboolean ended = i < rows->len ? sew_greedy_decoder_push (&greedy, i, get_row (rows, i), &token)
                                   : sew_greedy_decoder_finish (&greedy, &token);
    if (ended && token.id != delimiter)
      g_string_append_printf (expected, "%s@%u+%u ",
                              sew_vocabulary_get_token (fixture->vocabulary, token.id),
                              (guint) token.first_frame, token.n_frames);
    else if (ended && !g_str_has_suffix (expected->str, "|"))
      g_string_append_c (expected, '|');
  }
  g_assert_cmpstr (text, ==, expected->str);
}

/* What ends a word may look a little like its last letter, which is not to be taken there. */
static void
test_ended_word (Fixture *fixture, gconstpointer data)
{
  const SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, "A|CA(T.)..(|T)..");
  g_autofree char *text = decode (fixture, &options, rows, TRUE);

  g_assert_cmpstr (text, ==, "A@0+1 |C@2+1 A@3+1 T@4+1 ");
}

/* Committing early changes nothing, and leaves little to wait for. */
static void
test_incremental (Fixture *fixture, gconstpointer data)
{
  SewBeamOptions online = SEW_BEAM_OPTIONS_INIT;
  SewBeamOptions held = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (float) * N_SYMBOLS);
  held.n_best = 1;
  held.max_pending = G_MAXUINT;
  for (guint i = 0; i < 30; i++) {
    g_autoptr (GArray) some = make_rows (fixture, speech);
    g_array_append_vals (rows, some->data, some->len);
    g_array_append_vals (rows, get_row (some, 0), 1);
  }

  g_autofree char *all_at_once = decode (fixture, &held, rows, TRUE);
  g_autofree char *step_by_step = decode (fixture, &online, rows, TRUE);
  g_assert_cmpstr (step_by_step, ==, all_at_once);

  SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &online);
  for (guint i = 0; i < rows->len; i++) {
    sew_beam_decoder_push (decoder, i, get_row (rows, i));
    g_assert_cmpuint (i - sew_beam_decoder_get_pending_frame (decoder) + 1, <=, 100);
  }
  sew_beam_decoder_free (decoder);
}

static void
test_forced (Fixture *fixture, gconstpointer data)
{
  SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  options.n_best = 1;
  options.max_pending = 40;
  g_autoptr (GArray) rows = make_rows (fixture, speech);
  SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &options);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++) {
    sew_beam_decoder_push (decoder, i, get_row (rows, i));
    g_assert_cmpuint (i - sew_beam_decoder_get_pending_frame (decoder) + 1, <=, 40);
    take_tokens (fixture, decoder, text, FALSE);
  }
  g_assert_true (g_str_has_prefix (text->str, "THE|CAT|SAT|ON|THE|"));
  sew_beam_decoder_finish (decoder);
  take_tokens (fixture, decoder, text, FALSE);
  g_assert_cmpstr (text->str, ==, "THE|CAT|SAT|ON|THE|MAT|AND|THE|DOG|RAN|TO|A|BIG|HAT");
  sew_beam_decoder_free (decoder);
}

/* What was committed before the end is in every text that is listed. */
static void
test_forced_list (Fixture *fixture, gconstpointer data)
{
  SewBeamOptions held = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, speech);
  guint n_found, n_expected;

  held.n_best = 50;
  held.max_pending = G_MAXUINT;
  SewBeamOptions forced = held;
  forced.n_best = 5;
  forced.max_pending = 40;
  SewBeamDecoder *whole = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &held);
  SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &forced);
  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < rows->len; i++) {
      guint frame = round * rows->len + i;
      sew_beam_decoder_push (whole, frame, get_row (rows, i));
      sew_beam_decoder_push (decoder, frame, get_row (rows, i));
    }
    sew_beam_decoder_finish (whole);
    sew_beam_decoder_finish (decoder);
    const SewAlternative *expected = sew_beam_decoder_get_n_best (whole, &n_expected);
    const SewAlternative *found = sew_beam_decoder_get_n_best (decoder, &n_found);
    g_assert_cmpuint (n_found, ==, forced.n_best);
    g_assert_cmpstr (found[0].text, ==, "THE CAT SAT ON THE MAT AND THE DOG RAN TO A BIG HAT");
    for (guint i = 0; i < n_found; i++) {
      guint same = 0;
      while (same < n_expected && !g_str_equal (expected[same].text, found[i].text))
        same++;
      g_assert_cmpuint (same, <, n_expected);
      g_assert_cmpfloat_with_epsilon (found[i].score, expected[same].score, 0.01);
    }
  }
  sew_beam_decoder_free (decoder);
  sew_beam_decoder_free (whole);
}

/* The last word was committed already. */
static void
test_forced_whole (Fixture *fixture, gconstpointer data)
{
  SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, "CAAT|...");
  guint n_found;

  options.n_best = 3;
  options.max_pending = 5;
  SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &options);
  for (guint i = 0; i < rows->len; i++)
    sew_beam_decoder_push (decoder, i, get_row (rows, i));
  sew_beam_decoder_finish (decoder);
  const SewAlternative *found = sew_beam_decoder_get_n_best (decoder, &n_found);
  g_assert_cmpstr (found[0].text, ==, "CAT");
  sew_beam_decoder_free (decoder);
}

/* Tokens pulled lie in the frames, in order. */
static void
assert_placed (SewBeamDecoder *decoder, guint64 n_frames, guint64 *last_frame)
{
  SewToken token;

  while (sew_beam_decoder_pull (decoder, &token)) {
    g_assert_cmpuint (token.first_frame, >=, *last_frame);
    g_assert_cmpuint (token.first_frame, <=, n_frames);
    g_assert_true (token.n_frames > 0 || token.first_frame == n_frames);
    g_assert_true (isfinite (token.log_prob) && token.log_prob <= 0.0f);
    *last_frame = token.first_frame;
  }
}

/* What is committed takes frames along, and then another text may win that needed them. */
static void
test_lost_frames (Fixture *fixture, gconstpointer data)
{
  SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint round = 0; round < 5000; round++) {
    g_autoptr (GArray) rows = make_random_rows (fixture, rand);
    guint64 last_frame = 0;
    options.width = (guint) g_rand_int_range (rand, 2, 12);
    options.max_pending = (guint) g_rand_int_range (rand, 2, N_FRAMES);
    SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &options);
    for (guint i = 0; i < rows->len; i++) {
      sew_beam_decoder_push (decoder, i, get_row (rows, i));
      if (g_rand_int_range (rand, 0, 3) == 0)
        sew_beam_decoder_end_word (decoder);
      if (g_rand_int_range (rand, 0, 3) == 0)
        sew_beam_decoder_commit (decoder, NULL, 0);
      assert_placed (decoder, i + 1, &last_frame);
    }
    sew_beam_decoder_finish (decoder);
    assert_placed (decoder, rows->len, &last_frame);
    sew_beam_decoder_free (decoder);
  }
}

/* Besides the tokenizer's delimiter, a space parts words. */
static void
test_two_delimiters (void)
{
  static const char vocab[] = "{\"<pad>\": 0, \"|\": 1, \" \": 2, \"a\": 3, \"b\": 4}";
  static const guint said[] = { 3, 1, 4, 2, 3, 3, 2, 1, 4 };
  const SewBeamOptions options = {
    .width = 10, .beam_threshold = 20.0f, .token_threshold = -10.0f, .n_best = 1, .max_pending = 100
  };
  g_autofree char *folder = g_dir_make_tmp ("sew-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "vocab.json", NULL);
  guint n_found;

  g_file_set_contents (path, vocab, -1, NULL);
  g_autoptr (SewVocabulary) vocabulary = sew_vocabulary_load (folder, 5, 0, NULL, NULL);
  SewTextScorer *scorer = sew_text_scorer_new (vocabulary, NULL);
  SewBeamDecoder *decoder = sew_beam_decoder_new (vocabulary, scorer, &options);
  for (guint i = 0; i < G_N_ELEMENTS (said); i++) {
    float row[5];
    for (guint k = 0; k < 5; k++)
      row[k] = logf (k == said[i] ? 0.96f : 0.01f);
    sew_beam_decoder_push (decoder, i, row);
  }
  sew_beam_decoder_finish (decoder);
  g_assert_cmpstr (sew_beam_decoder_get_n_best (decoder, &n_found)[0].text, ==, "a b a b");
  sew_beam_decoder_free (decoder);
  sew_text_scorer_free (scorer);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_gap (Fixture *fixture, gconstpointer data)
{
  const SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, "AACCT");
  static const guint64 frames[] = { 10, 11, 12, 20, 21 };
  SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &options);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++)
    sew_beam_decoder_push (decoder, frames[i], get_row (rows, i));
  g_assert_true (sew_beam_decoder_is_open (decoder));
  sew_beam_decoder_end_word (decoder);
  sew_beam_decoder_push (decoder, 22, get_row (rows, 0));
  sew_beam_decoder_finish (decoder);
  take_tokens (fixture, decoder, text, TRUE);
  g_assert_cmpstr (text->str, ==, "A@10+2 C@12+1 C@20+1 T@21+1 |A@22+1 ");

  /* Nothing is left of it. */
  sew_beam_decoder_push (decoder, 3, get_row (rows, 0));
  sew_beam_decoder_reset (decoder);
  sew_beam_decoder_finish (decoder);
  SewToken token;
  g_assert_false (sew_beam_decoder_pull (decoder, &token));
  sew_beam_decoder_free (decoder);
}

static void
test_not_numbers (Fixture *fixture, gconstpointer data)
{
  const SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, "AB.");
  for (guint i = 0; i < N_SYMBOLS; i++) {
    g_array_index (rows, float, N_SYMBOLS + i) = i % 2 ? NAN : -INFINITY;
    g_array_index (rows, float, 2 * N_SYMBOLS + i) = -INFINITY;
  }
  g_autofree char *text = decode (fixture, &options, rows, FALSE);
  g_assert_cmpstr (text, ==, "A");
}

/* -- hot words -- */

static void
test_hot_words (Fixture *fixture, gconstpointer data)
{
  static const char *const phrases[] = { "Zed", "new  york", "café" };
  static const float weights[] = { 5.0f, 8.0f, 3.0f };
  assert_decodes (fixture, "A|(ST)ED|IN|(MN)EW|(FY)ORK", "A|SED|IN|MEW|FORK");
  assert_decodes (fixture, "A|(SZ)ED", "A|SED");

  fixture->hot_words = sew_hot_words_new (phrases, weights, G_N_ELEMENTS (phrases), TRUE);
  sew_text_scorer_set_hot_words (fixture->scorer, fixture->hot_words);
  assert_decodes (fixture, "A|(SZ)ED", "A|ZED");
  assert_decodes (fixture, "IN|(MN)EW|(FY)ORK|IS", "IN|NEW|YORK|IS");
  /* Only whole words, and only the whole phrase. */
  assert_decodes (fixture, "A|(SZ)EDS", "A|SEDS");
  assert_decodes (fixture, "A|X(SZ)ED", "A|XSED");
  assert_decodes (fixture, "(MN)EW|FORK", "MEW|FORK");
}

static void
test_hot_words_and_language (Fixture *fixture, gconstpointer data)
{
  static const char *const phrases[] = { "CAZ" };
  static const float weights[] = { 10.0f };
  assert_decodes (fixture, "THE|CA(ZT)|SAT", "THE|CAT|SAT");
  fixture->hot_words = sew_hot_words_new (phrases, weights, 1, TRUE);
  sew_text_scorer_set_hot_words (fixture->scorer, fixture->hot_words);
  assert_decodes (fixture, "THE|CA(ZT)|SAT", "THE|CAZ|SAT");
}

static void
test_changed_hot_words (Fixture *fixture, gconstpointer data)
{
  static const char *const phrases[] = { "SED" };
  static const float weights[] = { 6.0f };
  const SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  g_autoptr (GArray) rows = make_rows (fixture, "A|(ZS)ED");
  SewBeamDecoder *decoder = sew_beam_decoder_new (fixture->vocabulary, fixture->scorer, &options);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < rows->len; i++) {
    if (i == 2) {
      fixture->hot_words = sew_hot_words_new (phrases, weights, 1, TRUE);
      sew_text_scorer_set_hot_words (fixture->scorer, fixture->hot_words);
      sew_beam_decoder_forget_hot_words (decoder);
    }
    sew_beam_decoder_push (decoder, i, get_row (rows, i));
  }
  sew_beam_decoder_finish (decoder);
  take_tokens (fixture, decoder, text, FALSE);
  g_assert_cmpstr (text->str, ==, "A|SED");
  sew_beam_decoder_free (decoder);
}

int
main (int argc, char **argv)
{
#define ADD(name, model, function)                                                                 \
  g_test_add ("/beam-decoder/" name, Fixture, model, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("exhaustive/arpa", "plain.arpa", test_exhaustive);
  ADD ("exhaustive/probing", "probing.bin", test_exhaustive);
  ADD ("exhaustive/trie", "trie.bin", test_exhaustive);
  ADD ("language", "trie.bin", test_language);
  ADD ("no-language", NULL, test_no_language);
  ADD ("times", NULL, test_times);
  ADD ("ended-word", NULL, test_ended_word);
  ADD ("incremental", "plain.arpa", test_incremental);
  ADD ("forced", "plain.arpa", test_forced);
  ADD ("forced-list", "plain.arpa", test_forced_list);
  ADD ("forced-whole", "plain.arpa", test_forced_whole);
  ADD ("lost-frames", NULL, test_lost_frames);
  ADD ("gap", NULL, test_gap);
  ADD ("not-numbers", NULL, test_not_numbers);
  ADD ("hot-words", NULL, test_hot_words);
  ADD ("hot-words-and-language", "plain.arpa", test_hot_words_and_language);
  ADD ("changed-hot-words", NULL, test_changed_hot_words);
  g_test_add_func ("/beam-decoder/two-delimiters", test_two_delimiters);
  return g_test_run ();
}
