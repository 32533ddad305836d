/* SPDX-License-Identifier: MIT */
#include "encoder/disentangled-attention.h"

#include <math.h>

#define HEADS 2
#define HEAD_SIZE 8
#define HIDDEN (HEADS * HEAD_SIZE)
#define FRAMES 150
#define BLOCK 40
#define SCALE 0.5f

typedef struct {
  guint n_buckets;
  guint max_position;
  gboolean falls_evenly;
  float outlier; /* what one embedding is multiplied with */
} Case;

static void
fill (float *values, gsize n, guint32 seed)
{
  for (gsize i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223;
    values[i] = (float) (seed >> 8) / 0x1p24f - 0.5f;
  }
}

/* In double precision, as make_log_bucket_position () of DeBERTa has it. */
static gsize
find_bucket (const Case *own, gint64 distance)
{
  gint64 middle = own->n_buckets / 2, magnitude = ABS (distance);
  if (magnitude > middle) {
    double spread = log ((own->max_position - 1.0) / (double) middle);
    double ratio = log ((double) magnitude / (double) middle) / spread * (double) (middle - 1);
    magnitude = (gint64) ceil (ratio - 1e-6) + middle;
  }
  distance = distance < 0 ? -magnitude : magnitude;
  return (gsize) CLAMP (distance + own->n_buckets, 0, 2 * (gint64) own->n_buckets - 1);
}

/* Of a head's columns. */
static float
multiply (const float *a, const float *b, guint head)
{
  float sum = 0;
  for (gsize k = head * HEAD_SIZE; k < (head + 1) * HEAD_SIZE; k++)
    sum += a[k] * b[k];
  return sum;
}

/* Keys and queries are the embeddings themselves, so that what is expected can be written down. */
static SewLinear
make_identity (float *weights)
{
  SewLinear linear = { .n_in = HIDDEN, .n_out = HIDDEN };
  for (gsize i = 0; i < HIDDEN * HIDDEN; i++)
    weights[i] = i % (HIDDEN + 1) == 0;
  linear.weight = (SewWeightRows){
    .data = weights, .dtype = SEW_DTYPE_F32, .n_rows = HIDDEN, .n_columns = HIDDEN, .n_taps = 1
  };
  return linear;
}

static void
test_scores (gconstpointer data)
{
  const Case *own = data;
  SewModelConfig config = {
    .family = SEW_FAMILY_SEW_D,
    .hidden_size = HIDDEN,
    .n_heads = HEADS,
    .position_buckets = own->n_buckets,
    .max_relative_positions = own->max_position,
    .share_attention_key = TRUE,
    .content_to_position = TRUE,
    .position_to_content = TRUE,
  };
  float identity[HIDDEN * HIDDEN];
  SewLinear linear = make_identity (identity);
  SewLayerWeights layer = { .query = linear, .key = linear };
  gsize n_embeddings = 2 * own->n_buckets;
  g_autofree float *embeddings = g_new (float, n_embeddings *HIDDEN);
  g_autofree float *queries = g_new (float, FRAMES *HIDDEN);
  g_autofree float *keys = g_new (float, FRAMES *HIDDEN);
  float *scores = g_new (float, BLOCK *FRAMES);
  fill (embeddings, n_embeddings * HIDDEN, 1);
  for (gsize i = 0; i < HIDDEN; i++)
    embeddings[5 * HIDDEN + i] *= own->outlier;
  fill (queries, FRAMES * HIDDEN, 2);
  fill (keys, FRAMES * HIDDEN, 3);

  SewArena *arena = sew_arena_new ();
  SewRelativePositions positions = { 0 };
  sew_relative_positions_set (&positions, &config, own->n_buckets, FRAMES);
  g_assert_cmpint (positions.falls_evenly, ==, own->falls_evenly);
  SewPositionTerms *terms = sew_position_terms_new (&config, SEW_FORMAT_FLOAT32, &layer, embeddings,
                                                    own->n_buckets, SCALE);
  for (guint head = 0; head < HEADS; head++) {
    SewMatrix head_queries = { queries + head * HEAD_SIZE, FRAMES, HEAD_SIZE, HIDDEN };
    SewMatrix head_keys = { keys + head * HEAD_SIZE, FRAMES, HEAD_SIZE, HIDDEN };
    SewHeadPositions head_positions = { 0 };
    sew_position_terms_begin_head (terms, head, &positions, arena, head_keys, BLOCK,
                                   &head_positions);
    for (gsize first = 0; first < FRAMES; first += BLOCK) {
      gsize n = MIN (BLOCK, FRAMES - first);
      fill (scores, BLOCK * FRAMES, 4);
      g_autofree float *before = g_memdup2 (scores, BLOCK * FRAMES * sizeof *scores);
      sew_position_terms_add (terms, &head_positions, arena,
                              sew_matrix_rows (head_queries, first, n), first,
                              sew_matrix (scores, n, FRAMES));
      for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < FRAMES; j++) {
          const float *embedding = embeddings
                                   + find_bucket (own, (gint64) (first + i) - (gint64) j) * HIDDEN;
          float expected = before[i * FRAMES + j]
                           + multiply (queries + (first + i) * HIDDEN, embedding, head)
                           + SCALE * multiply (keys + j * HIDDEN, embedding, head);
          g_assert_cmpfloat_with_epsilon (scores[i * FRAMES + j], expected, 1e-4f);
        }
    }
  }
  sew_position_terms_free (terms);
  sew_relative_positions_clear (&positions);
  sew_arena_free (arena);
  g_free (scores);
}

int
main (int argc, char **argv)
{
  static const Case evenly = { 64, 100, TRUE, 1 };
  static const Case with_jumps = { 16, 12, FALSE, 1 };
  static const Case with_outlier = { 64, 100, TRUE, 64 };
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/disentangled-attention/even-buckets", &evenly, test_scores);
  g_test_add_data_func ("/disentangled-attention/buckets-with-jumps", &with_jumps, test_scores);
  g_test_add_data_func ("/disentangled-attention/outlier", &with_outlier, test_scores);
  return g_test_run ();
}
