/* SPDX-License-Identifier: MIT */
#include "stream/stitcher.h"

#include <math.h>
#include <string.h>

static SewVocabulary *vocabulary;

static guint
find_id (char symbol)
{
  char token[2] = { symbol, '\0' };

  if (symbol == '.')
    return sew_vocabulary_get_blank (vocabulary);
  for (guint id = 0; id < sew_vocabulary_get_size (vocabulary); id++)
    if (strcmp (sew_vocabulary_get_token (vocabulary, id), token) == 0)
      return id;
  g_assert_not_reached ();
}

/* One frame a character: '.' is the blank, '|' the delimiter. */
static float *
make_frames (const char *symbols)
{
  guint n_symbols = sew_vocabulary_get_size (vocabulary);
  gsize n_frames = strlen (symbols);
  float *log_probs = g_new (float, n_frames *n_symbols);

  for (gsize i = 0; i < n_frames * n_symbols; i++)
    log_probs[i] = -6.0f;
  for (gsize t = 0; t < n_frames; t++)
    log_probs[t * n_symbols + find_id (symbols[t])] = -0.1f;
  return log_probs;
}

/* The frames taken of one window. */
static char *
cut (SewStitcher *stitcher, guint64 first_frame, const char *symbols, gboolean last)
{
  g_autofree float *log_probs = make_frames (symbols);
  SewCut cut = sew_stitcher_cut (stitcher, log_probs, first_frame, strlen (symbols), last);

  g_assert_cmpuint (cut.from, <=, cut.to);
  g_assert_cmpuint (cut.to, <=, strlen (symbols));
  return g_strndup (symbols + cut.from, cut.to - cut.from);
}

/* Frames that were taken are not taken again because a window after them is skipped up to an
 * earlier one. */
static void
test_skip (void)
{
  const SewStitching stitching = { 2, 0, 100 };
  SewStitcher *stitcher = sew_stitcher_new (&stitching, vocabulary);

  g_autofree char *taken = cut (stitcher, 0, "..A..|......", FALSE);
  gsize n_taken = strlen (taken);
  g_assert_cmpuint (n_taken, >, 4);
  sew_stitcher_skip (stitcher, 2);
  g_autofree char *rest = cut (stitcher, 0, "..A..|......", TRUE);
  g_assert_null (strchr (rest, 'A'));
  g_assert_cmpuint (n_taken + strlen (rest), ==, 12);
  sew_stitcher_free (stitcher);
}

/* What is left of the letters when runs are collapsed and blanks dropped, window by window. */
static void
assert_joins (const SewStitching *stitching, const char *const *windows,
              const guint64 *first_frames, const char *expected)
{
  SewStitcher *stitcher = sew_stitcher_new (stitching, vocabulary);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; windows[i]; i++) {
    g_autofree char *taken = cut (stitcher, first_frames[i], windows[i], windows[i + 1] == NULL);
    for (const char *c = taken; *c; c++)
      if (*c == '|' ? !g_str_has_suffix (text->str, "|") : *c != '.' && (c == taken || *c != c[-1]))
        g_string_append_c (text, *c);
  }
  g_assert_cmpstr (text->str, ==, expected);
  sew_stitcher_free (stitcher);
}

static const SewStitching files = { .right_context = 2, .search = 10 };
static const SewStitching live = { .right_context = 3, .longest_word = 20 };

static void
test_one_window (void)
{
  const char *windows[] = { ".HE.LL.O.|..B.", NULL };
  assert_joins (&files, windows, (guint64[]){ 0 }, "HELO|B");
  assert_joins (&live, windows, (guint64[]){ 0 }, "HELO|B");
}

static void
test_same_view (void)
{
  /*                     0         1         2         3 */
  /*                     0123456789012345678901234567890123456 */
  const char *windows[] = { "..C.A.T..|..D.O.G..|.", "..D.O.G..|..R.U.N.|..", NULL };
  assert_joins (&files, windows, (guint64[]){ 0, 10 }, "CAT|DOG|RUN|");
}

