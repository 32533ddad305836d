/* SPDX-License-Identifier: MIT */
#include "model/pickle-value.h"

#include <string.h>

/* PyTorch's own limit. */
#define MOST_DIMS 64

static const struct {
  const char *module;
  const char *name;
  SewPickleFunction function;
} functions[] = {
  { "collections", "OrderedDict", SEW_PICKLE_ORDERED_DICT },
  { "torch._utils", "_rebuild_tensor_v2", SEW_PICKLE_REBUILD_TENSOR },
  { "torch._utils", "_rebuild_parameter", SEW_PICKLE_REBUILD_PARAMETER },
};

static const char *const storage_types[] = {
  "FloatStorage", "HalfStorage",  "BFloat16Storage", "DoubleStorage", "LongStorage",
  "IntStorage",   "ShortStorage", "CharStorage",     "ByteStorage",   "BoolStorage",
};

guint
sew_pickle_value_get_length (const SewPickleValue *value)
{
  return value->items != NULL ? value->items->len : 0;
}

SewPickleValue *
sew_pickle_value_get_item (const SewPickleValue *value, guint index)
{
  return value->items->pdata[index];
}

gboolean
sew_pickle_value_init_global (SewPickleValue *value, const char *module, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++) {
    if (strcmp (functions[i].module, module) == 0 && strcmp (functions[i].name, name) == 0) {
      value->kind = SEW_PICKLE_CALLABLE;
      value->function = functions[i].function;
      return TRUE;
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (storage_types) && strcmp (module, "torch") == 0; i++) {
    if (strcmp (storage_types[i], name) == 0) {
      value->kind = SEW_PICKLE_STORAGE_TYPE;
      value->storage_type = storage_types[i];
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
has_kind (const SewPickleValue *value, guint index, SewPickleKind kind)
{
  return index < sew_pickle_value_get_length (value)
         && sew_pickle_value_get_item (value, index)->kind == kind;
}

/* A program can refer to the same tuple any number of times, so it had better be short. */
static gboolean
is_tuple_of_integers (const SewPickleValue *value)
{
  if (sew_pickle_value_get_length (value) > MOST_DIMS)
    return FALSE;
  for (guint i = 0; i < sew_pickle_value_get_length (value); i++) {
    if (!has_kind (value, i, SEW_PICKLE_INTEGER))
      return FALSE;
  }
  return value->kind == SEW_PICKLE_TUPLE;
}

/* _rebuild_tensor_v2 (storage, offset, shape, strides, requires_grad, hooks, ...) */
static gboolean
are_tensor_arguments (const SewPickleValue *arguments)
{
  return has_kind (arguments, 0, SEW_PICKLE_STORAGE) && has_kind (arguments, 1, SEW_PICKLE_INTEGER)
         && has_kind (arguments, 2, SEW_PICKLE_TUPLE) && has_kind (arguments, 3, SEW_PICKLE_TUPLE)
         && is_tuple_of_integers (sew_pickle_value_get_item (arguments, 2))
         && is_tuple_of_integers (sew_pickle_value_get_item (arguments, 3));
}

gboolean
sew_pickle_value_init_call (SewPickleValue *value, SewPickleFunction function,
                            SewPickleValue *arguments)
{
  if (arguments->kind != SEW_PICKLE_TUPLE)
    return FALSE;
  switch (function) {
  case SEW_PICKLE_ORDERED_DICT:
    value->kind = SEW_PICKLE_DICT;
    return sew_pickle_value_get_length (arguments) == 0;
  case SEW_PICKLE_REBUILD_TENSOR:
    if (!are_tensor_arguments (arguments))
      return FALSE;
    value->kind = SEW_PICKLE_TENSOR;
    value->items = g_ptr_array_ref (arguments->items);
    return TRUE;
  case SEW_PICKLE_REBUILD_PARAMETER:
    if (!has_kind (arguments, 0, SEW_PICKLE_TENSOR))
      return FALSE;
    value->kind = SEW_PICKLE_TENSOR;
    value->items = g_ptr_array_ref (sew_pickle_value_get_item (arguments, 0)->items);
    return TRUE;
  }
  return FALSE;
}

gboolean
sew_pickle_value_init_storage (SewPickleValue *value, SewPickleValue *id)
{
  SewPickleValue *tag;

  if (id->kind != SEW_PICKLE_TUPLE || !has_kind (id, 0, SEW_PICKLE_STRING)
      || !has_kind (id, 1, SEW_PICKLE_STORAGE_TYPE) || !has_kind (id, 2, SEW_PICKLE_STRING)
      || !has_kind (id, 4, SEW_PICKLE_INTEGER))
    return FALSE;
  tag = sew_pickle_value_get_item (id, 0);
  if (tag->n_bytes != strlen ("storage") || memcmp (tag->text, "storage", tag->n_bytes) != 0)
    return FALSE;
  value->kind = SEW_PICKLE_STORAGE;
  value->integer = sew_pickle_value_get_item (id, 4)->integer;
  value->items = g_ptr_array_ref (id->items);
  return TRUE;
}
