/* SPDX-License-Identifier: MIT */
#include "encoder/transformer-layer.h"

/* The wide rows between the two products of the feed-forward exist for so many rows at a time. */
#define FEED_FORWARD_ROWS 384

void
sew_transformer_layer_init (SewTransformerLayer *layer, const SewModelConfig *config,
                            const SewWeights *weights, guint index)
{
  const SewLayerWeights *own = &weights->layers[index];
  layer->config = config;
  layer->weights = own;
  sew_attention_init (&layer->attention, config, own, weights->relative_embeddings,
                      weights->relative_span);
  sew_linear_prepare_layer (&layer->intermediate, &own->intermediate);
  sew_linear_prepare_layer (&layer->output, &own->feed_forward_output);
  sew_linear_prepare_layer (&layer->adapter_down, &own->adapter_down);
  sew_linear_prepare_layer (&layer->adapter_up, &own->adapter_up);
}

void
sew_transformer_layer_clear (SewTransformerLayer *layer)
{
  sew_attention_clear (&layer->attention);
  sew_linear_clear (&layer->intermediate);
  sew_linear_clear (&layer->output);
  sew_linear_clear (&layer->adapter_down);
  sew_linear_clear (&layer->adapter_up);
}

static void
apply_norm (const SewNorm *norm, SewMatrix in, SewMatrix out)
{
  sew_kernels_get ()->layer_norm (in, norm->gain, norm->bias, norm->epsilon, SEW_ACTIVATION_LINEAR,
                                  out);
}

static void
swap (SewTransformerRows *state)
{
  SewMatrix rows = state->rows;
  state->rows = state->spare;
  state->spare = rows;
}

void
sew_transformer_layer_attend (const SewTransformerLayer *layer,
                              const SewRelativePositions *positions, SewArena *arena,
                              SewTransformerRows *state)
{
  const SewNorm *norm = &layer->weights->attention_norm;
  gsize mark = sew_arena_mark (arena);
  if (layer->config->pre_layer_norm) {
    SewMatrix normed = sew_arena_take_matrix (arena, state->rows.n_rows, state->rows.n_columns);
    apply_norm (norm, state->rows, normed);
    sew_attention_run (&layer->attention, positions, arena, normed, state->rows, state->spare);
    swap (state);
  } else {
    sew_attention_run (&layer->attention, positions, arena, state->rows, state->rows, state->spare);
    apply_norm (norm, state->spare, state->rows);
  }
  sew_arena_release (arena, mark);
}

/* out := up (activation (down (in))) + residual, a block of rows at a time. */
static void
run_two_products (const SewPreparedLinear *first, SewActivation activation,
                  const SewPreparedLinear *second, SewArena *arena, SewMatrix in,
                  SewMatrix residual, SewMatrix out)
{
  gsize n_blocks = (in.n_rows + FEED_FORWARD_ROWS - 1) / FEED_FORWARD_ROWS;
  gsize n_block = (in.n_rows + n_blocks - 1) / n_blocks;
  gsize mark = sew_arena_mark (arena);
  SewMatrix wide = sew_arena_take_matrix (arena, n_block, first->operand.n_out);
  for (gsize row = 0; row < in.n_rows; row += n_block) {
    gsize n = MIN (n_block, in.n_rows - row);
    SewMatrix between = sew_matrix_rows (wide, 0, n);
    sew_linear_run (first, sew_matrix_rows (in, row, n), activation, SEW_NO_RESIDUAL, between);
    sew_linear_run (second, between, SEW_ACTIVATION_LINEAR, sew_matrix_rows (residual, row, n),
                    sew_matrix_rows (out, row, n));
  }
  sew_arena_release (arena, mark);
}

static void
adapt (const SewTransformerLayer *layer, SewArena *arena, SewTransformerRows *state)
{
  gsize mark = sew_arena_mark (arena);
  SewMatrix normed = sew_arena_take_matrix (arena, state->rows.n_rows, state->rows.n_columns);
  apply_norm (&layer->weights->adapter_norm, state->rows, normed);
  run_two_products (&layer->adapter_down, SEW_ACTIVATION_RELU, &layer->adapter_up, arena, normed,
                    state->rows, state->spare);
  swap (state);
  sew_arena_release (arena, mark);
}

void
sew_transformer_layer_feed_forward (const SewTransformerLayer *layer, SewArena *arena,
                                    SewTransformerRows *state)
{
  const SewNorm *norm = &layer->weights->final_norm;
  SewActivation activation = layer->config->hidden_activation;
  if (!layer->config->pre_layer_norm) {
    run_two_products (&layer->intermediate, activation, &layer->output, arena, state->rows,
                      state->rows, state->spare);
    apply_norm (norm, state->spare, state->rows);
    return;
  }

  gsize mark = sew_arena_mark (arena);
  SewMatrix normed = sew_arena_take_matrix (arena, state->rows.n_rows, state->rows.n_columns);
  apply_norm (norm, state->rows, normed);
  run_two_products (&layer->intermediate, activation, &layer->output, arena, normed, state->rows,
                    state->spare);
  swap (state);
  sew_arena_release (arena, mark);
  if (!sew_linear_is_empty (&layer->adapter_down))
    adapt (layer, arena, state);
}
