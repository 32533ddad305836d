/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/checkpoint.h"

/* A pickle is a program for a machine that can call any Python function. This machine knows the
 * opcodes that torch.save() writes and can call three: the ones that rebuild an ordered dictionary,
 * a tensor and a parameter. Anything else is refused by name. Program, values and nesting are
 * bounded. */

/* A tensor as the pickle describes it; nothing of it is checked against the data yet. */
typedef struct {
  char *name;
  const char *storage_type; /* "FloatStorage" */
  char *storage_key;        /* names the data */
  gint64 storage_values;    /* how many values the data have */
  gint64 offset;            /* of the tensor's first value among them */
  guint n_dims;
  gint64 shape[SEW_MAX_DIMS];
  gint64 strides[SEW_MAX_DIMS];
} SewPickledTensor;

/* The tensors of a state dictionary, of SewPickledTensor; other members are left out. NULL on
 * error. file: for messages. */
GArray *sew_pickle_read (const guint8 *program, gsize n_bytes, const char *file, GError **error);
