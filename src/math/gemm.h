/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/format.h"
#include "math/kernels.h"

/* Matrix products: out := epilogue (in x B), for any in whose rows are stride apart, overlapping
 * ones included. One thread; nothing of the process is changed. */

/* How a product is made. */
typedef enum {
  SEW_GEMM_METHOD_FLOATS,
  SEW_GEMM_METHOD_HALVES,   /* bfloat16 weights, made floats a part of a panel at a time */
  SEW_GEMM_METHOD_INTEGERS, /* weights of 8 bits, made ones of 16 a part of a panel at a time */
  SEW_GEMM_METHOD_DOTS,     /* both sides bfloat16, or of 8 bits, by units for dot products */
  SEW_GEMM_METHOD_ONEDNN,
  SEW_GEMM_METHOD_OPENBLAS,
} SewGemmMethod;

/* The right-hand side, prepared once and used often. */
typedef struct {
  SewFormat format;
  SewGemmMethod method;
  gsize n_in;
  gsize n_out;
  const void *packed;    /* in the order the kernels read; NULL where values are as they are */
  const float *scales;   /* [n_out] of integers */
  const gint32 *surplus; /* [n_out] what is too much in a sum of dot products of integers */
  void *staged;          /* what was filled in already, where it is packed as a whole; owned */

  /* float32 for OpenBLAS */
  const float *values;
  gsize stride;
  gboolean transposed;
} SewGemmOperand;

/* How many bytes an operand takes, aligned as the widest vector is. is_divided: it is for
 * sew_gemm_operand_columns (). */
gsize sew_gemm_count_bytes (SewFormat format, gboolean is_divided, gsize n_in, gsize n_out);
/* memory: [sew_gemm_count_bytes ()], borrowed. Every output is to be filled in before it is used.
 */
void sew_gemm_operand_init (SewGemmOperand *operand, SewFormat format, gboolean is_divided,
                            gsize n_in, gsize n_out, void *memory);
/* The outputs first, first + 1, ..., from weights as checkpoints have them: values [n][n_in]. In
 * order; first is a multiple of SEW_GEMM_COLUMN_UNIT, and so is n but for the last ones. */
void sew_gemm_operand_fill (SewGemmOperand *operand, gsize first, gsize n, const float *values);

/* How many floats the packed form takes; may be 0. */
gsize sew_gemm_count_packed (SewFormat format, gsize n_in, gsize n_out);
/* For few uses. values: [n_out][n_in] with rows stride apart; or transposed, [n_in][n_out]. packed:
 * [sew_gemm_count_packed ()], aligned as the widest vector is. Both are borrowed and must live as
 * long. format: not integers. */
void sew_gemm_operand_pack (SewGemmOperand *operand, SewFormat format, const float *values,
                            gsize stride, gboolean transposed, gsize n_in, gsize n_out,
                            float *packed);

/* No panel of any instruction set is wider, and all divide it. */
#define SEW_GEMM_COLUMN_UNIT 32

/* The outputs first, first + 1, ... of an operand, as an operand; borrows from it. first is a
 * multiple of SEW_GEMM_COLUMN_UNIT. */
SewGemmOperand sew_gemm_operand_columns (const SewGemmOperand *operand, gsize first, gsize n);

/* Whether products whose both sides are bfloat16 are faster than those of floats here. */
gboolean sew_gemm_prefers_bf16 (void);
/* What products are fastest in here. */
SewFormat sew_gemm_find_fastest (gboolean allows_integers);

/* How many floats of scratch memory a product of n_rows rows wants; may be 0. */
gsize sew_gemm_count_scratch (const SewGemmOperand *operand, gsize n_rows);

/* in: [n][n_in], out: [n][n_out], which must overlap neither in nor the residual. scratch:
 * [sew_gemm_count_scratch ()], aligned as the widest vector is. Where the result goes
 * to the epilogue's halves, out is to calculate in, and may have no data if sew_gemm_takes_halves
 * ().
 */
void sew_gemm_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                   float *scratch, SewMatrix out);

/* Whether the left-hand side may be bfloat16 already, as the product before it can leave it. */
gboolean sew_gemm_takes_halves (const SewGemmOperand *operand);
/* How many floats of memory such a left-hand side takes, and the rows in there, to be filled in. */
gsize sew_gemm_count_halves (const SewGemmOperand *operand, gsize n_rows);
SewHalves sew_gemm_lay_out_halves (const SewGemmOperand *operand, gsize n_rows, float *memory);
/* As sew_gemm_run (). in: from sew_gemm_lay_out_halves (), or any other rows, overlapping ones too,
 * if whole SEW_GEMM_ROW_UNITs of them can be read and SEW_GEMM_HALVES_BEHIND finite values are
 * behind the last. */
#define SEW_GEMM_HALVES_BEHIND (2 * SEW_GEMM_WORD_UNIT)
void sew_gemm_run_halves (SewHalves in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                          float *scratch, SewMatrix out);
