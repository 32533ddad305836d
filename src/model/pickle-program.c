/* SPDX-License-Identifier: MIT */
#include "model/pickle-program.h"

#include <string.h>

#include <sew/sew-error.h>

#define HIGHEST_PROTOCOL 5

/* Opcodes as Python's pickletools.py names them. */
enum {
  OP_PROTO = 0x80,
  OP_FRAME = 0x95,
  OP_STOP = '.',
  OP_MARK = '(',
  OP_NONE = 'N',
  OP_NEWTRUE = 0x88,
  OP_NEWFALSE = 0x89,
  OP_BININT = 'J',
  OP_BININT1 = 'K',
  OP_BININT2 = 'M',
  OP_LONG1 = 0x8a,
  OP_BINFLOAT = 'G',
  OP_SHORT_BINSTRING = 'U',
  OP_BINSTRING = 'T',
  OP_SHORT_BINUNICODE = 0x8c,
  OP_BINUNICODE = 'X',
  OP_BINUNICODE8 = 0x8d,
  OP_EMPTY_TUPLE = ')',
  OP_TUPLE1 = 0x85,
  OP_TUPLE2 = 0x86,
  OP_TUPLE3 = 0x87,
  OP_TUPLE = 't',
  OP_EMPTY_LIST = ']',
  OP_APPEND = 'a',
  OP_APPENDS = 'e',
  OP_EMPTY_DICT = '}',
  OP_SETITEM = 's',
  OP_SETITEMS = 'u',
  OP_BINPUT = 'q',
  OP_LONG_BINPUT = 'r',
  OP_MEMOIZE = 0x94,
  OP_BINGET = 'h',
  OP_LONG_BINGET = 'j',
  OP_GLOBAL = 'c',
  OP_STACK_GLOBAL = 0x93,
  OP_REDUCE = 'R',
  OP_BUILD = 'b',
  OP_BINPERSID = 'Q',
};

static gboolean
push_integer (SewPickleMachine *machine, gint64 integer)
{
  SewPickleValue *value = sew_pickle_machine_push_new (machine, SEW_PICKLE_INTEGER);

  if (value == NULL)
    return FALSE;
  value->integer = integer;
  return TRUE;
}

static gboolean
run_integer (SewPickleMachine *machine, guint n_bytes)
{
  guint64 number;

  if (!sew_pickle_machine_read_number (machine, n_bytes, &number))
    return FALSE;
  return push_integer (machine, n_bytes == 4 ? (gint32) (guint32) number : (gint64) number);
}

/* Two's complement of a length that its first byte tells. */
static gboolean
run_long (SewPickleMachine *machine)
{
  guint64 n_bytes, number;

  if (!sew_pickle_machine_read_number (machine, 1, &n_bytes))
    return FALSE;
  if (n_bytes > 8)
    return sew_pickle_machine_refuse (machine, "an integer of more than 64 bits");
  if (!sew_pickle_machine_read_number (machine, (guint) n_bytes, &number))
    return FALSE;
  if (n_bytes > 0 && n_bytes < 8 && (number >> (8 * n_bytes - 1)) != 0)
    number |= G_MAXUINT64 << (8 * n_bytes);
  return push_integer (machine, (gint64) number);
}

static gboolean
run_string (SewPickleMachine *machine, guint length_bytes)
{
  SewPickleValue *value;
  const guint8 *bytes;
  guint64 n_bytes;

  if (!sew_pickle_machine_read_number (machine, length_bytes, &n_bytes))
    return FALSE;
  if (n_bytes > G_MAXSIZE)
    return sew_pickle_machine_refuse (machine, "truncated");
  if (!sew_pickle_machine_read_bytes (machine, (gsize) n_bytes, &bytes))
    return FALSE;
  value = sew_pickle_machine_push_new (machine, SEW_PICKLE_STRING);
  if (value == NULL)
    return FALSE;
  value->text = (const char *) bytes;
  value->n_bytes = (gsize) n_bytes;
  return TRUE;
}

