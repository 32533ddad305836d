/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "model/checkpoint.h"

/* Writes all weights of a checkpoint as one safetensors file, matrices as dtype: F32, BF16 or I8
 * with a scale a row in a tensor of its own ("NAME_scale", F32, [n_rows, 1]). Vectors, and what
 * errors hurt most (the head, the first convolution), stay as they are; what is no plain matrix of
 * a product (the parts of a weight norm, embeddings) has at least 16 bits. */
gboolean sew_checkpoint_write (const SewCheckpoint *checkpoint, GFile *file, SewDtype dtype,
                               GCancellable *cancellable, GError **error);
