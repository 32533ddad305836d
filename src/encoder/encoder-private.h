/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/encoder.h"
#include "encoder/feature-extractor.h"
#include "encoder/grouped-conv.h"
#include "encoder/linear.h"
#include "encoder/squeezed-context.h"
#include "encoder/team.h"
#include "encoder/transformer-layer.h"

/* What the encoder and its measuring share. */

struct _SewEncoder {
  const SewModelConfig *config;
  const SewWeights *weights;

  SewFeatureExtractor feature_extractor;
  SewPreparedLinear projection; /* empty where features are as wide as the transformer */
  SewSqueezedContext context;
  SewTransformerLayer *layers; /* [n_layers] */
  SewGroupedConv layer_conv;   /* SEW-D's, after the first layer; usually none */
  SewPreparedLinear head;
};

struct _SewEncoderState {
  SewTeam team;
  SewRelativePositions positions;
  SewEncoderProbe probe;
  gpointer probe_data;
  double stage_start;
  double seconds[SEW_N_STAGES];
};

void sew_encoder_state_begin_stages (SewEncoderState *state);
void sew_encoder_state_end_stage (SewEncoderState *state, SewStage stage);
