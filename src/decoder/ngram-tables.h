/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* How a model's n-grams lie in memory. An n-gram is looked up from its last word backwards: first
 * the word alone, then with one word of context, and so on, so that each step refines the one
 * before. Both layouts are KenLM's; an ARPA file is read into the first of them. Numbers are
 * in the machine's order, nothing is aligned, and nothing believed: whatever the bytes say, a
 * look-up stays inside its table and ends. */

typedef struct {
  float prob;    /* log10, <= 0 */
  float backoff; /* log10; -0.0f says that no longer n-gram begins with this one */
} SewNgramWeights;

/* Where the next word of context is to be looked up: [begin, end) of the next level of a trie; for
 * hash tables, begin is the hash of the words so far. */
typedef struct {
  guint64 begin;
  guint64 end;
} SewNgramCursor;

/* n-grams of one order: open addressing with linear probing. An entry is a 64-bit key (0: free),
 * the probability and, below the highest order, the back-off weight. */
typedef struct {
  const guint8 *entries;
  guint64 n_buckets;
  guint entry_size; /* in bytes, at least 12 */
} SewProbingTable;

guint64 sew_ngram_hash_words (guint64 hash, guint word);
/* KenLM's hash of a word's spelling (MurmurHash64A with seed 0). */
guint64 sew_ngram_hash_string (const char *string, gsize n_bytes);

/* The entry after its key, or NULL. */
const guint8 *sew_probing_table_find (const SewProbingTable *table, guint64 key);

/* n-grams of one order, as bit-packed records in which words with the same context follow each
 * other in rising order. */
typedef struct {
  const guint8 *records; /* word, weights, and (below the highest order) the first longer n-gram */
  guint64 n_records;     /* below the highest order one more follows, for its pointer */
  guint word_bits;
  guint weight_bits;
  guint pointer_bits; /* inline part of the pointer; 0 at the highest order */
  guint record_bits;
  const guint8 *pointer_steps; /* 64-bit: record i at which the pointers' high part becomes the
                                * index into this array; NULL if pointers are not compressed */
  guint64 n_pointer_steps;
  guint64 n_longer;           /* records in the level that the pointers lead to */
  const guint8 *prob_bins;    /* float[1 << prob_bits], NULL if not quantised */
  const guint8 *backoff_bins; /* NULL at the highest order, too */
  guint prob_bits;
  guint backoff_bits;
} SewTrieLevel;

/* FALSE if the word is not in the cursor's range. Else its weights, and *cursor moves on. */
gboolean sew_trie_level_find (const SewTrieLevel *level, guint word, SewNgramCursor *cursor,
                              SewNgramWeights *weights);

static inline guint64
sew_ngram_read_u64 (const guint8 *bytes)
{
  guint64 value;
  __builtin_memcpy (&value, bytes, sizeof value);
  return value;
}

static inline guint32
sew_ngram_read_u32 (const guint8 *bytes)
{
  guint32 value;
  __builtin_memcpy (&value, bytes, sizeof value);
  return value;
}

static inline float
sew_ngram_read_float (const guint8 *bytes)
{
  guint32 bits = sew_ngram_read_u32 (bytes);
  float value;
  __builtin_memcpy (&value, &bits, sizeof value);
  return value;
}

/* Whether a longer n-gram may begin with the one that has this back-off weight. */
static inline gboolean
sew_ngram_has_extension (float backoff)
{
  guint32 bits;
  __builtin_memcpy (&bits, &backoff, sizeof bits);
  return bits != 0x80000000u;
}
