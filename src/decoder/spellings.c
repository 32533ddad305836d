/* SPDX-License-Identifier: MIT */
#include "decoder/spellings.h"

#include <string.h>

struct _SewSpellings {
  GHashTable *table; /* small letters -> spelling, or "" if there are several */
};

static void
lower (const char *word, GString *lower_case)
{
  g_string_truncate (lower_case, 0);
  for (; *word != '\0'; word = g_utf8_next_char (word))
    g_string_append_unichar (lower_case, g_unichar_tolower (g_utf8_get_char (word)));
}

static gboolean
is_symbol (const char *word)
{
  return *word == '<'; /* <unk>, <s>, </s> */
}

/* Of words with capital letters; returns whether there are words without. */
static gboolean
collect_capitals (SewSpellings *spellings, const char *words, guint n_words)
{
  g_autoptr (GString) lower_case = g_string_new (NULL);
  gboolean has_small = FALSE;

  for (guint i = 0; i < n_words; i++, words += strlen (words) + 1) {
    if (is_symbol (words) || !g_utf8_validate (words, -1, NULL))
      continue;
    lower (words, lower_case);
    if (g_str_equal (lower_case->str, words)) {
      has_small = TRUE;
      continue;
    }
    gboolean known = g_hash_table_contains (spellings->table, lower_case->str);
    g_hash_table_insert (spellings->table, g_strdup (lower_case->str),
                         g_strdup (known ? "" : words));
  }
  return has_small;
}

/* What is also written small is no name. */
static void
drop_small (SewSpellings *spellings, const char *words, guint n_words)
{
  for (guint i = 0; i < n_words; i++, words += strlen (words) + 1)
    g_hash_table_remove (spellings->table, words);
}

SewSpellings *
sew_spellings_new (const char *words, guint n_words)
{
  g_autoptr (SewSpellings) spellings = g_new0 (SewSpellings, 1);

  spellings->table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!collect_capitals (spellings, words, n_words))
    return NULL;
  drop_small (spellings, words, n_words);
  return g_hash_table_size (spellings->table) > 0 ? g_steal_pointer (&spellings) : NULL;
}

void
sew_spellings_free (SewSpellings *spellings)
{
  g_hash_table_unref (spellings->table);
  g_free (spellings);
}

const char *
sew_spellings_find (const SewSpellings *spellings, const char *lower_case)
{
  const char *spelling = g_hash_table_lookup (spellings->table, lower_case);

  return spelling != NULL && *spelling != '\0' ? spelling : NULL;
}
