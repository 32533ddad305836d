/* SPDX-License-Identifier: MIT */
#include "model/pickle.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/pickle-program.h"

#define MAX_PROGRAM_BYTES (16 * 1024 * 1024)
#define LONGEST_NAME 1024

/* Where _rebuild_tensor_v2 (storage, offset, shape, strides, ...) has its arguments. */
enum { STORAGE, OFFSET, SHAPE, STRIDES };

/* Where a storage's persistent id ("storage", type, key, location, number of values) has its. */
enum { STORAGE_TYPE = 1, STORAGE_KEY };

static gboolean
refuse (const char *file, const char *reason, GError **error)
{
  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: data.pkl: %s", file, reason);
  return FALSE;
}

/* NULL if it is not text, or none that names anything: a program can refer to the same long text
 * any number of times. */
static char *
copy_text (const SewPickleValue *value)
{
  if (value->kind != SEW_PICKLE_STRING || value->n_bytes > LONGEST_NAME
      || !g_utf8_validate_len (value->text, value->n_bytes, NULL))
    return NULL;
  return g_strndup (value->text, value->n_bytes);
}

static gboolean
copy_integers (const SewPickleValue *tuple, gint64 *integers, guint n)
{
  if (sew_pickle_value_get_length (tuple) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    integers[i] = sew_pickle_value_get_item (tuple, i)->integer;
  return TRUE;
}

/* The kinds of all parts were checked when the machine built the value. */
static gboolean
describe (const SewPickleValue *value, SewPickledTensor *tensor)
{
  const SewPickleValue *storage = sew_pickle_value_get_item (value, STORAGE);
  const SewPickleValue *shape = sew_pickle_value_get_item (value, SHAPE);
  const SewPickleValue *strides = sew_pickle_value_get_item (value, STRIDES);

  tensor->n_dims = sew_pickle_value_get_length (shape);
  if (tensor->n_dims > SEW_MAX_DIMS || !copy_integers (shape, tensor->shape, tensor->n_dims)
      || !copy_integers (strides, tensor->strides, tensor->n_dims))
    return FALSE;
  tensor->offset = sew_pickle_value_get_item (value, OFFSET)->integer;
  tensor->storage_values = storage->integer;
  tensor->storage_type = sew_pickle_value_get_item (storage, STORAGE_TYPE)->storage_type;
  tensor->storage_key = copy_text (sew_pickle_value_get_item (storage, STORAGE_KEY));
  return tensor->storage_key != NULL;
}

static void
clear_tensor (gpointer data)
{
  SewPickledTensor *tensor = data;

  g_clear_pointer (&tensor->name, g_free);
  g_clear_pointer (&tensor->storage_key, g_free);
}

static gboolean
add_tensor (GArray *tensors, const SewPickleValue *key, const SewPickleValue *value)
{
  SewPickledTensor tensor = { 0 };

  tensor.name = copy_text (key);
  if (tensor.name == NULL || !describe (value, &tensor)) {
    clear_tensor (&tensor);
    return FALSE;
  }
  g_array_append_val (tensors, tensor);
  return TRUE;
}

GArray *
sew_pickle_read (const guint8 *program, gsize n_bytes, const char *file, GError **error)
{
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (SewPickledTensor));
  g_auto (SewPickleMachine) machine = { 0 };
  const SewPickleValue *root;

  if (n_bytes > MAX_PROGRAM_BYTES) {
    refuse (file, "too large", error);
    return NULL;
  }
  sew_pickle_machine_init (&machine, program, n_bytes, file, error);
  root = sew_pickle_program_run (&machine);
  if (root == NULL)
    return NULL;
  g_array_set_clear_func (tensors, clear_tensor);
  for (guint i = 0; root->kind == SEW_PICKLE_DICT && i < sew_pickle_value_get_length (root);
       i += 2) {
    const SewPickleValue *key = sew_pickle_value_get_item (root, i);
    const SewPickleValue *value = sew_pickle_value_get_item (root, i + 1);

    if (value->kind == SEW_PICKLE_TENSOR && !add_tensor (tensors, key, value)) {
      refuse (file, "a tensor without a name, or of a shape beyond all use", error);
      return NULL;
    }
  }
  if (tensors->len > 0)
    return g_steal_pointer (&tensors);
  refuse (file, "no dictionary of tensors", error);
  return NULL;
}
