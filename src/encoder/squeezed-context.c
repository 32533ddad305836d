/* SPDX-License-Identifier: MIT */
#include "encoder/squeezed-context.h"

#include <string.h>

void
sew_squeezed_context_init (SewSqueezedContext *context, const SewModelConfig *config,
                           const SewWeights *weights)
{
  context->config = config;
  context->weights = weights;
  sew_grouped_conv_init (&context->positional, &weights->positional_conv);
  sew_linear_prepare_layer (&context->upsample, &weights->upsample);
}

void
sew_squeezed_context_clear (SewSqueezedContext *context)
{
  sew_grouped_conv_clear (&context->positional);
  sew_linear_clear (&context->upsample);
}

void
sew_squeezed_context_squeeze (const SewSqueezedContext *context, SewArena *arena, SewMatrix in,
                              SewMatrix out)
{
  const SewModelConfig *config = context->config;
  const SewNorm *norm = &context->weights->encoder_norm;
  const SewKernels *kernels = sew_kernels_get ();
  gsize mark = sew_arena_mark (arena);

  SewMatrix pooled = in;
  if (config->squeeze_factor > 1) {
    pooled = sew_arena_take_matrix (arena, out.n_rows, out.n_columns);
    kernels->average_rows (in, config->squeeze_factor, pooled);
  }
  sew_grouped_conv_run (&context->positional, arena, in, config->feature_activation, pooled, out);
  if (norm->gain != NULL && !config->pre_layer_norm)
    kernels->layer_norm (out, norm->gain, norm->bias, norm->epsilon, SEW_ACTIVATION_LINEAR, out);
  sew_arena_release (arena, mark);
}

void
sew_squeezed_context_upsample (const SewSqueezedContext *context, SewMatrix in, SewMatrix out)
{
  gsize factor = context->config->squeeze_factor;
  gsize n_spread = in.n_rows * factor;
  SewMatrix wide = sew_matrix (out.data, in.n_rows, out.n_columns * factor);
  sew_linear_run (&context->upsample, in, context->config->feature_activation, SEW_NO_RESIDUAL,
                  wide);
  memset (sew_matrix_row (out, n_spread), 0,
          (out.n_rows - n_spread) * out.n_columns * sizeof (float));
}
