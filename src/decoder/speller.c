/* SPDX-License-Identifier: MIT */
#include "decoder/speller.h"

#include <string.h>

#include "decoder/english-words.h"

/* Bytes of a word that nobody will say. */
#define LONGEST_WORD 1024

#define FRACTION_SLASH "\342\201\204" /* U+2044 */

struct _SewSpeller {
  GHashTable *tokens; /* gunichar -> id + 1 */
  gboolean is_english;
  guint delimiter; /* G_MAXUINT if there is none */
};

static guint
find_token (const SewSpeller *speller, gunichar c)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (speller->tokens, GUINT_TO_POINTER (c)));
}

/* Whether the vocabulary has the letters of English, in one case, no others, and no digits. */
static gboolean
is_english (const SewSpeller *speller)
{
  GHashTableIter iter;
  gpointer key;

  for (gunichar c = 'a'; c <= 'z'; c++)
    if (find_token (speller, c) == 0 && find_token (speller, g_unichar_toupper (c)) == 0)
      return FALSE;
  g_hash_table_iter_init (&iter, speller->tokens);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    gunichar c = GPOINTER_TO_UINT (key);
    if (g_unichar_isdigit (c) || (g_unichar_isalpha (c) && c > 0x7f))
      return FALSE;
  }
  return TRUE;
}

SewSpeller *
sew_speller_new (const SewVocabulary *vocabulary)
{
  SewSpeller *speller = g_new0 (SewSpeller, 1);

  speller->tokens = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < sew_vocabulary_get_size (vocabulary); i++) {
    const char *text = sew_vocabulary_get_text (vocabulary, i);
    switch (sew_vocabulary_get_kind (vocabulary, i)) {
    case SEW_TOKEN_TEXT:
      if (*text != '\0' && *g_utf8_next_char (text) == '\0')
        g_hash_table_insert (speller->tokens, GUINT_TO_POINTER (g_utf8_get_char (text)),
                             GUINT_TO_POINTER (i + 1));
      break;
    case SEW_TOKEN_WORD_DELIMITER:
    case SEW_TOKEN_BLANK:
    case SEW_TOKEN_SPECIAL:
      break;
    }
  }
  speller->delimiter = sew_vocabulary_get_delimiter (vocabulary);
  speller->is_english = is_english (speller);
  return speller;
}

void
sew_speller_free (SewSpeller *speller)
{
  g_hash_table_unref (speller->tokens);
  g_free (speller);
}

/* -- letters to tokens -- */

static gunichar
simplify (gunichar c)
{
  switch (c) {
  case 0x2018: /* quotation marks that stand for apostrophes */
  case 0x2019:
  case 0x201b:
  case 0x2bc:
  case 0x2032:
  case 0x60:
  case 0xb4:
    return '\'';
  case 0x2010: /* hyphens */
  case 0x2011:
    return '-';
  default:
    return c;
  }
}

/* 0 if not even the other case is there. */
static guint
find_token_in_any_case (const SewSpeller *speller, gunichar c)
{
  guint token = find_token (speller, c);

  if (token == 0)
    token = find_token (speller, g_unichar_tolower (c));
  return token != 0 ? token : find_token (speller, g_unichar_toupper (c));
}

static void
append_token (GArray *tokens, guint token)
{
  token--;
  g_array_append_val (tokens, token);
}

