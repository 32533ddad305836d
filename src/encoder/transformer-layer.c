/* SPDX-License-Identifier: MIT */
#include "encoder/transformer-layer.h"

/* The wide rows between the two products of the feed-forward exist for so many rows at a time. */
#define FEED_FORWARD_ROWS 384

void
sew_transformer_layer_init (SewTransformerLayer *layer, SewFormat format,
                            const SewModelConfig *config, const SewWeights *weights, guint index)
{
  const SewLayerWeights *own = &weights->layers[index];
  layer->config = config;
  layer->weights = own;
  sew_attention_init (&layer->attention, format, config, own, weights->relative_embeddings,
                      weights->relative_span);
  sew_linear_prepare_layer (&layer->intermediate, format, &own->intermediate);
  sew_linear_prepare_layer (&layer->output, format, &own->feed_forward_output);
  sew_linear_prepare_layer (&layer->adapter_down, format, &own->adapter_down);
  sew_linear_prepare_layer (&layer->adapter_up, format, &own->adapter_up);
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

/* A step of a layer, of which each call sees some rows. */
typedef struct {
  const SewTransformerLayer *layer;
  SewTransformerRows *state;
  SewMatrix projected; /* [n][3 hidden] */
  SewMatrix context;   /* [n][hidden] */
} Step;

static SewMatrix
take_normed (const SewNorm *norm, SewArena *arena, SewMatrix in)
{
  SewMatrix normed = sew_arena_take_matrix (arena, in.n_rows, in.n_columns);
  apply_norm (norm, in, normed);
  return normed;
}

static void
project_rows (gpointer data, SewArena *arena, gsize first, gsize n_rows)
{
  const Step *step = data;
  const SewTransformerLayer *layer = step->layer;
  SewMatrix in = sew_matrix_rows (step->state->rows, first, n_rows);
  gsize mark = sew_arena_mark (arena);
  if (layer->config->pre_layer_norm)
    in = take_normed (&layer->weights->attention_norm, arena, in);
  sew_attention_project (&layer->attention, arena, in,
                         sew_matrix_rows (step->projected, first, n_rows));
  sew_arena_release (arena, mark);
}

static void
finish_attention_rows (gpointer data, SewArena *arena, gsize first, gsize n_rows)
{
  const Step *step = data;
  const SewTransformerLayer *layer = step->layer;
  SewMatrix in = sew_matrix_rows (step->state->rows, first, n_rows);
  SewMatrix out = sew_matrix_rows (step->state->spare, first, n_rows);
  sew_linear_run (&layer->attention.output, arena, sew_matrix_rows (step->context, first, n_rows),
                  SEW_ACTIVATION_LINEAR, in, out);
  if (!layer->config->pre_layer_norm)
    apply_norm (&layer->weights->attention_norm, out, in);
}

void
sew_transformer_layer_attend (const SewTransformerLayer *layer,
                              const SewRelativePositions *positions, const SewTeam *team,
                              SewTransformerRows *state)
{
  SewArena *arena = sew_team_get_arena (team);
  gsize n_rows = state->rows.n_rows;
  gsize hidden = state->rows.n_columns;
  gsize mark = sew_arena_mark (arena);
  Step step = {
    .layer = layer,
    .state = state,
    .projected = sew_arena_take_matrix (arena, n_rows, 3 * hidden),
    .context = sew_arena_take_matrix (arena, n_rows, hidden),
  };
  sew_team_run_rows (team, n_rows, project_rows, &step);
  sew_attention_mix (&layer->attention, positions, team, step.projected, step.context);
  sew_team_run_rows (team, n_rows, finish_attention_rows, &step);
  if (layer->config->pre_layer_norm)
    swap (state);
  sew_arena_release (arena, mark);
}

/* out := second (activation (first (in))) + residual */
static void
run_two_products_once (const SewPreparedLinear *first, SewActivation activation,
                       const SewPreparedLinear *second, SewArena *arena, SewMatrix in,
                       SewMatrix residual, SewMatrix out)
{
  gsize mark = sew_arena_mark (arena);
  SewRows between = { 0 };
  if (sew_linear_takes_halves (first) && sew_linear_takes_halves (second))
    between.halves = sew_linear_take_halves (&second->operand, arena, in.n_rows);
  else
    between.floats = sew_arena_take_spread (arena, in.n_rows, first->operand.n_out);
  sew_linear_run_rows (first, arena, (SewRows){ .floats = in }, activation, SEW_NO_RESIDUAL,
                       between);
  sew_linear_run_rows (second, arena, between, SEW_ACTIVATION_LINEAR, residual,
                       (SewRows){ .floats = out });
  sew_arena_release (arena, mark);
}

/* A block of rows at a time. */
static void
run_two_products (const SewPreparedLinear *first, SewActivation activation,
                  const SewPreparedLinear *second, SewArena *arena, SewMatrix in,
                  SewMatrix residual, SewMatrix out)
{
  gsize n_blocks = (in.n_rows + FEED_FORWARD_ROWS - 1) / FEED_FORWARD_ROWS;
  gsize n_block = (in.n_rows + n_blocks - 1) / n_blocks;
  for (gsize row = 0; row < in.n_rows; row += n_block) {
    gsize n = MIN (n_block, in.n_rows - row);
    run_two_products_once (first, activation, second, arena, sew_matrix_rows (in, row, n),
                           sew_matrix_rows (residual, row, n), sew_matrix_rows (out, row, n));
  }
}

static gboolean
has_adapter (const SewTransformerLayer *layer)
{
  return layer->config->pre_layer_norm && !sew_linear_is_empty (&layer->adapter_down);
}

/* rows to spare, and by a norm or an adapter behind it back to rows. */
static void
feed_forward_rows (gpointer data, SewArena *arena, gsize first, gsize n_rows)
{
  const Step *step = data;
  const SewTransformerLayer *layer = step->layer;
  SewMatrix rows = sew_matrix_rows (step->state->rows, first, n_rows);
  SewMatrix spare = sew_matrix_rows (step->state->spare, first, n_rows);
  gboolean is_normed_first = layer->config->pre_layer_norm;
  gsize mark = sew_arena_mark (arena);
  SewMatrix in = is_normed_first ? take_normed (&layer->weights->final_norm, arena, rows) : rows;
  run_two_products (&layer->intermediate, layer->config->hidden_activation, &layer->output, arena,
                    in, rows, spare);
  if (!is_normed_first)
    apply_norm (&layer->weights->final_norm, spare, rows);
  else if (has_adapter (layer))
    run_two_products (&layer->adapter_down, SEW_ACTIVATION_RELU, &layer->adapter_up, arena,
                      take_normed (&layer->weights->adapter_norm, arena, spare), spare, rows);
  sew_arena_release (arena, mark);
}

void
sew_transformer_layer_feed_forward (const SewTransformerLayer *layer, const SewTeam *team,
                                    SewTransformerRows *state)
{
  Step step = { .layer = layer, .state = state };
  sew_team_run_rows (team, state->rows.n_rows, feed_forward_rows, &step);
  if (layer->config->pre_layer_norm && !has_adapter (layer))
    swap (state);
}