/* Moves the values from index first on into the container. */
static void
collect (SewPickleMachine *machine, SewPickleValue *container, guint first, guint end)
{
  if (first == end)
    return;
  if (container->items == NULL)
    container->items = g_ptr_array_sized_new (end - first);
  for (guint i = first; i < end; i++)
    g_ptr_array_add (container->items, machine->stack->pdata[i]);
  g_ptr_array_remove_range (machine->stack, first, end - first);
}

static gboolean
run_tuple (SewPickleMachine *machine, guint n_items)
{
  SewPickleValue *tuple;

  if (machine->stack->len - sew_pickle_machine_get_floor (machine) < n_items)
    return sew_pickle_machine_refuse (machine, "takes from an empty stack");
  tuple = sew_pickle_machine_push_new (machine, SEW_PICKLE_TUPLE);
  if (tuple == NULL)
    return FALSE;
  collect (machine, tuple, machine->stack->len - 1 - n_items, machine->stack->len - 1);
  return TRUE;
}

static gboolean
run_marked_tuple (SewPickleMachine *machine)
{
  guint first;

  return sew_pickle_machine_pop_mark (machine, &first)
         && run_tuple (machine, machine->stack->len - first);
}

/* The values above index first go into the list or dict below them. */
static gboolean
extend (SewPickleMachine *machine, SewPickleKind kind, guint first)
{
  SewPickleValue *container;

  if (first <= sew_pickle_machine_get_floor (machine))
    return sew_pickle_machine_refuse (machine, "takes from an empty stack");
  container = machine->stack->pdata[first - 1];
  if (container->kind != kind)
    return sew_pickle_machine_refuse (machine, "fills something that is not a list or dictionary");
  if (kind == SEW_PICKLE_DICT && (machine->stack->len - first) % 2 != 0)
    return sew_pickle_machine_refuse (machine, "a key without a value");
  collect (machine, container, first, machine->stack->len);
  return TRUE;
}

static gboolean
run_extend (SewPickleMachine *machine, SewPickleKind kind)
{
  guint first;

  return sew_pickle_machine_pop_mark (machine, &first) && extend (machine, kind, first);
}

static gboolean
run_extend_by (SewPickleMachine *machine, SewPickleKind kind, guint n_items)
{
  if (machine->stack->len < n_items)
    return sew_pickle_machine_refuse (machine, "takes from an empty stack");
  return extend (machine, kind, machine->stack->len - n_items);
}

static gboolean
put (SewPickleMachine *machine, guint64 index)
{
  SewPickleValue *value = sew_pickle_machine_peek (machine);

  if (value == NULL)
    return FALSE;
  g_hash_table_insert (machine->memo, GSIZE_TO_POINTER ((gsize) index), value);
  return TRUE;
}

static gboolean
run_put (SewPickleMachine *machine, guint index_bytes)
{
  guint64 index;

  return sew_pickle_machine_read_number (machine, index_bytes, &index) && put (machine, index);
}

static gboolean
run_get (SewPickleMachine *machine, guint index_bytes)
{
  SewPickleValue *value;
  guint64 index;

  if (!sew_pickle_machine_read_number (machine, index_bytes, &index))
    return FALSE;
  value = g_hash_table_lookup (machine->memo, GSIZE_TO_POINTER ((gsize) index));
  if (value == NULL)
    return sew_pickle_machine_refuse (machine, "recalls what it never stored");
  g_ptr_array_add (machine->stack, value);
  return TRUE;
}

static gboolean
push_global (SewPickleMachine *machine, const char *module, const char *name)
{
  g_autofree char *full_name = g_strdup_printf ("%.100s.%.100s", module, name);
  g_autofree char *shown = g_utf8_make_valid (full_name, -1);
  SewPickleValue *value = sew_pickle_machine_push_new (machine, SEW_PICKLE_NONE);

  if (value == NULL)
    return FALSE;
  if (sew_pickle_value_init_global (value, module, name))
    return TRUE;
  g_set_error (machine->error, SEW_ERROR, SEW_ERROR_MALFORMED,
               "%s: the pickle wants to call \"%s\"; only tensors and dictionaries are built, as "
               "anything else may run code",
               machine->file, shown);
  return FALSE;
}

