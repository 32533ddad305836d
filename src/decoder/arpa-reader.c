/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>

#include "byte-order-mark.h"
#include "decoder/ngram-model-private.h"
#include "sew/sew-error.h"

/* Reads an ARPA file into hash tables that grow with what is read, never with what its header
 * promises. */

#define MAX_LINE (64 * 1024)
#define ENTRY_SIZE (sizeof (guint64) + sizeof (SewNgramWeights))
#define LONGEST_ENTRY_SIZE (sizeof (guint64) + sizeof (float))
#define UNKNOWN_LOG10_PROB (-100.0f)

/* A table of the model while it grows. */
typedef struct {
  SewProbingTable *table;
  guint8 *entries;
  guint64 n_used;
} GrowingTable;

typedef struct {
  const char *path;
  SewNgramModel *model;
  guint64 counts[SEW_NGRAM_MAX_ORDER];
  GrowingTable words;
  GrowingTable tables[SEW_NGRAM_MAX_ORDER - 1];
  GArray *unigrams; /* of SewNgramWeights */
  GString *spelling;
  gboolean has_unknown;

  GInputStream *stream;
  char buffer[MAX_LINE];
  gsize n_buffered;
  gsize n_consumed;
  GString *line;
  guint64 line_number;
} Reader;

static gboolean
fail (const Reader *reader, const char *reason, GError **error)
{
  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: line %" G_GUINT64_FORMAT ": %s",
               reader->path, reader->line_number, reason);
  return FALSE;
}

static void
growing_table_init (GrowingTable *growing, SewProbingTable *table, guint entry_size)
{
  growing->table = table;
  table->n_buckets = 64;
  table->entry_size = entry_size;
  table->entries = growing->entries = g_malloc0_n (table->n_buckets, entry_size);
}

/* The entry, after its key, that the key is to have; the key is not in the table yet. */
static guint8 *
place (GrowingTable *growing, guint64 key)
{
  const SewProbingTable *table = growing->table;
  guint64 bucket = key % table->n_buckets;
  while (sew_ngram_read_u64 (growing->entries + bucket * table->entry_size) != 0)
    bucket = (bucket + 1) % table->n_buckets;

  guint8 *entry = growing->entries + bucket * table->entry_size;
  memcpy (entry, &key, sizeof key);
  return entry + sizeof key;
}

static void
grow (GrowingTable *growing)
{
  SewProbingTable *table = growing->table;
  guint8 *old = growing->entries;
  guint64 n_old = table->n_buckets;

  table->n_buckets *= 2;
  table->entries = growing->entries = g_malloc0_n (table->n_buckets, table->entry_size);
  for (guint64 i = 0; i < n_old; i++) {
    const guint8 *entry = old + i * table->entry_size;
    guint64 key = sew_ngram_read_u64 (entry);
    if (key != 0)
      memcpy (place (growing, key), entry + sizeof key, table->entry_size - sizeof key);
  }
  g_free (old);
}

static void
growing_table_insert (GrowingTable *growing, guint64 key, const void *value)
{
  if (++growing->n_used > growing->table->n_buckets / 4 * 3)
    grow (growing);
  memcpy (place (growing, key), value, growing->table->entry_size - sizeof key);
}

/* -- lines -- */

static gboolean
fill_buffer (Reader *reader, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gssize n_read = g_input_stream_read (reader->stream, reader->buffer, sizeof reader->buffer, NULL,
                                       &cause);
  if (n_read < 0)
    return fail (reader, cause->message, error);
  reader->n_consumed = 0;
  reader->n_buffered = (gsize) n_read;
  return TRUE;
}

/* The next line without its end, in reader->line. At the end of the file, an error: no reader
 * of a line can do without it. */
static gboolean
read_line (Reader *reader, GError **error)
{
  const char *newline = NULL;

  g_string_truncate (reader->line, 0);
  reader->line_number++;
  while (newline == NULL) {
    if (reader->n_consumed == reader->n_buffered) {
      if (!fill_buffer (reader, error))
        return FALSE;
      if (reader->n_buffered == 0 && reader->line->len == 0)
        return fail (reader, "the language model is truncated", error);
      if (reader->n_buffered == 0)
        break;
    }
    const char *start = reader->buffer + reader->n_consumed;
    gsize n_left = reader->n_buffered - reader->n_consumed;
    newline = memchr (start, '\n', n_left);
    gsize n_taken = newline != NULL ? (gsize) (newline - start) : n_left;
    if (reader->line->len + n_taken > MAX_LINE || memchr (start, '\0', n_taken) != NULL)
      return fail (reader, "this is not a language model", error);
    g_string_append_len (reader->line, start, (gssize) n_taken);
    reader->n_consumed += n_taken + (newline != NULL ? 1 : 0);
  }
  g_strchomp (reader->line->str);
  reader->line->len = strlen (reader->line->str);
  return TRUE;
}

