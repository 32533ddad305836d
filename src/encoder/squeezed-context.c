/* SPDX-License-Identifier: MIT */
#include "encoder/squeezed-context.h"

#include <string.h>

void
sew_squeezed_context_init (SewSqueezedContext *context, SewFormat format,
                           const SewModelConfig *config, const SewWeights *weights)
{
  context->config = config;
  context->weights = weights;
  sew_grouped_conv_init (&context->positional, format, &weights->positional_conv);
  sew_linear_prepare_layer (&context->upsample, format, &weights->upsample);
}

void
sew_squeezed_context_clear (SewSqueezedContext *context)
{
  sew_grouped_conv_clear (&context->positional);
  sew_linear_clear (&context->upsample);
}

void
sew_squeezed_context_squeeze (const SewSqueezedContext *context, const SewTeam *team, SewMatrix in,
                              SewMatrix out)
{
  const SewModelConfig *config = context->config;
  const SewNorm *norm = &context->weights->encoder_norm;
  const SewKernels *kernels = sew_kernels_get ();
  SewArena *arena = sew_team_get_arena (team);
  gsize mark = sew_arena_mark (arena);

  SewMatrix pooled = in;
  if (config->squeeze_factor > 1) {
    pooled = sew_arena_take_matrix (arena, out.n_rows, out.n_columns);
    kernels->average_rows (in, config->squeeze_factor, pooled);
  }
  sew_grouped_conv_run (&context->positional, team, in, config->feature_activation, pooled, out);
  if (norm->gain != NULL && !config->pre_layer_norm)
    kernels->layer_norm (out, norm->gain, norm->bias, norm->epsilon, SEW_ACTIVATION_LINEAR, out);
  sew_arena_release (arena, mark);
}

typedef struct {
  const SewSqueezedContext *context;
  SewMatrix in;
  SewMatrix wide; /* out, with the frames of a row of in as one row */
} Call;

static void
upsample_rows (gpointer data, SewArena *arena, gsize first, gsize n_rows)
{
  const Call *call = data;
  sew_linear_run (&call->context->upsample, arena, sew_matrix_rows (call->in, first, n_rows),
                  call->context->config->feature_activation, SEW_NO_RESIDUAL,
                  sew_matrix_rows (call->wide, first, n_rows));
}

void
sew_squeezed_context_upsample (const SewSqueezedContext *context, const SewTeam *team, SewMatrix in,
                               SewMatrix out)
{
  gsize factor = context->config->squeeze_factor;
  gsize n_spread = in.n_rows * factor;
  Call call = { context, in, sew_matrix (out.data, in.n_rows, out.n_columns * factor) };
  sew_team_run_rows (team, in.n_rows, upsample_rows, &call);
  memset (sew_matrix_row (out, n_spread), 0,
          (out.n_rows - n_spread) * out.n_columns * sizeof (float));
}
