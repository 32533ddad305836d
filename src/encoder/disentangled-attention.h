/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/arena.h"
#include "encoder/linear.h"

/* SEW-D's (DeBERTa's) scores that know how far apart query i and key j are. With d = bucket (i -
 * j), content to position:  query_i . position_key_d position to content:  key_j . position_query_d
 * The position keys and queries depend on the model alone and are projected when it is loaded. Per
 * window there is a product with each bucket instead of each pair, and a look-up. */

/* Which bucket each distance of a window falls into. Depends on the model and on n_frames alone. */
typedef struct {
  gsize n_frames;
  gsize first_bucket; /* the range of buckets that such a window reaches */
  gsize n_buckets;
  gint32 *buckets;       /* [2 n_frames - 1]: for j - i = 1 - n_frames, ...; from first_bucket on */
  gboolean falls_evenly; /* each of these is that before it or one less */
} SewRelativePositions;

/* Replaces what was there, if anything. */
void sew_relative_positions_set (SewRelativePositions *positions, const SewModelConfig *config,
                                 guint span, gsize n_frames);
void sew_relative_positions_clear (SewRelativePositions *positions);

/* One layer's position keys and queries. */
typedef struct _SewPositionTerms SewPositionTerms;

/* relative_embeddings: [2 span][hidden]; scale: of the scores. All are only read here. */
SewPositionTerms *sew_position_terms_new (const SewModelConfig *config, SewFormat format,
                                          const SewLayerWeights *layer,
                                          const float *relative_embeddings, guint span,
                                          float scale);
void sew_position_terms_free (SewPositionTerms *terms);

/* What one head of one window needs; lives in the arena. */
typedef struct {
  const SewRelativePositions *positions;
  SewGemmOperand keys;         /* of the buckets that the window reaches */
  SewMatrix query_to_position; /* scratch: [rows of a block][n_buckets] */
  SewMatrix key_to_position;   /* [n_frames][n_buckets] */
} SewHeadPositions;

/* keys: [n_frames][head_size]; n_block: the most rows that sew_position_terms_add () will get. */
void sew_position_terms_begin_head (const SewPositionTerms *terms, guint head,
                                    const SewRelativePositions *positions, SewArena *arena,
                                    SewMatrix keys, gsize n_block,
                                    SewHeadPositions *head_positions);

/* scores += both terms. queries: rows first, first + 1, ... of the window, scaled. */
void sew_position_terms_add (const SewPositionTerms *terms, const SewHeadPositions *head_positions,
                             SewArena *arena, SewMatrix queries, gsize first, SewMatrix scores);

/* The products alone, of all rows, in blocks of n_block, for measuring. */
void sew_position_terms_run_products (const SewPositionTerms *terms, guint head,
                                      const SewRelativePositions *positions, SewArena *arena,
                                      SewMatrix rows, gsize n_block);
