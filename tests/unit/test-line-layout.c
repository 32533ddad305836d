/* SPDX-License-Identifier: MIT */
#include "stream/line-layout.h"

#include <string.h>

#include "stream/phrase-break.h"
#include "stream/text-width.h"
#include "stream/word-pieces.h"

#define MS(ms) ((guint64) (ms) *16)

static void
test_width (void)
{
  g_assert_cmpuint (sew_text_width_measure (""), ==, 0);
  g_assert_cmpuint (sew_text_width_measure ("word"), ==, 4);
  g_assert_cmpuint (sew_text_width_measure ("größe"), ==, 5);
  g_assert_cmpuint (sew_text_width_measure ("cafe\xcc\x81"), ==, 4); /* e and a combining acute */
  g_assert_cmpuint (sew_text_width_measure ("東京"), ==, 4);
  g_assert_cmpuint (sew_text_width_measure ("👩‍👩‍👧"), ==, 2); /* joined into one */
  g_assert_cmpuint (sew_text_width_measure ("👍🏽"), ==, 2);
  g_assert_cmpuint (sew_text_width_measure ("नमस्ते"), ==, 4);

  g_assert_cmpuint (sew_text_width_fit ("word", 10), ==, 4);
  g_assert_cmpuint (sew_text_width_fit ("word", 3), ==, 3);
  g_assert_cmpuint (sew_text_width_fit ("cafe\xcc\x81s", 4), ==, 6);
  g_assert_cmpuint (sew_text_width_fit ("東京都", 5), ==, 6);
  g_assert_cmpuint (sew_text_width_fit ("東京都", 1), ==, 3);
  g_assert_cmpuint (sew_text_width_fit ("", 1), ==, 0);
}

static char *
cut (const char *text, guint line_length)
{
  SewWord *word = sew_word_new (text, 1000, 800, 0.5f);
  g_autoptr (GPtrArray) pieces = sew_word_pieces_cut (word, line_length);
  GString *log = g_string_new (NULL);

  for (guint i = 0; i < pieces->len; i++)
    g_string_append_printf (log, "%s@%u+%u ", sew_word_get_text (pieces->pdata[i]),
                            (guint) sew_word_get_first_sample (pieces->pdata[i]),
                            (guint) sew_word_get_n_samples (pieces->pdata[i]));
  sew_word_unref (word);
  return g_string_free (log, FALSE);
}

static void
test_pieces (void)
{
  g_autofree char *whole = cut ("word", 4);
  g_autofree char *halves = cut ("abcdefgh", 4);
  g_autofree char *marks = cut ("e\xcc\x81"
                                "e\xcc\x81",
                                1);
  g_autofree char *controls = cut ("\ta\nb ", 10), *nothing = cut ("\n", 10);

  g_assert_cmpstr (whole, ==, "word@1000+800 ");
  g_assert_cmpstr (halves, ==, "abcd@1000+400 efgh@1400+400 ");
  g_assert_cmpstr (marks, ==, "e\xcc\x81@1000+400 e\xcc\x81@1400+400 ");
  g_assert_cmpstr (controls, ==, "a b@1000+800 ");
  g_assert_cmpstr (nothing, ==, "");
}

/* From a good place to a bad one. */
static void
test_break_order (void)
{
  static const struct {
    const char *before;
    const char *after;
    guint pause_ms;
  } places[] = {
    { "done.", "The", 0 }, { "DONE", "THE", 600 }, { "done,", "the", 0 }, { "HOUSE", "AND", 0 },
    { "HOUSE", "OF", 0 },  { "HOUSE", "HE'S", 0 }, { "OLD", "HOUSE", 0 }, { "IT'S", "DONE", 0 },
    { "OF", "LONDON", 0 }, { "THE", "HOUSE", 0 },  { "東", "、", 0 },
  };

  for (guint i = 1; i < G_N_ELEMENTS (places); i++)
    g_assert_cmpfloat (
        sew_phrase_break_cost (places[i - 1].before, places[i - 1].after,
                               MS (places[i - 1].pause_ms)),
        <, sew_phrase_break_cost (places[i].before, places[i].after, MS (places[i].pause_ms)));
  g_assert_cmpfloat (sew_phrase_break_cost ("THE", "HOUSE", MS (300)), <,
                     sew_phrase_break_cost ("THE", "HOUSE", 0));
  g_assert_cmpfloat (sew_phrase_break_cost ("THE", "HOUSE", MS (5000)), >, 0.0f);
}