/* A copy of the text up to the line's end. */
static char *
read_line (SewPickleMachine *machine)
{
  const guint8 *start = machine->at;
  const guint8 *newline = memchr (start, '\n', (gsize) (machine->end - start));

  if (newline == NULL) {
    sew_pickle_machine_refuse (machine, "truncated");
    return NULL;
  }
  machine->at = newline + 1;
  return g_strndup ((const char *) start, (gsize) (newline - start));
}

static gboolean
run_global (SewPickleMachine *machine)
{
  g_autofree char *module = read_line (machine);
  g_autofree char *name = module != NULL ? read_line (machine) : NULL;

  return name != NULL && push_global (machine, module, name);
}

static gboolean
run_stack_global (SewPickleMachine *machine)
{
  g_autofree char *module_copy = NULL;
  g_autofree char *name_copy = NULL;
  SewPickleValue *name = sew_pickle_machine_pop (machine);
  SewPickleValue *module = name != NULL ? sew_pickle_machine_pop (machine) : NULL;

  if (module == NULL)
    return FALSE;
  if (module->kind != SEW_PICKLE_STRING || name->kind != SEW_PICKLE_STRING)
    return sew_pickle_machine_refuse (machine, "a global whose name is not text");
  module_copy = g_strndup (module->text, module->n_bytes);
  name_copy = g_strndup (name->text, name->n_bytes);
  return push_global (machine, module_copy, name_copy);
}

static gboolean
run_reduce (SewPickleMachine *machine)
{
  SewPickleValue *arguments = sew_pickle_machine_pop (machine);
  SewPickleValue *function = arguments != NULL ? sew_pickle_machine_pop (machine) : NULL;
  SewPickleValue *value;

  if (function == NULL)
    return FALSE;
  if (function->kind != SEW_PICKLE_CALLABLE)
    return sew_pickle_machine_refuse (machine, "calls something that is not a function");
  value = sew_pickle_machine_push_new (machine, SEW_PICKLE_NONE);
  if (value == NULL)
    return FALSE;
  if (!sew_pickle_value_init_call (value, function->function, arguments))
    return sew_pickle_machine_refuse (machine, "builds a tensor or dictionary from something else");
  return TRUE;
}

/* Attributes of a dictionary: PyTorch's _metadata, which weights do not need. */
static gboolean
run_build (SewPickleMachine *machine)
{
  SewPickleValue *state = sew_pickle_machine_pop (machine);
  SewPickleValue *object = state != NULL ? sew_pickle_machine_peek (machine) : NULL;

  if (object == NULL)
    return FALSE;
  if (object->kind != SEW_PICKLE_DICT)
    return sew_pickle_machine_refuse (machine,
                                      "gives attributes to something that is not a dictionary");
  return TRUE;
}

static gboolean
run_persistent_id (SewPickleMachine *machine)
{
  SewPickleValue *id = sew_pickle_machine_pop (machine);
  SewPickleValue *value = id != NULL ? sew_pickle_machine_push_new (machine, SEW_PICKLE_NONE)
                                     : NULL;

  if (value == NULL)
    return FALSE;
  if (!sew_pickle_value_init_storage (value, id))
    return sew_pickle_machine_refuse (machine,
                                      "refers to something that is not a tensor's storage");
  return TRUE;
}

static gboolean
run_boolean (SewPickleMachine *machine, gboolean truth)
{
  SewPickleValue *value = sew_pickle_machine_push_new (machine, SEW_PICKLE_BOOLEAN);

  if (value == NULL)
    return FALSE;
  value->integer = truth;
  return TRUE;
}

static gboolean
run_proto (SewPickleMachine *machine)
{
  guint64 protocol;

  if (!sew_pickle_machine_read_number (machine, 1, &protocol))
    return FALSE;
  return protocol <= HIGHEST_PROTOCOL
         || sew_pickle_machine_refuse (machine, "an unknown pickle protocol");
}

static gboolean
skip (SewPickleMachine *machine, gsize n_bytes)
{
  const guint8 *bytes;

  return sew_pickle_machine_read_bytes (machine, n_bytes, &bytes);
}

