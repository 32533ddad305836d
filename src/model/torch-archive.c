/* SPDX-License-Identifier: MIT */
#include "model/torch-archive.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/pickle.h"
#include "model/zip-archive.h"

#define PROGRAM_SUFFIX "/data.pkl"

static const struct {
  const char *storage_type;
  SewDtype dtype;
  guint n_bytes;
} types[] = {
  { "FloatStorage", SEW_DTYPE_F32, 4 },     { "HalfStorage", SEW_DTYPE_F16, 2 },
  { "BFloat16Storage", SEW_DTYPE_BF16, 2 }, { "DoubleStorage", SEW_DTYPE_OTHER, 8 },
  { "LongStorage", SEW_DTYPE_OTHER, 8 },    { "IntStorage", SEW_DTYPE_OTHER, 4 },
  { "ShortStorage", SEW_DTYPE_OTHER, 2 },   { "CharStorage", SEW_DTYPE_OTHER, 1 },
  { "ByteStorage", SEW_DTYPE_OTHER, 1 },    { "BoolStorage", SEW_DTYPE_OTHER, 1 },
};

static gboolean
refuse (const char *file, const char *name, const char *reason, GError **error)
{
  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: tensor \"%.200s\": %s", file, name,
               reason);
  return FALSE;
}

/* The archive's folder, which is named as the file was when it was written. */
static char *
find_root (GHashTable *entries, const char *file, GError **error)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, entries);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    const char *slash = strchr (name, '/');

    if (slash != NULL && strcmp (slash, PROGRAM_SUFFIX) == 0)
      return g_strndup (name, (gsize) (slash - (const char *) name));
  }
  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED,
               "%s: a zip archive, but not PyTorch's: no "
               "data.pkl",
               file);
  return NULL;
}

static const SewZipEntry *
find_entry (GHashTable *entries, const char *root, const char *folder, const char *name)
{
  g_autofree char *path = g_strconcat (root, folder, name, NULL);

  return g_hash_table_lookup (entries, path);
}

static gboolean
check_kind (GHashTable *entries, const char *root, const char *file, GError **error)
{
  const SewZipEntry *order = find_entry (entries, root, "/", "byteorder");

  if (order != NULL
      && !(order->n_bytes == strlen ("little")
           && memcmp (order->data, "little", order->n_bytes) == 0)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
                 "%s: written on a big-endian machine, which is not supported", file);
    return FALSE;
  }
  if (find_entry (entries, root, "/", "constants.pkl") != NULL) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
                 "%s: a TorchScript program, which is not supported; save the state_dict()", file);
    return FALSE;
  }
  return TRUE;
}

/* Row-major without gaps; where there is but one index, its stride says nothing. */
static gboolean
is_contiguous (const SewPickledTensor *pickled)
{
  gint64 expected = 1;

  for (guint i = pickled->n_dims; i-- > 0;) {
    if (pickled->shape[i] != 1 && pickled->strides[i] != expected)
      return FALSE;
    expected *= pickled->shape[i];
  }
  return TRUE;
}

static gboolean
read_shape (const SewPickledTensor *pickled, SewTensor *tensor)
{
  tensor->n_dims = pickled->n_dims;
  for (guint i = 0; i < pickled->n_dims; i++) {
    if (pickled->shape[i] < 0 || (guint64) pickled->shape[i] > G_MAXSIZE)
      return FALSE;
    tensor->shape[i] = (gsize) pickled->shape[i];
  }
  return sew_shape_count_values (tensor->shape, tensor->n_dims, &tensor->n_values)
         && tensor->n_values <= (guint64) pickled->storage_values;
}

/* Returns the bytes of one value. */
static guint
read_type (const SewPickledTensor *pickled, SewTensor *tensor)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (strcmp (types[i].storage_type, pickled->storage_type) == 0) {
      tensor->dtype = types[i].dtype;
      g_strlcpy (tensor->dtype_name, pickled->storage_type, sizeof tensor->dtype_name);
      return types[i].n_bytes;
    }
  }
  tensor->dtype = SEW_DTYPE_OTHER;
  return 1;
}

static gboolean
locate (const SewPickledTensor *pickled, const SewZipEntry *data, const char *file,
        SewTensor *tensor, GError **error)
{
  guint item_bytes = read_type (pickled, tensor);
  guint64 n_values = (guint64) pickled->storage_values;

  if (data == NULL)
    return refuse (file, pickled->name, "its data are missing", error);
  if (pickled->storage_values < 0 || n_values > data->n_bytes / item_bytes)
    return refuse (file, pickled->name, "its data are shorter than they should be", error);
  if (!read_shape (pickled, tensor) || pickled->offset < 0
      || (guint64) pickled->offset > n_values - tensor->n_values)
    return refuse (file, pickled->name, "reaches beyond its data", error);
  if (tensor->n_values > 1 && !is_contiguous (pickled))
    return refuse (file, pickled->name,
                   "not in row-major order; save a copy made with contiguous()", error);
  tensor->data = data->data + (gsize) pickled->offset * item_bytes;
  tensor->file = file;
  return TRUE;
}

static gboolean
add_tensors (GHashTable *entries, const char *root, const char *file, GHashTable *tensors,
             GError **error)
{
  const SewZipEntry *program = find_entry (entries, root, PROGRAM_SUFFIX, "");
  g_autoptr (GArray) pickled = sew_pickle_read (program->data, program->n_bytes, file, error);

  for (guint i = 0; pickled != NULL && i < pickled->len; i++) {
    const SewPickledTensor *description = &g_array_index (pickled, SewPickledTensor, i);
    const SewZipEntry *data = find_entry (entries, root, "/data/", description->storage_key);
    SewTensor tensor = { 0 };

    if (!locate (description, data, file, &tensor, error))
      return FALSE;
    if (!g_hash_table_insert (tensors, g_strdup (description->name),
                              g_memdup2 (&tensor, sizeof tensor)))
      return refuse (file, description->name, "there are two of this name", error);
  }
  return pickled != NULL;
}

gboolean
sew_torch_archive_read (const guint8 *contents, gsize n_bytes, const char *file,
                        GHashTable *tensors, GError **error)
{
  g_autoptr (GHashTable) entries = NULL;
  g_autofree char *root = NULL;

  if (n_bytes < 2 || memcmp (contents, "PK", 2) != 0) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
                 "%s: not a zip archive, so written by PyTorch before 1.6 or by something else; "
                 "load it with PyTorch and save it again, best as safetensors",
                 file);
    return FALSE;
  }
  entries = sew_zip_archive_read (contents, n_bytes, file, error);
  if (entries == NULL)
    return FALSE;
  root = find_root (entries, file, error);
  return root != NULL && check_kind (entries, root, file, error)
         && add_tensors (entries, root, file, tensors, error);
}
