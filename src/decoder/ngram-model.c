/* SPDX-License-Identifier: MIT */
#include "decoder/ngram-model-private.h"

#include <math.h>
#include <string.h>

#include "sew/sew-error.h"

/* What a probability that is not a number is taken for; KenLM's for unknown words, too. */
#define LOWEST_LOG10_PROB (-100.0f)

SewNgramModel *
sew_ngram_model_load (const char *path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GMappedFile *file = g_mapped_file_new (path, FALSE, &cause);
  if (file == NULL) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: %s", path, cause->message);
    return NULL;
  }

  SewNgramModel *model = g_new0 (SewNgramModel, 1);
  gboolean ok;
  if (sew_kenlm_binary_matches (g_mapped_file_get_contents (file),
                                g_mapped_file_get_length (file))) {
    model->file = file;
    ok = sew_kenlm_binary_read (model, path, error);
  } else {
    g_mapped_file_unref (file);
    ok = sew_arpa_reader_read (model, path, error);
  }
  if (!ok) {
    sew_ngram_model_free (model);
    return NULL;
  }

  model->begin_of_sentence = sew_ngram_model_find_word (model, "<s>", strlen ("<s>"));
  model->end_of_sentence = sew_ngram_model_find_word (model, "</s>", strlen ("</s>"));
  return model;
}

void
sew_ngram_model_free (SewNgramModel *model)
{
  g_clear_pointer (&model->file, g_mapped_file_unref);
  g_clear_pointer (&model->allocated, g_ptr_array_unref);
  g_free (model);
}

guint
sew_ngram_model_get_order (const SewNgramModel *model)
{
  return model->order;
}

guint
sew_ngram_model_get_n_words (const SewNgramModel *model)
{
  return model->n_words;
}

const char *
sew_ngram_model_get_words (const SewNgramModel *model)
{
  return model->words;
}

guint
sew_ngram_model_get_end_of_sentence (const SewNgramModel *model)
{
  return model->end_of_sentence;
}

static guint
find_sorted_hash (const SewNgramModel *model, guint64 hash)
{
  guint64 low = 0;
  guint64 high = model->n_word_hashes;
  while (low < high) {
    guint64 middle = low + (high - low) / 2;
    guint64 found = sew_ngram_read_u64 (model->word_hashes + middle * sizeof hash);
    if (found == hash)
      return (guint) middle + 1;
    if (found < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return SEW_NGRAM_UNKNOWN;
}

guint
sew_ngram_model_find_word (const SewNgramModel *model, const char *word, gsize n_bytes)
{
  guint64 hash = sew_ngram_hash_string (word, n_bytes);
  if (model->is_trie)
    return find_sorted_hash (model, hash);

  const guint8 *entry = sew_probing_table_find (&model->word_table, hash);
  guint id = entry != NULL ? sew_ngram_read_u32 (entry) : SEW_NGRAM_UNKNOWN;
  return id < model->n_words ? id : SEW_NGRAM_UNKNOWN;
}

/* The weights, and whether an n-gram with one more word of context can exist. */
static gboolean
find_unigram (const SewNgramModel *model, guint word, SewNgramCursor *cursor,
              SewNgramWeights *weights)
{
  const guint8 *unigram = model->unigrams + (gsize) word * model->unigram_size;
  weights->prob = sew_ngram_read_float (unigram);
  weights->backoff = sew_ngram_read_float (unigram + sizeof (float));
  if (model->is_trie) {
    cursor->begin = sew_ngram_read_u64 (unigram + 8);
    cursor->end = sew_ngram_read_u64 (unigram + model->unigram_size + 8);
    return cursor->begin < cursor->end;
  }
  cursor->begin = word;
  return !signbit (weights->prob);
}

static gboolean
find_longer (const SewNgramModel *model, guint n, guint context_word, SewNgramCursor *cursor,
             SewNgramWeights *weights, gboolean *extends)
{
  if (model->is_trie) {
    if (!sew_trie_level_find (&model->levels[n - 2], context_word, cursor, weights))
      return FALSE;
    *extends = cursor->begin < cursor->end;
    return TRUE;
  }

  cursor->begin = sew_ngram_hash_words (cursor->begin, context_word);
  const guint8 *entry = sew_probing_table_find (&model->tables[n - 2], cursor->begin);
  if (entry == NULL)
    return FALSE;
  weights->prob = sew_ngram_read_float (entry);
  weights->backoff = n < model->order ? sew_ngram_read_float (entry + sizeof (float)) : -0.0f;
  *extends = !signbit (weights->prob);
  return TRUE;
}

/* The sign of a probability in a hash table is a flag, and nothing in a file is believed. */
static float
clean_prob (float prob)
{
  return isfinite (prob) ? MAX (-fabsf (prob), LOWEST_LOG10_PROB) : LOWEST_LOG10_PROB;
}

static float
clean_backoff (float backoff)
{
  return isfinite (backoff) ? CLAMP (backoff, LOWEST_LOG10_PROB, -LOWEST_LOG10_PROB) : 0.0f;
}

float
sew_ngram_model_score (const SewNgramModel *model, const SewNgramState *context, guint word,
                       SewNgramState *next)
{
  SewNgramCursor cursor;
  SewNgramWeights weights;

  if (word >= model->n_words)
    word = SEW_NGRAM_UNKNOWN;
  gboolean extends = find_unigram (model, word, &cursor, &weights);
  float prob = clean_prob (weights.prob);
  guint n_matched = 1;
  next->words[0] = word;
  next->backoffs[0] = clean_backoff (weights.backoff);
  next->n_words = model->order > 1 && sew_ngram_has_extension (weights.backoff) ? 1 : 0;

  for (guint n = 2; extends && n <= model->order && n - 2 < context->n_words; n++) {
    guint context_word = context->words[n - 2];
    if (!find_longer (model, n, context_word, &cursor, &weights, &extends))
      break;
    prob = clean_prob (weights.prob);
    n_matched = n;
    if (n == model->order)
      break;
    next->words[n - 1] = context_word;
    next->backoffs[n - 1] = clean_backoff (weights.backoff);
    if (sew_ngram_has_extension (weights.backoff))
      next->n_words = n;
  }
  for (guint i = n_matched - 1; i < context->n_words; i++)
    prob += context->backoffs[i];
  return prob;
}

void
sew_ngram_model_begin (const SewNgramModel *model, SewNgramState *state)
{
  state->n_words = 0;
}

void
sew_ngram_model_begin_sentence (const SewNgramModel *model, SewNgramState *state)
{
  const SewNgramState nothing = { .n_words = 0 };

  if (model->begin_of_sentence == SEW_NGRAM_UNKNOWN)
    sew_ngram_model_begin (model, state);
  else
    sew_ngram_model_score (model, &nothing, model->begin_of_sentence, state);
}
