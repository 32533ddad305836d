/* SPDX-License-Identifier: MIT */
#include "decoder/speller.h"

#include <string.h>

#include "checkpoint-fixture.h"

/* The ways to say a word, with spaces for delimiters, between slashes. */
static char *
spell (const SewVocabulary *vocabulary, const char *word)
{
  g_autoptr (SewSpeller) speller = sew_speller_new (vocabulary);
  GString *text = g_string_new (NULL);
  SewScriptTokens script;

  sew_script_tokens_init (&script);
  sew_speller_add_word (speller, word, &script);
  g_assert_cmpuint (script.n_words, ==, 1);
  g_assert_cmpuint (g_array_index (script.first_ways, guint, 1), ==, script.ways->len);
  for (guint i = 0; i < script.ways->len; i++) {
    const SewWay *way = &g_array_index (script.ways, SewWay, i);
    if (i > 0)
      g_string_append (text, " / ");
    for (guint k = 0; k < way->n_tokens; k++) {
      guint token = g_array_index (script.tokens, guint, way->first_token + k);
      gboolean is_letter = sew_vocabulary_get_kind (vocabulary, token) == SEW_TOKEN_TEXT;
      g_string_append (text, is_letter ? sew_vocabulary_get_text (vocabulary, token) : " ");
    }
  }
  sew_script_tokens_clear (&script);
  return g_string_free (text, FALSE);
}

typedef struct {
  const char *word;
  const char *ways; /* the first ones, or all if that ends with a full stop */
} Case;

static void
check (const SewVocabulary *vocabulary, const Case *cases, guint n_cases)
{
  for (guint i = 0; i < n_cases; i++) {
    g_autofree char *ways = spell (vocabulary, cases[i].word);
    g_autofree char *all = g_strconcat (ways, ".", NULL);
    gsize length = strlen (cases[i].ways);
    gboolean fits = g_str_has_suffix (cases[i].ways, ".")
                        ? g_str_equal (all, cases[i].ways)
                        : strncmp (ways, cases[i].ways, length) == 0
                              && !g_ascii_isalpha (ways[length]);
    if (!fits)
      g_test_fail_printf ("%s: %s instead of %s", cases[i].word, all, cases[i].ways);
  }
}

static void
test_letters (void)
{
  static const Case cases[] = {
    { "word", "WORD." },
    { "\"Word,\"", "WORD." },
    { "(don't!)", "DON'T." },
    { "don’t", "DON'T." },
    { "’tis", "TIS." },
    { "'quoted'", "QUOTED." },
    { "naïve", "NAIVE." },
    { "Çağlar", "CAGLAR." },
    { "Ærø", "AEROE." },
    { "straße", "STRASSE." },
    { "ﬁne", "FINE." },
    { "ＷＩＤＥ", "WIDE." },
    { "e\314\201t\303\251", "ETE." },
    { "well-known", "WELL KNOWN / WELLKNOWN." },
    { "well‑known", "WELL KNOWN / WELLKNOWN." },
    { "end—begin", "END BEGIN / ENDBEGIN." },
    { "and/or", "AND OR / ANDOR." },
    { "U.S.", "U S / US." },
    { "-", "." },
    { "—", "." },
    { "...", "." },
    { "…", "." },
    { "\"'", "." },
    { "日本", "." },
    { "日a", "A." },
    { "--dash--", "DASH." },
  };
  g_autoptr (SewVocabulary) vocabulary = sew_vocabulary_new_default (32);
  check (vocabulary, cases, G_N_ELEMENTS (cases));
}

