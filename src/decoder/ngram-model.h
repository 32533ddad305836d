/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A back-off n-gram language model: an ARPA file, plain or gzip, or a binary that KenLM's
 * build_binary wrote (probing and trie, quantised and with compressed pointers too), which is
 * mapped and read in place. Immutable; may be shared between threads. */
typedef struct _SewNgramModel SewNgramModel;

/* Longer n-grams than any toolkit makes. */
#define SEW_NGRAM_MAX_ORDER 16
/* The id of every word that the model does not know. */
#define SEW_NGRAM_UNKNOWN 0

/* The words that can still matter to the next one, latest first, and their back-off weights. Two
 * contexts that the model cannot tell apart have equal n_words and words. */
typedef struct {
  guint n_words;
  guint words[SEW_NGRAM_MAX_ORDER - 1];
  float backoffs[SEW_NGRAM_MAX_ORDER - 1];
} SewNgramState;

SewNgramModel *sew_ngram_model_load (const char *path, GError **error);
void sew_ngram_model_free (SewNgramModel *model);

guint sew_ngram_model_get_order (const SewNgramModel *model);
/* Words have the ids [0, n_words). */
guint sew_ngram_model_get_n_words (const SewNgramModel *model);
/* word: n_bytes of UTF-8, not terminated. SEW_NGRAM_UNKNOWN if the model does not have it. */
guint sew_ngram_model_find_word (const SewNgramModel *model, const char *word, gsize n_bytes);
/* The words in the order of their ids, each ended by a NUL, so that a walk over them needs no
 * copy; NULL if the file does not hold its words' spelling. */
const char *sew_ngram_model_get_words (const SewNgramModel *model);

/* No context at all. */
void sew_ngram_model_begin (const SewNgramModel *model, SewNgramState *state);
/* The context at the beginning of a sentence, <s>. */
void sew_ngram_model_begin_sentence (const SewNgramModel *model, SewNgramState *state);
guint sew_ngram_model_get_end_of_sentence (const SewNgramModel *model);
/* log10 P(word | context). next may not be context; it becomes the context of the next word. */
float sew_ngram_model_score (const SewNgramModel *model, const SewNgramState *context, guint word,
                             SewNgramState *next);
