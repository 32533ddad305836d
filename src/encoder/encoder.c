/* SPDX-License-Identifier: MIT */
#include "encoder/encoder-private.h"

#include <time.h>

#include "encoder/normalizer.h"

SewEncoder *
sew_encoder_new (const SewModelConfig *config, const SewWeights *weights, SewFormat format)
{
  SewEncoder *encoder = g_new0 (SewEncoder, 1);
  encoder->config = config;
  encoder->weights = weights;
  sew_feature_extractor_init (&encoder->feature_extractor, format, config, weights);
  sew_linear_prepare_layer (&encoder->projection, format, &weights->feature_projection);
  sew_squeezed_context_init (&encoder->context, format, config, weights);
  encoder->layers = g_new0 (SewTransformerLayer, config->n_layers);
  for (guint i = 0; i < config->n_layers; i++)
    sew_transformer_layer_init (&encoder->layers[i], format, config, weights, i);
  if (weights->layer_conv.weight.n_rows > 0)
    sew_grouped_conv_init (&encoder->layer_conv, format, &weights->layer_conv);
  sew_linear_prepare_layer (&encoder->head, SEW_FORMAT_FLOAT32, &weights->head);
  return encoder;
}

void
sew_encoder_free (SewEncoder *encoder)
{
  if (encoder == NULL)
    return;
  sew_feature_extractor_clear (&encoder->feature_extractor);
  sew_linear_clear (&encoder->projection);
  sew_squeezed_context_clear (&encoder->context);
  for (guint i = 0; i < encoder->config->n_layers; i++)
    sew_transformer_layer_clear (&encoder->layers[i]);
  g_free (encoder->layers);
  sew_grouped_conv_clear (&encoder->layer_conv);
  sew_linear_clear (&encoder->head);
  g_free (encoder);
}

SewEncoderState *
sew_encoder_state_new (const SewEncoder *encoder, guint n_threads)
{
  SewEncoderState *state = g_new0 (SewEncoderState, 1);
  sew_team_init (&state->team, n_threads);
  return state;
}

void
sew_encoder_state_free (SewEncoderState *state)
{
  if (state == NULL)
    return;
  sew_team_clear (&state->team);
  sew_relative_positions_clear (&state->positions);
  g_free (state);
}

void
sew_encoder_state_set_probe (SewEncoderState *state, SewEncoderProbe probe, gpointer user_data)
{
  state->probe = probe;
  state->probe_data = user_data;
}

void
sew_encoder_state_get_seconds (const SewEncoderState *state, double seconds[SEW_N_STAGES])
{
  memcpy (seconds, state->seconds, sizeof state->seconds);
}

/* --- stages --- */

