/* SPDX-License-Identifier: MIT */
#include "stream/text-caser.h"

#include <string.h>

#include "word-private.h"

#define SMALL_SIGMA 0x3c3
#define SMALL_FINAL_SIGMA 0x3c2
#define CAPITAL_SIGMA 0x3a3
#define SHARP_S 0xdf

void
sew_text_caser_end_sentence (SewTextCaser *caser)
{
  caser->in_sentence = FALSE;
}

static char *
to_upper (const char *text)
{
  GString *upper = g_string_new (NULL);

  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);
    if (c == SHARP_S)
      g_string_append (upper, "SS");
    else
      g_string_append_unichar (upper, g_unichar_toupper (c));
  }
  return g_string_free (upper, FALSE);
}

/* The sigma that ends a word has a form of its own. */
static gunichar
lower_sigma (const char *text, const char *sigma)
{
  const char *next = g_utf8_next_char (sigma);
  gboolean after_letter = sigma > text
                          && g_unichar_isalpha (g_utf8_get_char (g_utf8_prev_char (sigma)));

  return after_letter && !g_unichar_isalpha (g_utf8_get_char (next)) ? SMALL_FINAL_SIGMA
                                                                     : SMALL_SIGMA;
}

static char *
to_lower (const char *text)
{
  GString *lower = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    g_string_append_unichar (lower,
                             c == CAPITAL_SIGMA ? lower_sigma (text, at) : g_unichar_tolower (c));
  }
  return g_string_free (lower, FALSE);
}

/* Its first letter as a capital one. */
static char *
capitalize (const char *text)
{
  const char *first = text;

  while (*first != '\0' && !g_unichar_isalpha (g_utf8_get_char (first)))
    first = g_utf8_next_char (first);
  if (*first == '\0')
    return g_strdup (text);

  GString *capital = g_string_new_len (text, first - text);
  g_string_append_unichar (capital, g_unichar_totitle (g_utf8_get_char (first)));
  g_string_append (capital, g_utf8_next_char (first));
  return g_string_free (capital, FALSE);
}

/* I, I'm, I'll, I'd, I've, and with a mark behind them. */
static gboolean
is_i (const char *lower_case)
{
  static const char *const contractions[] = { "m", "ll", "d", "ve" };
  const char *rest = lower_case + 1;

  if (*lower_case != 'i')
    return FALSE;
  if (g_str_has_prefix (rest, "'") || g_str_has_prefix (rest, "’")) {
    rest = g_utf8_next_char (rest);
    for (gsize i = 0; i < G_N_ELEMENTS (contractions); i++)
      if (g_str_has_prefix (rest, contractions[i])) {
        rest += strlen (contractions[i]);
        break;
      }
  }
  for (; *rest != '\0'; rest = g_utf8_next_char (rest))
    if (!g_unichar_ispunct (g_utf8_get_char (rest)))
      return FALSE;
  return TRUE;
}

/* A name that the vocabulary knows, or its genitive. NULL if it is none. */
static char *
spell_name (const SewTextCaser *caser, const char *lower_case)
{
  if (caser->find_spelling == NULL)
    return NULL;
  const char *spelling = caser->find_spelling (caser->speller, lower_case);
  if (spelling != NULL)
    return g_strdup (spelling);
  if (!g_str_has_suffix (lower_case, "'s"))
    return NULL;
  g_autofree char *stem = g_strndup (lower_case, strlen (lower_case) - 2);
  spelling = caser->find_spelling (caser->speller, stem);
  return spelling != NULL ? g_strconcat (spelling, "'s", NULL) : NULL;
}

static gboolean
ends_sentence (const char *text)
{
  const char *last = text + strlen (text);

  if (*text == '\0')
    return FALSE;
  gunichar c = g_utf8_get_char (g_utf8_prev_char (last));
  return c == '.' || c == '!' || c == '?' || c == 0x2026;
}

static char *
spell_in_sentence (SewTextCaser *caser, const char *text)
{
  g_autofree char *spelled = NULL;
  g_autofree char *lower = to_lower (text);

  if (caser->is_cased)
    spelled = g_strdup (text);
  else if ((spelled = spell_name (caser, lower)) == NULL)
    spelled = caser->is_english && is_i (lower) ? capitalize (lower) : g_steal_pointer (&lower);

  gboolean is_first = !caser->in_sentence;
  caser->in_sentence = !ends_sentence (text);
  return is_first ? capitalize (spelled) : g_steal_pointer (&spelled);
}

static char *
spell (SewTextCaser *caser, const char *text)
{
  switch (caser->text_case) {
  case SEW_TEXT_CASE_AS_IS:
    return g_strdup (text);
  case SEW_TEXT_CASE_LOWER:
    return to_lower (text);
  case SEW_TEXT_CASE_UPPER:
    return to_upper (text);
  case SEW_TEXT_CASE_SENTENCE:
    return spell_in_sentence (caser, text);
  }
  return NULL;
}

SewWord *
sew_text_caser_apply (SewTextCaser *caser, SewWord *word)
{
  g_autofree char *valid = g_utf8_make_valid (sew_word_get_text (word), -1);
  g_autofree char *text = spell (caser, valid);

  if (g_str_equal (text, sew_word_get_text (word)))
    return word;
  return sew_word_change (word, text, sew_word_get_first_sample (word),
                          sew_word_get_n_samples (word));
}

char *
sew_text_caser_spell_text (const SewTextCaser *caser, const char *text)
{
  SewTextCaser own = *caser;
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  sew_text_caser_end_sentence (&own);
  for (char **word = words; *word != NULL; word++) {
    char *spelled = spell (&own, *word);
    g_free (*word);
    *word = spelled;
  }
  return g_strjoinv (" ", words);
}
