/* SPDX-License-Identifier: MIT */

/* The body of every table of kernels; meson compiles it once per instruction set, with SEW_ISA as
 * the name of that set. */

#include "math/kernels.h"

#include <math.h>

#include "math/vector.h"

/* --- bias, activation, residual --- */

INLINE Vector
finish (Vector x, const float *bias, const float *residual, SewActivation activation,
        gboolean coarse, gsize n)
{
  if (bias != NULL)
    x += n == LANES ? load (bias) : load_some (bias, n, 0);
  x = coarse && activation == SEW_ACTIVATION_GELU ? gelu_coarse (x) : activate (x, activation);
  if (residual != NULL)
    x += n == LANES ? load (residual) : load_some (residual, n, 0);
  return x;
}

/* n values of a row of the epilogue, from column j on; coarse: for bfloat16. */
INLINE Vector
finish_some (const float *row, const SewEpilogue *epilogue, const float *residual,
             SewActivation activation, gboolean coarse, gsize j, gsize n)
{
  return finish (n == LANES ? load (row + j) : load_some (row + j, n, 0),
                 epilogue->bias != NULL ? epilogue->bias + j : NULL,
                 residual != NULL ? residual + j : NULL, activation, coarse, n);
}

INLINE void
finish_rows (SewMatrix in, const SewEpilogue *epilogue, SewActivation activation, SewMatrix out)
{
  gsize whole = in.n_columns - in.n_columns % LANES;
  gsize n = in.n_columns - whole;
  for (gsize i = 0; i < in.n_rows; i++) {
    const float *row = sew_matrix_row (in, i);
    float *to = sew_matrix_row (out, i);
    const float *residual = epilogue->residual.data;
    if (residual != NULL)
      residual = sew_matrix_row (epilogue->residual, i);
    for (gsize j = 0; j < whole; j += LANES)
      store (to + j, finish_some (row, epilogue, residual, activation, FALSE, j, LANES));
    if (n > 0)
      store_some (to + whole, n,
                  finish_some (row, epilogue, residual, activation, FALSE, whole, n));
  }
}

/* The same to bfloat16. */
INLINE void
finish_narrow_rows (SewMatrix in, const SewEpilogue *epilogue, SewActivation activation)
{
  gsize whole = in.n_columns - in.n_columns % LANES;
  gsize n = in.n_columns - whole;
  for (gsize i = 0; i < in.n_rows; i++) {
    const float *row = sew_matrix_row (in, i);
    guint16 *to = epilogue->halves.data + i * epilogue->halves.stride;
    const float *residual = epilogue->residual.data;
    if (residual != NULL)
      residual = sew_matrix_row (epilogue->residual, i);
    for (gsize j = 0; j < whole; j += LANES)
      *(LooseHalves *) (to + j) = narrow (
          finish_some (row, epilogue, residual, activation, TRUE, j, LANES));
    if (n > 0) {
      Halves last = narrow (finish_some (row, epilogue, residual, activation, TRUE, whole, n));
      memcpy (to + whole, &last, n * sizeof *to);
    }
  }
}

static void
apply_epilogue (SewMatrix in, const SewEpilogue *epilogue, SewMatrix out)
{
  switch (epilogue->activation) {
#define CASE(activation)                                                                           \
  case activation:                                                                                 \
    if (epilogue->halves.data != NULL)                                                             \
      finish_narrow_rows (in, epilogue, activation);                                               \
    else                                                                                           \
      finish_rows (in, epilogue, activation, out);                                                 \
    break;
    CASE (SEW_ACTIVATION_LINEAR)
    CASE (SEW_ACTIVATION_GELU)
    CASE (SEW_ACTIVATION_GELU_TANH)
    CASE (SEW_ACTIVATION_GELU_QUICK)
    CASE (SEW_ACTIVATION_RELU)
    CASE (SEW_ACTIVATION_RELU6)
    CASE (SEW_ACTIVATION_LEAKY_RELU)
    CASE (SEW_ACTIVATION_RELU_SQUARED)
    CASE (SEW_ACTIVATION_SILU)
    CASE (SEW_ACTIVATION_MISH)
    CASE (SEW_ACTIVATION_SIGMOID)
    CASE (SEW_ACTIVATION_TANH)
#undef CASE
  }
}

/* --- norms --- */

