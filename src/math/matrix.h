/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A borrowed view of float32 rows. Rows may overlap (stride < n_columns) where a function only
 * reads: that is how a convolution over time is a matrix product. */
typedef struct {
  float *data;
  gsize n_rows;
  gsize n_columns;
  gsize stride; /* values from one row to the next */
} SewMatrix;

/* The same of bfloat16 values, the upper halves of floats. */
typedef struct {
  guint16 *data;
  gsize n_rows;
  gsize n_columns;
  gsize stride;
} SewHalves;

/* Floats between rows that a product reads often: those whose length is a power of two would all be
 * in the same few places of the cache. */
#define SEW_ROW_GAP 16

/* Rows without gaps. */
static inline SewMatrix
sew_matrix (float *data, gsize n_rows, gsize n_columns)
{
  return (SewMatrix){ data, n_rows, n_columns, n_columns };
}

static inline float *
sew_matrix_row (SewMatrix matrix, gsize row)
{
  return matrix.data + row * matrix.stride;
}

static inline SewMatrix
sew_matrix_rows (SewMatrix matrix, gsize first, gsize n_rows)
{
  return (SewMatrix){ sew_matrix_row (matrix, first), n_rows, matrix.n_columns, matrix.stride };
}

static inline SewMatrix
sew_matrix_columns (SewMatrix matrix, gsize first, gsize n_columns)
{
  return (SewMatrix){ matrix.data + first, matrix.n_rows, n_columns, matrix.stride };
}

/* Where the greatest value of a row of one or more is; the first one of equals. */
static inline gsize
sew_row_find_greatest (const float *row, gsize n)
{
  gsize greatest = 0;

  for (gsize i = 1; i < n; i++)
    if (row[i] > row[greatest])
      greatest = i;
  return greatest;
}
