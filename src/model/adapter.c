/* SPDX-License-Identifier: MIT */
#include "model/adapter.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/language.h"

#define PREFIX "adapter."

static const char *const suffixes[] = { ".safetensors", ".bin" };

/* The language of a file name, or NULL. */
static char *
parse_name (const char *name)
{
  if (!g_str_has_prefix (name, PREFIX))
    return NULL;
  name += strlen (PREFIX);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    if (g_str_has_suffix (name, suffixes[i]) && strlen (name) > strlen (suffixes[i]))
      return g_strndup (name, strlen (name) - strlen (suffixes[i]));
  }
  return NULL;
}

static GPtrArray *
list_languages (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) languages = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local_error);
  const char *name;

  if (dir == NULL) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: %s", folder, local_error->message);
    return NULL;
  }
  while ((name = g_dir_read_name (dir)) != NULL) {
    char *language = parse_name (name);

    if (language != NULL)
      g_ptr_array_add (languages, language);
  }
  return g_steal_pointer (&languages);
}

static char *
find_file (const char *folder, const char *language)
{
  char *path = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *name = g_strconcat (PREFIX, language, suffixes[i], NULL);

    g_free (path);
    path = g_build_filename (folder, name, NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      break;
  }
  return path;
}

static gboolean
check_replaced (const SewCheckpoint *checkpoint, const char *name, const char *path, GError **error)
{
  const SewTensor *tensor = sew_checkpoint_find (checkpoint, name);

  if (tensor != NULL && strcmp (tensor->file, path) == 0)
    return TRUE;
  g_set_error (error, SEW_ERROR, SEW_ERROR_MISMATCH, "%s: no tensor \"%s\"", path, name);
  return FALSE;
}

/* An adapter that lacks a tensor must not run with another language's. */
static gboolean
check_complete (const SewCheckpoint *checkpoint, const SewModelConfig *config, const char *path,
                GError **error)
{
  static const char *const modules[] = { "norm", "linear_1", "linear_2" };
  const char *base = config->family == SEW_FAMILY_HUBERT ? "hubert" : "wav2vec2";

  for (guint i = 0; i < config->n_layers; i++) {
    for (guint j = 0; j < 2 * G_N_ELEMENTS (modules); j++) {
      g_autofree char *name = g_strdup_printf ("%s.encoder.layers.%u.adapter_layer.%s.%s", base, i,
                                               modules[j / 2], j % 2 == 0 ? "weight" : "bias");

      if (!check_replaced (checkpoint, name, path, error))
        return FALSE;
    }
  }
  return check_replaced (checkpoint, "lm_head.weight", path, error)
         && check_replaced (checkpoint, "lm_head.bias", path, error);
}

gboolean
sew_adapter_apply (SewCheckpoint *checkpoint, SewModelConfig *config, const char *folder,
                   const char *language, GError **error)
{
  g_autoptr (GPtrArray) languages = list_languages (folder, error);
  g_autofree char *path = NULL;
  const char *chosen;
  const SewTensor *head;

  if (languages == NULL)
    return FALSE;
  if (languages->len == 0)
    return TRUE;
  chosen = sew_language_choose (language, languages);
  if (chosen == NULL) {
    g_autofree char *list = sew_language_list (languages);

    g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
                 "%s: no adapter for the language \"%s\"; there are %s", folder, language, list);
    return FALSE;
  }
  path = find_file (folder, chosen);
  if (!sew_checkpoint_add_file (checkpoint, path, error)
      || !check_complete (checkpoint, config, path, error))
    return FALSE;
  head = sew_checkpoint_find (checkpoint, "lm_head.weight");
  if (head->n_dims == 2 && head->shape[0] >= 1 && head->shape[0] <= SEW_MAX_VOCABULARY)
    config->vocabulary_size = (guint) head->shape[0];
  return TRUE;
}