/* text, its words laid out in lines, with "/" between lines. */
static char *
lay_out (const char *text, guint max_lines, guint line_length)
{
  g_auto (GStrv) texts = g_strsplit (text, " ", -1);
  guint n_words = g_strv_length (texts);
  g_autofree SewLineWord *words = g_new0 (SewLineWord, n_words);
  const SewLineRules rules = { max_lines, line_length, 1 };
  SewLineLayout *layout = sew_line_layout_new ();
  GString *log = g_string_new (NULL);

  for (guint i = 0; i < n_words; i++) {
    words[i].width = sew_text_width_measure (texts[i]);
    if (i + 1 < n_words)
      words[i].break_cost = sew_phrase_break_cost (texts[i], texts[i + 1], 0);
  }
  gsize n_fit = sew_line_layout_fill (layout, &rules, words, n_words);
  g_autoptr (GArray) lines = sew_line_layout_get_lines (layout, n_fit);
  g_assert_cmpuint (lines->len, ==, sew_line_layout_count_lines (layout, n_fit));
  for (guint i = 0, line = 0; i < n_fit; i++) {
    gboolean begins = line < lines->len && g_array_index (lines, guint, line) == i;
    line += begins;
    g_string_append_printf (log, "%s%s", i == 0 ? "" : begins ? "/" : " ", texts[i]);
  }
  sew_line_layout_free (layout);
  return g_string_free (log, FALSE);
}

static void
assert_lines (const char *text, guint max_lines, guint line_length, const char *expected)
{
  g_autofree char *lines = lay_out (text, max_lines, line_length);
  g_assert_cmpstr (lines, ==, expected);
}

static void
test_lines (void)
{
  assert_lines ("one line is enough", 2, 42, "one line is enough");
  assert_lines ("of about the same length as the other one", 2, 30,
                "of about the same length/as the other one");
  assert_lines ("we went down the long and winding road to the river", 2, 42,
                "we went down the long/and winding road to the river");
  assert_lines ("aaaa bbbb cccc dddd", 3, 9, "aaaa bbbb/cccc dddd");
  assert_lines ("aaaa bbbb cccc dddd", 3, 4, "aaaa/bbbb/cccc"); /* no room for the fourth */
  assert_lines ("aaaaaaaa b", 1, 4, "aaaaaaaa");
}

/* The cost of lines that begin at the words of the bits of starts; FALSE if they don't fit. */
static gboolean
judge (const SewLineWord *words, guint n_words, const SewLineRules *rules, guint starts,
       float *cost)
{
  SewLineLayout *layout = sew_line_layout_new ();
  const SewLineRules one_line = { 1, rules->line_length, rules->separator_width };
  guint n_lines = 0;

  *cost = 0.0f;
  for (guint first = 0, end; first < n_words; first = end, n_lines++) {
    for (end = first + 1; end < n_words && !(starts & (1u << end)); end++)
      ;
    if (sew_line_layout_fill (layout, &one_line, words + first, end - first) < end - first)
      n_lines = G_MAXUINT16;
    if (end < n_words)
      *cost += words[end - 1].break_cost;
  }
  sew_line_layout_free (layout);
  return n_lines <= rules->max_lines;
}

/* Where lines are even anyway, their ends decide, and no other choice of them is better. */
static void
test_exhaustive (void)
{
  GRand *random = g_rand_new_with_seed (1);

  for (guint trial = 0; trial < 200; trial++) {
    SewLineWord words[8];
    const SewLineRules rules = { 3, (guint) g_rand_int_range (random, 9, 40), 1 };
    SewLineLayout *layout = sew_line_layout_new ();
    gboolean fits = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS (words); i++)
      words[i] = (SewLineWord){ 4, (float) g_rand_double_range (random, 100.0, 1000.0) };
    gsize n_fit = sew_line_layout_fill (layout, &rules, words, G_N_ELEMENTS (words));
    for (guint n = 1; n <= n_fit; n++) {
      float best = G_MAXFLOAT, cost;
      guint n_lines = sew_line_layout_count_lines (layout, n);
      for (guint starts = 0; starts < 1u << n; starts += 2)
        if ((guint) __builtin_popcount (starts) + 1 == n_lines
            && judge (words, n, &rules, starts, &cost))
          best = MIN (best, cost);
      g_assert_cmpfloat_with_epsilon (sew_line_layout_get_cost (layout, n), best, 50.0f);
    }
    for (guint starts = 0; starts < 256 && n_fit < 8; starts += 2) {
      float cost;
      fits |= judge (words, (guint) n_fit + 1, &rules, starts, &cost);
    }
    g_assert_false (fits);
    sew_line_layout_free (layout);
  }
  g_rand_free (random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-width/columns", test_width);
  g_test_add_func ("/word-pieces/cut", test_pieces);
  g_test_add_func ("/phrase-break/order", test_break_order);
  g_test_add_func ("/line-layout/lines", test_lines);
  g_test_add_func ("/line-layout/exhaustive", test_exhaustive);
  return g_test_run ();
}
