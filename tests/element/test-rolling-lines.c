/* SPDX-License-Identifier: MIT */
#include "rolling-lines.h"

#include <string.h>

static void
assert_text (const SewRollingLines *lines, const char *expected)
{
  g_autofree char *text = sew_rolling_lines_dup_text (lines);

  g_assert_cmpstr (text, ==, expected);
}

static void
add_words (SewRollingLines *lines, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    sew_rolling_lines_add (lines, words[i]);
}

static void
test_roll (void)
{
  SewRollingLines *lines = sew_rolling_lines_new ();

  sew_rolling_lines_set_limits (lines, 2, 10);
  assert_text (lines, "");
  add_words (lines, "one two");
  assert_text (lines, "one two");
  add_words (lines, "thr");
  assert_text (lines, "one two\nthr");
  add_words (lines, "four");
  assert_text (lines, "one two\nthr four");
  add_words (lines, "five");
  assert_text (lines, "thr four\nfive");
  sew_rolling_lines_break (lines);
  add_words (lines, "six");
  assert_text (lines, "five\nsix");
  sew_rolling_lines_set_limits (lines, 1, 10);
  assert_text (lines, "six");
  sew_rolling_lines_clear (lines);
  assert_text (lines, "");
  sew_rolling_lines_break (lines);
  add_words (lines, "seven");
  assert_text (lines, "seven");
  sew_rolling_lines_free (lines);
}

/* Columns are counted, not bytes; wide characters take two and have no space between words. */
static void
test_scripts (void)
{
  SewRollingLines *lines = sew_rolling_lines_new ();

  sew_rolling_lines_set_limits (lines, 2, 10);
  add_words (lines, "naïve été x");
  assert_text (lines, "naïve été\nx");
  sew_rolling_lines_clear (lines);
  add_words (lines, "你好 世界 人 a");
  assert_text (lines, "你好世界人\na");
  sew_rolling_lines_clear (lines);
  add_words (lines, "e\xcc\x81"
                    "e\xcc\x81"
                    "e\xcc\x81"
                    "e\xcc\x81 12345");
  assert_text (lines, "e\xcc\x81"
                      "e\xcc\x81"
                      "e\xcc\x81"
                      "e\xcc\x81 12345");
  sew_rolling_lines_free (lines);
}

/* No line is longer than it may be, whatever comes. */
static void
test_long_word (void)
{
  SewRollingLines *lines = sew_rolling_lines_new ();

  sew_rolling_lines_set_limits (lines, 2, 4);
  add_words (lines, "a bcdefghijk l");
  assert_text (lines, "fghi\njk l");
  sew_rolling_lines_clear (lines);
  add_words (lines, "世界世界世");
  assert_text (lines, "世界\n世");
  sew_rolling_lines_set_limits (lines, 0, 0);
  add_words (lines, "世界");
  assert_text (lines, "界");
  sew_rolling_lines_free (lines);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rolling-lines/roll", test_roll);
  g_test_add_func ("/rolling-lines/scripts", test_scripts);
  g_test_add_func ("/rolling-lines/long-word", test_long_word);
  return g_test_run ();
}
