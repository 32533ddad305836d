/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/disentangled-attention.h"
#include "encoder/linear.h"
#include "encoder/team.h"

/* Multi-head self-attention over all rows of a window. */
typedef struct {
  guint n_heads;
  gsize head_size;
  SewPreparedLinear input; /* queries (scaled), keys and values side by side */
  SewPreparedLinear output;
  float *bias;             /* [3 hidden] of input; owned */
  SewPositionTerms *terms; /* SEW-D's; otherwise NULL */
  SewFormat format;        /* of the products of queries, keys and values */
} SewAttention;

/* relative_embeddings: [2 span][hidden], NULL for plain attention. */
void sew_attention_init (SewAttention *attention, SewFormat format, const SewModelConfig *config,
                         const SewLayerWeights *layer, const float *relative_embeddings,
                         guint relative_span);
void sew_attention_clear (SewAttention *attention);

/* out := what in gives and asks: queries, keys and values side by side. Rows are independent.
 * in: [n][hidden], out: [n][3 hidden] */
void sew_attention_project (const SewAttention *attention, SewArena *arena, SewMatrix in,
                            SewMatrix out);
/* The products alone, of n_rows rows, for measuring. */
void sew_attention_run_products (const SewAttention *attention,
                                 const SewRelativePositions *positions, SewArena *arena,
                                 gsize n_rows);
/* What the queries get out of all values. projected: [n][3 hidden], context: [n][hidden];
 * positions: of n frames, where there are terms. */
void sew_attention_mix (const SewAttention *attention, const SewRelativePositions *positions,
                        const SewTeam *team, SewMatrix projected, SewMatrix context);