/* Of processor time of this thread, which other programs do not lengthen. */
static double
get_seconds (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

void
sew_encoder_state_begin_stages (SewEncoderState *state)
{
  state->stage_start = get_seconds ();
}

void
sew_encoder_state_end_stage (SewEncoderState *state, SewStage stage)
{
  double now = get_seconds ();
  state->seconds[stage] += now - state->stage_start;
  state->stage_start = now;
}

/* The same, and shows what the stage made. */
static void
end_stage_with (SewEncoderState *state, SewStage stage, SewMatrix rows)
{
  sew_encoder_state_end_stage (state, stage);
  if (state->probe != NULL) {
    state->probe (stage, rows.data, rows.n_rows, rows.n_columns, state->probe_data);
    sew_encoder_state_begin_stages (state);
  }
}

/* A product of rows, and the norm before it if there is one. */
typedef struct {
  const SewPreparedLinear *linear; /* may be empty */
  const SewNorm *norm;
  SewMatrix in; /* normed in place */
  SewMatrix out;
} Product;

static void
multiply_rows (gpointer data, SewArena *arena, gsize first, gsize n_rows)
{
  const Product *product = data;
  const SewNorm *norm = product->norm;
  SewMatrix in = sew_matrix_rows (product->in, first, n_rows);
  SewMatrix out = sew_matrix_rows (product->out, first, n_rows);
  gboolean multiplies = !sew_linear_is_empty (product->linear);
  if (norm != NULL && norm->gain != NULL)
    sew_kernels_get ()->layer_norm (in, norm->gain, norm->bias, norm->epsilon,
                                    SEW_ACTIVATION_LINEAR, multiplies ? in : out);
  if (multiplies)
    sew_linear_run (product->linear, arena, in, SEW_ACTIVATION_LINEAR, SEW_NO_RESIDUAL, out);
}

/* SEW-D: rows := norm (rows + activation (conv (the first layer's input))). */
static void
run_layer_conv (const SewEncoder *encoder, const SewTeam *team, SewMatrix input,
                SewTransformerRows *rows)
{
  const SewNorm *norm = &encoder->weights->layer_conv_norm;
  sew_grouped_conv_run (&encoder->layer_conv, team, input, encoder->config->layer_conv_activation,
                        rows->rows, rows->spare);
  sew_kernels_get ()->layer_norm (rows->spare, norm->gain, norm->bias, norm->epsilon,
                                  SEW_ACTIVATION_LINEAR, rows->rows);
}

static gboolean
run_layers (const SewEncoder *encoder, SewEncoderState *state, SewTransformerRows *rows,
            GCancellable *cancellable)
{
  const SewNorm *norm = &encoder->weights->encoder_norm;
  gboolean has_layer_conv = encoder->layer_conv.conv != NULL;
  const SewTeam *team = &state->team;
  SewArena *arena = sew_team_get_arena (team);
  gsize mark = sew_arena_mark (arena);
  SewMatrix input = { 0 };
  if (has_layer_conv) {
    input = sew_arena_take_matrix (arena, rows->rows.n_rows, rows->rows.n_columns);
    memcpy (input.data, rows->rows.data, input.n_rows * input.n_columns * sizeof (float));
  }
  if (encoder->weights->relative_embeddings != NULL)
    sew_relative_positions_set (&state->positions, encoder->config, encoder->weights->relative_span,
                                rows->rows.n_rows);

  for (guint i = 0; i < encoder->config->n_layers; i++) {
    if (g_cancellable_is_cancelled (cancellable))
      return FALSE;
    sew_transformer_layer_attend (&encoder->layers[i], &state->positions, team, rows);
    sew_encoder_state_end_stage (state, SEW_STAGE_ATTENTION);
    sew_transformer_layer_feed_forward (&encoder->layers[i], team, rows);
    if (i == 0 && has_layer_conv)
      run_layer_conv (encoder, team, input, rows);
    sew_encoder_state_end_stage (state, SEW_STAGE_FEED_FORWARD);
  }
  if (norm->gain != NULL && encoder->config->pre_layer_norm)
    sew_kernels_get ()->layer_norm (rows->rows, norm->gain, norm->bias, norm->epsilon,
                                    SEW_ACTIVATION_LINEAR, rows->rows);
  end_stage_with (state, SEW_STAGE_FEED_FORWARD, rows->rows);
  sew_arena_release (arena, mark);
  return TRUE;
}

/* samples to features to [n_frames][hidden]; FALSE if cancelled */
static gboolean
run_features (const SewEncoder *encoder, SewEncoderState *state, const float *samples,
              gsize n_samples, SewMatrix out, GCancellable *cancellable)
{
  const SewModelConfig *config = encoder->config;
  SewArena *arena = sew_team_get_arena (&state->team);
  gsize mark = sew_arena_mark (arena);
  SewMatrix features = sew_arena_take_matrix (arena, out.n_rows,
                                              config->conv_dim[config->n_conv_layers - 1]);
  float *normalized = sew_arena_take (arena, n_samples);

  /* A group norm takes the mean away again in any case, more exactly if it is gone before. */
  if (config->normalize_input || config->conv_norm == SEW_CONV_NORM_GROUP)
    sew_normalizer_run (samples, n_samples, config->normalize_input, normalized);
  else
    memcpy (normalized, samples, n_samples * sizeof (float));
  sew_encoder_state_end_stage (state, SEW_STAGE_NORMALIZER);

  if (!sew_feature_extractor_run (&encoder->feature_extractor, &state->team, normalized, n_samples,
                                  features, cancellable))
    return FALSE;
  end_stage_with (state, SEW_STAGE_FEATURE_EXTRACTOR, features);

  Product projection = { &encoder->projection, &encoder->weights->feature_norm, features, out };
  sew_team_run_rows (&state->team, out.n_rows, multiply_rows, &projection);
  end_stage_with (state, SEW_STAGE_PROJECTION, out);
  sew_arena_release (arena, mark);
  return TRUE;
}

/* FALSE if cancelled. logits: [n_frames][vocabulary_size] */
static gboolean
run_stages (const SewEncoder *encoder, SewEncoderState *state, const float *samples,
            gsize n_samples, SewMatrix logits, GCancellable *cancellable)
{
  const SewModelConfig *config = encoder->config;
  const SewTeam *team = &state->team;
  SewArena *arena = sew_team_get_arena (team);
  gsize n_rows = logits.n_rows / config->squeeze_factor;
  SewMatrix frames = sew_arena_take_matrix (arena, logits.n_rows, config->hidden_size);
  if (!run_features (encoder, state, samples, n_samples, frames, cancellable))
    return FALSE;

  SewTransformerRows rows = {
    .rows = sew_arena_take_matrix (arena, n_rows, config->hidden_size),
    .spare = sew_arena_take_matrix (arena, n_rows, config->hidden_size),
  };
  sew_squeezed_context_squeeze (&encoder->context, team, frames, rows.rows);
  end_stage_with (state, SEW_STAGE_POSITIONAL_CONV, rows.rows);

  if (n_rows > 0 && !run_layers (encoder, state, &rows, cancellable))
    return FALSE;

  SewMatrix seen = rows.rows;
  if (!sew_linear_is_empty (&encoder->context.upsample)) {
    seen = frames;
    sew_squeezed_context_upsample (&encoder->context, team, rows.rows, seen);
  }
  end_stage_with (state, SEW_STAGE_UPSAMPLE, seen);

  Product head = { .linear = &encoder->head, .in = seen, .out = logits };
  sew_team_run_rows (team, logits.n_rows, multiply_rows, &head);
  end_stage_with (state, SEW_STAGE_HEAD, logits);
  return TRUE;
}

gboolean
sew_encoder_run (const SewEncoder *encoder, SewEncoderState *state, const float *samples,
                 gsize n_samples, float *logits, GCancellable *cancellable)
{
  gsize n_frames = sew_model_config_count_frames (encoder->config, n_samples);
  if (n_frames == 0)
    return TRUE;

  sew_encoder_state_begin_stages (state);
  sew_team_begin (&state->team);
  gboolean done = run_stages (encoder, state, samples, n_samples,
                              sew_matrix (logits, n_frames, encoder->config->vocabulary_size),
                              cancellable);
  sew_team_end (&state->team);
  return done;
}
