/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/grouped-conv.h"
#include "encoder/linear.h"

/* The way into the transformer and out of it: frames are averaged in groups of squeeze_factor, the
 * strided positional convolution is added, and afterwards every row is spread over as many frames
 * again. wav2vec 2.0 and HuBERT squeeze by one and spread nothing. */
typedef struct {
  const SewModelConfig *config;
  const SewWeights *weights;
  SewGroupedConv positional;
  SewPreparedLinear upsample; /* empty where nothing is squeezed */
} SewSqueezedContext;

void sew_squeezed_context_init (SewSqueezedContext *context, SewFormat format,
                                const SewModelConfig *config, const SewWeights *weights);
void sew_squeezed_context_clear (SewSqueezedContext *context);

/* in: [n_frames][hidden] without gaps, out: [n_frames / squeeze_factor][hidden] */
void sew_squeezed_context_squeeze (const SewSqueezedContext *context, const SewTeam *team,
                                   SewMatrix in, SewMatrix out);
/* in: [n_frames / squeeze_factor][hidden], out: [n_frames][hidden] without gaps. Frames that were
 * left over when squeezing are zero. */
void sew_squeezed_context_upsample (const SewSqueezedContext *context, const SewTeam *team,
                                    SewMatrix in, SewMatrix out);
