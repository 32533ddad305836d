/* SPDX-License-Identifier: MIT */
#include "encoder/disentangled-attention.h"

#include <math.h>
#include <string.h>

/* Keys that are multiplied with the position queries at once. */
#define KEY_ROWS 72
/* A greatest value of so many average ones would make integers too coarse for the others. */
#define WIDEST_SPREAD 32

/* One head's position keys or queries as the right-hand side of a product. For products of floats
 * all of them, which every layer has its own of, would take as much memory as a quarter of the
 * weights: so they are kept as integers, a hundredth of a percent of a usual value apart, and made
 * floats where they are used. */
typedef struct {
  SewPreparedLinear linear; /* [n_buckets][head_size]; without memory where there are integers */
  gint16 *integers;         /* [n_integers] of linear's packed values, or NULL if those stay */
  gsize n_integers;
  float scale;
} Positions;

struct _SewPositionTerms {
  guint n_heads;
  gsize head_size;
  gsize n_buckets; /* 2 span */
  Positions *keys; /* [n_heads]; NULL without that term */
  Positions *queries;
};

/* --- distances to buckets --- */

/* Near distances have a bucket each, farther ones share one with all of about the same logarithm.
 * In float32 as the model was trained, because the last bit decides at the edges. */
static gint64
put_into_log_bucket (gint64 distance, guint n_buckets, guint max_position)
{
  gint64 middle = n_buckets / 2;
  gint64 magnitude = ABS (distance);
  if (magnitude <= middle)
    return distance;
  float spread = logf ((float) (max_position - 1.0) / (float) middle);
  float ratio = logf ((float) magnitude / (float) middle) / spread * (float) (middle - 1);
  gint64 bucket = (gint64) ceilf (ratio) + middle;
  return distance < 0 ? -bucket : bucket;
}

static gsize
find_bucket (const SewModelConfig *config, guint span, gint64 distance)
{
  if (config->position_buckets > 0)
    distance = put_into_log_bucket (distance, config->position_buckets,
                                    config->max_relative_positions);
  return (gsize) CLAMP (distance + span, 0, 2 * (gint64) span - 1);
}

void
sew_relative_positions_set (SewRelativePositions *positions, const SewModelConfig *config,
                            guint span, gsize n_frames)
{
  if (positions->n_frames == n_frames)
    return;
  gint64 reach = (gint64) n_frames - 1;
  positions->n_frames = n_frames;
  positions->buckets = g_renew (gint32, positions->buckets, 2 * n_frames - 1);
  positions->first_bucket = find_bucket (config, span, -reach);
  positions->first_bucket -= positions->first_bucket % SEW_GEMM_COLUMN_UNIT;
  positions->n_buckets = find_bucket (config, span, reach) - positions->first_bucket + 1;
  positions->falls_evenly = TRUE;
  for (gint64 ahead = -reach; ahead <= reach; ahead++) {
    gint32 *bucket = &positions->buckets[ahead + reach];
    *bucket = (gint32) (find_bucket (config, span, -ahead) - positions->first_bucket);
    if (ahead > -reach && bucket[-1] != *bucket && bucket[-1] != *bucket + 1)
      positions->falls_evenly = FALSE;
  }
}

void
sew_relative_positions_clear (SewRelativePositions *positions)
{
  g_clear_pointer (&positions->buckets, g_free);
  positions->n_frames = 0;
}

/* --- position keys and queries --- */

/* embeddings: [n_buckets][hidden], through the layer's projection and times scale. */
static float *
project (const SewLinear *layer, const float *embeddings, gsize n_buckets, float scale)
{
  SewPreparedLinear linear = { 0 };
  SewArena *arena = sew_arena_new ();
  float *projected = g_new (float, n_buckets * layer->n_out);
  SewMatrix out = sew_matrix (projected, n_buckets, layer->n_out);
  sew_linear_prepare_layer (&linear, SEW_FORMAT_FLOAT32, layer);
  sew_linear_run (&linear, arena, sew_matrix ((float *) embeddings, n_buckets, layer->n_in),
                  SEW_ACTIVATION_LINEAR, SEW_NO_RESIDUAL, out);
  sew_linear_clear (&linear);
  sew_arena_free (arena);
  for (gsize i = 0; i < n_buckets * layer->n_out; i++)
    projected[i] *= scale;
  return projected;
}

