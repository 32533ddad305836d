/* SPDX-License-Identifier: MIT */
#include "model/safetensors.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/json-file.h"

/* The file: an unsigned 64-bit little-endian length, a JSON header of that length, the data. */
#define LENGTH_BYTES 8
#define MAX_TENSORS 100000

typedef struct {
  const char *file;
  const guint8 *data;
  gsize n_bytes;
} Body;

/* Where one tensor's data lie, for the check that they follow each other. */
typedef struct {
  guint64 begin;
  guint64 end;
  const char *name;
} Span;

static const struct {
  const char *name;
  SewDtype dtype;
  guint n_bytes;
} dtypes[] = {
  { "F32", SEW_DTYPE_F32, 4 },    { "F16", SEW_DTYPE_F16, 2 },   { "BF16", SEW_DTYPE_BF16, 2 },
  { "F64", SEW_DTYPE_OTHER, 8 },  { "I64", SEW_DTYPE_OTHER, 8 }, { "I32", SEW_DTYPE_OTHER, 4 },
  { "I16", SEW_DTYPE_OTHER, 2 },  { "I8", SEW_DTYPE_I8, 1 },     { "U64", SEW_DTYPE_OTHER, 8 },
  { "U32", SEW_DTYPE_OTHER, 4 },  { "U16", SEW_DTYPE_OTHER, 2 }, { "U8", SEW_DTYPE_OTHER, 1 },
  { "BOOL", SEW_DTYPE_OTHER, 1 },
};

static gboolean
refuse (const Body *body, const char *name, const char *reason, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (name, (gssize) MIN (strlen (name), 200));

  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: tensor \"%s\": %s", body->file, shown,
               reason);
  return FALSE;
}

/* A list of up to max_values integers that are not negative. */
static gboolean
read_counts (JsonObject *entry, const char *member, guint64 *values, guint max_values,
             guint *n_values)
{
  JsonNode *node = json_object_get_member (entry, member);
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  *n_values = json_array_get_length (array);
  if (*n_values > max_values)
    return FALSE;
  for (guint i = 0; i < *n_values; i++) {
    JsonNode *element = json_array_get_element (array, i);

    if (!sew_json_node_is_integer (element) || json_node_get_int (element) < 0)
      return FALSE;
    values[i] = (guint64) json_node_get_int (element);
  }
  return TRUE;
}

static gboolean
read_dtype (JsonObject *entry, SewTensor *tensor, guint *n_bytes)
{
  JsonNode *node = json_object_get_member (entry, "dtype");

  if (node == NULL || !sew_json_node_is_string (node))
    return FALSE;
  g_strlcpy (tensor->dtype_name, json_node_get_string (node), sizeof tensor->dtype_name);
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    if (strcmp (tensor->dtype_name, dtypes[i].name) == 0) {
      tensor->dtype = dtypes[i].dtype;
      *n_bytes = dtypes[i].n_bytes;
      return TRUE;
    }
  }
  /* A type of later versions of the format: its size is not known, and nothing here reads it. */
  tensor->dtype = SEW_DTYPE_OTHER;
  *n_bytes = 0;
  return TRUE;
}

static gboolean
read_entry (const Body *body, const char *name, JsonNode *node, SewTensor *tensor, Span *span,
            GError **error)
{
  guint64 shape[SEW_MAX_DIMS], offsets[2];
  guint n_offsets, n_bytes;
  JsonObject *entry;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (body, name, "not described by an object", error);
  entry = json_node_get_object (node);
  if (!read_dtype (entry, tensor, &n_bytes))
    return refuse (body, name, "no dtype", error);
  if (!read_counts (entry, "shape", shape, SEW_MAX_DIMS, &tensor->n_dims))
    return refuse (body, name, "bad shape", error);
  if (!read_counts (entry, "data_offsets", offsets, 2, &n_offsets) || n_offsets != 2)
    return refuse (body, name, "bad data_offsets", error);
  for (guint i = 0; i < tensor->n_dims; i++) {
    if (shape[i] > G_MAXSIZE)
      return refuse (body, name, "bad shape", error);
    tensor->shape[i] = (gsize) shape[i];
  }
  if (!sew_shape_count_values (tensor->shape, tensor->n_dims, &tensor->n_values))
    return refuse (body, name, "shape too large", error);
  if (offsets[0] > offsets[1] || offsets[1] > body->n_bytes)
    return refuse (body, name, "data outside of the file, which may be truncated", error);
  if (n_bytes > 0 && offsets[1] - offsets[0] != (guint64) tensor->n_values * n_bytes)
    return refuse (body, name, "shape and data_offsets contradict each other", error);
  tensor->data = body->data + offsets[0];
  tensor->file = body->file;
  *span = (Span){ offsets[0], offsets[1], name };
  return TRUE;
}

static int
compare_spans (const void *a, const void *b)
{
  const Span *first = a, *second = b;

  if (first->begin != second->begin)
    return first->begin < second->begin ? -1 : 1;
  return first->end < second->end ? -1 : first->end > second->end;
}

static gboolean
check_spans (const Body *body, GArray *spans, GError **error)
{
  guint64 expected = 0;

  g_array_sort (spans, compare_spans);
  for (guint i = 0; i < spans->len; i++) {
    const Span *span = &g_array_index (spans, Span, i);

    if (span->begin < expected)
      return refuse (body, span->name, "its data overlap another tensor's", error);
    if (span->begin > expected)
      return refuse (body, span->name, "a hole before its data", error);
    expected = span->end;
  }
  if (expected == body->n_bytes)
    return TRUE;
  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: bytes after the last tensor's data",
               body->file);
  return FALSE;
}

static gboolean
read_entries (const Body *body, JsonObject *header, GHashTable *tensors, GError **error)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (Span));
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, header);
  while (json_object_iter_next (&iter, &name, &node)) {
    SewTensor tensor = { 0 };
    Span span;

    if (strcmp (name, "__metadata__") == 0)
      continue;
    if (!read_entry (body, name, node, &tensor, &span, error))
      return FALSE;
    g_array_append_val (spans, span);
    g_hash_table_replace (tensors, g_strdup (name), g_memdup2 (&tensor, sizeof tensor));
  }
  return check_spans (body, spans, error);
}

gboolean
sew_safetensors_read (const guint8 *contents, gsize n_bytes, const char *file, GHashTable *tensors,
                      GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  guint64 header_bytes;
  Body body;

  if (n_bytes < LENGTH_BYTES) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: truncated before its header", file);
    return FALSE;
  }
  memcpy (&header_bytes, contents, LENGTH_BYTES);
  header_bytes = GUINT64_FROM_LE (header_bytes);
  if (header_bytes > SEW_JSON_MAX_BYTES || header_bytes > n_bytes - LENGTH_BYTES) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED,
                 "%s: a header of %" G_GUINT64_FORMAT " bytes in a file of %" G_GSIZE_FORMAT
                 ": truncated, or not safetensors",
                 file, header_bytes, n_bytes);
    return FALSE;
  }
  root = sew_json_file_parse ((const char *) contents + LENGTH_BYTES, (gsize) header_bytes, file,
                              error);
  if (root == NULL)
    return FALSE;
  if (json_object_get_size (json_node_get_object (root)) > MAX_TENSORS) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: too many tensors", file);
    return FALSE;
  }
  body = (Body){ file, contents + LENGTH_BYTES + header_bytes,
                 n_bytes - LENGTH_BYTES - (gsize) header_bytes };
  return read_entries (&body, json_node_get_object (root), tensors, error);
}