static float
add_up (const float *row, gsize n)
{
  Vector sum = splat (0);
  gsize j = 0;
  for (; j + LANES <= n; j += LANES)
    sum += load (row + j);
  if (j < n)
    sum += load_some (row + j, n - j, 0);
  return add_lanes (sum);
}

static float
add_up_squared_distances (const float *row, gsize n, float mean)
{
  Vector sum = splat (0);
  gsize j = 0;
  for (; j + LANES <= n; j += LANES) {
    Vector distance = load (row + j) - mean;
    sum += distance * distance;
  }
  if (j < n) {
    Vector distance = load_some (row + j, n - j, mean) - mean;
    sum += distance * distance;
  }
  return add_lanes (sum);
}

static void
layer_norm (SewMatrix in, const float *gain, const float *bias, float epsilon,
            SewActivation activation, SewMatrix out)
{
  gsize n = in.n_columns;
  for (gsize i = 0; i < in.n_rows; i++) {
    const float *from = sew_matrix_row (in, i);
    float *to = sew_matrix_row (out, i);
    float mean = add_up (from, n) / (float) n;
    float variance = add_up_squared_distances (from, n, mean) / (float) n;
    float scale = 1.0f / sqrtf (variance + epsilon);
    gsize j = 0;
    for (; j + LANES <= n; j += LANES)
      store (to + j, (load (from + j) - mean) * scale * load (gain + j) + load (bias + j));
    for (; j < n; j++)
      to[j] = (from[j] - mean) * scale * gain[j] + bias[j];
  }
  if (activation != SEW_ACTIVATION_LINEAR)
    apply_epilogue (out, &(SewEpilogue){ .activation = activation }, out);
}

/* --- softmax --- */

static float
find_greatest (const float *row, gsize n)
{
  Vector most = splat (-INFINITY);
  gsize j = 0;
  for (; j + LANES <= n; j += LANES)
    most = greater (load (row + j), most);
  if (j < n)
    most = greater (load_some (row + j, n - j, -INFINITY), most);
  return greatest_lane (most);
}

/* Returns the sum. */
INLINE float
exponentiate_row (float *row, gsize n, guint16 *halves)
{
  float most = find_greatest (row, n);
  Vector sum = splat (0);
  gsize j = 0;
  for (; j + LANES <= n; j += LANES) {
    Vector e = exponential (load (row + j) - most);
    if (halves != NULL)
      *(LooseHalves *) (halves + j) = narrow (e);
    else
      store (row + j, e);
    sum += e;
  }
  if (j < n) {
    Vector e = exponential (load_some (row + j, n - j, -INFINITY) - most);
    Halves narrow_e = narrow (e);
    if (halves != NULL)
      memcpy (halves + j, &narrow_e, (n - j) * sizeof *halves);
    else
      store_some (row + j, n - j, e);
    sum += e;
  }
  return add_lanes (sum);
}

static void
exponentiate_rows (SewMatrix rows, float *scales, SewHalves halves)
{
  for (gsize i = 0; i < rows.n_rows; i++) {
    float *row = sew_matrix_row (rows, i);
    if (halves.data != NULL)
      scales[i] = 1.0f / exponentiate_row (row, rows.n_columns, halves.data + i * halves.stride);
    else
      scales[i] = 1.0f / exponentiate_row (row, rows.n_columns, NULL);
  }
}

static void
scale_rows (SewMatrix rows, const float *scales)
{
  for (gsize i = 0; i < rows.n_rows; i++) {
    float *row = sew_matrix_row (rows, i);
    float scale = scales[i];
    for (gsize j = 0; j < rows.n_columns; j++)
      row[j] *= scale;
  }
}

static void
log_softmax (SewMatrix rows)
{
  gsize n = rows.n_columns;
  for (gsize i = 0; i < rows.n_rows; i++) {
    float *row = sew_matrix_row (rows, i);
    float most = find_greatest (row, n);
    Vector sum = splat (0);
    gsize j = 0;
    for (; j + LANES <= n; j += LANES)
      sum += exponential (load (row + j) - most);
    if (j < n)
      sum += exponential (load_some (row + j, n - j, -INFINITY) - most);
    float log_sum = most + logf (add_lanes (sum));
    for (j = 0; j < n; j++)
      row[j] -= log_sum;
  }
}

