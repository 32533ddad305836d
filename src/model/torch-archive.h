/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/checkpoint.h"

/* Puts the tensors of a file of torch.save() (PyTorch 1.6 and later) into the table (name ->
 * SewTensor, both owned by the table), whose data point into the file in memory. Only tensors in
 * row-major order are read, which is how a state dictionary has them. */
gboolean sew_torch_archive_read (const guint8 *contents, gsize n_bytes, const char *file,
                                 GHashTable *tensors, GError **error);
