/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/activation.h"
#include "math/gemm-isa.h"
#include "math/matrix.h"

/* What runs once per value. One body (kernels-isa.c), compiled for every instruction set, and
 * chosen at run time; SEW_MAX_ISA in the environment (a name of sew_kernels_list ()) forces the
 * choice down. Float32 throughout; no function allocates or fails, and none cares whether a value
 * is finite. */

/* What happens to the rows of a product: activation (x + bias) + residual. */
typedef struct {
  const float *bias; /* [n_columns], or NULL */
  SewActivation activation;
  SewMatrix residual; /* of the product's size, not overlapping it; no data if none */
} SewEpilogue;

typedef struct {
  const char *name;
  const SewGemmKernels *gemm;

  /* rows := epilogue (rows) */
  void (*apply_epilogue) (SewMatrix rows, const SewEpilogue *epilogue);
  /* Each row of out := activation (gain (x - mean) / sqrt (variance + epsilon) + bias), x a row of
   * in, which may be out. gain, bias: [n_columns]. */
  void (*layer_norm) (SewMatrix in, const float *gain, const float *bias, float epsilon,
                      SewActivation activation, SewMatrix out);
  /* Each row := e^(x - greatest x); scales[row]: one over the row's sum. */
  void (*exponentiate_rows) (SewMatrix rows, float *scales);
  /* Each row times its scale. */
  void (*scale_rows) (SewMatrix rows, const float *scales);
  /* Each row := log softmax. */
  void (*log_softmax) (SewMatrix rows);
  /* Each row of out := the mean of n neighbouring rows of in. */
  void (*average_rows) (SewMatrix in, gsize n, SewMatrix out);
} SewKernels;

/* The best that this processor and SEW_MAX_ISA allow; settled by the first call. */
const SewKernels *sew_kernels_get (void);

/* All that were compiled in and this processor can run, worst first; NULL-terminated. */
const SewKernels *const *sew_kernels_list (void);