/* FALSE if the vocabulary has nothing like it. */
static gboolean
append_letter (const SewSpeller *speller, gunichar c, GArray *tokens)
{
  guint token = find_token_in_any_case (speller, c);
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  guint n_before = tokens->len;

  if (token != 0) {
    append_token (tokens, token);
    return TRUE;
  }
  gsize n_parts = g_unichar_fully_decompose (c, FALSE, parts, G_N_ELEMENTS (parts));
  for (gsize i = 0; n_parts > 1 && i < n_parts; i++)
    if ((token = find_token_in_any_case (speller, parts[i])) != 0)
      append_token (tokens, token);
  if (tokens->len > n_before)
    return TRUE;

  char utf8[7] = { 0 };
  g_unichar_to_utf8 (c, utf8);
  g_autofree char *ascii = g_str_to_ascii (utf8, "C");
  for (const char *at = ascii; *at != '\0'; at++)
    if (g_ascii_isalpha (*at) && (token = find_token_in_any_case (speller, (gunichar) *at)) != 0)
      append_token (tokens, token);
  return tokens->len > n_before;
}

static gboolean
is_between_letters (const char *text, const char *at)
{
  const char *next = g_utf8_next_char (at);

  if (at == text || *next == '\0')
    return FALSE;
  return g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (at)))
         && g_unichar_isalnum (g_utf8_get_char (next));
}

/* apart: whether what punctuation joins is spoken as words of their own ("well-known", "U.S.").
 * FALSE if a letter is missing in the vocabulary that can't be left out. */
static gboolean
spell (const SewSpeller *speller, const char *text, gboolean apart, GArray *tokens)
{
  gboolean separated = FALSE;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = simplify (g_utf8_get_char (at));
    gboolean is_letter = g_unichar_isalnum (c) || g_unichar_ismark (c);
    gboolean is_inner = is_between_letters (text, at);
    guint token = !is_letter && is_inner ? find_token (speller, c) : 0;

    if (!is_letter && token == 0) {
      separated |= c == ' ' || (apart && c != '\'');
      continue;
    }
    if (separated && tokens->len > 0 && speller->delimiter != G_MAXUINT)
      append_token (tokens, speller->delimiter + 1);
    separated = FALSE;
    if (token != 0)
      append_token (tokens, token);
    else if (!append_letter (speller, c, tokens) && g_unichar_isdigit (c))
      return FALSE;
  }
  while (tokens->len > 0 && g_array_index (tokens, guint, tokens->len - 1) == speller->delimiter)
    g_array_set_size (tokens, tokens->len - 1);
  return TRUE;
}

static void
add_way (const SewSpeller *speller, const char *text, SewScriptTokens *script)
{
  for (guint apart = 2; apart-- > 0;) {
    g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (guint));
    if (spell (speller, text, apart == 1, tokens) && tokens->len > 0)
      sew_script_tokens_add_way (script, (const guint *) (gpointer) tokens->data, tokens->len);
  }
}

/* Letters and digits without what is only a matter of print. */
static char *
make_plain (const char *word)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (; *word != '\0'; word = g_utf8_next_char (word)) {
    gunichar c = g_utf8_get_char (word);
    /* a half is "1", a slash of its own and "2" */
    if (g_unichar_type (c) == G_UNICODE_OTHER_NUMBER && text->len > 0
        && g_ascii_isdigit (text->str[text->len - 1])) {
      gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
      if (g_unichar_fully_decompose (c, TRUE, parts, G_N_ELEMENTS (parts)) > 2)
        g_string_append (text, " and ");
    }
    g_string_append_unichar (text, c);
  }
  g_autofree char *plain = g_utf8_normalize (text->str, -1, G_NORMALIZE_ALL_COMPOSE);
  g_auto (GStrv) parts = g_strsplit (plain, FRACTION_SLASH, -1);
  return g_strjoinv ("/", parts);
}

void
sew_speller_add_word (SewSpeller *speller, const char *word, SewScriptTokens *script)
{
  g_autoptr (GPtrArray) ways = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *plain = make_plain (word);

  sew_script_tokens_add_word (script);
  if (strlen (plain) > LONGEST_WORD)
    return;
  if (speller->is_english)
    sew_english_words_append_ways (ways, plain);
  if (ways->len == 0)
    add_way (speller, plain, script);
  for (guint i = 0; i < ways->len; i++)
    add_way (speller, ways->pdata[i], script);
}