static gboolean
read_line_with_text (Reader *reader, GError **error)
{
  do
    if (!read_line (reader, error))
      return FALSE;
  while (reader->line->len == 0);
  return TRUE;
}

/* Nothing but empty lines may follow. */
static gboolean
read_rest (Reader *reader, GError **error)
{
  do {
    for (gsize i = reader->n_consumed; i < reader->n_buffered; i++)
      if (!g_ascii_isspace (reader->buffer[i]))
        return fail (reader, "text after the end of the language model", error);
    if (!fill_buffer (reader, error))
      return FALSE;
  } while (reader->n_buffered > 0);
  return TRUE;
}

/* -- n-grams -- */

static gboolean
parse_float (const char *text, float *value)
{
  char *end;
  *value = (float) g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*value);
}

/* Splits reader->line: a probability, n words, perhaps a back-off weight. */
static gboolean
parse_ngram (Reader *reader, guint n, char **words, SewNgramWeights *weights, GError **error)
{
  char *fields[SEW_NGRAM_MAX_ORDER + 2];
  guint n_fields = 0;
  char *at = reader->line->str;

  while (*(at += strspn (at, " \t")) != '\0' && n_fields < n + 2) {
    fields[n_fields++] = at;
    at += strcspn (at, " \t");
    if (*at != '\0')
      *at++ = '\0';
  }
  if (*at != '\0' || n_fields < n + 1)
    return fail (reader, "not as many words as the section says", error);
  if (!parse_float (fields[0], &weights->prob) || weights->prob > 0.0f)
    return fail (reader, "not a logarithm of a probability", error);

  weights->backoff = -0.0f;
  if (n_fields == n + 2 && !parse_float (fields[n + 1], &weights->backoff))
    return fail (reader, "not a back-off weight", error);
  if (weights->backoff == 0.0f)
    weights->backoff = -0.0f;
  if (n == reader->model->order && weights->backoff != 0.0f)
    return fail (reader, "a back-off weight where none can be", error);
  memcpy (words, fields + 1, n * sizeof *words);
  return TRUE;
}

static gboolean
add_word (Reader *reader, const char *word, const SewNgramWeights *weights, GError **error)
{
  if (strcmp (word, "<unk>") == 0 || strcmp (word, "<UNK>") == 0) {
    if (reader->has_unknown)
      return fail (reader, "the unknown word appears twice", error);
    reader->has_unknown = TRUE;
    g_array_index (reader->unigrams, SewNgramWeights, SEW_NGRAM_UNKNOWN) = *weights;
    return TRUE;
  }

  guint64 hash = sew_ngram_hash_string (word, strlen (word));
  if (sew_probing_table_find (reader->words.table, hash) != NULL)
    return fail (reader, "a word appears twice", error);
  guint32 id = reader->unigrams->len;
  growing_table_insert (&reader->words, hash, &id);
  g_array_append_val (reader->unigrams, *weights);
  g_string_append_len (reader->spelling, word, (gssize) strlen (word) + 1);
  reader->model->unigrams = (const guint8 *) reader->unigrams->data;
  reader->model->n_words = reader->unigrams->len;
  return TRUE;
}

static gboolean
find_words (Reader *reader, guint n, char **words, guint *ids, GError **error)
{
  for (guint i = 0; i < n; i++) {
    ids[i] = sew_ngram_model_find_word (reader->model, words[i], strlen (words[i]));
    if (ids[i] == SEW_NGRAM_UNKNOWN && strcmp (words[i], "<unk>") != 0
        && strcmp (words[i], "<UNK>") != 0)
      return fail (reader, "a word that is not among the 1-grams", error);
  }
  return TRUE;
}

