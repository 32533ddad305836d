/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/checkpoint.h"

/* Puts the tensors of a mapped .safetensors file into the table (name -> SewTensor, both owned by
 * the table), whose data point into the mapping. The header is held to the format's own rules:
 * tensors follow each other from the first byte to the last, without overlaps and holes. */
gboolean sew_safetensors_read (GMappedFile *map, const char *file, GHashTable *tensors,
                               GError **error);
