/* SPDX-License-Identifier: MIT */
#include "decoder/hot-words.h"

#include <string.h>

#include "decoder/byte-trie.h"

struct _SewHotWords {
  SewByteTrie *trie;
  guint32 begin;
  guint32 *fallback; /* one a node: the longest other beginning that its end is */
  float *bonus;      /* of all phrases that end here */
  float *promise;
};

/* " new york ": a phrase begins and ends with a gap between words, and one gap may do both. */
static char *
make_pattern (const char *phrase, gboolean between_words)
{
  g_autofree char *folded = g_utf8_casefold (phrase, -1);
  g_auto (GStrv) words = g_strsplit_set (folded, " \t\r\n", -1);
  GString *pattern = g_string_new (NULL);
  const char *gap = between_words ? " " : "";

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      g_string_append_printf (pattern, "%s%s", gap, words[i]);
  if (pattern->len > 0)
    g_string_append (pattern, gap);
  return g_string_free (pattern, FALSE);
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
set_bonuses (SewHotWords *hot_words, GHashTable *weights, const GPtrArray *patterns)
{
  guint n_nodes = sew_byte_trie_get_n_nodes (hot_words->trie);
  g_autofree guint *lengths = g_new0 (guint, n_nodes);

  for (guint32 node = 0; node < n_nodes; node++) {
    guint32 first = sew_byte_trie_get_first_child (hot_words->trie, node);
    for (guint i = 0; i < sew_byte_trie_get_n_children (hot_words->trie, node); i++)
      lengths[first + i] = lengths[node] + 1;
    guint32 string = sew_byte_trie_get_string (hot_words->trie, node);
    if (string != SEW_BYTE_TRIE_NONE)
      hot_words->bonus[node] = *(float *) g_hash_table_lookup (
          weights, g_ptr_array_index (patterns, string));
  }
  /* Children come after their parents: from the ends of phrases back to their beginnings. */
  for (guint32 node = n_nodes; node-- > 0;) {
    guint32 first = sew_byte_trie_get_first_child (hot_words->trie, node);
    for (guint i = 0; i < sew_byte_trie_get_n_children (hot_words->trie, node); i++) {
      guint32 child = first + i;
      float whole = sew_byte_trie_get_string (hot_words->trie, child) != SEW_BYTE_TRIE_NONE
                        ? hot_words->bonus[child]
                        : 0.0f;
      float best = MAX (whole, hot_words->promise[child]);
      float share = best * (float) lengths[node] / (float) lengths[child];
      hot_words->promise[node] = MAX (hot_words->promise[node], share);
    }
  }
}

static guint32
follow (const SewHotWords *hot_words, guint32 node, guint8 byte)
{
  while (TRUE) {
    guint32 next = sew_byte_trie_step (hot_words->trie, node, byte);
    if (next != SEW_BYTE_TRIE_NONE)
      return next;
    if (node == SEW_BYTE_TRIE_ROOT)
      return SEW_BYTE_TRIE_ROOT;
    node = hot_words->fallback[node];
  }
}

/* Also adds to a node what its fallback is worth. */
static void
set_fallbacks (SewHotWords *hot_words)
{
  guint n_nodes = sew_byte_trie_get_n_nodes (hot_words->trie);

  for (guint32 node = 0; node < n_nodes; node++) {
    guint32 first = sew_byte_trie_get_first_child (hot_words->trie, node);
    for (guint i = 0; i < sew_byte_trie_get_n_children (hot_words->trie, node); i++) {
      guint32 child = first + i;
      guint8 byte = sew_byte_trie_get_byte (hot_words->trie, child);
      guint32 fallback = node == SEW_BYTE_TRIE_ROOT
                             ? SEW_BYTE_TRIE_ROOT
                             : follow (hot_words, hot_words->fallback[node], byte);
      hot_words->fallback[child] = fallback;
      hot_words->bonus[child] += hot_words->bonus[fallback];
      hot_words->promise[child] = MAX (hot_words->promise[child], hot_words->promise[fallback]);
    }
  }
}

SewHotWords *
sew_hot_words_new (const char *const *phrases, const float *weights, guint n_phrases,
                   gboolean between_words)
{
  g_autoptr (GHashTable) unique = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < n_phrases; i++) {
    g_autofree char *pattern = make_pattern (phrases[i], between_words);
    if (pattern[0] != '\0')
      g_hash_table_insert (unique, g_steal_pointer (&pattern),
                           g_memdup2 (&weights[i], sizeof *weights));
  }
  g_autoptr (GPtrArray) patterns = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, unique);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (patterns, key);
  g_ptr_array_sort (patterns, compare_strings);

  SewHotWords *hot_words = g_new0 (SewHotWords, 1);
  hot_words->trie = sew_byte_trie_new ((const char *const *) patterns->pdata, patterns->len);
  guint n_nodes = sew_byte_trie_get_n_nodes (hot_words->trie);
  hot_words->fallback = g_new0 (guint32, n_nodes);
  hot_words->bonus = g_new0 (float, n_nodes);
  hot_words->promise = g_new0 (float, n_nodes);
  set_bonuses (hot_words, unique, patterns);
  set_fallbacks (hot_words);
  if (between_words)
    hot_words->begin = follow (hot_words, SEW_BYTE_TRIE_ROOT, ' ');
  return hot_words;
}

void
sew_hot_words_free (SewHotWords *hot_words)
{
  sew_byte_trie_free (hot_words->trie);
  g_free (hot_words->fallback);
  g_free (hot_words->bonus);
  g_free (hot_words->promise);
  g_free (hot_words);
}

guint32
sew_hot_words_begin (const SewHotWords *hot_words)
{
  return hot_words->begin;
}

guint32
sew_hot_words_step (const SewHotWords *hot_words, guint32 state, const char *text, float *bonus)
{
  for (; *text != '\0'; text++) {
    state = follow (hot_words, state, (guint8) *text);
    *bonus += hot_words->bonus[state];
  }
  return state;
}

float
sew_hot_words_get_promise (const SewHotWords *hot_words, guint32 state)
{
  return hot_words->promise[state];
}
