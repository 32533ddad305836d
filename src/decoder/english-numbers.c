/* SPDX-License-Identifier: MIT */
#include "decoder/english-numbers.h"

#include <string.h>

static const char *const small_numbers[] = {
  "zero",     "one",     "two",     "three",     "four",     "five",     "six",
  "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
  "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};

static const char *const tens[] = { "",      "",      "twenty",  "thirty", "forty",
                                    "fifty", "sixty", "seventy", "eighty", "ninety" };

static const struct {
  guint64 value;
  const char *name;
} scales[] = {
  { G_GUINT64_CONSTANT (1000000000000000000), "quintillion" },
  { G_GUINT64_CONSTANT (1000000000000000), "quadrillion" },
  { G_GUINT64_CONSTANT (1000000000000), "trillion" },
  { G_GUINT64_CONSTANT (1000000000), "billion" },
  { G_GUINT64_CONSTANT (1000000), "million" },
  { G_GUINT64_CONSTANT (1000), "thousand" },
};

void
sew_english_numbers_append_word (GString *text, const char *word)
{
  if (text->len > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, word);
}

static void
append_below_hundred (GString *text, guint number)
{
  if (number >= 20)
    sew_english_numbers_append_word (text, tens[number / 10]);
  if (number < 20 || number % 10 > 0)
    sew_english_numbers_append_word (text, small_numbers[number < 20 ? number : number % 10]);
}

/* led: something greater was said before. */
static void
append_below_thousand (GString *text, guint number, gboolean british, gboolean led)
{
  if (number >= 100) {
    sew_english_numbers_append_word (text, small_numbers[number / 100]);
    sew_english_numbers_append_word (text, "hundred");
  }
  if (number % 100 == 0 && (number > 0 || led))
    return;
  if (british && (number > 100 || led))
    sew_english_numbers_append_word (text, "and");
  append_below_hundred (text, number % 100);
}

void
sew_english_numbers_append_cardinal (GString *text, guint64 number, gboolean british)
{
  gboolean led = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (scales); i++) {
    if (number < scales[i].value)
      continue;
    append_below_thousand (text, (guint) (number / scales[i].value), british, FALSE);
    sew_english_numbers_append_word (text, scales[i].name);
    number %= scales[i].value;
    led = TRUE;
  }
  append_below_thousand (text, (guint) number, british, led);
}

static char *
take_last_word (GString *text)
{
  const char *space = strrchr (text->str, ' ');
  gsize start = space != NULL ? (gsize) (space + 1 - text->str) : 0;
  char *word = g_strdup (text->str + start);

  g_string_truncate (text, start);
  return word;
}

void
sew_english_numbers_append_ordinal (GString *text, guint64 number, gboolean british)
{
  static const struct {
    const char *cardinal, *ordinal;
  } irregular[] = {
    { "one", "first" },    { "two", "second" }, { "three", "third" },    { "five", "fifth" },
    { "eight", "eighth" }, { "nine", "ninth" }, { "twelve", "twelfth" },
  };

  sew_english_numbers_append_cardinal (text, number, british);
  g_autofree char *last = take_last_word (text);
  for (guint i = 0; i < G_N_ELEMENTS (irregular); i++)
    if (g_str_equal (last, irregular[i].cardinal)) {
      g_string_append (text, irregular[i].ordinal);
      return;
    }
  if (g_str_has_suffix (last, "y")) {
    g_string_append_len (text, last, (gssize) strlen (last) - 1);
    g_string_append (text, "ieth");
  } else {
    g_string_append_printf (text, "%sth", last);
  }
}

gboolean
sew_english_numbers_append_year (GString *text, guint64 number)
{
  guint century = (guint) (number / 100);
  guint year = (guint) (number % 100);

  if (number < 1000 || number > 9999 || number % 1000 == 0)
    return FALSE;
  append_below_hundred (text, century);
  if (year == 0)
    sew_english_numbers_append_word (text, "hundred");
  else if (year < 10)
    sew_english_numbers_append_word (text, "oh");
  if (year > 0)
    append_below_hundred (text, year);
  return TRUE;
}

void
sew_english_numbers_append_digits (GString *text, const char *digits, gboolean letter_o)
{
  for (; *digits != '\0'; digits++)
    if (g_ascii_isdigit (*digits))
      sew_english_numbers_append_word (
          text, *digits == '0' && letter_o ? "oh" : small_numbers[g_ascii_digit_value (*digits)]);
}

void
sew_english_numbers_make_plural (GString *text)
{
  if (g_str_has_suffix (text->str, "y")) {
    g_string_truncate (text, text->len - 1);
    g_string_append (text, "ies");
  } else {
    g_string_append (text, g_str_has_suffix (text->str, "x") ? "es" : "s");
  }
}
