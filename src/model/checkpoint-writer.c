/* SPDX-License-Identifier: MIT */
#include "model/checkpoint-writer.h"

#include <string.h>

#include <json-glib/json-glib.h>
#include <sew/sew-error.h>

#include "math/format.h"
#include "math/kernels.h"
#include "model/weight-source.h"

#define SCALE_SUFFIX "_scale"

/* A tensor of the new file. */
typedef struct {
  char *name;
  const SewTensor *tensor; /* that it is made of */
  SewWeightRows rows;      /* the same; none where the bytes are copied */
  SewDtype dtype;          /* SEW_DTYPE_F32 of integers: their scales */
  gboolean is_scales;
  gsize n_bytes;
} Entry;

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  g_free (entry);
}

static const char *
get_dtype_name (const Entry *entry)
{
  switch (entry->dtype) {
  case SEW_DTYPE_F32:
    return "F32";
  case SEW_DTYPE_F16:
    return "F16";
  case SEW_DTYPE_BF16:
    return "BF16";
  case SEW_DTYPE_I8:
    return "I8";
  case SEW_DTYPE_OTHER:
    break;
  }
  return NULL;
}

/* --- what becomes of a tensor --- */

static gboolean
is_sensitive (const char *name)
{
  return strcmp (name, "lm_head.weight") == 0
         || g_str_has_suffix (name, "feature_extractor.conv_layers.0.conv.weight");
}

/* A matrix that a product reads as it is. */
static gboolean
is_plain (const char *name)
{
  return g_str_has_suffix (name, ".weight") && !g_str_has_suffix (name, "embeddings.weight");
}

static SewDtype
choose_dtype (const char *name, const SewTensor *tensor, SewDtype dtype)
{
  if (tensor->n_dims < 2 || (is_sensitive (name) && tensor->dtype != SEW_DTYPE_I8))
    return tensor->dtype;
  if (is_sensitive (name))
    return SEW_DTYPE_F32;
  return dtype == SEW_DTYPE_I8 && !is_plain (name) ? SEW_DTYPE_BF16 : dtype;
}

static void
add_entry (GPtrArray *entries, const Entry *values)
{
  g_ptr_array_add (entries, g_memdup2 (values, sizeof *values));
}

/* FALSE if the tensor is damaged. */
static gboolean
plan_tensor (SewWeightSource *source, const char *name, SewDtype dtype, GPtrArray *entries)
{
  const SewTensor *tensor = sew_checkpoint_find (source->checkpoint, name);
  Entry entry = { .tensor = tensor, .dtype = choose_dtype (name, tensor, dtype) };

  if (entry.dtype != tensor->dtype || entry.dtype == SEW_DTYPE_I8) {
    entry.rows = sew_weight_source_take_rows (source, SEW_WEIGHT_MATRIX, name, tensor->shape,
                                              tensor->n_dims);
    entry.rows.n_taps = 1; /* in the order of the file */
    if (source->error != NULL)
      return FALSE;
  }
  entry.name = g_strdup (name);
  entry.n_bytes = tensor->n_values * sew_dtype_get_size (entry.dtype);
  add_entry (entries, &entry);
  if (entry.dtype == SEW_DTYPE_I8) {
    entry.name = g_strconcat (name, SCALE_SUFFIX, NULL);
    entry.dtype = SEW_DTYPE_F32;
    entry.is_scales = TRUE;
    entry.n_bytes = entry.rows.n_rows * sizeof (float);
    add_entry (entries, &entry);
  }
  return TRUE;
}

/* The scales of integers are made anew, or not needed any more; and what is of another type than
 * weights are is none. */
static gboolean
is_left_out (const SewCheckpoint *checkpoint, const char *name)
{
  g_autofree char *matrix = NULL;
  const SewTensor *tensor;

  if (sew_checkpoint_find (checkpoint, name)->dtype == SEW_DTYPE_OTHER)
    return TRUE;
  if (!g_str_has_suffix (name, SCALE_SUFFIX))
    return FALSE;
  matrix = g_strndup (name, strlen (name) - strlen (SCALE_SUFFIX));
  tensor = sew_checkpoint_find (checkpoint, matrix);
  return tensor != NULL && tensor->dtype == SEW_DTYPE_I8;
}

/* Wide values first, so that all are aligned; else by name. */
static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *first = *(const Entry *const *) a, *second = *(const Entry *const *) b;
  gsize first_size = sew_dtype_get_size (first->dtype);
  gsize second_size = sew_dtype_get_size (second->dtype);

  if (first_size != second_size)
    return first_size > second_size ? -1 : 1;
  return strcmp (first->name, second->name);
}

static GPtrArray *
plan (const SewCheckpoint *checkpoint, SewDtype dtype, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (free_entry);
  g_autoptr (GPtrArray) buffers = g_ptr_array_new_with_free_func (g_aligned_free);
  g_autoptr (GPtrArray) names = sew_checkpoint_list (checkpoint);
  SewWeightSource source = { .checkpoint = checkpoint, .buffers = buffers };

  for (guint i = 0; i < names->len; i++) {
    const char *name = names->pdata[i];

    if (!is_left_out (checkpoint, name) && !plan_tensor (&source, name, dtype, entries)) {
      g_propagate_error (error, source.error);
      return NULL;
    }
  }
  g_ptr_array_sort (entries, compare_entries);
  return g_steal_pointer (&entries);
}