/* The weights, which may be written to, of the n-gram that ends with the word before end. */
static guint8 *
find_ngram (Reader *reader, const guint *end, guint n)
{
  guint64 key = end[-1];
  if (n == 1)
    return (guint8 *) &g_array_index (reader->unigrams, SewNgramWeights, key);

  for (guint i = 2; i <= n; i++)
    key = sew_ngram_hash_words (key, *(end - i));
  const guint8 *found = sew_probing_table_find (&reader->model->tables[n - 2], key);
  return found == NULL
             ? NULL
             : reader->tables[n - 2].entries + (found - reader->model->tables[n - 2].entries);
}

static void
insert_ngram (Reader *reader, const guint *end, guint n, const SewNgramWeights *weights)
{
  guint64 key = end[-1];
  for (guint i = 2; i <= n; i++)
    key = sew_ngram_hash_words (key, *(end - i));
  growing_table_insert (&reader->tables[n - 2], key, weights);
}

/* A look-up stops at the first context that it does not find. Where pruning took "b c" and left
 * "a b c", put back "b c", with the probability that backing off gives it. */
static void
insert_missing_suffixes (Reader *reader, const guint *end, guint n)
{
  guint n_known = n - 1;
  guint8 *known;
  while ((known = find_ngram (reader, end, n_known)) == NULL)
    n_known--;

  SewNgramWeights weights = { .prob = -fabsf (sew_ngram_read_float (known)), .backoff = -0.0f };
  for (guint i = n_known; i < n; i++) {
    if (i > n_known) {
      const guint8 *context = find_ngram (reader, end - 1, i - 1);
      if (context != NULL)
        weights.prob += sew_ngram_read_float (context + sizeof (float));
      /* The sign is the flag that follows. */
      weights.prob = MIN (weights.prob, -0.0f);
      insert_ngram (reader, end, i, &weights);
      known = find_ngram (reader, end, i);
    }
    /* Without its sign: n-grams with more context exist. */
    float flagged = fabsf (sew_ngram_read_float (known));
    memcpy (known, &flagged, sizeof flagged);
  }
}

static gboolean
add_ngram (Reader *reader, guint n, char **words, SewNgramWeights *weights, GError **error)
{
  guint ids[SEW_NGRAM_MAX_ORDER];
  if (!find_words (reader, n, words, ids, error))
    return FALSE;
  const guint *end = ids + n;
  if (find_ngram (reader, end, n) != NULL)
    return fail (reader, "an n-gram appears twice", error);

  guint8 *context = find_ngram (reader, end - 1, n - 1);
  if (context == NULL)
    return fail (reader, "an n-gram whose context is missing", error);
  const float extends = 0.0f;
  guint8 *backoff = context + sizeof (float);
  if (!sew_ngram_has_extension (sew_ngram_read_float (backoff)))
    memcpy (backoff, &extends, sizeof extends);

  insert_missing_suffixes (reader, end, n);
  weights->prob = -fabsf (weights->prob);
  insert_ngram (reader, end, n, weights);
  return TRUE;
}

/* -- the file -- */

static gboolean
read_counts (Reader *reader, GError **error)
{
  do {
    if (!read_line_with_text (reader, error))
      return FALSE;
    if (g_str_has_prefix (reader->line->str, SEW_BYTE_ORDER_MARK) && reader->line_number == 1)
      g_string_erase (reader->line, 0, strlen (SEW_BYTE_ORDER_MARK));
  } while (reader->line->str[0] == '#');
  if (strcmp (reader->line->str, "\\data\\") != 0)
    return fail (reader, "this is neither an ARPA file nor a KenLM binary", error);

  guint order = 0;
  while (TRUE) {
    if (!read_line (reader, error))
      return FALSE;
    if (reader->line->len == 0)
      break;
    char *end = reader->line->str;
    if (!g_str_has_prefix (end, "ngram ") || g_ascii_strtoull (end + 6, &end, 10) != order + 1
        || *end != '=')
      return fail (reader, "not a count of n-grams", error);
    if (order == SEW_NGRAM_MAX_ORDER)
      return fail (reader, "n-grams of too high an order", error);
    reader->counts[order++] = g_ascii_strtoull (end + 1, &end, 10);
    if (*end != '\0')
      return fail (reader, "not a count of n-grams", error);
  }
  reader->model->order = order;
  if (order == 0)
    return fail (reader, "no counts of n-grams", error);
  /* The ids of words are 32 bits wide. */
  return reader->counts[0] < G_MAXINT32 || fail (reader, "too many words", error);
}

