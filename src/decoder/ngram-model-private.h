/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/ngram-model.h"
#include "decoder/ngram-tables.h"

/* What the readers (arpa-reader, kenlm-binary) fill in and ngram-model reads. */
struct _SewNgramModel {
  guint order;
  guint n_words;
  guint begin_of_sentence; /* SEW_NGRAM_UNKNOWN if the model has none */
  guint end_of_sentence;
  gboolean is_trie;

  /* Spelling to id: a table of hash -> 32-bit id, or (tries) the hashes of words 1, 2... rising. */
  SewProbingTable word_table;
  const guint8 *word_hashes;
  guint64 n_word_hashes;
  const char *words;

  /* One a word: prob, backoff, and in tries at byte 8 the 64-bit start of its longer n-grams. */
  const guint8 *unigrams;
  guint unigram_size;
  /* [n - 2] has the n-grams of n words. */
  SewProbingTable tables[SEW_NGRAM_MAX_ORDER - 1];
  SewTrieLevel levels[SEW_NGRAM_MAX_ORDER - 1];

  GMappedFile *file;    /* what the pointers above lead into, or */
  GPtrArray *allocated; /* the memory that they lead into */
};

gboolean sew_kenlm_binary_matches (const char *bytes, gsize n_bytes);
/* model->file is mapped; the rest of the model is empty. */
gboolean sew_kenlm_binary_read (SewNgramModel *model, const char *path, GError **error);

/* model is empty. */
gboolean sew_arpa_reader_read (SewNgramModel *model, const char *path, GError **error);