/* The second window sees the word before the cut later, or earlier, than the first one did. */
static void
test_shifted_view (void)
{
  const char *late[] = { "..C.A.T|D.O.G.|F.", "C.A.T.|D.O.G.|F.O.X|", NULL };
  assert_joins (&files, late, (guint64[]){ 0, 3 }, "CAT|DOG|FOX|");
  const char *early[] = { "..C.A.T.|..D.O.G.|F.", "A.T.|D.O.G.|..F.O.X|", NULL };
  assert_joins (&files, early, (guint64[]){ 0, 4 }, "CAT|DOG|FOX|");
}

static void
test_no_gap (void)
{
  const char *windows[] = { "A.B.C.D.E.F.G.H.I.J.K.", "F.G.H.I.J.K.L.M.N", NULL };
  assert_joins (&files, windows, (guint64[]){ 0, 10 }, "ABCDEFGHIJKLMN");
}

static void
test_live (void)
{
  const char *windows[] = { "..C.A",          "..C.A.T.|.", "..C.A.T.|..D.O.", ".A.T.|..D.O.G.|...",
                            "..D.O.G.|.....", NULL };
  assert_joins (&live, windows, (guint64[]){ 0, 0, 0, 3, 10 }, "CAT|DOG|");
}

/* Live, a word is not taken before its end is sure. */
static void
test_live_waits (void)
{
  SewStitcher *stitcher = sew_stitcher_new (&live, vocabulary);
  g_autofree char *first = cut (stitcher, 0, "..C.A.T.", FALSE);
  g_autofree char *second = cut (stitcher, 0, "..C.A.T.S.|", FALSE);
  g_autofree char *third = cut (stitcher, 0, "..C.A.T.S.|...", FALSE);

  g_assert_null (strpbrk (first, "CATS"));
  g_assert_null (strpbrk (second, "CATS"));
  g_assert_nonnull (strstr (third, "C.A.T.S."));
  sew_stitcher_free (stitcher);
}

static void
test_live_longest_word (void)
{
  SewStitcher *stitcher = sew_stitcher_new (&live, vocabulary);
  g_autofree char *shorter = cut (stitcher, 0, "A.B.C.D.E.F.", FALSE);
  g_autofree char *longer = cut (stitcher, 0, "A.B.C.D.E.F.G.H.I.J.K.L.M.N.", FALSE);

  g_assert_cmpstr (shorter, ==, "");
  g_assert_nonnull (strstr (longer, "A.B"));
  sew_stitcher_free (stitcher);
}

/* What was one word is two in the next window, and the other way round: nothing comes twice, and
 * nothing is lost. */
static void
test_other_words (void)
{
  const char *split[] = { "..C.A.R.P.E.T.B.Y.|...", "..C.A.R.P.E.T|.B.Y.|..D.O.G.|...", NULL };
  assert_joins (&live, split, (guint64[]){ 0, 0 }, "CARPETBY|DOG|");
  const char *joined[] = { "..T.H.E|.I.F.|....", "..T.H.E|.I.F.A.P.L.Y.|...", NULL };
  assert_joins (&live, joined, (guint64[]){ 0, 0 }, "THE|IF|APLY|");
  const char *after[] = { "..T.H.E|.O.N.|....", "..T.H.E.O.N.|.E.|...", NULL };
  assert_joins (&live, after, (guint64[]){ 0, 0 }, "THE|ON|E|");
}

