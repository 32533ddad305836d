/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/format.h"
#include "math/kernels.h"

/* Matrix products: out := epilogue (in x B), for any in whose rows are stride apart, overlapping
 * ones included. One thread; nothing of the process is changed. */

/* The right-hand side, prepared once and used often. */
typedef struct {
  SewFormat format;
  gsize n_in;
  gsize n_out;
  const void *packed;  /* in the order the kernels read; NULL where values are as they are */
  const float *scales; /* [n_out] of integers */

  /* float32 for OpenBLAS */
  const float *values;
  gsize stride;
  gboolean transposed;
} SewGemmOperand;

/* How many bytes an operand takes, aligned as the widest vector is. */
gsize sew_gemm_count_bytes (SewFormat format, gsize n_in, gsize n_out);
/* memory: [sew_gemm_count_bytes ()], borrowed. Every output is to be filled in before it is used.
 */
void sew_gemm_operand_init (SewGemmOperand *operand, SewFormat format, gsize n_in, gsize n_out,
                            void *memory);
/* The outputs first, first + 1, ..., from weights as checkpoints have them: values [n][n_in]. first
 * is a multiple of SEW_GEMM_COLUMN_UNIT, and so is n but for the last ones. */
void sew_gemm_operand_fill (SewGemmOperand *operand, gsize first, gsize n, const float *values);

/* How many floats the packed form of float32 values takes; may be 0. */
gsize sew_gemm_count_packed (gsize n_in, gsize n_out);
/* values: [n_out][n_in] with rows stride apart; or transposed, [n_in][n_out]. packed:
 * [sew_gemm_count_packed ()]. Both are borrowed and must live as long. */
void sew_gemm_operand_pack (SewGemmOperand *operand, const float *values, gsize stride,
                            gboolean transposed, gsize n_in, gsize n_out, float *packed);

/* No panel of any instruction set is wider, and all divide it. */
#define SEW_GEMM_COLUMN_UNIT 32

/* The outputs first, first + 1, ... of an operand, as an operand; borrows from it. first is a
 * multiple of SEW_GEMM_COLUMN_UNIT. */
SewGemmOperand sew_gemm_operand_columns (const SewGemmOperand *operand, gsize first, gsize n);

/* Whether integers are faster than floats on this processor. */
gboolean sew_gemm_prefers_integers (void);

/* How many floats of scratch memory a product of n_rows rows wants; may be 0. */
gsize sew_gemm_count_scratch (const SewGemmOperand *operand, gsize n_rows);

/* in: [n][n_in], out: [n][n_out], which must overlap neither in nor the residual. scratch:
 * [sew_gemm_count_scratch ()], aligned as the widest vector is. */
void sew_gemm_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                   float *scratch, SewMatrix out);
