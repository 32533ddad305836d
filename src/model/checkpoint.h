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
} SewDtype;

#define SEW_MAX_DIMS 8

typedef struct {
  SewDtype dtype;
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
/* The main weights file or index, for messages. */
const char *sew_checkpoint_get_file (const SewCheckpoint *checkpoint);
