/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/checkpoint.h"

/* A matrix of weights as it is stored, of any type, and read as float32 a few rows at a time: so
 * that nobody holds two copies of a model. Rows are outputs. */
typedef struct {
  gsize n_rows; /* 0: there is no such matrix */
  gsize n_columns;
  SewDtype dtype;
  const void *data;   /* as SewTensor's; NULL for random values */
  const void *scales; /* of SEW_DTYPE_I8: little-endian float32 [n_rows], maybe unaligned */

  /* A convolution's, stored as PyTorch does: [n_rows][channel][tap]; read as
   * [n_rows][tap][channel], in the order of time-major frames. 1 for other matrices. */
  gsize n_taps;
  const double *tap_scales; /* [n_taps], or NULL */

  /* Random values, uniform around 0. */
  guint32 seed;
  float deviation;
  gboolean is_centered; /* the mean of each row is 0, to the last bit */
} SewWeightRows;

/* out: [n][n_columns] */
void sew_weight_rows_read (const SewWeightRows *rows, gsize first, gsize n, float *out);
/* All of them, to be freed; for tests. */
float *sew_weight_rows_dup (const SewWeightRows *rows);
/* Lets the system take back the memory of a mapped file until they are read again. */
void sew_weight_rows_release (const SewWeightRows *rows);

/* A value, uniform around the mean: the index-th of that seed. */
float sew_weight_random_value (guint32 seed, gsize index, float mean, float deviation);
/* Mixes all bits. */
guint32 sew_weight_random_hash (guint32 x);
