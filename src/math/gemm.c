/* SPDX-License-Identifier: MIT */
#include "math/gemm.h"

#include <cblas.h>

gsize
sew_gemm_count_packed (gsize n_in, gsize n_out)
{
  return 0;
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
}

SewGemmOperand
sew_gemm_operand_columns (const SewGemmOperand *operand, gsize first, gsize n)
{
  SewGemmOperand part = *operand;
  part.values += operand->transposed ? first : first * operand->stride;
  part.n_out = n;
  return part;
}

/* BLAS takes no overlapping rows, so a product over them is a sum of products over as many columns
 * as lie between two rows. */
void
sew_gemm_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
              SewMatrix out)
{
  g_assert (in.n_columns == operand->n_in && out.n_columns == operand->n_out);
  if (out.n_rows == 0)
    return;

  gsize step = in.n_rows == 1 ? in.n_columns : MIN (in.stride, in.n_columns);
  for (gsize first = 0; first < in.n_columns; first += step) {
    gsize n = MIN (step, in.n_columns - first);
    const float *b = operand->values + (operand->transposed ? first * operand->stride : first);
    cblas_sgemm (CblasRowMajor, CblasNoTrans, operand->transposed ? CblasNoTrans : CblasTrans,
                 (blasint) out.n_rows, (blasint) out.n_columns, (blasint) n, 1.0f, in.data + first,
                 (blasint) MAX (in.stride, n), b, (blasint) operand->stride,
                 first == 0 ? 0.0f : 1.0f, out.data, (blasint) MAX (out.stride, out.n_columns));
  }
  if (epilogue->bias != NULL || epilogue->activation != SEW_ACTIVATION_LINEAR
      || epilogue->residual.data != NULL)
    sew_kernels_get ()->apply_epilogue (out, epilogue);
}