/* A window of which nothing is taken changes nothing, wherever it would have been entered. */
static void
test_nothing_taken (void)
{
  SewStitcher *stitcher = sew_stitcher_new (&live, vocabulary);
  g_autofree char *first = cut (stitcher, 0, "..I.F.|....", FALSE);
  guint64 position = sew_stitcher_get_position (stitcher);
  g_autofree char *none = cut (stitcher, 0, "..I......F.I.", FALSE);

  g_assert_cmpuint (sew_stitcher_get_position (stitcher), ==, position);
  g_autofree char *third = cut (stitcher, 0, "..I.F.|..I.T.|....", TRUE);
  g_assert_cmpstr (first, ==, "..I.F.|.");
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (third, ==, ".I.T.|....");
  sew_stitcher_free (stitcher);
}

#define N_LETTERS 300
#define WINDOW 120
#define STEP 6

/* How one window sees letters that lie four frames apart: each a frame off, and with spaces here
 * and there. */
static char *
see (GRand *random, const char *letters, gsize first_frame)
{
  char *symbols = g_strnfill (WINDOW, '.');

  for (gsize i = 0; letters[i] != '\0'; i++) {
    gsize frame = 4 * i + 4 + (gsize) g_rand_int_range (random, 0, 2);
    gboolean spaced = g_rand_int_range (random, 0, 3) == 0;
    if (frame >= first_frame && frame < first_frame + WINDOW)
      symbols[frame - first_frame] = letters[i];
    if (spaced && frame + 1 >= first_frame && frame + 1 < first_frame + WINDOW)
      symbols[frame + 1 - first_frame] = '|';
  }
  return symbols;
}

/* However windows differ about where words begin and end: each letter once, and none before where
 * it was said to be certain that there is none. */
static void
test_any_words (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  SewStitcher *stitcher = sew_stitcher_new (&live, vocabulary);
  g_autoptr (GString) joined = g_string_new (NULL);
  char letters[N_LETTERS + 1] = "";

  for (gsize i = 0; i < N_LETTERS; i++)
    letters[i] = (char) g_rand_int_range (random, 'A', 'Z' + 1);
  for (gsize end = WINDOW; end < 4 * N_LETTERS + WINDOW; end += STEP) {
    gsize first_frame = end - WINDOW;
    guint64 certain = sew_stitcher_get_certain (stitcher);
    g_autofree char *symbols = see (random, letters, first_frame);
    g_autofree float *log_probs = make_frames (symbols);
    SewCut cut = sew_stitcher_cut (stitcher, log_probs, first_frame, WINDOW, FALSE);
    for (gsize t = cut.from; t < cut.to; t++)
      if (g_ascii_isalpha (symbols[t])) {
        g_string_append_c (joined, symbols[t]);
        g_assert_cmpuint (first_frame + t + 1, >=, certain);
      }
  }
  g_assert_cmpstr (joined->str, ==, letters);
  sew_stitcher_free (stitcher);
}

static void
test_empty (void)
{
  SewStitcher *stitcher = sew_stitcher_new (&files, vocabulary);
  g_autofree char *none = cut (stitcher, 0, "", FALSE);
  g_autofree char *still_none = cut (stitcher, 0, "", TRUE);

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (still_none, ==, "");
  sew_stitcher_free (stitcher);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  vocabulary = sew_vocabulary_new_default (32);
  g_test_add_func ("/stitcher/one-window", test_one_window);
  g_test_add_func ("/stitcher/same-view", test_same_view);
  g_test_add_func ("/stitcher/shifted-view", test_shifted_view);
  g_test_add_func ("/stitcher/no-gap", test_no_gap);
  g_test_add_func ("/stitcher/live", test_live);
  g_test_add_func ("/stitcher/live-waits", test_live_waits);
  g_test_add_func ("/stitcher/live-longest-word", test_live_longest_word);
  g_test_add_func ("/stitcher/other-words", test_other_words);
  g_test_add_func ("/stitcher/nothing-taken", test_nothing_taken);
  g_test_add_func ("/stitcher/any-words", test_any_words);
  g_test_add_func ("/stitcher/empty", test_empty);
  g_test_add_func ("/stitcher/skip", test_skip);
  int result = g_test_run ();
  sew_vocabulary_free (vocabulary);
  return result;
}
