/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/activation.h"
#include "math/gemm-isa.h"
#include "math/matrix.h"

/* What runs once per value. One body (kernels-isa.c), compiled for every instruction set, and
 * chosen at run time; SEW_MAX_ISA in the environment (baseline, avx2, avx2vnni, avx512, avx512vnni,
 * avx512bf16 or amx) forces the choice down. Float32 throughout; no function allocates or fails,
 * and none cares whether a value is finite. */

/* What happens to the rows of a product: activation (x + bias) + residual, and where it goes if it
 * is to be bfloat16. */
typedef struct {
  const float *bias; /* [n_columns], or NULL */
  SewActivation activation;
  SewMatrix residual; /* of the product's size, not overlapping it; no data if none */
  SewHalves halves;   /* of the product's size; no data if the result is to be floats */
} SewEpilogue;

typedef struct {
  const char *name;
  const SewGemmKernels *gemm;

  /* out := epilogue (in), which may be out; or the epilogue's halves are made, and out is not. */
  void (*apply_epilogue) (SewMatrix in, const SewEpilogue *epilogue, SewMatrix out);
  /* Each row of out := activation (gain (x - mean) / sqrt (variance + epsilon) + bias), x a row of
   * in, which may be out. gain, bias: [n_columns]. */
  void (*layer_norm) (SewMatrix in, const float *gain, const float *bias, float epsilon,
                      SewActivation activation, SewMatrix out);
  /* Each row := e^(x - greatest x), in the halves if those have data; scales[row]: one over the
   * row's sum. */
  void (*exponentiate_rows) (SewMatrix rows, float *scales, SewHalves halves);
  /* Each row times its scale. */
  void (*scale_rows) (SewMatrix rows, const float *scales);
  /* Each row := log softmax. */
  void (*log_softmax) (SewMatrix rows);
  /* row[j] += table[j * stride + indices[j]], for n of them. */
  void (*add_gathered) (float *row, gsize n, const float *table, gsize stride,
                        const gint32 *indices);
  /* Where each index is that before it or one less. Behind either table are so many floats that may
   * be anything. rows[i][j] += table[i][indices[j - i]] */
#define SEW_LOOK_UP_BEHIND 16
  void (*add_by_row) (SewMatrix rows, SewMatrix table, const gint32 *indices);
  /* rows[i][j] += table[j][indices[j - i]] */
  void (*add_by_column) (SewMatrix rows, SewMatrix table, const gint32 *indices);
  /* Each row of out := the mean of n neighbouring rows of in. */
  void (*average_rows) (SewMatrix in, gsize n, SewMatrix out);
} SewKernels;

/* The best that this processor and SEW_MAX_ISA allow; settled by the first call. */
const SewKernels *sew_kernels_get (void);

/* All that were compiled in and this processor can run, worst first; NULL-terminated. */
const SewKernels *const *sew_kernels_list (void);