/* The packed floats become integers, unless a few stand out from all others. */
static void
shrink (Positions *positions, gsize n_values)
{
  const gint16 largest = G_MAXINT16;
  const float *values = positions->linear.memory;
  float most = 0;
  double sum = 0;
  for (gsize i = 0; i < n_values; i++) {
    most = MAX (most, fabsf (values[i]));
    sum += fabsf (values[i]);
  }
  if (most > WIDEST_SPREAD * sum / (double) n_values)
    return;
  float inverse = most > 0 ? largest / most : 0;
  positions->scale = most / largest;
  positions->n_integers = n_values;
  positions->integers = g_new (gint16, n_values);
  for (gsize i = 0; i < n_values; i++)
    positions->integers[i] = (gint16) lrintf (values[i] * inverse);
  g_clear_pointer (&positions->linear.memory, g_aligned_free);
}

/* A head's columns of the projected embeddings. The products are too small for integers to pay. */
static Positions *
split_heads (const SewPositionTerms *terms, SewFormat format, float *projected)
{
  gsize size = terms->head_size;
  gsize hidden = terms->n_heads * size;
  Positions *heads = g_new0 (Positions, terms->n_heads);
  g_autofree float *values = g_new (float, terms->n_buckets *size);
  format = format == SEW_FORMAT_INT8 ? SEW_FORMAT_BF16 : format;
  gsize n_bytes = sew_gemm_count_bytes (format, TRUE, size, terms->n_buckets);
  for (guint head = 0; head < terms->n_heads; head++) {
    SewPreparedLinear *linear = &heads[head].linear;
    for (gsize i = 0; i < terms->n_buckets; i++)
      memcpy (values + i * size, projected + i * hidden + head * size, size * sizeof (float));
    linear->memory = g_aligned_alloc (n_bytes, 1, 64);
    sew_gemm_operand_init (&linear->operand, format, TRUE, size, terms->n_buckets, linear->memory);
    sew_gemm_operand_fill (&linear->operand, 0, terms->n_buckets, values);
    if (format == SEW_FORMAT_FLOAT32)
      shrink (&heads[head], n_bytes / sizeof (float));
  }
  g_free (projected);
  return heads;
}

/* The buckets that a window reaches; what they are packed in is taken from the arena if need be. */
static SewGemmOperand
get_operand (const Positions *positions, const SewRelativePositions *window, SewArena *arena)
{
  SewGemmOperand operand = positions->linear.operand;
  if (positions->integers != NULL) {
    float *values = sew_arena_take (arena, positions->n_integers);
    sew_kernels_get ()->gemm->widen_int16 (positions->integers, positions->n_integers,
                                           positions->scale, values);
    sew_gemm_operand_init (&operand, operand.format, TRUE, operand.n_in, operand.n_out, values);
  }
  return sew_gemm_operand_columns (&operand, window->first_bucket, window->n_buckets);
}

SewPositionTerms *
sew_position_terms_new (const SewModelConfig *config, SewFormat format,
                        const SewLayerWeights *layer, const float *relative_embeddings, guint span,
                        float scale)
{
  gboolean shared = config->share_attention_key;
  SewPositionTerms *terms = g_new0 (SewPositionTerms, 1);
  terms->n_heads = config->n_heads;
  terms->head_size = config->hidden_size / config->n_heads;
  terms->n_buckets = 2 * (gsize) span;
  /* The queries that meet the position keys are scaled already. */
  if (config->content_to_position)
    terms->keys = split_heads (terms, format,
                               project (shared ? &layer->key : &layer->position_key,
                                        relative_embeddings, terms->n_buckets, 1));
  if (config->position_to_content)
    terms->queries = split_heads (terms, format,
                                  project (shared ? &layer->query : &layer->position_query,
                                           relative_embeddings, terms->n_buckets, scale));
  return terms;
}

static void
free_heads (Positions *heads, guint n_heads)
{
  for (guint head = 0; heads != NULL && head < n_heads; head++) {
    sew_linear_clear (&heads[head].linear);
    g_free (heads[head].integers);
  }
  g_free (heads);
}

void
sew_position_terms_free (SewPositionTerms *terms)
{
  free_heads (terms->keys, terms->n_heads);
  free_heads (terms->queries, terms->n_heads);
  g_free (terms);
}

/* --- scores --- */

/* Of a product of some of a window's rows with all its buckets, the columns that those rows look
 * at: first, first + 1, ... */
typedef struct {
  gsize first;
  gsize n;
} Reach;

/* Where no key is further behind its query, or ahead of it, than so many frames. */
static Reach
find_reach (const SewRelativePositions *positions, gsize n_frames_behind, gsize n_frames_ahead)
{
  const gint32 *here = positions->buckets + (positions->n_frames - 1);
  Reach whole = { 0, positions->n_buckets };
  if (!positions->falls_evenly)
    return whole;
  gsize first = (gsize) here[n_frames_ahead];
  first -= first % SEW_GEMM_COLUMN_UNIT;
  return (Reach){ first, (gsize) here[-(gint64) n_frames_behind] - first + 1 };
}

