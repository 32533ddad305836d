/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <string.h>

#include "decoder/spellings.h"
#include "stream/text-caser.h"

/* The words of a text, spelled; "|" ends an utterance. */
static void
assert_spelled (SewTextCaser *caser, const char *text, const char *expected)
{
  g_auto (GStrv) texts = g_strsplit (text, " ", -1);
  g_autoptr (GString) log = g_string_new (NULL);

  for (char **t = texts; *t; t++) {
    if (g_str_equal (*t, "|")) {
      sew_text_caser_end_sentence (caser);
      continue;
    }
    SewWord *word = sew_text_caser_apply (caser, sew_word_new (*t, 320, 640, 0.25f));
    g_assert_cmpuint (sew_word_get_first_sample (word), ==, 320);
    g_assert_cmpuint (sew_word_get_n_samples (word), ==, 640);
    g_assert_cmpfloat (sew_word_get_confidence (word), ==, 0.25f);
    g_string_append_printf (log, "%s%s", log->len ? " " : "", sew_word_get_text (word));
    sew_word_unref (word);
  }
  g_assert_cmpstr (log->str, ==, expected);
}

static void
test_as_is (void)
{
  SewTextCaser caser = { .text_case = SEW_TEXT_CASE_AS_IS };

  assert_spelled (&caser, "I AM Here", "I AM Here");
}

/* In any locale; Turkish has other small letters for capital ones. */
static void
test_lower_and_upper (void)
{
  SewTextCaser lower = { .text_case = SEW_TEXT_CASE_LOWER };
  SewTextCaser upper = { .text_case = SEW_TEXT_CASE_UPPER };

  setlocale (LC_ALL, "tr_TR.UTF-8");
  assert_spelled (&lower, "I AM ÉMILE ΟΔΥΣΣΕΥΣ ИВАН 東京 Σ'", "i am émile οδυσσευς иван 東京 σ'");
  assert_spelled (&upper, "i'm émile straße οδυσσευς иван 東京",
                  "I'M ÉMILE STRASSE ΟΔΥΣΣΕΥΣ ИВАН 東京");
  setlocale (LC_ALL, "C");
}

static void
test_sentence (void)
{
  SewTextCaser caser = { .text_case = SEW_TEXT_CASE_SENTENCE, .is_english = TRUE };

  assert_spelled (&caser, "WHAT I'M SAYING IS I'LL GO | 'TIS WHAT I'D DO IF I'VE I",
                  "What I'm saying is I'll go 'Tis what I'd do if I've I");
  sew_text_caser_end_sentence (&caser);
  assert_spelled (&caser, "no, i. is i’m in? Ills i'nt", "No, I. Is I’m in? Ills i'nt");
}

static void
test_sentence_elsewhere (void)
{
  SewTextCaser italian = { .text_case = SEW_TEXT_CASE_SENTENCE };
  SewTextCaser cased = { .text_case = SEW_TEXT_CASE_SENTENCE, .is_cased = TRUE };

  assert_spelled (&italian, "PER I RAGAZZI | ÉMILE", "Per i ragazzi Émile");
  assert_spelled (&cased, "das Haus der NATO. es ist", "Das Haus der NATO. Es ist");
}

static guint
count_words (const char *words, gsize n_bytes)
{
  guint n_words = 0;

  for (gsize i = 0; i < n_bytes; i++)
    n_words += words[i] == '\0';
  return n_words;
}

static void
test_names (void)
{
  static const char words[] = "<unk>\0<s>\0Paris\0the\0The\0NATO\0bill\0Bill\0McDonald\0Polish\0"
                              "POLISH\0\xff\0Émile";
  g_autoptr (SewSpellings) spellings = sew_spellings_new (words, count_words (words, sizeof words));
  SewTextCaser caser = {
    .text_case = SEW_TEXT_CASE_SENTENCE,
    .find_spelling = (SewSpellingFunc) sew_spellings_find,
    .speller = spellings,
  };

  g_assert_nonnull (spellings);
  g_assert_cmpstr (sew_spellings_find (spellings, "nato"), ==, "NATO");
  g_assert_null (sew_spellings_find (spellings, "polish"));
  g_assert_null (sew_spellings_find (spellings, "<unk>"));
  assert_spelled (&caser, "IN PARIS NATO AND PARIS'S BILL MCDONALD THE POLISH ÉMILE",
                  "In Paris NATO and Paris's bill McDonald the polish Émile");
}

/* Without small letters, or without capital ones, nothing is known. */
static void
test_no_names (void)
{
  static const char upper[] = "<unk>\0<s>\0PARIS\0THE";
  static const char lower[] = "<unk>\0paris\0the";

  g_assert_null (sew_spellings_new (upper, count_words (upper, sizeof upper)));
  g_assert_null (sew_spellings_new (lower, count_words (lower, sizeof lower)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text-case/as-is", test_as_is);
  g_test_add_func ("/text-case/lower-and-upper", test_lower_and_upper);
  g_test_add_func ("/text-case/sentence", test_sentence);
  g_test_add_func ("/text-case/sentence-elsewhere", test_sentence_elsewhere);
  g_test_add_func ("/text-case/names", test_names);
  g_test_add_func ("/text-case/no-names", test_no_names);
  return g_test_run ();
}
