/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/pickle-value.h"

/* The parts of the pickle machine: a program to read, a stack with marks, a memo, and every value
 * there is. What a function below refuses, it puts into the error. */

typedef struct {
  const char *file; /* for messages */
  const guint8 *at;
  const guint8 *end;
  GPtrArray *values; /* owns them all */
  GPtrArray *stack;
  GArray *marks; /* of guint: heights of the stack */
  GHashTable *memo;
  gboolean stopped;
  GError **error;
} SewPickleMachine;

void sew_pickle_machine_init (SewPickleMachine *machine, const guint8 *program, gsize n_bytes,
                              const char *file, GError **error);
void sew_pickle_machine_clear (SewPickleMachine *machine);

/* Always FALSE. */
gboolean sew_pickle_machine_refuse (SewPickleMachine *machine, const char *reason);

/* NULL if there are too many. */
SewPickleValue *sew_pickle_machine_push_new (SewPickleMachine *machine, SewPickleKind kind);
/* NULL if there is none above the latest mark. */
SewPickleValue *sew_pickle_machine_pop (SewPickleMachine *machine);
SewPickleValue *sew_pickle_machine_peek (SewPickleMachine *machine);
/* What lies below the latest mark is out of reach until the mark is gone. */
guint sew_pickle_machine_get_floor (const SewPickleMachine *machine);
/* *first is the index of the first value above the mark. */
gboolean sew_pickle_machine_pop_mark (SewPickleMachine *machine, guint *first);

gboolean sew_pickle_machine_read_bytes (SewPickleMachine *machine, gsize n_bytes,
                                        const guint8 **bytes);
/* Little-endian, up to eight bytes. */
gboolean sew_pickle_machine_read_number (SewPickleMachine *machine, guint n_bytes, guint64 *number);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SewPickleMachine, sew_pickle_machine_clear)
