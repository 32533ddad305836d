/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/checkpoint-writer.h"
#include "model/model-config.h"
#include "model/weights.h"
#include "sew/sew-error.h"
#include "sew/sew-model.h"

#define WEIGHTS_FILE "model.safetensors"

/* The weights of the whole model, which are written anew, in any format. An adapter's are not. */
static gboolean
is_weights_file (const char *name)
{
  static const char *const prefixes[] = { "model.", "model-", "pytorch_model", "tf_model",
                                          "flax_model" };
  static const char *const suffixes[]
      = { ".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".h5", ".msgpack" };
  gboolean has_prefix = FALSE, has_suffix = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    has_prefix = has_prefix || g_str_has_prefix (name, prefixes[i]);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    has_suffix = has_suffix || g_str_has_suffix (name, suffixes[i]);
  return has_prefix && has_suffix;
}

/* What else is in the folder, and in the folders in it as far as a checkpoint has any. */
static gboolean
copy_files (GFile *from, GFile *to, guint depth, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFileEnumerator) files = g_file_enumerate_children (
      from, "standard::name,standard::type", G_FILE_QUERY_INFO_NONE, cancellable, error);
  GFileInfo *info;
  GFile *file;

  if (files == NULL)
    return FALSE;
  while (g_file_enumerator_iterate (files, &info, &file, cancellable, error) && info != NULL) {
    const char *name = g_file_info_get_name (info);
    g_autoptr (GFile) copy = g_file_get_child (to, name);
    GFileType type = g_file_info_get_file_type (info);

    if (type == G_FILE_TYPE_REGULAR && !(depth == 0 && is_weights_file (name))) {
      if (!g_file_copy (file, copy, G_FILE_COPY_TARGET_DEFAULT_PERMS, cancellable, NULL, NULL,
                        error))
        return FALSE;
    } else if (type == G_FILE_TYPE_DIRECTORY && depth == 0 && name[0] != '.') {
      if (!g_file_make_directory (copy, cancellable, error)
          || !copy_files (file, copy, depth + 1, cancellable, error))
        return FALSE;
    }
  }
  return error == NULL || *error == NULL;
}

static gboolean
write_folder (const SewCheckpoint *checkpoint, const char *folder, GFile *to, SewDtype dtype,
              GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) from = g_file_new_for_path (folder);
  g_autoptr (GFile) weights = g_file_get_child (to, WEIGHTS_FILE);

  if (g_file_has_prefix (to, from)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_RECURSE, "it lies in %s, which is copied",
                 folder);
    return FALSE;
  }
  return g_file_make_directory_with_parents (to, cancellable, error)
         && copy_files (from, to, 0, cancellable, error)
         && sew_checkpoint_write (checkpoint, weights, dtype, cancellable, error);
}

/**
 * sew_model_convert:
 * @folder: (type filename): a checkpoint folder, see [ctor@Sew.Model.new]
 * @to: (type filename): the folder to write, which must not exist yet, outside of @folder
 * @precision: of the weights in it; not %SEW_PRECISION_AUTO
 * @cancellable: (nullable): to stop the work from another thread
 * @error: return location for an error
 *
 * Writes a checkpoint of the same layout whose matrices have another precision. It takes as much
 * less space, and is mapped when it is loaded. Integers are safetensors of type I8, with their
 * scales as `NAME_scale`, one a row; `transformers` can read the other precisions only. Vectors,
 * the first convolution and the head stay as they are. All other files of the folder are copied.
 *
 * If it fails, what was written stays there.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
gboolean
sew_model_convert (const char *folder, const char *to, SewPrecision precision,
                   GCancellable *cancellable, GError **error)
{
  static const SewDtype dtypes[] = {
    [SEW_PRECISION_FLOAT32] = SEW_DTYPE_F32,
    [SEW_PRECISION_BF16] = SEW_DTYPE_BF16,
    [SEW_PRECISION_INT8] = SEW_DTYPE_I8,
  };

  g_return_val_if_fail (folder != NULL, FALSE);
  g_return_val_if_fail (to != NULL, FALSE);
  g_return_val_if_fail ((guint) precision < G_N_ELEMENTS (dtypes), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  SewModelConfig config;
  g_autoptr (SewWeights) weights = NULL;
  g_autoptr (GFile) target = g_file_new_for_path (to);
  g_autoptr (GError) local_error = NULL;

  if (!sew_model_config_load (&config, folder, error))
    return FALSE;
  weights = sew_weights_load (&config, folder, NULL, error);
  if (weights == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (write_folder (weights->checkpoint, folder, target, dtypes[precision], cancellable,
                    &local_error))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "%s: ", to);
  return FALSE;
}
