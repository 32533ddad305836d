/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/checkpoint.h"

/* Puts the tensors of a .safetensors file in memory into the table (name -> SewTensor, both owned
 * by the table), whose data point into it. The header is held to the format's own rules: tensors
 * follow each other from the first byte to the last, without overlaps and holes. */
gboolean sew_safetensors_read (const guint8 *contents, gsize n_bytes, const char *file,
                               GHashTable *tensors, GError **error);
