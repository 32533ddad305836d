/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/gemm.h"
#include "model/weights.h"

/* Weights in the form the products want. */
typedef struct {
  SewGemmOperand operand;
  const float *bias; /* [n_out], or NULL */
  float *packed;     /* owned */
} SewPreparedLinear;

/* weight: [n_out][n_in], borrowed as bias is. */
void sew_linear_prepare (SewPreparedLinear *linear, const float *weight, const float *bias,
                         gsize n_in, gsize n_out);
/* The same from a layer's weights; stays empty where the model has no such layer. */
void sew_linear_prepare_layer (SewPreparedLinear *linear, const SewLinear *layer);
void sew_linear_clear (SewPreparedLinear *linear);

static inline gboolean
sew_linear_is_empty (const SewPreparedLinear *linear)
{
  return linear->operand.n_out == 0;
}

/* out := activation (in x W' + bias) + residual; residual.data may be NULL. */
void sew_linear_run (const SewPreparedLinear *linear, SewMatrix in, SewActivation activation,
                     SewMatrix residual, SewMatrix out);

#define SEW_NO_RESIDUAL ((SewMatrix){ 0 })
