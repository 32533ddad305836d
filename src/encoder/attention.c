/* SPDX-License-Identifier: MIT */
#include "encoder/attention.h"

#include <math.h>
#include <string.h>

/* Queries that are scored at once: as many as keep their scores near the processor. */
#define SCORES_IN_CACHE (64 * 1024)
#define MIN_BLOCK_ROWS 24
#define MAX_BLOCK_ROWS 192

/* Each kind of score (content, content to position, position to content) has the same share in the
 * variance of their sum, whether or not positions are really looked at. */
static double
get_score_scale (const SewModelConfig *config)
{
  double head_size = config->hidden_size / config->n_heads;
  guint n_terms = 1;
  if (config->family == SEW_FAMILY_SEW_D)
    n_terms += (config->content_to_position ? 1 : 0) + (config->position_to_content ? 1 : 0);
  return 1 / sqrt (head_size * n_terms);
}

void
sew_attention_init (SewAttention *attention, SewFormat format, const SewModelConfig *config,
                    const SewLayerWeights *layer, const float *relative_embeddings,
                    guint relative_span)
{
  gsize hidden = config->hidden_size;
  float scale = (float) get_score_scale (config);
  const SewLinear *layers[] = { &layer->query, &layer->key, &layer->value };
  SewLinearPart parts[G_N_ELEMENTS (layers)];

  attention->n_heads = config->n_heads;
  attention->head_size = hidden / config->n_heads;
  attention->format = format != SEW_FORMAT_FLOAT32 && sew_gemm_prefers_bf16 () ? SEW_FORMAT_BF16
                                                                               : SEW_FORMAT_FLOAT32;
  attention->bias = g_new (float, 3 * hidden);
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++) {
    const float *bias = layers[i]->bias;
    parts[i] = (SewLinearPart){ &layers[i]->weight, 0, hidden, i == 0 ? scale : 1 };
    for (gsize k = 0; k < hidden; k++)
      attention->bias[i * hidden + k] = bias != NULL ? bias[k] * parts[i].scale : 0;
  }
  sew_linear_prepare (&attention->input, format, parts, G_N_ELEMENTS (parts), attention->bias);
  sew_linear_prepare_layer (&attention->output, format, &layer->output);

  if (relative_embeddings != NULL)
    attention->terms = sew_position_terms_new (config, format, layer, relative_embeddings,
                                               relative_span, scale);
}

void
sew_attention_clear (SewAttention *attention)
{
  sew_linear_clear (&attention->input);
  sew_linear_clear (&attention->output);
  g_clear_pointer (&attention->bias, g_free);
  g_clear_pointer (&attention->terms, sew_position_terms_free);
}

/* queries, keys, values, context: [n][head_size], columns of wider rows. */
static void
run_head (const SewAttention *attention, guint head, const SewRelativePositions *positions,
          SewArena *arena, SewMatrix queries, SewMatrix keys, SewMatrix values, SewMatrix context)
{
  const SewKernels *kernels = sew_kernels_get ();
  gsize n = queries.n_rows;
  gsize size = attention->head_size;
  gsize n_block = CLAMP (SCORES_IN_CACHE / n, MIN_BLOCK_ROWS, MAX_BLOCK_ROWS);
  gsize mark = sew_arena_mark (arena);

  SewFormat format = attention->format;
  SewGemmOperand key_operand;
  SewGemmOperand value_operand;
  sew_gemm_operand_pack (&key_operand, format, keys.data, keys.stride, FALSE, size, n,
                         sew_arena_take (arena, sew_gemm_count_packed (format, size, n)));
  sew_gemm_operand_pack (&value_operand, format, values.data, values.stride, TRUE, n, size,
                         sew_arena_take (arena, sew_gemm_count_packed (format, n, size)));
  SewHeadPositions head_positions = { 0 };
  if (attention->terms != NULL)
    sew_position_terms_begin_head (attention->terms, head, positions, arena, keys, n_block,
                                   &head_positions);

  float *scores = sew_arena_take (arena, MIN (n_block, n) * n);
  SewHalves weights = { 0 };
  if (sew_gemm_takes_halves (&value_operand))
    weights = sew_linear_take_halves (&value_operand, arena, MIN (n_block, n));
  float *scales = sew_arena_take (arena, n_block);
  for (gsize first = 0; first < n; first += n_block) {
    gsize n_rows = MIN (n_block, n - first);
    SewMatrix block = sew_matrix (scores, n_rows, n);
    SewMatrix query_rows = sew_matrix_rows (queries, first, n_rows);
    SewMatrix context_rows = sew_matrix_rows (context, first, n_rows);
    sew_linear_multiply (arena, query_rows, &key_operand, block);
    if (attention->terms != NULL)
      sew_position_terms_add (attention->terms, &head_positions, arena, query_rows, first, block);
    kernels->exponentiate_rows (block, scales, weights);
    sew_linear_run_rows (&(SewPreparedLinear){ .operand = value_operand }, arena,
                         (SewRows){ block, weights }, SEW_ACTIVATION_LINEAR, SEW_NO_RESIDUAL,
                         (SewRows){ .floats = context_rows });
    kernels->scale_rows (context_rows, scales);
  }
  sew_arena_release (arena, mark);
}

