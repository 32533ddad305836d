/* SPDX-License-Identifier: MIT */

/* The matrix products of an encoder and nothing else: how fast it could be if all the rest were
 * free. */

#include "encoder/encoder-private.h"

static void
run_grouped (const SewGroupedConv *grouped, SewArena *arena, gsize n_rows)
{
  const SewConv *conv = grouped->conv;
  for (guint g = 0; conv != NULL && g < conv->n_groups; g++)
    sew_linear_run_alone (&grouped->groups[g], arena, n_rows,
                          conv->stride * conv->n_in / conv->n_groups);
}

static void
run_linear (const SewPreparedLinear *linear, SewArena *arena, gsize n_rows)
{
  if (!sew_linear_is_empty (linear))
    sew_linear_run_alone (linear, arena, n_rows, linear->operand.n_in);
}

static void
run_layer (const SewEncoder *encoder, SewEncoderState *state, guint index, gsize n_rows)
{
  const SewTransformerLayer *layer = &encoder->layers[index];
  SewArena *arena = sew_team_get_arena (&state->team);
  sew_attention_run_products (&layer->attention, &state->positions, arena, n_rows);
  sew_encoder_state_end_stage (state, SEW_STAGE_ATTENTION);
  run_linear (&layer->intermediate, arena, n_rows);
  run_linear (&layer->output, arena, n_rows);
  run_linear (&layer->adapter_down, arena, n_rows);
  run_linear (&layer->adapter_up, arena, n_rows);
  if (index == 0)
    run_grouped (&encoder->layer_conv, arena, n_rows);
  sew_encoder_state_end_stage (state, SEW_STAGE_FEED_FORWARD);
}

void
sew_encoder_run_products (const SewEncoder *encoder, SewEncoderState *state, gsize n_samples)
{
  const SewModelConfig *config = encoder->config;
  SewArena *arena = sew_team_get_arena (&state->team);
  gsize n_frames = sew_model_config_count_frames (config, n_samples);
  gsize n_rows = n_frames / config->squeeze_factor;
  if (n_rows == 0)
    return;

  sew_arena_reset (arena);
  if (encoder->weights->relative_embeddings != NULL)
    sew_relative_positions_set (&state->positions, config, encoder->weights->relative_span, n_rows);
  sew_encoder_state_begin_stages (state);
  sew_feature_extractor_run_products (&encoder->feature_extractor, arena, n_frames);
  sew_encoder_state_end_stage (state, SEW_STAGE_FEATURE_EXTRACTOR);
  run_linear (&encoder->projection, arena, n_frames);
  sew_encoder_state_end_stage (state, SEW_STAGE_PROJECTION);
  run_grouped (&encoder->context.positional, arena, n_rows);
  sew_encoder_state_end_stage (state, SEW_STAGE_POSITIONAL_CONV);
  for (guint i = 0; i < config->n_layers; i++)
    run_layer (encoder, state, i, n_rows);
  run_linear (&encoder->context.upsample, arena, n_rows);
  sew_encoder_state_end_stage (state, SEW_STAGE_UPSAMPLE);
  run_linear (&encoder->head, arena, n_frames);
  sew_encoder_state_end_stage (state, SEW_STAGE_HEAD);
}
