/* SPDX-License-Identifier: MIT */

/* Dot products of words by a matrix unit (AMX), which multiplies tiles of 16 rows of 16 words. */

#include "math/gemm-isa.h"
#include "math/tiles.h"

/* Four tiles of the result at a time, so that each tile of either side is used twice. The numbers
 * of tiles are part of the instructions. */
#define C00 0
#define C01 1
#define C10 2
#define C11 3
#define A0 4
#define A1 5
#define B0 6
#define B1 7

#define TILE_ROWS 16
#define TILE_WORDS SEW_GEMM_WORD_UNIT
#define TILE_BYTES (TILE_WORDS * 4)
#define COLUMNS (2 * TILE_WORDS)
#define C_STRIDE (COLUMNS * 4)

G_STATIC_ASSERT (SEW_GEMM_ROW_UNIT == 2 * TILE_ROWS);

static inline void
load_sums (const guint8 *c)
{
  TILE_LOAD (C00, c, C_STRIDE);
  TILE_LOAD (C01, c + TILE_BYTES, C_STRIDE);
  TILE_LOAD (C10, c + TILE_ROWS * C_STRIDE, C_STRIDE);
  TILE_LOAD (C11, c + TILE_ROWS * C_STRIDE + TILE_BYTES, C_STRIDE);
}

static inline void
clear_sums (void)
{
  TILE_ZERO (C00);
  TILE_ZERO (C01);
  TILE_ZERO (C10);
  TILE_ZERO (C11);
}

static inline void
store_sums (guint8 *c)
{
  TILE_STORE (C00, c, C_STRIDE);
  TILE_STORE (C01, c + TILE_BYTES, C_STRIDE);
  TILE_STORE (C10, c + TILE_ROWS * C_STRIDE, C_STRIDE);
  TILE_STORE (C11, c + TILE_ROWS * C_STRIDE + TILE_BYTES, C_STRIDE);
}

/* What is multiplied with next lies behind the panel, and far away: all the rows of this one are
 * time to fetch it, a few lines a step. */
static inline void
fetch_next (const guint8 *next, gsize row, gsize n_lines)
{
  const gsize line = 64, n_lines_a_step = 2 * TILE_ROWS;
  gsize first = row / SEW_GEMM_ROW_UNIT * n_lines;
  for (gsize i = first; i < MIN (first + n_lines, n_lines_a_step); i++)
    __builtin_prefetch (next + i * line, 0, 2);
}

/* of_bytes is a constant wherever this is used. */
static inline __attribute__ ((always_inline)) void
multiply (const SewGemmDotStrip *strip, gboolean of_bytes)
{
  gsize a_stride = strip->a_stride;
  gsize n_row_units = (strip->n_rows + SEW_GEMM_ROW_UNIT - 1) / SEW_GEMM_ROW_UNIT;
  gsize n_fetched = (2 * TILE_ROWS + n_row_units - 1) / n_row_units;
  gsize panel_bytes = strip->n_words * COLUMNS * sizeof *strip->panel;
  TILE_CONFIGURE ();
  for (gsize row = 0; row < strip->n_rows; row += SEW_GEMM_ROW_UNIT) {
    const guint8 *a = strip->a + row * a_stride;
    const guint32 *b = strip->panel;
    guint8 *c = (guint8 *) strip->c + row * C_STRIDE;
    if (strip->accumulate)
      load_sums (c);
    else
      clear_sums ();
    for (gsize k = 0; k < strip->n_words; k += TILE_WORDS) {
      fetch_next ((const guint8 *) b + panel_bytes, row, n_fetched);
      TILE_LOAD (B0, b, C_STRIDE);
      TILE_LOAD (A0, a, a_stride);
      TILE_LOAD (B1, b + TILE_WORDS, C_STRIDE);
      TILE_LOAD (A1, a + TILE_ROWS * a_stride, a_stride);
      if (of_bytes) {
        TILE_ADD_BYTE_DOTS (C00, A0, B0);
        TILE_ADD_BYTE_DOTS (C01, A0, B1);
        TILE_ADD_BYTE_DOTS (C10, A1, B0);
        TILE_ADD_BYTE_DOTS (C11, A1, B1);
      } else {
        TILE_ADD_BF16_DOTS (C00, A0, B0);
        TILE_ADD_BF16_DOTS (C01, A0, B1);
        TILE_ADD_BF16_DOTS (C10, A1, B0);
        TILE_ADD_BF16_DOTS (C11, A1, B1);
      }
      a += TILE_BYTES;
      b += TILE_WORDS * COLUMNS;
    }
    store_sums (c);
  }
  TILE_RELEASE ();
}

void
sew_gemm_tiles_multiply_bf16 (const SewGemmDotStrip *strip)
{
  multiply (strip, FALSE);
}

void
sew_gemm_tiles_multiply_bytes (const SewGemmDotStrip *strip)
{
  multiply (strip, TRUE);
}