void
sew_attention_project (const SewAttention *attention, SewArena *arena, SewMatrix in, SewMatrix out)
{
  sew_linear_run (&attention->input, arena, in, SEW_ACTIVATION_LINEAR, SEW_NO_RESIDUAL, out);
}

typedef struct {
  const SewAttention *attention;
  const SewRelativePositions *positions;
  SewMatrix projected;
  SewMatrix context;
} Call;

static void
mix_head (gpointer data, SewArena *arena, gsize head)
{
  const Call *call = data;
  gsize hidden = call->context.n_columns;
  gsize size = call->attention->head_size;
  gsize first = head * size;
  run_head (call->attention, (guint) head, call->positions, arena,
            sew_matrix_columns (call->projected, first, size),
            sew_matrix_columns (call->projected, hidden + first, size),
            sew_matrix_columns (call->projected, 2 * hidden + first, size),
            sew_matrix_columns (call->context, first, size));
}

void
sew_attention_mix (const SewAttention *attention, const SewRelativePositions *positions,
                   const SewTeam *team, SewMatrix projected, SewMatrix context)
{
  Call call = { attention, positions, projected, context };
  sew_team_run (team, attention->n_heads, mix_head, &call);
}

/* Those of scores and contexts, as run_head() has them. */
static void
multiply_head (const SewAttention *attention, guint head, const SewRelativePositions *positions,
               SewArena *arena, SewMatrix rows)
{
  gsize n = rows.n_rows;
  gsize n_block = MIN (CLAMP (SCORES_IN_CACHE / n, MIN_BLOCK_ROWS, MAX_BLOCK_ROWS), n);
  gsize mark = sew_arena_mark (arena);
  SewMatrix scores = sew_arena_take_matrix (arena, n_block, n);
  SewMatrix context = sew_arena_take_matrix (arena, n_block, rows.n_columns);
  SewGemmOperand keys, values;
  memset (scores.data, 0, n_block * n * sizeof (float));
  SewFormat format = attention->format;
  sew_gemm_operand_pack (&keys, format, rows.data, rows.stride, FALSE, rows.n_columns, n,
                         sew_arena_take (arena, sew_gemm_count_packed (format, rows.n_columns, n)));
  sew_gemm_operand_pack (&values, format, rows.data, rows.stride, TRUE, n, rows.n_columns,
                         sew_arena_take (arena, sew_gemm_count_packed (format, n, rows.n_columns)));
  for (gsize first = 0; first < n; first += n_block) {
    SewMatrix block = sew_matrix_rows (rows, first, MIN (n_block, n - first));
    SewMatrix block_scores = sew_matrix_rows (scores, 0, block.n_rows);
    sew_linear_multiply (arena, block, &keys, block_scores);
    sew_linear_multiply (arena, block_scores, &values, sew_matrix_rows (context, 0, block.n_rows));
  }
  if (attention->terms != NULL)
    sew_position_terms_run_products (attention->terms, head, positions, arena, rows, n_block);
  sew_arena_release (arena, mark);
}

void
sew_attention_run_products (const SewAttention *attention, const SewRelativePositions *positions,
                            SewArena *arena, gsize n_rows)
{
  gsize hidden = attention->n_heads * attention->head_size;
  gsize mark = sew_arena_mark (arena);
  SewMatrix rows = sew_arena_take_matrix (arena, n_rows, attention->head_size);
  memset (rows.data, 0, n_rows * attention->head_size * sizeof (float));
  sew_linear_run_alone (&attention->input, arena, n_rows, hidden);
  for (guint head = 0; head < attention->n_heads; head++)
    multiply_head (attention, head, positions, arena, rows);
  sew_linear_run_alone (&attention->output, arena, n_rows, hidden);
  sew_arena_release (arena, mark);
}
