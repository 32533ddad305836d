/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/arena.h"
#include "math/gemm.h"
#include "model/weights.h"

/* Weights in the form the products want. */
typedef struct {
  SewGemmOperand operand;
  const float *bias; /* [n_out], or NULL */
  void *memory;      /* of the operand; owned */
} SewPreparedLinear;

/* Some rows of a matrix, times a factor. */
typedef struct {
  const SewWeightRows *rows;
  gsize first;
  gsize n;
  float scale;
} SewLinearPart;

/* The outputs of all parts, one after the other. bias is borrowed; the weights are not needed any
 * more. */
void sew_linear_prepare (SewPreparedLinear *linear, SewFormat format, const SewLinearPart *parts,
                         guint n_parts, const float *bias);
/* The same from a layer's weights; stays empty where the model has no such layer. */
void sew_linear_prepare_layer (SewPreparedLinear *linear, SewFormat format, const SewLinear *layer);
void sew_linear_clear (SewPreparedLinear *linear);

static inline gboolean
sew_linear_is_empty (const SewPreparedLinear *linear)
{
  return linear->operand.n_out == 0;
}

/* out := activation (in x W' + bias) + residual; residual.data may be NULL. */
void sew_linear_run (const SewPreparedLinear *linear, SewArena *arena, SewMatrix in,
                     SewActivation activation, SewMatrix residual, SewMatrix out);

/* Whether what goes from one layer to the next alone may be bfloat16. */
gboolean sew_linear_takes_halves (const SewPreparedLinear *linear);

/* Rows for such a layer, to be filled in. */
SewHalves sew_linear_take_halves (const SewGemmOperand *operand, SewArena *arena, gsize n_rows);

/* Rows as floats, or as halves where those have data. */
typedef struct {
  SewMatrix floats;
  SewHalves halves;
} SewRows;

/* The same as sew_linear_run () of either. Where halves come out of a layer that does not take
 * them, there are floats too, to calculate in. */
void sew_linear_run_rows (const SewPreparedLinear *linear, SewArena *arena, SewRows in,
                          SewActivation activation, SewMatrix residual, SewRows out);

/* out := in x operand */
void sew_linear_multiply (SewArena *arena, SewMatrix in, const SewGemmOperand *operand,
                          SewMatrix out);

/* The product alone, of n_rows rows of zeros that are stride apart, for measuring. */
void sew_linear_run_alone (const SewPreparedLinear *linear, SewArena *arena, gsize n_rows,
                           gsize stride);

#define SEW_NO_RESIDUAL ((SewMatrix){ 0 })
