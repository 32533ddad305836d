/* SPDX-License-Identifier: MIT */
#include "model/checkpoint.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/file-map.h"
#include "model/json-file.h"
#include "model/safetensors.h"
#include "model/torch-archive.h"

#define MAX_SHARDS 1000

struct _SewCheckpoint {
  char *file;
  GPtrArray *maps;     /* of GMappedFile */
  GPtrArray *paths;    /* of char *, which the tensors name */
  GHashTable *tensors; /* name -> SewTensor */
};

gsize
sew_dtype_get_size (SewDtype dtype)
{
  switch (dtype) {
  case SEW_DTYPE_F32:
    return 4;
  case SEW_DTYPE_F16:
  case SEW_DTYPE_BF16:
    return 2;
  case SEW_DTYPE_I8:
    return 1;
  case SEW_DTYPE_OTHER:
    return 0;
  }
  return 0;
}

gboolean
sew_shape_count_values (const gsize *shape, guint n_dims, gsize *n_values)
{
  gsize n = 1, n_bytes;

  for (guint i = 0; i < n_dims; i++) {
    if (!g_size_checked_mul (&n, n, shape[i]))
      return FALSE;
  }
  *n_values = n;
  return g_size_checked_mul (&n_bytes, n, 16);
}

/* name -> SewTensor of one file, or NULL. The checkpoint keeps the mapping. */
static GHashTable *
read_file (SewCheckpoint *checkpoint, const char *path, GError **error)
{
  g_autoptr (GHashTable) tensors = NULL;
  GMappedFile *map = sew_file_map_open (path, error);
  const guint8 *contents;
  gsize n_bytes;
  char *kept_path;
  gboolean read;

  if (map == NULL)
    return NULL;
  kept_path = g_strdup (path);
  g_ptr_array_add (checkpoint->maps, map);
  g_ptr_array_add (checkpoint->paths, kept_path);
  if (sew_file_map_is_lfs_pointer (map)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED,
                 "%s: only a pointer of Git LFS; fetch the file itself with \"git lfs pull\"",
                 path);
    return NULL;
  }
  contents = (const guint8 *) g_mapped_file_get_contents (map);
  n_bytes = g_mapped_file_get_length (map);
  tensors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (g_str_has_suffix (path, ".safetensors"))
    read = sew_safetensors_read (contents, n_bytes, kept_path, tensors, error);
  else
    read = sew_torch_archive_read (contents, n_bytes, kept_path, tensors, error);
  return read ? g_steal_pointer (&tensors) : NULL;
}

static void
merge (SewCheckpoint *checkpoint, GHashTable *tensors)
{
  GHashTableIter iter;
  gpointer name, tensor;

  g_hash_table_iter_init (&iter, tensors);
  while (g_hash_table_iter_next (&iter, &name, &tensor)) {
    g_hash_table_iter_steal (&iter);
    g_hash_table_replace (checkpoint->tensors, name, tensor);
  }
}

gboolean
sew_checkpoint_add_file (SewCheckpoint *checkpoint, const char *path, GError **error)
{
  g_autoptr (GHashTable) tensors = read_file (checkpoint, path, error);

  if (tensors == NULL)
    return FALSE;
  merge (checkpoint, tensors);
  return TRUE;
}

static gboolean
add_shard (SewCheckpoint *checkpoint, const char *path, GError **error)
{
  guint n_before = g_hash_table_size (checkpoint->tensors);
  g_autoptr (GHashTable) tensors = read_file (checkpoint, path, error);
  guint n_added;

  if (tensors == NULL)
    return FALSE;
  n_added = g_hash_table_size (tensors);
  merge (checkpoint, tensors);
  if (g_hash_table_size (checkpoint->tensors) == n_before + n_added)
    return TRUE;
  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: has tensors that another shard has too",
               path);
  return FALSE;
}

/* The index may only name files that lie beside it. */
static gboolean
is_plain_name (const char *name)
{
  return *name != '\0' && strchr (name, '/') == NULL && strcmp (name, ".") != 0
         && strcmp (name, "..") != 0;
}

static gboolean
collect_shard (SewCheckpoint *checkpoint, JsonNode *node, GHashTable *shards, GError **error)
{
  const char *name = sew_json_node_is_string (node) ? json_node_get_string (node) : "";

  if (!is_plain_name (name)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED,
                 "%s: \"%s\" is not the name of a file in this folder", checkpoint->file, name);
    return FALSE;
  }
  g_hash_table_add (shards, g_strdup (name));
  if (g_hash_table_size (shards) > MAX_SHARDS) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: too many shards", checkpoint->file);
    return FALSE;
  }
  return TRUE;
}

static gboolean
add_shards (SewCheckpoint *checkpoint, const char *folder, GError **error)
{
  g_autoptr (JsonNode) root = sew_json_file_load (checkpoint->file, error);
  g_autoptr (GHashTable) shards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GList) names = NULL;
  JsonObjectIter iter;
  JsonNode *node;

  if (root == NULL)
    return FALSE;
  node = json_object_get_member (json_node_get_object (root), "weight_map");
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: no \"weight_map\"", checkpoint->file);
    return FALSE;
  }
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, NULL, &node)) {
    if (!collect_shard (checkpoint, node, shards, error))
      return FALSE;
  }
  names = g_list_sort (g_hash_table_get_keys (shards), (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL; l = l->next) {
    g_autofree char *path = g_build_filename (folder, l->data, NULL);

    if (!add_shard (checkpoint, path, error))
      return FALSE;
  }
  return TRUE;
}

static char *
find_weights (const char *folder, GError **error)
{
  static const char *const names[] = { "model.safetensors", "model.safetensors.index.json",
                                       "pytorch_model.bin", "pytorch_model.bin.index.json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND,
               "%s: no weights; looked for %s, %s, %s and %s", folder, names[0], names[1], names[2],
               names[3]);
  return NULL;
}

SewCheckpoint *
sew_checkpoint_open (const char *folder, GError **error)
{
  g_autoptr (SewCheckpoint) checkpoint = NULL;
  g_autofree char *file = find_weights (folder, error);
  gboolean loaded;

  if (file == NULL)
    return NULL;
  checkpoint = g_new0 (SewCheckpoint, 1);
  checkpoint->file = g_steal_pointer (&file);
  checkpoint->maps = g_ptr_array_new_with_free_func ((GDestroyNotify) g_mapped_file_unref);
  checkpoint->paths = g_ptr_array_new_with_free_func (g_free);
  checkpoint->tensors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (g_str_has_suffix (checkpoint->file, ".json"))
    loaded = add_shards (checkpoint, folder, error);
  else
    loaded = add_shard (checkpoint, checkpoint->file, error);
  return loaded ? g_steal_pointer (&checkpoint) : NULL;
}

void
sew_checkpoint_free (SewCheckpoint *checkpoint)
{
  if (checkpoint == NULL)
    return;
  g_hash_table_unref (checkpoint->tensors);
  g_ptr_array_unref (checkpoint->paths);
  g_ptr_array_unref (checkpoint->maps);
  g_free (checkpoint->file);
  g_free (checkpoint);
}

const SewTensor *
sew_checkpoint_find (const SewCheckpoint *checkpoint, const char *name)
{
  return g_hash_table_lookup (checkpoint->tensors, name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
sew_checkpoint_list (const SewCheckpoint *checkpoint)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, checkpoint->tensors);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  return names;
}

const char *
sew_checkpoint_get_file (const SewCheckpoint *checkpoint)
{
  return checkpoint->file;
}
