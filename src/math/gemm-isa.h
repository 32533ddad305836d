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

typedef struct {
  guint tile_rows;
  guint tile_columns;
  void (*multiply_strip) (const SewGemmStrip *strip);
} SewGemmKernels;

extern const SewGemmKernels sew_gemm_kernels_baseline;
extern const SewGemmKernels sew_gemm_kernels_avx2;
extern const SewGemmKernels sew_gemm_kernels_avx512;