/* The columns in reach of products := rows times operand. */
static void
multiply_in_reach (SewArena *arena, SewMatrix rows, const SewGemmOperand *operand, Reach reach,
                   SewMatrix products)
{
  SewGemmOperand part = sew_gemm_operand_columns (operand, reach.first, reach.n);
  sew_linear_multiply (arena, rows, &part, sew_matrix_columns (products, reach.first, reach.n));
}

/* Queries first, first + 1, ...: the furthest keys are at either end of the window. */
static void
multiply_queries (const SewHeadPositions *head_positions, SewArena *arena, SewMatrix queries,
                  gsize first)
{
  const SewRelativePositions *positions = head_positions->positions;
  Reach reach = find_reach (positions, first + queries.n_rows - 1, positions->n_frames - 1 - first);
  multiply_in_reach (arena, queries, &head_positions->keys, reach,
                     sew_matrix_rows (head_positions->query_to_position, 0, queries.n_rows));
}

/* In blocks, each of which is near to one end of the window. */
static void
multiply_keys (const SewRelativePositions *positions, SewArena *arena, SewMatrix keys,
               const SewGemmOperand *queries, SewMatrix products)
{
  for (gsize first = 0; first < keys.n_rows; first += KEY_ROWS) {
    gsize n = MIN (KEY_ROWS, keys.n_rows - first);
    Reach reach = find_reach (positions, positions->n_frames - 1 - first, first + n - 1);
    multiply_in_reach (arena, sew_matrix_rows (keys, first, n), queries, reach,
                       sew_matrix_rows (products, first, n));
  }
}

void
sew_position_terms_begin_head (const SewPositionTerms *terms, guint head,
                               const SewRelativePositions *positions, SewArena *arena,
                               SewMatrix keys, gsize n_block, SewHeadPositions *head_positions)
{
  gsize n_buckets = positions->n_buckets;
  head_positions->positions = positions;
  if (terms->keys != NULL) {
    head_positions->query_to_position = sew_arena_take_spread (arena, n_block, n_buckets);
    head_positions->keys = get_operand (&terms->keys[head], positions, arena);
  }
  if (terms->queries != NULL) {
    SewGemmOperand queries = get_operand (&terms->queries[head], positions, arena);
    head_positions->key_to_position = sew_arena_take_spread (arena, keys.n_rows, n_buckets);
    multiply_keys (positions, arena, keys, &queries, head_positions->key_to_position);
  }
}

void
sew_position_terms_add (const SewPositionTerms *terms, const SewHeadPositions *head_positions,
                        SewArena *arena, SewMatrix queries, gsize first, SewMatrix scores)
{
  const SewRelativePositions *positions = head_positions->positions;
  const SewKernels *kernels = sew_kernels_get ();
  SewMatrix by_query = head_positions->query_to_position;
  SewMatrix by_key = head_positions->key_to_position;
  if (terms->keys != NULL)
    multiply_queries (head_positions, arena, queries, first);

  const gint32 *buckets = positions->buckets + (positions->n_frames - 1 - first);
  if (positions->falls_evenly) {
    if (terms->keys != NULL)
      kernels->add_by_row (scores, by_query, buckets);
    if (terms->queries != NULL)
      kernels->add_by_column (scores, by_key, buckets);
    return;
  }
  for (gsize i = 0; i < scores.n_rows; i++) {
    float *row = sew_matrix_row (scores, i);
    if (terms->keys != NULL)
      kernels->add_gathered (row, scores.n_columns, sew_matrix_row (by_query, i), 0, buckets - i);
    if (terms->queries != NULL)
      kernels->add_gathered (row, scores.n_columns, by_key.data, by_key.stride, buckets - i);
  }
}

void
sew_position_terms_run_products (const SewPositionTerms *terms, guint head,
                                 const SewRelativePositions *positions, SewArena *arena,
                                 SewMatrix rows, gsize n_block)
{
  SewHeadPositions own = { 0 };
  gsize mark = sew_arena_mark (arena);
  sew_position_terms_begin_head (terms, head, positions, arena, rows, n_block, &own);
  for (gsize first = 0; terms->keys != NULL && first < rows.n_rows; first += n_block)
    multiply_queries (&own, arena,
                      sew_matrix_rows (rows, first, MIN (n_block, rows.n_rows - first)), first);
  sew_arena_release (arena, mark);
}
