/* SPDX-License-Identifier: MIT */
#include "model/pickle-machine.h"

#include <sew/sew-error.h>

#define MAX_VALUES 2000000

static void
free_value (gpointer data)
{
  SewPickleValue *value = data;

  g_clear_pointer (&value->items, g_ptr_array_unref);
  g_free (value);
}

void
sew_pickle_machine_init (SewPickleMachine *machine, const guint8 *program, gsize n_bytes,
                         const char *file, GError **error)
{
  *machine = (SewPickleMachine){
    .file = file,
    .at = program,
    .end = program + n_bytes,
    .values = g_ptr_array_new_with_free_func (free_value),
    .stack = g_ptr_array_new (),
    .marks = g_array_new (FALSE, FALSE, sizeof (guint)),
    .memo = g_hash_table_new (NULL, NULL),
    .error = error,
  };
}

void
sew_pickle_machine_clear (SewPickleMachine *machine)
{
  g_clear_pointer (&machine->values, g_ptr_array_unref);
  g_clear_pointer (&machine->stack, g_ptr_array_unref);
  g_clear_pointer (&machine->marks, g_array_unref);
  g_clear_pointer (&machine->memo, g_hash_table_unref);
}

gboolean
sew_pickle_machine_refuse (SewPickleMachine *machine, const char *reason)
{
  g_set_error (machine->error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: data.pkl: %s", machine->file,
               reason);
  return FALSE;
}

SewPickleValue *
sew_pickle_machine_push_new (SewPickleMachine *machine, SewPickleKind kind)
{
  SewPickleValue *value;

  if (machine->values->len >= MAX_VALUES) {
    sew_pickle_machine_refuse (machine, "too many values");
    return NULL;
  }
  value = g_new0 (SewPickleValue, 1);
  value->kind = kind;
  g_ptr_array_add (machine->values, value);
  g_ptr_array_add (machine->stack, value);
  return value;
}

guint
sew_pickle_machine_get_floor (const SewPickleMachine *machine)
{
  return machine->marks->len > 0 ? g_array_index (machine->marks, guint, machine->marks->len - 1)
                                 : 0;
}

SewPickleValue *
sew_pickle_machine_pop (SewPickleMachine *machine)
{
  if (machine->stack->len <= sew_pickle_machine_get_floor (machine)) {
    sew_pickle_machine_refuse (machine, "takes from an empty stack");
    return NULL;
  }
  return g_ptr_array_steal_index (machine->stack, machine->stack->len - 1);
}

SewPickleValue *
sew_pickle_machine_peek (SewPickleMachine *machine)
{
  SewPickleValue *value = sew_pickle_machine_pop (machine);

  if (value != NULL)
    g_ptr_array_add (machine->stack, value);
  return value;
}

gboolean
sew_pickle_machine_pop_mark (SewPickleMachine *machine, guint *first)
{
  if (machine->marks->len == 0)
    return sew_pickle_machine_refuse (machine, "no mark");
  *first = sew_pickle_machine_get_floor (machine);
  g_array_set_size (machine->marks, machine->marks->len - 1);
  return TRUE;
}

gboolean
sew_pickle_machine_read_bytes (SewPickleMachine *machine, gsize n_bytes, const guint8 **bytes)
{
  if ((gsize) (machine->end - machine->at) < n_bytes)
    return sew_pickle_machine_refuse (machine, "truncated");
  *bytes = machine->at;
  machine->at += n_bytes;
  return TRUE;
}

gboolean
sew_pickle_machine_read_number (SewPickleMachine *machine, guint n_bytes, guint64 *number)
{
  const guint8 *bytes;

  if (!sew_pickle_machine_read_bytes (machine, n_bytes, &bytes))
    return FALSE;
  *number = 0;
  for (guint i = n_bytes; i-- > 0;)
    *number = *number << 8 | bytes[i];
  return TRUE;
}
