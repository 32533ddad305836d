/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "decoder/ngram-model-private.h"
#include "sew/sew-error.h"

/* KenLM's binary format, version 5: a header, the vocabulary's hashes, the n-grams as hash tables
 * or as a trie, and the words' spelling. Sizes follow from the counts in the header. */

#define FAMILY "mmap lm http://kheafield.com/code"
#define MAGIC FAMILY " format version 5\n"
#define SANITY_SIZE 88
#define FIXED_SIZE 20
#define TRIE_UNIGRAM_SIZE 16

typedef enum {
  PROBING = 0,
  REST_PROBING = 1,
  TRIE = 2,
  QUANT_TRIE = 3,
  ARRAY_TRIE = 4,
  QUANT_ARRAY_TRIE = 5,
} ModelType;

typedef struct {
  const char *path;
  const guint8 *bytes;
  guint64 size;
  guint64 used;

  ModelType type;
  float probing_multiplier;
  gboolean has_words;
  guint64 counts[SEW_NGRAM_MAX_ORDER];
} Reader;

static gboolean
fail (const Reader *reader, SewError code, const char *reason, GError **error)
{
  g_set_error (error, SEW_ERROR, code, "%s: %s", reader->path, reason);
  return FALSE;
}

/* The next part of the file; NULL if it ends before the part does. */
static const guint8 *
take (Reader *reader, guint64 size, GError **error)
{
  if (size > reader->size - reader->used) {
    fail (reader, SEW_ERROR_MALFORMED, "truncated language model", error);
    return NULL;
  }
  const guint8 *part = reader->bytes + reader->used;
  reader->used += size;
  return part;
}

static guint64
align_8 (guint64 size)
{
  return (size + 7) / 8 * 8;
}

static guint
count_bits (guint64 max_value)
{
  return max_value == 0 ? 0 : (guint) g_bit_storage (max_value);
}

gboolean
sew_kenlm_binary_matches (const char *bytes, gsize n_bytes)
{
  return n_bytes >= strlen (FAMILY) && memcmp (bytes, FAMILY, strlen (FAMILY)) == 0;
}

/* Magic and values that tell whether numbers are stored as here. */
static gboolean
read_sanity (Reader *reader, GError **error)
{
  const float floats[] = { 0.0f, 1.0f, -0.5f };
  const guint32 words[] = { 1, G_MAXUINT32, 0 };
  const guint64 one = 1;
  guint8 expected[SANITY_SIZE] = { 0 };
  memcpy (expected, MAGIC, strlen (MAGIC));
  memcpy (expected + 56, floats, sizeof floats);
  memcpy (expected + 68, words, sizeof words);
  memcpy (expected + 80, &one, sizeof one);

  const guint8 *found = take (reader, SANITY_SIZE, error);
  if (found == NULL)
    return FALSE;
  if (G_BYTE_ORDER != G_LITTLE_ENDIAN || memcmp (found, expected, SANITY_SIZE) != 0)
    return fail (reader, SEW_ERROR_UNSUPPORTED,
                 "KenLM binary of another version, byte order or unfinished build", error);
  return TRUE;
}

static gboolean
read_counts (Reader *reader, guint order, GError **error)
{
  const guint8 *counts = take (reader, order * sizeof (guint64), error);
  if (counts == NULL)
    return FALSE;

  for (guint i = 0; i < order; i++) {
    reader->counts[i] = sew_ngram_read_u64 (counts + i * sizeof (guint64));
    /* No n-gram takes less than a bit; with this, no size below can overflow. */
    if (reader->counts[i] > reader->size * 8 || (i == 0 && reader->counts[0] >= G_MAXUINT32 - 1))
      return fail (reader, SEW_ERROR_MALFORMED, "more n-grams than its size allows", error);
  }
  return TRUE;
}

static gboolean
read_header (Reader *reader, SewNgramModel *model, GError **error)
{
  if (!read_sanity (reader, error))
    return FALSE;
  const guint8 *fixed = take (reader, FIXED_SIZE, error);
  if (fixed == NULL)
    return FALSE;

  model->order = fixed[0];
  reader->probing_multiplier = sew_ngram_read_float (fixed + 4);
  guint type = sew_ngram_read_u32 (fixed + 8);
  reader->has_words = fixed[12] != 0;
  guint search_version = sew_ngram_read_u32 (fixed + 16);

  if (type > QUANT_ARRAY_TRIE)
    return fail (reader, SEW_ERROR_UNSUPPORTED, "unknown kind of KenLM binary", error);
  reader->type = (ModelType) type;
  model->is_trie = reader->type >= TRIE;
  if (search_version != (model->is_trie ? 1u : 0u))
    return fail (reader, SEW_ERROR_UNSUPPORTED, "another version of KenLM's tables", error);
  if (model->order < 2 || model->order > SEW_NGRAM_MAX_ORDER)
    return fail (reader, SEW_ERROR_UNSUPPORTED, "order of the n-grams out of range", error);
  if (!(reader->probing_multiplier >= 1.0f && reader->probing_multiplier <= 1000.0f))
    return fail (reader, SEW_ERROR_MALFORMED, "size of the hash tables out of range", error);
  if (!read_counts (reader, model->order, error))
    return FALSE;
  reader->used = align_8 (reader->used);
  return reader->used <= reader->size
         || fail (reader, SEW_ERROR_MALFORMED, "truncated language model", error);
}

