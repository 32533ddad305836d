/* SPDX-License-Identifier: MIT */
#include "decoder/lexicon.h"

#include <string.h>

#include "decoder/byte-trie.h"

struct _SewLexicon {
  SewByteTrie *trie;
  guint *words; /* one a string of the trie */
  float *best;  /* one a node */
};

typedef struct {
  const char *text;
  guint id;
} Word;

static int
compare_words (gconstpointer a, gconstpointer b)
{
  return strcmp (((const Word *) a)->text, ((const Word *) b)->text);
}

static void
collect (GArray *found, const SewNgramModel *model, const char *text)
{
  Word word = { .text = text, .id = sew_ngram_model_find_word (model, text, strlen (text)) };
  /* <s>, </s> and their like are not said. */
  if (word.id != SEW_NGRAM_UNKNOWN && text[0] != '\0' && text[0] != '<')
    g_array_append_val (found, word);
}

static GArray *
collect_words (const SewNgramModel *model, const char *const *words)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Word));
  const char *text = sew_ngram_model_get_words (model);

  if (words != NULL)
    for (; *words != NULL; words++)
      collect (found, model, *words);
  else if (text != NULL)
    for (guint i = 0; i < sew_ngram_model_get_n_words (model); i++, text += strlen (text) + 1)
      collect (found, model, text);
  g_array_sort (found, compare_words);
  return found;
}

static void
set_best (SewLexicon *lexicon, const SewNgramModel *model)
{
  guint n_nodes = sew_byte_trie_get_n_nodes (lexicon->trie);
  SewNgramState nothing, next;

  sew_ngram_model_begin (model, &nothing);
  lexicon->best = g_new (float, n_nodes);
  /* From the ends of words back to their beginnings. */
  for (guint32 node = n_nodes; node-- > 0;) {
    guint32 string = sew_byte_trie_get_string (lexicon->trie, node);
    guint32 first = sew_byte_trie_get_first_child (lexicon->trie, node);
    float best = -G_MAXFLOAT;
    if (string != SEW_BYTE_TRIE_NONE)
      best = sew_ngram_model_score (model, &nothing, lexicon->words[string], &next);
    for (guint i = 0; i < sew_byte_trie_get_n_children (lexicon->trie, node); i++)
      best = MAX (best, lexicon->best[first + i]);
    lexicon->best[node] = best;
  }
}

SewLexicon *
sew_lexicon_new (const SewNgramModel *model, const char *const *words)
{
  g_autoptr (GArray) found = collect_words (model, words);
  if (found->len == 0)
    return NULL;

  g_autofree const char **texts = g_new (const char *, found->len);
  SewLexicon *lexicon = g_new0 (SewLexicon, 1);
  lexicon->words = g_new (guint, found->len);
  guint n_words = 0;
  for (guint i = 0; i < found->len; i++) {
    const Word *word = &g_array_index (found, Word, i);
    if (n_words > 0 && strcmp (texts[n_words - 1], word->text) == 0)
      continue;
    texts[n_words] = word->text;
    lexicon->words[n_words++] = word->id;
  }
  lexicon->trie = sew_byte_trie_new (texts, n_words);
  set_best (lexicon, model);
  return lexicon;
}

void
sew_lexicon_free (SewLexicon *lexicon)
{
  sew_byte_trie_free (lexicon->trie);
  g_free (lexicon->words);
  g_free (lexicon->best);
  g_free (lexicon);
}

guint32
sew_lexicon_step (const SewLexicon *lexicon, guint32 node, const char *text)
{
  for (; *text != '\0' && node != SEW_LEXICON_NONE; text++)
    node = sew_byte_trie_step (lexicon->trie, node, (guint8) *text);
  return node;
}

guint
sew_lexicon_get_word (const SewLexicon *lexicon, guint32 node)
{
  if (node == SEW_LEXICON_NONE)
    return SEW_NGRAM_UNKNOWN;
  guint32 string = sew_byte_trie_get_string (lexicon->trie, node);
  return string != SEW_BYTE_TRIE_NONE ? lexicon->words[string] : SEW_NGRAM_UNKNOWN;
}

float
sew_lexicon_get_best (const SewLexicon *lexicon, guint32 node)
{
  return lexicon->best[node];
}