static void
test_numbers (void)
{
  static const Case cases[] = {
    { "0", "ZERO." },
    { "7.", "SEVEN." },
    { "(21)", "TWENTY ONE." },
    { "100", "ONE HUNDRED / ONE ZERO ZERO / ONE OH OH." },
    { "105", "ONE HUNDRED FIVE / ONE HUNDRED AND FIVE / ONE ZERO FIVE" },
    { "1,000", "ONE THOUSAND." },
    { "1,234,567",
      "ONE MILLION TWO HUNDRED THIRTY FOUR THOUSAND FIVE HUNDRED SIXTY SEVEN / ONE MILLION TWO "
      "HUNDRED AND THIRTY FOUR THOUSAND FIVE HUNDRED AND SIXTY SEVEN." },
    { "1,001", "ONE THOUSAND ONE / ONE THOUSAND AND ONE." },
    { "1984", "NINETEEN EIGHTY FOUR / ONE THOUSAND NINE HUNDRED EIGHTY FOUR" },
    { "1905", "NINETEEN OH FIVE" },
    { "1500", "FIFTEEN HUNDRED / ONE THOUSAND FIVE HUNDRED" },
    { "2009", "TWENTY OH NINE / TWO THOUSAND NINE / TWO THOUSAND AND NINE" },
    { "2000", "TWO THOUSAND / TWO ZERO" },
    { "2020", "TWENTY TWENTY / TWO THOUSAND TWENTY / TWO THOUSAND AND TWENTY" },
    { "007", "ZERO ZERO SEVEN / OH OH SEVEN." },
    { "3.14", "THREE POINT ONE FOUR." },
    { ".5", "POINT FIVE / ZERO POINT FIVE." },
    { "0.05", "ZERO POINT ZERO FIVE / ZERO POINT OH FIVE." },
    { "1st", "FIRST." },
    { "2nd", "SECOND." },
    { "3rd,", "THIRD." },
    { "12th", "TWELFTH." },
    { "20th", "TWENTIETH." },
    { "21ST", "TWENTY FIRST." },
    { "100th", "ONE HUNDREDTH." },
    { "1980s", "NINETEEN EIGHTIES" },
    { "’60s", "SIXTIES." },
    { "-5", "MINUS FIVE / NEGATIVE FIVE." },
    { "10-20", "TEN TO TWENTY / TEN TWENTY." },
    { "10–20", "TEN TO TWENTY / TEN TWENTY." },
    { "10:30", "TEN THIRTY." },
    { "10:05", "TEN OH FIVE." },
    { "9:00", "NINE / NINE O'CLOCK." },
    { "1/2", "ONE HALF / A HALF / ONE TWO / ONE OVER TWO." },
    { "½", "ONE HALF / A HALF" },
    { "2½", "TWO AND ONE HALF / TWO AND A HALF" },
    { "3/4", "THREE QUARTERS / THREE FOURTHS" },
    { "9/11", "NINE ELEVENTHS / NINE ELEVEN" },
    { "12345678901234567890", "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE ZERO ONE TWO" },
    { "MP3", "MP THREE." },
    { "F-16", "F SIXTEEN." },
    { "F–16", "F SIXTEEN." },
    { "5km", "FIVE KM." },
    { "١٢", "." },
  };
  g_autoptr (SewVocabulary) vocabulary = sew_vocabulary_new_default (32);
  check (vocabulary, cases, G_N_ELEMENTS (cases));
}

