/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/arena.h"
#include "encoder/disentangled-attention.h"
#include "encoder/linear.h"

/* Multi-head self-attention over all rows of a window. */
typedef struct {
  guint n_heads;
  gsize head_size;
  SewPreparedLinear input; /* queries (scaled), keys and values side by side */
  SewPreparedLinear output;
  float *weight;           /* [3 hidden][hidden] of input; owned; NULL once packed */
  float *bias;             /* [3 hidden] of input; owned */
  SewPositionTerms *terms; /* SEW-D's; otherwise NULL */
} SewAttention;

/* relative_embeddings: [2 span][hidden], NULL for plain attention. */
void sew_attention_init (SewAttention *attention, const SewModelConfig *config,
                         const SewLayerWeights *layer, const float *relative_embeddings,
                         guint relative_span);
void sew_attention_clear (SewAttention *attention);

/* in, residual, out: [n][hidden]; out := attention (in) + residual. positions: of n frames, where
 * there are terms. */
void sew_attention_run (const SewAttention *attention, const SewRelativePositions *positions,
                        SewArena *arena, SewMatrix in, SewMatrix residual, SewMatrix out);
