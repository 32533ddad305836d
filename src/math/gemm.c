/* SPDX-License-Identifier: MIT */
#include "math/gemm.h"

#include <cblas.h>
#include <string.h>

/* A block of the left-hand side that stays in the second-level cache while every panel of the
 * right-hand side passes by once, and the part of a panel that stays in the first-level one. */
#define BLOCK_ROWS 384
#define BLOCK_DEPTH 256

/* SEW_GEMM=openblas in the environment takes OpenBLAS instead, to compare with. */
static gboolean
uses_openblas (void)
{
  static gsize choice;
  if (g_once_init_enter (&choice)) {
    const char *name = g_getenv ("SEW_GEMM");
    g_once_init_leave (&choice, name != NULL && strcmp (name, "openblas") == 0 ? 2 : 1);
  }
  return choice == 2;
}

static gsize
round_up (gsize n, gsize unit)
{
  return (n + unit - 1) / unit * unit;
}

/* The length of each of the fewest nearly equal parts of n that are no longer than limit. */
static gsize
split_evenly (gsize n, gsize limit, gsize unit)
{
  gsize n_parts = (n + limit - 1) / limit;
  return round_up ((n + n_parts - 1) / n_parts, unit);
}

/* --- the right-hand side --- */

gsize
sew_gemm_count_packed (gsize n_in, gsize n_out)
{
  if (uses_openblas ())
    return 0;
  return n_in * round_up (n_out, sew_kernels_get ()->gemm->tile_columns);
}

/* Panels of as many outputs as a tile has columns, one after the other; in a panel, all its
 * outputs' weights for the first input, then for the second. */
static void
pack (const SewGemmOperand *operand, float *packed)
{
  gsize width = sew_kernels_get ()->gemm->tile_columns;
  gsize out_step = operand->transposed ? 1 : operand->stride;
  gsize in_step = operand->transposed ? operand->stride : 1;
  for (gsize first = 0; first < operand->n_out; first += width) {
    gsize n = MIN (width, operand->n_out - first);
    const float *from = operand->values + first * out_step;
    for (gsize k = 0; k < operand->n_in; k++) {
      for (gsize j = 0; j < n; j++)
        packed[j] = from[k * in_step + j * out_step];
      for (gsize j = n; j < width; j++)
        packed[j] = 0;
      packed += width;
    }
  }
}

void
sew_gemm_operand_init (SewGemmOperand *operand, const float *values, gsize stride,
                       gboolean transposed, gsize n_in, gsize n_out, float *packed)
{
  *operand = (SewGemmOperand){
    .values = values,
    .stride = stride,
    .transposed = transposed,
    .n_in = n_in,
    .n_out = n_out,
  };
  if (uses_openblas ())
    return;
  pack (operand, packed);
  operand->packed = packed;
}

SewGemmOperand
sew_gemm_operand_columns (const SewGemmOperand *operand, gsize first, gsize n)
{
  SewGemmOperand part = *operand;
  part.n_out = n;
  if (part.packed != NULL)
    part.packed += first * part.n_in;
  else
    part.values += part.transposed ? first : first * part.stride;
  return part;
}

/* --- products --- */

static gboolean
is_empty (const SewEpilogue *epilogue)
{
  return epilogue->bias == NULL && epilogue->activation == SEW_ACTIVATION_LINEAR
         && epilogue->residual.data == NULL;
}

/* BLAS takes no overlapping rows, so a product over them is a sum of products over as many columns
 * as lie between two rows. */
static void
run_openblas (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
              SewMatrix out)
{
  gsize step = in.n_rows == 1 ? in.n_columns : MIN (in.stride, in.n_columns);
  for (gsize first = 0; first < in.n_columns; first += step) {
    gsize n = MIN (step, in.n_columns - first);
    const float *b = operand->values + (operand->transposed ? first * operand->stride : first);
    cblas_sgemm (CblasRowMajor, CblasNoTrans, operand->transposed ? CblasNoTrans : CblasTrans,
                 (blasint) out.n_rows, (blasint) out.n_columns, (blasint) n, 1.0f, in.data + first,
                 (blasint) MAX (in.stride, n), b, (blasint) operand->stride,
                 first == 0 ? 0.0f : 1.0f, out.data, (blasint) MAX (out.stride, out.n_columns));
  }
  if (!is_empty (epilogue))
    sew_kernels_get ()->apply_epilogue (out, epilogue);
}

/* While the columns are still in the cache. */
static void
finish_columns (const SewEpilogue *epilogue, SewMatrix out, gsize first_row, gsize n_rows,
                gsize first_column, gsize n_columns)
{
  SewEpilogue part = *epilogue;
  if (part.bias != NULL)
    part.bias += first_column;
  if (part.residual.data != NULL)
    part.residual = sew_matrix_columns (sew_matrix_rows (part.residual, first_row, n_rows),
                                        first_column, n_columns);
  SewMatrix columns = sew_matrix_columns (sew_matrix_rows (out, first_row, n_rows), first_column,
                                          n_columns);
  sew_kernels_get ()->apply_epilogue (columns, &part);
}

static void
run_panels (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue, SewMatrix out,
            gsize first_row, gsize n_rows)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gsize width = kernels->tile_columns;
  gsize n_in = operand->n_in;
  gsize depth = split_evenly (n_in, BLOCK_DEPTH, 1);
  gboolean finishes = !is_empty (epilogue);
  for (gsize k = 0; k < n_in; k += depth)
    for (gsize column = 0; column < operand->n_out; column += width) {
      SewGemmStrip strip = {
        .a = sew_matrix_row (in, first_row) + k,
        .a_stride = in.stride,
        .n_rows = n_rows,
        .depth = MIN (depth, n_in - k),
        .panel = operand->packed + column * n_in + k * width,
        .n_columns = MIN (width, operand->n_out - column),
        .c = sew_matrix_row (out, first_row) + column,
        .c_stride = out.stride,
        .accumulate = k > 0,
      };
      kernels->multiply_strip (&strip);
      if (finishes && k + depth >= n_in)
        finish_columns (epilogue, out, first_row, n_rows, column, strip.n_columns);
    }
}

void
sew_gemm_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
              SewMatrix out)
{
  g_assert (in.n_columns == operand->n_in && out.n_columns == operand->n_out);
  if (out.n_rows == 0)
    return;
  if (operand->packed == NULL) {
    run_openblas (in, operand, epilogue, out);
    return;
  }
  gsize n_block = split_evenly (out.n_rows, BLOCK_ROWS, sew_kernels_get ()->gemm->tile_rows);
  for (gsize row = 0; row < out.n_rows; row += n_block)
    run_panels (in, operand, epilogue, out, row, MIN (n_block, out.n_rows - row));
}