static void
test_symbols (void)
{
  static const Case cases[] = {
    { "&", "AND." },
    { "AT&T", "AT AND T." },
    { "%", "PERCENT / PER CENT." },
    { "50%", "FIFTY PERCENT / FIFTY PER CENT." },
    { "2.5%", "TWO POINT FIVE PERCENT / TWO POINT FIVE PER CENT." },
    { "$5", "FIVE DOLLARS / FIVE." },
    { "$1", "ONE DOLLAR / ONE." },
    { "$5.50", "FIVE DOLLARS FIFTY / FIVE DOLLARS AND FIFTY CENTS / FIVE DOLLARS FIFTY CENTS" },
    { "$1,500", "ONE THOUSAND FIVE HUNDRED DOLLARS" },
    { "$3bn", "THREE BILLION DOLLARS / THREE BILLION." },
    { "£20", "TWENTY POUNDS / TWENTY." },
    { "20€", "TWENTY EUROS / TWENTY." },
    { "¥100", "ONE HUNDRED YEN" },
    { "-$5", "MINUS FIVE DOLLARS" },
    { "#1", "NUMBER ONE / HASH ONE / HASHTAG ONE." },
    { "1+1=2", "ONE PLUS ONE EQUALS TWO" },
    { "20°", "TWENTY DEGREES / TWENTY DEGREE." },
    { "me@example", "ME AT EXAMPLE." },
    { "Mr.", "MISTER / MR." },
    { "Mrs", "MISSUS / MISSES / MRS." },
    { "St-Moritz", "ST MORITZ / STMORITZ." },
    { "(Dr.", "DOCTOR / DRIVE / DR." },
    { "etc.)", "ET CETERA / ETCETERA / ETC." },
    { "$", "DOLLAR / DOLLARS." },
  };
  g_autoptr (SewVocabulary) vocabulary = sew_vocabulary_new_default (32);
  check (vocabulary, cases, G_N_ELEMENTS (cases));
}

static void
test_endless_word (void)
{
  g_autoptr (SewVocabulary) vocabulary = sew_vocabulary_new_default (32);
  g_autofree char *long_word = g_strnfill (1024, 'a');
  g_autofree char *longer_word = g_strnfill (4096, '1');
  g_autofree char *ways = spell (vocabulary, long_word);
  g_autofree char *no_ways = spell (vocabulary, longer_word);

  g_assert_cmpuint (strlen (ways), ==, 1024);
  g_assert_cmpstr (no_ways, ==, "");
}

static SewVocabulary *
load_vocabulary (const char *json, guint n_outputs)
{
  char *folder = fixture_new_folder ();
  g_autoptr (GError) error = NULL;

  fixture_write_text (folder, "vocab.json", json);
  SewVocabulary *vocabulary = sew_vocabulary_load (folder, n_outputs, 0, NULL, &error);
  g_assert_no_error (error);
  fixture_remove_folder (folder);
  return vocabulary;
}

/* Other languages write their own numbers. */
static void
test_other_languages (void)
{
  static const Case german[] = {
    { "Straße", "straße." }, { "ÄRGER", "ärger." }, { "1984", "." },
    { "50%", "." },          { "é", "e." },         { "x-y", "x-y." },
  };
  static const Case chinese[] = { { "你", "你." }, { "好。", "好." }, { "龘", "." } };
  static const Case digits[] = { { "a1", "A1." }, { "B2", "2." } };
  g_autoptr (SewVocabulary) de = load_vocabulary (
      "{\"<pad>\": 0, \"|\": 1, \"a\": 2, \"e\": 3, \"g\": 4, \"r\": 5, \"s\": 6, \"t\": 7,"
      " \"ß\": 8, \"ä\": 9, \"x\": 10, \"y\": 11, \"-\": 12}",
      13);
  g_autoptr (SewVocabulary) zh = load_vocabulary ("{\"<pad>\": 0, \"你\": 1, \"好\": 2}", 3);
  g_autoptr (SewVocabulary) with_digits = load_vocabulary (
      "{\"<pad>\": 0, \"|\": 1, \"A\": 2, \"1\": 3, \"2\": 4}", 5);

  check (de, german, G_N_ELEMENTS (german));
  check (zh, chinese, G_N_ELEMENTS (chinese));
  check (with_digits, digits, G_N_ELEMENTS (digits));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speller/letters", test_letters);
  g_test_add_func ("/speller/numbers", test_numbers);
  g_test_add_func ("/speller/symbols", test_symbols);
  g_test_add_func ("/speller/endless-word", test_endless_word);
  g_test_add_func ("/speller/other-languages", test_other_languages);
  return g_test_run ();
}