/* --- the file --- */

static void
describe_entry (JsonBuilder *builder, const Entry *entry, gsize offset)
{
  json_builder_set_member_name (builder, entry->name);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "dtype");
  json_builder_add_string_value (builder, get_dtype_name (entry));
  json_builder_set_member_name (builder, "shape");
  json_builder_begin_array (builder);
  for (guint i = 0; i < (entry->is_scales ? 2 : entry->tensor->n_dims); i++)
    json_builder_add_int_value (builder,
                                entry->is_scales && i > 0 ? 1 : (gint64) entry->tensor->shape[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "data_offsets");
  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, (gint64) offset);
  json_builder_add_int_value (builder, (gint64) (offset + entry->n_bytes));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/* Its length, and JSON that is filled up with spaces. */
static gboolean
write_header (GOutputStream *stream, GPtrArray *entries, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GString) text = NULL;
  g_autofree char *json = NULL;
  gsize offset = 0;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "__metadata__");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_string_value (builder, "pt");
  json_builder_end_object (builder);
  for (guint i = 0; i < entries->len; i++) {
    const Entry *entry = entries->pdata[i];

    describe_entry (builder, entry, offset);
    offset += entry->n_bytes;
  }
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  text = g_string_new (json);
  while (text->len % 8 != 0)
    g_string_append_c (text, ' ');
  guint64 length = GUINT64_TO_LE ((guint64) text->len);
  return g_output_stream_write_all (stream, &length, sizeof length, NULL, cancellable, error)
         && g_output_stream_write_all (stream, text->str, text->len, NULL, cancellable, error);
}

/* values: a row; bytes: room for four bytes a value. Returns how many bytes it is. */
static gsize
encode_row (const Entry *entry, const float *values, guint8 *bytes)
{
  gsize n = entry->rows.n_columns;
  gint16 *integers = (gint16 *) (gpointer) bytes;
  guint32 word;

  if (entry->is_scales) {
    float scale = sew_kernels_get ()->gemm->quantize_row (values, n, integers);
    memcpy (&word, &scale, sizeof word);
    word = GUINT32_TO_LE (word);
    memcpy (bytes, &word, sizeof word);
    return sizeof word;
  }
  if (entry->dtype == SEW_DTYPE_I8) {
    sew_kernels_get ()->gemm->quantize_row (values, n, integers);
    for (gsize i = 0; i < n; i++)
      bytes[i] = (guint8) (gint8) integers[i];
    return n;
  }
  for (gsize i = 0; i < n; i++) {
    if (entry->dtype == SEW_DTYPE_BF16) {
      guint16 half = GUINT16_TO_LE (sew_format_narrow_to_bf16 (values[i]));
      memcpy (bytes + 2 * i, &half, sizeof half);
    } else {
      memcpy (&word, values + i, sizeof word);
      word = GUINT32_TO_LE (word);
      memcpy (bytes + 4 * i, &word, sizeof word);
    }
  }
  return n * sew_dtype_get_size (entry->dtype);
}

static gboolean
write_entry (GOutputStream *stream, const Entry *entry, GCancellable *cancellable, GError **error)
{
  const SewWeightRows *rows = &entry->rows;

  if (rows->n_rows == 0)
    return g_output_stream_write_all (stream, entry->tensor->data, entry->n_bytes, NULL,
                                      cancellable, error);
  g_autofree float *values = g_new (float, MAX (rows->n_columns, 1));
  g_autofree float *bytes = g_new (float, MAX (rows->n_columns, 1));
  for (gsize row = 0; row < rows->n_rows; row++) {
    sew_weight_rows_read (rows, row, 1, values);
    gsize n_bytes = encode_row (entry, values, (guint8 *) bytes);
    if (!g_output_stream_write_all (stream, bytes, n_bytes, NULL, cancellable, error))
      return FALSE;
  }
  sew_weight_rows_release (rows);
  return TRUE;
}

/* Takes its place when it is complete. */
gboolean
sew_checkpoint_write (const SewCheckpoint *checkpoint, GFile *file, SewDtype dtype,
                      GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) entries = plan (checkpoint, dtype, error);
  g_autoptr (GFileOutputStream) output = NULL;
  g_autoptr (GOutputStream) stream = NULL;

  if (entries == NULL)
    return FALSE;
  output = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_NONE, cancellable, error);
  if (output == NULL)
    return FALSE;
  stream = g_buffered_output_stream_new_sized (G_OUTPUT_STREAM (output), 1 << 20);
  gboolean written = write_header (stream, entries, cancellable, error);
  for (guint i = 0; written && i < entries->len; i++)
    written = write_entry (stream, entries->pdata[i], cancellable, error);
  if (written)
    return g_output_stream_close (stream, cancellable, error);

  /* A cancelled close leaves what was there before. */
  g_autoptr (GCancellable) given_up = g_cancellable_new ();
  g_cancellable_cancel (given_up);
  g_output_stream_close (stream, given_up, NULL);
  return FALSE;
}