static gboolean
refuse_opcode (SewPickleMachine *machine, guint opcode)
{
  g_set_error (machine->error, SEW_ERROR, SEW_ERROR_MALFORMED,
               "%s: data.pkl: the opcode 0x%02x is not among those that build tensors and "
               "dictionaries",
               machine->file, opcode);
  return FALSE;
}

static gboolean
run_scalar (SewPickleMachine *machine, guint opcode)
{
  switch (opcode) {
  case OP_NONE:
    return sew_pickle_machine_push_new (machine, SEW_PICKLE_NONE) != NULL;
  case OP_NEWTRUE:
    return run_boolean (machine, TRUE);
  case OP_NEWFALSE:
    return run_boolean (machine, FALSE);
  case OP_BININT:
    return run_integer (machine, 4);
  case OP_BININT1:
    return run_integer (machine, 1);
  case OP_BININT2:
    return run_integer (machine, 2);
  case OP_LONG1:
    return run_long (machine);
  case OP_BINFLOAT:
    return skip (machine, 8) && sew_pickle_machine_push_new (machine, SEW_PICKLE_REAL) != NULL;
  case OP_SHORT_BINSTRING:
  case OP_SHORT_BINUNICODE:
    return run_string (machine, 1);
  case OP_BINSTRING:
  case OP_BINUNICODE:
    return run_string (machine, 4);
  case OP_BINUNICODE8:
    return run_string (machine, 8);
  default:
    return refuse_opcode (machine, opcode);
  }
}

static gboolean
run_container (SewPickleMachine *machine, guint opcode)
{
  switch (opcode) {
  case OP_EMPTY_TUPLE:
    return run_tuple (machine, 0);
  case OP_TUPLE1:
    return run_tuple (machine, 1);
  case OP_TUPLE2:
    return run_tuple (machine, 2);
  case OP_TUPLE3:
    return run_tuple (machine, 3);
  case OP_TUPLE:
    return run_marked_tuple (machine);
  case OP_EMPTY_LIST:
    return sew_pickle_machine_push_new (machine, SEW_PICKLE_LIST) != NULL;
  case OP_APPEND:
    return run_extend_by (machine, SEW_PICKLE_LIST, 1);
  case OP_APPENDS:
    return run_extend (machine, SEW_PICKLE_LIST);
  case OP_EMPTY_DICT:
    return sew_pickle_machine_push_new (machine, SEW_PICKLE_DICT) != NULL;
  case OP_SETITEM:
    return run_extend_by (machine, SEW_PICKLE_DICT, 2);
  case OP_SETITEMS:
    return run_extend (machine, SEW_PICKLE_DICT);
  default:
    return run_scalar (machine, opcode);
  }
}

static gboolean
run (SewPickleMachine *machine, guint opcode)
{
  switch (opcode) {
  case OP_PROTO:
    return run_proto (machine);
  case OP_FRAME:
    return skip (machine, 8);
  case OP_STOP:
    machine->stopped = TRUE;
    return TRUE;
  case OP_MARK:
    g_array_append_val (machine->marks, machine->stack->len);
    return TRUE;
  case OP_BINPUT:
    return run_put (machine, 1);
  case OP_LONG_BINPUT:
    return run_put (machine, 4);
  case OP_MEMOIZE:
    return put (machine, g_hash_table_size (machine->memo));
  case OP_BINGET:
    return run_get (machine, 1);
  case OP_LONG_BINGET:
    return run_get (machine, 4);
  case OP_GLOBAL:
    return run_global (machine);
  case OP_STACK_GLOBAL:
    return run_stack_global (machine);
  case OP_REDUCE:
    return run_reduce (machine);
  case OP_BUILD:
    return run_build (machine);
  case OP_BINPERSID:
    return run_persistent_id (machine);
  default:
    return run_container (machine, opcode);
  }
}

SewPickleValue *
sew_pickle_program_run (SewPickleMachine *machine)
{
  const guint8 *opcode;

  while (!machine->stopped) {
    if (!sew_pickle_machine_read_bytes (machine, 1, &opcode) || !run (machine, *opcode))
      return NULL;
  }
  return sew_pickle_machine_pop (machine);
}
