/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/kernels.h"

/* Matrix products: out := epilogue (in x B), for any in whose rows are stride apart, overlapping
 * ones included. One thread; nothing of the process is changed. */

/* The right-hand side, prepared once and used often. */
typedef struct {
  const float *values;
  gsize stride;
  gboolean transposed;
  gsize n_in;
  gsize n_out;
  const float *packed; /* the same in the order the kernels read; NULL where that is as it is */
} SewGemmOperand;

/* How many floats sew_gemm_operand_init () wants for its packed form; may be 0. */
gsize sew_gemm_count_packed (gsize n_in, gsize n_out);

/* values: weights as checkpoints have them, [n_out][n_in] with rows stride apart; or transposed,
 * [n_in][n_out]. packed: [sew_gemm_count_packed ()]. Both are borrowed and must live as long. */
void sew_gemm_operand_init (SewGemmOperand *operand, const float *values, gsize stride,
                            gboolean transposed, gsize n_in, gsize n_out, float *packed);

/* No panel of any instruction set is wider, and all divide it. */
#define SEW_GEMM_COLUMN_UNIT 32

/* The outputs first, first + 1, ... of an operand, as an operand; borrows from it. first is a
 * multiple of SEW_GEMM_COLUMN_UNIT. */
SewGemmOperand sew_gemm_operand_columns (const SewGemmOperand *operand, gsize first, gsize n);

/* in: [n][n_in], out: [n][n_out], which must overlap neither in nor the residual. */
void sew_gemm_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                   SewMatrix out);
