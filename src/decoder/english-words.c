/* SPDX-License-Identifier: MIT */
#include "decoder/english-words.h"

#include <string.h>

#include "decoder/english-numbers.h"
#include "decoder/english-quantities.h"

/* Each way to say what came before, followed by each way to say what comes next. */
static void
append_each (GPtrArray **ways, const GPtrArray *nexts)
{
  GPtrArray *both = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < nexts->len; i++)
    for (guint k = 0; k < (*ways)->len; k++) {
      GString *way = g_string_new ((*ways)->pdata[k]);
      const char *next = nexts->pdata[i];
      if (*next != '\0')
        sew_english_numbers_append_word (way, next);
      sew_english_quantities_add_way (both, way->str);
      g_string_free (way, TRUE);
    }
  g_ptr_array_unref (*ways);
  *ways = both;
}

static const char *const *
find_symbol (gunichar c)
{
  static const struct {
    gunichar symbol;
    const char *ways[4];
  } symbols[] = {
    { '&', { "and" } },
    { '%', { "percent", "per cent" } },
    { '@', { "at" } },
    { '+', { "plus", "and" } },
    { '=', { "equals", "is" } },
    { '#', { "number", "hash", "hashtag" } },
    { '$', { "dollar", "dollars" } },
    { 0xa3, { "pound", "pounds" } },
    { 0xa7, { "section" } },
    { 0xb0, { "degrees", "degree" } },
    { 0xd7, { "times", "by" } },
    { 0xf7, { "divided by", "over" } },
    { 0x20ac, { "euro", "euros" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    if (symbols[i].symbol == c)
      return symbols[i].ways;
  return NULL;
}

static gboolean
begins_number (const char *text)
{
  return g_ascii_isdigit (text[0]) || (text[0] == '.' && g_ascii_isdigit (text[1]));
}

static gboolean
is_dash (gunichar c)
{
  return c == '-' || c == 0x2010 || c == 0x2012 || c == 0x2013 || c == 0x2212;
}

static void
add_all (GPtrArray *ways, const char *const *some)
{
  for (; *some != NULL; some++)
    sew_english_quantities_add_way (ways, *some);
}

/* What comes next in a word, and how it is said. before, after: whether something said precedes it
 * and a number follows. Returns the bytes it takes. */
static gsize
read_part (GPtrArray *ways, const char *text, gboolean after_number, gboolean at_start)
{
  static const char *const minus[] = { "minus", "negative", NULL };
  static const char *const to[] = { "to", "", NULL };
  gunichar c = g_utf8_get_char (text);
  const char *next = g_utf8_next_char (text);
  int currency = sew_english_quantities_find_currency (c);
  const char *const *symbol = find_symbol (c);

  if (begins_number (text))
    return sew_english_quantities_read_number (ways, text);
  if (currency >= 0 && begins_number (next))
    return sew_english_quantities_read_amount (ways, text, (guint) currency);
  if (is_dash (c)
      && (begins_number (next)
          || sew_english_quantities_find_currency (g_utf8_get_char (next)) >= 0)
      && (at_start || after_number)) {
    add_all (ways, at_start ? minus : to);
    return (gsize) (next - text);
  }
  if (symbol != NULL) {
    add_all (ways, symbol);
    return (gsize) (next - text);
  }
  while (*next != '\0' && !begins_number (next) && find_symbol (g_utf8_get_char (next)) == NULL
         && sew_english_quantities_find_currency (g_utf8_get_char (next)) < 0
         && !(is_dash (g_utf8_get_char (next)) && begins_number (g_utf8_next_char (next))))
    next = g_utf8_next_char (next);
  g_autofree char *letters = g_strndup (text, (gsize) (next - text));
  sew_english_quantities_add_way (ways, letters);
  return (gsize) (next - text);
}

static gboolean
has_number_or_symbol (const char *word)
{
  for (; *word != '\0'; word = g_utf8_next_char (word)) {
    gunichar c = g_utf8_get_char (word);
    if (begins_number (word) || find_symbol (c) != NULL
        || sew_english_quantities_find_currency (c) >= 0)
      return TRUE;
  }
  return FALSE;
}

/* (transfer full): without what is neither letter nor digit before and after it, in small letters.
 */
static char *
strip_marks (const char *word)
{
  const char *end = word + strlen (word);

  while (*word != '\0' && !g_unichar_isalnum (g_utf8_get_char (word)))
    word = g_utf8_next_char (word);
  while (end > word && !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);
  return g_ascii_strdown (word, end - word);
}

static void
add_abbreviation (GPtrArray *ways, const char *word)
{
  static const struct {
    const char *written;
    const char *ways[3];
  } abbreviations[] = {
    { "mr", { "mister" } },
    { "mrs", { "missus", "misses" } },
    { "ms", { "miss", "mizz" } },
    { "dr", { "doctor", "drive" } },
    { "st", { "saint", "street" } },
    { "prof", { "professor" } },
    { "jr", { "junior" } },
    { "sr", { "senior" } },
    { "vs", { "versus" } },
    { "etc", { "et cetera", "etcetera" } },
    { "messrs", { "messieurs" } },
    { "capt", { "captain" } },
    { "gen", { "general" } },
    { "lt", { "lieutenant" } },
    { "col", { "colonel" } },
    { "rev", { "reverend" } },
    { "hon", { "honourable", "honorable" } },
  };
  g_autofree char *letters = strip_marks (word);

  for (guint i = 0; i < G_N_ELEMENTS (abbreviations); i++)
    if (g_str_equal (letters, abbreviations[i].written)) {
      add_all (ways, abbreviations[i].ways);
      sew_english_quantities_add_way (ways, letters);
    }
}

void
sew_english_words_append_ways (GPtrArray *ways, const char *word)
{
  if (!has_number_or_symbol (word)) {
    add_abbreviation (ways, word);
    return;
  }

  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  gboolean after_number = FALSE, at_start = TRUE;

  sew_english_quantities_add_way (all, "");
  while (*word != '\0') {
    g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
    gunichar c = g_utf8_get_char (word);
    gsize length = read_part (parts, word, after_number, at_start);
    append_each (&all, parts);
    at_start = at_start && g_unichar_ispunct (c) && !begins_number (word);
    after_number = g_ascii_isdigit (word[length - 1]);
    word += length;
  }
  for (guint i = 0; i < all->len; i++)
    sew_english_quantities_add_way (ways, all->pdata[i]);
}
