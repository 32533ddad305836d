/* SPDX-License-Identifier: MIT */
#include "encoder/linear.h"

#include <string.h>

#define ALIGNMENT 64

/* Where reading goes on. */
typedef struct {
  const SewLinearPart *part;
  gsize row; /* of the part */
} Cursor;

/* The next outputs' weights: at most n rows; returns how many. */
static gsize
read_rows (Cursor *cursor, const SewLinearPart *end, gsize n, float *out)
{
  gsize n_read = 0;
  while (n_read < n && cursor->part < end) {
    const SewLinearPart *part = cursor->part;
    gsize n_columns = part->rows->n_columns;
    gsize n_taken = MIN (n - n_read, part->n - cursor->row);
    float *to = out + n_read * n_columns;
    sew_weight_rows_read (part->rows, part->first + cursor->row, n_taken, to);
    for (gsize i = 0; part->scale != 1 && i < n_taken * n_columns; i++)
      to[i] *= part->scale;
    n_read += n_taken;
    cursor->row += n_taken;
    if (cursor->row == part->n)
      *cursor = (Cursor){ part + 1, 0 };
  }
  return n_read;
}

void
sew_linear_prepare (SewPreparedLinear *linear, SewFormat format, const SewLinearPart *parts,
                    guint n_parts, const float *bias)
{
  gsize n_in = parts[0].rows->n_columns;
  gsize n_out = 0;
  for (guint i = 0; i < n_parts; i++)
    n_out += parts[i].n;
  linear->bias = bias;
  linear->memory = g_aligned_alloc (sew_gemm_count_bytes (format, FALSE, n_in, n_out), 1,
                                    ALIGNMENT);
  sew_gemm_operand_init (&linear->operand, format, FALSE, n_in, n_out, linear->memory);

  Cursor cursor = { parts, 0 };
  g_autofree float *values = g_new (float, SEW_GEMM_COLUMN_UNIT *n_in);
  for (gsize first = 0; first < n_out; first += SEW_GEMM_COLUMN_UNIT) {
    gsize n = read_rows (&cursor, parts + n_parts, SEW_GEMM_COLUMN_UNIT, values);
    sew_gemm_operand_fill (&linear->operand, first, n, values);
  }
  for (guint i = 0; i < n_parts; i++)
    sew_weight_rows_release (parts[i].rows);
}

void
sew_linear_prepare_layer (SewPreparedLinear *linear, SewFormat format, const SewLinear *layer)
{
  SewLinearPart part = { &layer->weight, 0, layer->n_out, 1 };
  if (layer->weight.n_rows > 0)
    sew_linear_prepare (linear, format, &part, 1, layer->bias);
}

void
sew_linear_clear (SewPreparedLinear *linear)
{
  g_aligned_free (linear->memory);
  *linear = (SewPreparedLinear){ 0 };
}

gboolean
sew_linear_takes_halves (const SewPreparedLinear *linear)
{
  return sew_gemm_takes_halves (&linear->operand);
}

SewHalves
sew_linear_take_halves (const SewGemmOperand *operand, SewArena *arena, gsize n_rows)
{
  float *memory = sew_arena_take (arena, sew_gemm_count_halves (operand, n_rows));
  return sew_gemm_lay_out_halves (operand, n_rows, memory);
}

void
sew_linear_run_rows (const SewPreparedLinear *linear, SewArena *arena, SewRows in,
                     SewActivation activation, SewMatrix residual, SewRows out)
{
  SewEpilogue epilogue = {
    .bias = linear->bias,
    .activation = activation,
    .residual = residual,
    .halves = out.halves,
  };
  gsize n_rows = out.halves.data != NULL ? out.halves.n_rows : out.floats.n_rows;
  gsize mark = sew_arena_mark (arena);
  float *scratch = sew_arena_take (arena, sew_gemm_count_scratch (&linear->operand, n_rows));
  if (out.halves.data != NULL && out.floats.data == NULL)
    out.floats = sew_matrix (NULL, n_rows, linear->operand.n_out);
  if (in.halves.data != NULL)
    sew_gemm_run_halves (in.halves, &linear->operand, &epilogue, scratch, out.floats);
  else
    sew_gemm_run (in.floats, &linear->operand, &epilogue, scratch, out.floats);
  sew_arena_release (arena, mark);
}

void
sew_linear_run (const SewPreparedLinear *linear, SewArena *arena, SewMatrix in,
                SewActivation activation, SewMatrix residual, SewMatrix out)
{
  sew_linear_run_rows (linear, arena, (SewRows){ .floats = in }, activation, residual,
                       (SewRows){ .floats = out });
}

void
sew_linear_multiply (SewArena *arena, SewMatrix in, const SewGemmOperand *operand, SewMatrix out)
{
  sew_linear_run (&(SewPreparedLinear){ .operand = *operand }, arena, in, SEW_ACTIVATION_LINEAR,
                  SEW_NO_RESIDUAL, out);
}

void
sew_linear_run_alone (const SewPreparedLinear *linear, SewArena *arena, gsize n_rows, gsize stride)
{
  gsize n_in = linear->operand.n_in;
  gsize n_values = n_rows * stride + n_in;
  gsize mark = sew_arena_mark (arena);
  SewMatrix in = { sew_arena_take (arena, n_values), n_rows, n_in, stride };
  memset (in.data, 0, n_values * sizeof (float));
  SewPreparedLinear without_bias = { .operand = linear->operand };
  sew_linear_run (&without_bias, arena, in, SEW_ACTIVATION_LINEAR, SEW_NO_RESIDUAL,
                  sew_arena_take_matrix (arena, n_rows, linear->operand.n_out));
  sew_arena_release (arena, mark);
}
