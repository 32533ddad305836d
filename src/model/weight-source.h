/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/weight-rows.h"

/* Where weights come from: a checkpoint, or a generator of random ones. Both are asked for tensors
 * by name and shape, so that a model of random weights is made by the very code that loads real
 * ones. The first problem sticks: later calls return NULL. */

/* What a tensor is for decides how random values are scaled. */
typedef enum {
  SEW_WEIGHT_MATRIX,    /* shape [n_out][n_in...]; keeps the variance of its input */
  SEW_WEIGHT_FILTER,    /* the same before a rectifier, which halves the variance */
  SEW_WEIGHT_BRANCH,    /* added to what it branched from, which has to stay visible */
  SEW_WEIGHT_HEAD,      /* wide enough that one class stands out */
  SEW_WEIGHT_EMBEDDING, /* unit variance */
  SEW_WEIGHT_GAIN,      /* around 1 */
  SEW_WEIGHT_BIAS,      /* around 0 */
} SewWeightRole;

typedef struct {
  const SewCheckpoint *checkpoint; /* NULL for random values */
  guint32 seed;
  guint32 n_taken;
  GPtrArray *buffers; /* of values allocated here */
  gsize n_bytes;      /* of these */
  gsize n_values;     /* taken so far */
  GError *error;      /* the first problem, or NULL */
} SewWeightSource;

/* Values in row-major order, finite, valid as long as the checkpoint and the buffers. */
const float *sew_weight_source_take (SewWeightSource *source, SewWeightRole role, const char *name,
                                     const gsize *shape, guint n_dims);
/* The same for a matrix, as it is stored: shape [n_rows][...]; a third dimension is of taps. */
SewWeightRows sew_weight_source_take_rows (SewWeightSource *source, SewWeightRole role,
                                           const char *name, const gsize *shape, guint n_dims);
/* Memory that lives as long as the buffers. */
float *sew_weight_source_allocate (SewWeightSource *source, gsize n_values);
/* Frees values that are no longer needed, if they are a copy made here. */
void sew_weight_source_drop (SewWeightSource *source, const float *values, gsize n_values);
/* FALSE, with the error set, if a value made here is not finite. */
gboolean sew_weight_source_check (SewWeightSource *source, const char *name, const float *values,
                                  gsize n_values);
gboolean sew_weight_source_check_rows (SewWeightSource *source, const char *file, const char *name,
                                       const SewWeightRows *rows);
void sew_weight_source_fail (SewWeightSource *source, int code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
