/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* What the pickle machine computes with. Values belong to the machine and live as long as it does,
 * whatever refers to whatever, so that loops among them do no harm. */

typedef enum {
  SEW_PICKLE_NONE,
  SEW_PICKLE_BOOLEAN,
  SEW_PICKLE_INTEGER,
  SEW_PICKLE_REAL, /* which nothing needs the value of */
  SEW_PICKLE_STRING,
  SEW_PICKLE_TUPLE,
  SEW_PICKLE_LIST,
  SEW_PICKLE_DICT,
  SEW_PICKLE_CALLABLE,
  SEW_PICKLE_STORAGE_TYPE,
  SEW_PICKLE_STORAGE,
  SEW_PICKLE_TENSOR,
} SewPickleKind;

typedef enum {
  SEW_PICKLE_ORDERED_DICT,
  SEW_PICKLE_REBUILD_TENSOR,
  SEW_PICKLE_REBUILD_PARAMETER,
} SewPickleFunction;

typedef struct _SewPickleValue SewPickleValue;

struct _SewPickleValue {
  SewPickleKind kind;
  union {
    gint64 integer; /* booleans too; of a storage, its number of values */
    SewPickleFunction function;
    struct {
      const char *text; /* in the program, not terminated */
      gsize n_bytes;
    };
    const char *storage_type; /* static */
  };
  GPtrArray *items; /* of a tuple, list, storage (type and key) or tensor (the call's
                       arguments); of a dict, keys and values in turn. NULL if empty */
};

guint sew_pickle_value_get_length (const SewPickleValue *value);
/* The index has to be less than the length. */
SewPickleValue *sew_pickle_value_get_item (const SewPickleValue *value, guint index);

/* The function or storage type of that name; FALSE if it is none of those known here. */
gboolean sew_pickle_value_init_global (SewPickleValue *value, const char *module, const char *name);
/* function(*arguments); FALSE if the arguments are not what PyTorch writes. */
gboolean sew_pickle_value_init_call (SewPickleValue *value, SewPickleFunction function,
                                     SewPickleValue *arguments);
/* ("storage", type, key, location, number of values); FALSE if it is anything else. */
gboolean sew_pickle_value_init_storage (SewPickleValue *value, SewPickleValue *id);
