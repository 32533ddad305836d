/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The named tensors of a checkpoint folder: model.safetensors, shards with an index, or
 * pytorch_model.bin. Files are mapped; nothing of a tensor's data is copied. What a file claims is
 * checked against its size before it is believed. */

typedef enum {
  SEW_DTYPE_F32,
  SEW_DTYPE_F16,
  SEW_DTYPE_BF16,
  SEW_DTYPE_I8,    /* with a scale a row, in a tensor of its own */
  SEW_DTYPE_OTHER, /* may be in the file, but is no weight */
} SewDtype;

#define SEW_MAX_DIMS 8

typedef struct {
  SewDtype dtype;
  char dtype_name[24]; /* as the file spells it, for messages */
  guint n_dims;
  gsize shape[SEW_MAX_DIMS];
  gsize n_values;
  const void *data; /* little-endian, row-major, maybe unaligned; inside a mapping */
  const char *file; /* the path it came from, for messages */
} SewTensor;

typedef struct _SewCheckpoint SewCheckpoint;

SewCheckpoint *sew_checkpoint_open (const char *folder, GError **error);
/* One file more, whose tensors take the place of those of the same name (adapters). */
gboolean sew_checkpoint_add_file (SewCheckpoint *checkpoint, const char *path, GError **error);
void sew_checkpoint_free (SewCheckpoint *checkpoint);

/* NULL if there is no tensor of that name. */
const SewTensor *sew_checkpoint_find (const SewCheckpoint *checkpoint, const char *name);
/* The names of all tensors, in order; valid as long as the checkpoint. */
GPtrArray *sew_checkpoint_list (const SewCheckpoint *checkpoint);
/* The main weights file or index, for messages. */
const char *sew_checkpoint_get_file (const SewCheckpoint *checkpoint);

/* Bytes of one value; 0 for SEW_DTYPE_OTHER. */
gsize sew_dtype_get_size (SewDtype dtype);
/* The product of a shape; FALSE if it does not fit, as bytes of the largest type either. */
gboolean sew_shape_count_values (const gsize *shape, guint n_dims, gsize *n_values);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewCheckpoint, sew_checkpoint_free)