static void
add_gathered (float *row, gsize n, const float *table, gsize stride, const gint32 *indices)
{
  Mask offsets;
  gsize j = 0;
  for (guint i = 0; i < LANES; i++)
    offsets[i] = (gint32) (i * stride);
  for (; j + LANES <= n; j += LANES)
    store (row + j,
           load (row + j)
               + gather (table + j * stride, *(const LooseMask *) (indices + j) + offsets));
  for (; j < n; j++)
    row[j] += table[j * stride + (gsize) indices[j]];
}

/* LANES neighbouring indices reach no further than LANES values, which are one vector. */
INLINE Vector
look_up_some (const float *table, const gint32 *indices)
{
  gint32 least = indices[LANES - 1];
  return gather_near (table + least, *(const LooseMask *) indices - least);
}

static void
add_by_row (SewMatrix rows, SewMatrix table, const gint32 *indices)
{
  for (gsize i = 0; i < rows.n_rows; i++, indices--) {
    const float *from = sew_matrix_row (table, i);
    float *row = sew_matrix_row (rows, i);
    gsize j = 0;
    for (; j + LANES <= rows.n_columns; j += LANES)
      store (row + j, load (row + j) + look_up_some (from, indices + j));
    for (; j < rows.n_columns; j++)
      row[j] += from[indices[j]];
  }
}

static void
add_by_column (SewMatrix rows, SewMatrix table, const gint32 *indices)
{
  gsize n_whole_rows = rows.n_rows - rows.n_rows % LANES;
  gsize n_whole_columns = rows.n_columns - rows.n_columns % LANES;
  for (gsize i = 0; i < n_whole_rows; i += LANES)
    for (gsize j = 0; j < n_whole_columns; j += LANES) {
      Vector columns[LANES]; /* from the last of these rows to the first */
      const gint32 *last = indices + j - (i + LANES - 1);
#pragma GCC unroll 16
      for (gsize k = 0; k < LANES; k++)
        columns[k] = look_up_some (sew_matrix_row (table, j + k), last + k);
      transpose (columns);
#pragma GCC unroll 16
      for (gsize k = 0; k < LANES; k++) {
        float *to = sew_matrix_row (rows, i + LANES - 1 - k) + j;
        store (to, load (to) + columns[k]);
      }
    }
  for (gsize i = 0; i < rows.n_rows; i++, indices--)
    for (gsize j = i < n_whole_rows ? n_whole_columns : 0; j < rows.n_columns; j++)
      sew_matrix_row (rows, i)[j] += sew_matrix_row (table, j)[indices[j]];
}

/* --- pooling --- */

static void
average_rows (SewMatrix in, gsize n, SewMatrix out)
{
  float scale = 1.0f / (float) n;
  for (gsize i = 0; i < out.n_rows; i++) {
    float *to = sew_matrix_row (out, i);
    memcpy (to, sew_matrix_row (in, i * n), out.n_columns * sizeof (float));
    for (gsize k = 1; k < n; k++) {
      const float *from = sew_matrix_row (in, i * n + k);
      for (gsize j = 0; j < out.n_columns; j++)
        to[j] += from[j];
    }
    for (gsize j = 0; n > 1 && j < out.n_columns; j++)
      to[j] *= scale;
  }
}

#define GEMM_TABLE_(isa) sew_gemm_kernels_##isa
#define GEMM_TABLE(isa) GEMM_TABLE_ (isa)
#define TABLE_(isa) sew_kernels_##isa
#define TABLE(isa) TABLE_ (isa)
#define NAME_(isa) #isa
#define NAME(isa) NAME_ (isa)

extern const SewGemmKernels GEMM_TABLE (SEW_ISA);
extern const SewKernels TABLE (SEW_ISA);

const SewKernels TABLE (SEW_ISA) = {
  .name = NAME (SEW_ISA),
  .gemm = &GEMM_TABLE (SEW_ISA),
  .apply_epilogue = apply_epilogue,
  .layer_norm = layer_norm,
  .exponentiate_rows = exponentiate_rows,
  .scale_rows = scale_rows,
  .log_softmax = log_softmax,
  .add_gathered = add_gathered,
  .add_by_row = add_by_row,
  .add_by_column = add_by_column,
  .average_rows = average_rows,
};
