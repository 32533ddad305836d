/* SPDX-License-Identifier: MIT */
#include "decoder/ngram-tables.h"

#include <string.h>

guint64
sew_ngram_hash_words (guint64 hash, guint word)
{
  return (hash * 8978948897894561157u) ^ (((guint64) word + 1) * 17894857484156487943u);
}

guint64
sew_ngram_hash_string (const char *string, gsize n_bytes)
{
  const guint64 multiplier = 0xc6a4a7935bd1e995u;
  const guint8 *bytes = (const guint8 *) string;
  guint64 hash = n_bytes * multiplier;
  gsize n_tail = n_bytes % 8;

  for (gsize i = 0; i + 8 <= n_bytes; i += 8) {
    guint64 block = sew_ngram_read_u64 (bytes + i) * multiplier;
    block = (block ^ (block >> 47)) * multiplier;
    hash = (hash ^ block) * multiplier;
  }
  if (n_tail > 0) {
    guint64 block = 0;
    for (gsize i = 0; i < n_tail; i++)
      block |= (guint64) bytes[n_bytes - n_tail + i] << (8 * i);
    hash = (hash ^ block) * multiplier;
  }
  hash = (hash ^ (hash >> 47)) * multiplier;
  return hash ^ (hash >> 47);
}

const guint8 *
sew_probing_table_find (const SewProbingTable *table, guint64 key)
{
  if (table->n_buckets == 0)
    return NULL;

  guint64 bucket = key % table->n_buckets;
  for (guint64 n_tried = 0; n_tried < table->n_buckets; n_tried++) {
    const guint8 *entry = table->entries + bucket * table->entry_size;
    guint64 found = sew_ngram_read_u64 (entry);
    if (found == key)
      return entry + sizeof key;
    if (found == 0)
      return NULL;
    if (++bucket == table->n_buckets)
      bucket = 0;
  }
  return NULL;
}

/* Up to 57 bits that begin anywhere in a byte. Every packed area ends with eight spare bytes. */
static inline guint64
read_bits (const guint8 *base, guint64 first_bit, guint n_bits)
{
  guint64 word = sew_ngram_read_u64 (base + first_bit / 8) >> (first_bit % 8);
  return word & (((guint64) 1 << n_bits) - 1);
}

static float
read_packed_float (const guint8 *base, guint64 first_bit, guint n_bits, guint32 sign)
{
  guint32 bits = (guint32) read_bits (base, first_bit, n_bits) | sign;
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

static void
read_weights (const SewTrieLevel *level, guint64 record, SewNgramWeights *weights)
{
  const guint8 *base = level->records;
  guint64 first_bit = record * level->record_bits + level->word_bits;

  weights->backoff = -0.0f;
  if (level->prob_bins == NULL) {
    /* The sign of a log-probability is not stored. */
    weights->prob = read_packed_float (base, first_bit, 31, 0x80000000u);
    if (level->weight_bits > 31)
      weights->backoff = read_packed_float (base, first_bit + 31, 32, 0);
    return;
  }
  if (level->backoff_bins != NULL) {
    guint64 bin = read_bits (base, first_bit, level->backoff_bits);
    weights->backoff = sew_ngram_read_float (level->backoff_bins + bin * sizeof (float));
    first_bit += level->backoff_bits;
  }
  guint64 bin = read_bits (base, first_bit, level->prob_bits);
  weights->prob = sew_ngram_read_float (level->prob_bins + bin * sizeof (float));
}

/* The last step that is not after the record: the pointer's high part. */
static guint64
find_step (const SewTrieLevel *level, guint64 record)
{
  guint64 low = 0;
  guint64 high = level->n_pointer_steps;
  while (high - low > 1) {
    guint64 middle = low + (high - low) / 2;
    if (sew_ngram_read_u64 (level->pointer_steps + middle * sizeof (guint64)) <= record)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static guint64
read_pointer (const SewTrieLevel *level, guint64 record)
{
  guint64 first_bit = (record + 1) * level->record_bits - level->pointer_bits;
  guint64 pointer = read_bits (level->records, first_bit, level->pointer_bits);
  if (level->pointer_steps != NULL)
    pointer |= find_step (level, record) << level->pointer_bits;
  return MIN (pointer, level->n_longer);
}

gboolean
sew_trie_level_find (const SewTrieLevel *level, guint word, SewNgramCursor *cursor,
                     SewNgramWeights *weights)
{
  guint64 low = cursor->begin;
  guint64 high = MIN (cursor->end, level->n_records);

  while (low < high) {
    guint64 middle = low + (high - low) / 2;
    guint64 found = read_bits (level->records, middle * level->record_bits, level->word_bits);
    if (found < word)
      low = middle + 1;
    else if (found > word)
      high = middle;
    else {
      read_weights (level, middle, weights);
      if (level->pointer_bits > 0 || level->pointer_steps != NULL) {
        cursor->begin = read_pointer (level, middle);
        cursor->end = read_pointer (level, middle + 1);
      }
      return TRUE;
    }
  }
  return FALSE;
}