static gboolean
read_section (Reader *reader, guint n, GError **error)
{
  g_autofree char *heading = g_strdup_printf ("\\%u-grams:", n);
  if (!read_line_with_text (reader, error))
    return FALSE;
  if (strcmp (reader->line->str, heading) != 0)
    return fail (reader, "a section begins too late or has more n-grams than its count", error);

  for (guint64 i = 0; i < reader->counts[n - 1]; i++) {
    char *words[SEW_NGRAM_MAX_ORDER];
    SewNgramWeights weights;
    if (!read_line (reader, error))
      return FALSE;
    if (reader->line->len == 0 || reader->line->str[0] == '\\')
      return fail (reader, "a section has fewer n-grams than its count", error);
    if (!parse_ngram (reader, n, words, &weights, error))
      return FALSE;
    if (!(n == 1 ? add_word (reader, words[0], &weights, error)
                 : add_ngram (reader, n, words, &weights, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_model (Reader *reader, GError **error)
{
  SewNgramModel *model = reader->model;
  if (!read_counts (reader, error))
    return FALSE;

  for (guint n = 2; n <= model->order; n++)
    growing_table_init (&reader->tables[n - 2], &model->tables[n - 2],
                        n < model->order ? ENTRY_SIZE : LONGEST_ENTRY_SIZE);
  for (guint n = 1; n <= model->order; n++)
    if (!read_section (reader, n, error))
      return FALSE;
  if (!read_line_with_text (reader, error))
    return FALSE;
  if (strcmp (reader->line->str, "\\end\\") != 0)
    return fail (reader, "the last section has more n-grams than its count", error);
  return read_rest (reader, error);
}

static GInputStream *
open_stream (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, &cause);
  guint8 magic[2] = { 0 };

  if (stream == NULL || g_input_stream_read (G_INPUT_STREAM (stream), magic, 2, NULL, &cause) < 0
      || !g_seekable_seek (G_SEEKABLE (stream), 0, G_SEEK_SET, NULL, &cause)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: %s", path, cause->message);
    return NULL;
  }
  if (magic[0] != 0x1f || magic[1] != 0x8b)
    return G_INPUT_STREAM (g_steal_pointer (&stream));

  g_autoptr (GZlibDecompressor) gzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  return g_converter_input_stream_new (G_INPUT_STREAM (stream), G_CONVERTER (gzip));
}

/* The model takes over what its tables lead into. */
static void
hand_over (Reader *reader)
{
  SewNgramModel *model = reader->model;
  GPtrArray *allocated = model->allocated = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (allocated, reader->words.entries);
  for (guint i = 0; i < G_N_ELEMENTS (reader->tables); i++)
    g_ptr_array_add (allocated, reader->tables[i].entries);
  model->words = g_string_free (reader->spelling, FALSE);
  g_ptr_array_add (allocated, (gpointer) model->words);
  model->n_words = reader->unigrams->len;
  model->unigrams = (const guint8 *) g_array_free (reader->unigrams, FALSE);
  g_ptr_array_add (allocated, (gpointer) model->unigrams);
}

gboolean
sew_arpa_reader_read (SewNgramModel *model, const char *path, GError **error)
{
  g_autoptr (GInputStream) stream = open_stream (path, error);
  if (stream == NULL)
    return FALSE;

  const SewNgramWeights unknown = { .prob = UNKNOWN_LOG10_PROB, .backoff = -0.0f };
  Reader *reader = g_new0 (Reader, 1);
  reader->path = path;
  reader->model = model;
  reader->stream = stream;
  reader->line = g_string_new (NULL);
  reader->unigrams = g_array_new (FALSE, FALSE, sizeof (SewNgramWeights));
  g_array_append_val (reader->unigrams, unknown);
  reader->spelling = g_string_new (NULL);
  g_string_append_len (reader->spelling, "<unk>", sizeof "<unk>");
  growing_table_init (&reader->words, &model->word_table, sizeof (guint64) + sizeof (guint32));
  model->unigram_size = sizeof (SewNgramWeights);

  gboolean ok = read_model (reader, error);
  hand_over (reader);
  g_string_free (reader->line, TRUE);
  g_free (reader);
  return ok;
}
