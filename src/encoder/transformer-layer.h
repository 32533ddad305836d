/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/attention.h"
#include "encoder/linear.h"
#include "encoder/team.h"

/* One layer of the transformer: attention, then feed-forward (and MMS's adapter), each with a norm
 * before it or after it. */
typedef struct {
  const SewModelConfig *config;
  const SewLayerWeights *weights;
  SewAttention attention;
  SewPreparedLinear intermediate, output;
  SewPreparedLinear adapter_down, adapter_up; /* empty without adapters */
} SewTransformerLayer;

/* The rows that layers work on, [n][hidden]: each step reads them and leaves its result in them. */
typedef struct {
  SewMatrix rows;
  SewMatrix spare; /* of the same size, without gaps either */
} SewTransformerRows;

void sew_transformer_layer_init (SewTransformerLayer *layer, SewFormat format,
                                 const SewModelConfig *config, const SewWeights *weights,
                                 guint index);
void sew_transformer_layer_clear (SewTransformerLayer *layer);

void sew_transformer_layer_attend (const SewTransformerLayer *layer,
                                   const SewRelativePositions *positions, const SewTeam *team,
                                   SewTransformerRows *state);
void sew_transformer_layer_feed_forward (const SewTransformerLayer *layer, const SewTeam *team,
                                         SewTransformerRows *state);
