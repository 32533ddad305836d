/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A strip of a product: c [n_rows][n_columns] := or += a [n_rows][depth] times a panel. */
typedef struct {
  const float *a;
  gsize a_stride; /* from one row to the next; rows may overlap */
  gsize n_rows;
  gsize depth;
  const float *panel; /* [depth][tile_columns]; columns beyond n_columns are zero */
  gsize n_columns;    /* at most tile_columns */
  float *c;
  gsize c_stride;
  gboolean accumulate;
} SewGemmStrip;

/* The same of integers, two neighbouring values of a row at a time: c := or += scales times the
 * product, whose sums are exact. */
typedef struct {
  const gint16 *a; /* from -127 to 127 */
  gsize a_stride;  /* even */
  gsize n_rows;
  gsize n_pairs;
  const gint16 *panel;        /* [n_pairs][tile_columns][2] */
  const float *row_scales;    /* [n_rows] */
  const float *column_scales; /* [tile_columns] */
  gsize n_columns;
  float *c;
  gsize c_stride;
  gboolean accumulate;
} SewGemmIntegerStrip;

typedef struct {
  guint tile_rows;
  guint tile_columns;
  gboolean has_fast_integers; /* than floats */
  void (*multiply_strip) (const SewGemmStrip *strip);
  void (*multiply_integer_strip) (const SewGemmIntegerStrip *strip);
  /* n bfloat16 values (the upper halves of floats) to floats. */
  void (*widen_bf16) (const guint16 *from, gsize n, float *to);
  void (*widen_int8) (const gint8 *from, gsize n, gint16 *to);
  /* row [n] to integers from -127 to 127; returns what to multiply them with. */
  float (*quantize_row) (const float *row, gsize n, gint16 *to);
} SewGemmKernels;

extern const SewGemmKernels sew_gemm_kernels_baseline;
extern const SewGemmKernels sew_gemm_kernels_avx2;
extern const SewGemmKernels sew_gemm_kernels_avx512;