static gboolean
read_table (Reader *reader, SewProbingTable *table, guint64 n_entries, guint entry_size,
            GError **error)
{
  /* In single precision, as KenLM computes it. */
  guint64 scaled = (guint64) (reader->probing_multiplier * (float) n_entries);
  table->n_buckets = MAX (n_entries + 1, scaled);
  table->entry_size = entry_size;
  table->entries = take (reader, table->n_buckets * entry_size, error);
  return table->entries != NULL;
}

static gboolean
read_probing (Reader *reader, SewNgramModel *model, GError **error)
{
  guint weights_size = reader->type == REST_PROBING ? 12 : 8;
  const guint8 *head = take (reader, 8, error);
  if (head == NULL)
    return FALSE;
  if (sew_ngram_read_u32 (head) != 0)
    return fail (reader, SEW_ERROR_UNSUPPORTED, "another version of KenLM's vocabulary", error);
  model->n_words = sew_ngram_read_u32 (head + 4);
  /* <unk> need not be counted. */
  if (model->n_words == 0 || model->n_words > reader->counts[0] + 1)
    return fail (reader, SEW_ERROR_MALFORMED, "more words than its header says", error);
  if (!read_table (reader, &model->word_table, reader->counts[0], 12, error))
    return FALSE;

  model->unigram_size = weights_size;
  model->unigrams = take (reader, (reader->counts[0] + 1) * weights_size, error);
  if (model->unigrams == NULL)
    return FALSE;
  for (guint n = 2; n <= model->order; n++) {
    guint entry_size = n < model->order ? 8 + weights_size : 12;
    if (!read_table (reader, &model->tables[n - 2], reader->counts[n - 1], entry_size, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_sorted_words (Reader *reader, SewNgramModel *model, GError **error)
{
  const guint8 *head = take (reader, (reader->counts[0] + 1) * sizeof (guint64), error);
  if (head == NULL)
    return FALSE;

  model->n_word_hashes = sew_ngram_read_u64 (head);
  model->word_hashes = head + sizeof (guint64);
  if (model->n_word_hashes > reader->counts[0])
    return fail (reader, SEW_ERROR_MALFORMED, "more words than its header says", error);
  model->n_words = (guint) model->n_word_hashes + 1;
  for (guint64 i = 1; i < model->n_word_hashes; i++)
    if (sew_ngram_read_u64 (model->word_hashes + 8 * i)
        <= sew_ngram_read_u64 (model->word_hashes + 8 * (i - 1)))
      return fail (reader, SEW_ERROR_MALFORMED, "vocabulary is not sorted", error);
  return TRUE;
}

static gboolean
read_quantizer (Reader *reader, SewNgramModel *model, GError **error)
{
  const guint8 *head = take (reader, 8, error);
  if (head == NULL)
    return FALSE;
  guint prob_bits = head[1];
  guint backoff_bits = head[2];
  if (head[0] != 2)
    return fail (reader, SEW_ERROR_UNSUPPORTED, "another version of KenLM's quantizer", error);
  if (prob_bits < 1 || prob_bits > 25 || backoff_bits < 1 || backoff_bits > 25)
    return fail (reader, SEW_ERROR_MALFORMED, "quantizer with an impossible number of bits", error);

  for (guint n = 2; n <= model->order; n++) {
    SewTrieLevel *level = &model->levels[n - 2];
    level->prob_bits = prob_bits;
    level->prob_bins = take (reader, sizeof (float) << prob_bits, error);
    if (level->prob_bins == NULL)
      return FALSE;
    if (n == model->order)
      break;
    level->backoff_bits = backoff_bits;
    level->backoff_bins = take (reader, sizeof (float) << backoff_bits, error);
    if (level->backoff_bins == NULL)
      return FALSE;
  }
  return TRUE;
}

/* How many of a pointer's high bits KenLM moves to the array: those that save the most space. */
static guint
count_chopped_bits (guint64 n_pointers, guint64 max_pointer, guint max_chopped)
{
  guint n_bits = count_bits (max_pointer);
  guint best = 0;
  gint64 lowest = G_MAXINT64;
  for (guint chopped = 0; chopped <= MIN (n_bits, max_chopped); chopped++) {
    guint64 n_steps = chopped == 0 ? max_pointer >> n_bits : max_pointer >> (n_bits - chopped);
    gint64 change = (gint64) (n_steps * 64) - (gint64) (n_pointers * chopped);
    if (change < lowest) {
      lowest = change;
      best = chopped;
    }
  }
  return best;
}

static gboolean
read_pointer_steps (Reader *reader, SewTrieLevel *level, guint *max_chopped, GError **error)
{
  /* The first level's header says how it was done; the other levels' are copies. */
  if (reader->size - reader->used < 2)
    return fail (reader, SEW_ERROR_MALFORMED, "truncated language model", error);
  const guint8 *head = reader->bytes + reader->used;
  if (*max_chopped == G_MAXUINT) {
    if (head[0] != 0)
      return fail (reader, SEW_ERROR_UNSUPPORTED, "another version of KenLM's pointers", error);
    *max_chopped = head[1];
  }

  guint n_bits = count_bits (level->n_longer);
  guint chopped = count_chopped_bits (level->n_records + 1, level->n_longer, *max_chopped);
  level->pointer_bits = n_bits - chopped;
  level->n_pointer_steps = (level->n_longer >> level->pointer_bits) + 1;
  const guint8 *area = take (reader, (level->n_pointer_steps + 1) * sizeof (guint64) + 7, error);
  if (area == NULL)
    return FALSE;
  guint64 first = align_8 ((guint64) (area - reader->bytes)) + sizeof (guint64);
  level->pointer_steps = reader->bytes + first;
  return TRUE;
}

static gboolean
read_level (Reader *reader, SewNgramModel *model, guint n, guint *max_chopped, GError **error)
{
  SewTrieLevel *level = &model->levels[n - 2];
  gboolean longest = n == model->order;

  level->n_records = reader->counts[n - 1];
  level->word_bits = count_bits (reader->counts[0]);
  if (level->prob_bins != NULL)
    level->weight_bits = level->prob_bits + level->backoff_bits;
  else
    level->weight_bits = longest ? 31 : 63;
  if (!longest) {
    level->n_longer = reader->counts[n];
    if (reader->type < ARRAY_TRIE)
      level->pointer_bits = count_bits (level->n_longer);
    else if (!read_pointer_steps (reader, level, max_chopped, error))
      return FALSE;
  }
  level->record_bits = level->word_bits + level->weight_bits + level->pointer_bits;
  guint64 n_bytes = ((level->n_records + 1) * level->record_bits + 7) / 8 + sizeof (guint64);
  level->records = take (reader, n_bytes, error);
  return level->records != NULL;
}

/* A word's bigrams lie between its own pointer and the next word's. */
static gboolean
check_unigram_pointers (const Reader *reader, const SewNgramModel *model, GError **error)
{
  guint64 last = 0;
  for (guint64 i = 0; i <= model->n_words; i++) {
    guint64 pointer = sew_ngram_read_u64 (model->unigrams + i * TRIE_UNIGRAM_SIZE + 8);
    if (pointer < last || pointer > reader->counts[1])
      return fail (reader, SEW_ERROR_MALFORMED, "pointers to bigrams are not sorted", error);
    last = pointer;
  }
  return TRUE;
}

static gboolean
read_trie (Reader *reader, SewNgramModel *model, GError **error)
{
  guint max_chopped = G_MAXUINT;

  if (!read_sorted_words (reader, model, error))
    return FALSE;
  if ((reader->type == QUANT_TRIE || reader->type == QUANT_ARRAY_TRIE)
      && !read_quantizer (reader, model, error))
    return FALSE;
  model->unigram_size = TRIE_UNIGRAM_SIZE;
  model->unigrams = take (reader, (reader->counts[0] + 2) * TRIE_UNIGRAM_SIZE, error);
  if (model->unigrams == NULL || !check_unigram_pointers (reader, model, error))
    return FALSE;
  for (guint n = 2; n <= model->order; n++)
    if (!read_level (reader, model, n, &max_chopped, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_words (Reader *reader, SewNgramModel *model, GError **error)
{
  const char *words = (const char *) reader->bytes + reader->used;
  const char *end = (const char *) reader->bytes + reader->size;
  const char *at = words;

  for (guint i = 0; i < model->n_words; i++) {
    const char *nul = memchr (at, '\0', (gsize) (end - at));
    if (nul == NULL)
      return fail (reader, SEW_ERROR_MALFORMED, "the list of words is truncated", error);
    at = nul + 1;
  }
  if (at != end || strcmp (words, "<unk>") != 0)
    return fail (reader, SEW_ERROR_MALFORMED, "the list of words is not where it should be", error);
  model->words = words;
  return TRUE;
}

static gboolean
check_unigrams (const Reader *reader, const SewNgramModel *model, GError **error)
{
  for (guint64 i = 0; i < model->n_words; i++) {
    const guint8 *unigram = model->unigrams + i * model->unigram_size;
    if (!isfinite (sew_ngram_read_float (unigram))
        || !isfinite (sew_ngram_read_float (unigram + sizeof (float))))
      return fail (reader, SEW_ERROR_MALFORMED, "a word's probability is not a number", error);
  }
  return TRUE;
}

gboolean
sew_kenlm_binary_read (SewNgramModel *model, const char *path, GError **error)
{
  Reader reader = {
    .path = path,
    .bytes = (const guint8 *) g_mapped_file_get_contents (model->file),
    .size = g_mapped_file_get_length (model->file),
  };

  if (!read_header (&reader, model, error))
    return FALSE;
  if (!(model->is_trie ? read_trie (&reader, model, error) : read_probing (&reader, model, error)))
    return FALSE;
  if (!check_unigrams (&reader, model, error))
    return FALSE;
  return !reader.has_words || read_words (&reader, model, error);
}
