/* SPDX-License-Identifier: MIT */

/* The inner loops of matrix products, compiled once per instruction set like kernels-isa.c. */

#include "math/gemm-isa.h"

#include "math/vector.h"

/* A tile of the result stays in registers: of 16, 6 x 2 hold it, and the rest a row of the panel
 * and a value to multiply it with; of 32, 12 x 2. */
#if defined __AVX512F__
#define TILE_ROWS 12
#elif defined __aarch64__
#define TILE_ROWS 10
#else
#define TILE_ROWS 6
#endif
#define TILE_VECTORS 2
#define TILE_COLUMNS (TILE_VECTORS * LANES)

/* c := or += the product of n_rows rows of a and a panel. n_rows is a constant wherever this is
 * used. */
INLINE void
multiply_tile (const SewGemmStrip *strip, const float *a, float *c, guint n_rows)
{
  gsize a_stride = strip->a_stride;
  const float *b = strip->panel;
  Vector sums[TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      sums[i][v] = splat (0);

  for (gsize k = 0; k < strip->depth; k++) {
    Vector row[TILE_VECTORS];
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      row[v] = load (b + v * LANES);
#pragma GCC unroll 16
    for (guint i = 0; i < n_rows; i++) {
      Vector x = splat (a[i * a_stride + k]);
#pragma GCC unroll 16
      for (guint v = 0; v < TILE_VECTORS; v++)
        sums[i][v] += x * row[v];
    }
    b += TILE_COLUMNS;
  }

  if (strip->n_columns == TILE_COLUMNS) {
#pragma GCC unroll 16
    for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
      for (guint v = 0; v < TILE_VECTORS; v++) {
        float *to = c + i * strip->c_stride + v * LANES;
        store (to, strip->accumulate ? load (to) + sums[i][v] : sums[i][v]);
      }
    return;
  }
  float edge[TILE_ROWS][TILE_COLUMNS];
#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      store (&edge[i][v * LANES], sums[i][v]);
  for (guint i = 0; i < n_rows; i++)
    for (gsize j = 0; j < strip->n_columns; j++) {
      float *to = c + i * strip->c_stride + j;
      *to = strip->accumulate ? *to + edge[i][j] : edge[i][j];
    }
}

/* Rows that do not fill a tile. */
static void
multiply_last_rows (const SewGemmStrip *strip, const float *a, float *c, gsize n_rows)
{
  switch (n_rows) {
#define CASE(n)                                                                                    \
  case n:                                                                                          \
    multiply_tile (strip, a, c, n);                                                                \
    break;
    CASE (1)
    CASE (2)
    CASE (3)
    CASE (4)
    CASE (5)
#if TILE_ROWS > 6
    CASE (6)
    CASE (7)
    CASE (8)
    CASE (9)
#endif
#if TILE_ROWS > 10
    CASE (10)
    CASE (11)
#endif
#undef CASE
  }
}

static void
multiply_strip (const SewGemmStrip *strip)
{
  const float *a = strip->a;
  float *c = strip->c;
  gsize row = 0;
  for (; row + TILE_ROWS <= strip->n_rows; row += TILE_ROWS) {
    multiply_tile (strip, a, c, TILE_ROWS);
    a += TILE_ROWS * strip->a_stride;
    c += TILE_ROWS * strip->c_stride;
  }
  multiply_last_rows (strip, a, c, strip->n_rows - row);
}

#define TABLE_(isa) sew_gemm_kernels_##isa
#define TABLE(isa) TABLE_ (isa)

const SewGemmKernels TABLE (SEW_ISA) = {
  .tile_rows = TILE_ROWS,
  .tile_columns = TILE_COLUMNS,
  .multiply_strip = multiply_strip,
};
