/* SPDX-License-Identifier: MIT */
#include "encoder/linear.h"

void
sew_linear_prepare (SewPreparedLinear *linear, const float *weight, const float *bias, gsize n_in,
                    gsize n_out)
{
  gsize n_packed = sew_gemm_count_packed (n_in, n_out);
  linear->packed = n_packed > 0 ? g_aligned_alloc (n_packed, sizeof (float), 64) : NULL;
  linear->bias = bias;
  sew_gemm_operand_init (&linear->operand, weight, n_in, FALSE, n_in, n_out, linear->packed);
}

void
sew_linear_prepare_layer (SewPreparedLinear *linear, const SewLinear *layer)
{
  if (layer->weight != NULL)
    sew_linear_prepare (linear, layer->weight, layer->bias, layer->n_in, layer->n_out);
}

void
sew_linear_clear (SewPreparedLinear *linear)
{
  g_aligned_free (linear->packed);
  *linear = (SewPreparedLinear){ 0 };
}

void
sew_linear_run (const SewPreparedLinear *linear, SewMatrix in, SewActivation activation,
                SewMatrix residual, SewMatrix out)
{
  SewEpilogue epilogue = { .bias = linear->bias, .activation = activation, .residual = residual };
  sew_gemm_run (in, &linear->operand, &epilogue, out);
}
