/* SPDX-License-Identifier: MIT */
#pragma once

#include <string.h>

#include "math/gemm.h"

/* What the files gemm*.c share. */

/* Which implementation somebody asked for; SEW_GEMM in the environment. */
typedef enum {
  SEW_GEMM_CHOICE_AUTO,
  SEW_GEMM_CHOICE_OWN,    /* "own": ours and no library's */
  SEW_GEMM_CHOICE_DOTS,   /* "dots": ours, by dot products even where there are no units for them */
  SEW_GEMM_CHOICE_ONEDNN, /* "onednn": oneDNN wherever it has such a product */
  SEW_GEMM_CHOICE_OPENBLAS, /* "openblas": OpenBLAS, in float32 */
} SewGemmChoice;

SewGemmChoice sew_gemm_get_choice (void);

static inline gsize
round_up (gsize n, gsize unit)
{
  return (n + unit - 1) / unit * unit;
}

/* The length of each of the fewest nearly equal parts of n that are no longer than limit. */
static inline gsize
split_evenly (gsize n, gsize limit, gsize unit)
{
  gsize n_parts = (n + limit - 1) / limit;
  return round_up ((n + n_parts - 1) / n_parts, unit);
}

/* Panels of as many outputs as a tile has columns lie one after the other. */
static inline gsize
get_panel_width (void)
{
  return sew_kernels_get ()->gemm->tile_columns;
}

/* Words of 32 bits that an output's weights take where they are multiplied by dot products. */
static inline gsize
count_words (SewFormat format, gsize n_in)
{
  gsize n_a_word = format == SEW_FORMAT_INT8 ? 4 : 2;
  return round_up ((n_in + n_a_word - 1) / n_a_word, SEW_GEMM_WORD_UNIT);
}

/* gemm-pack.c: bytes of one output in its panel. */
gsize sew_gemm_count_column_bytes (SewGemmMethod method, SewFormat format, gsize n_in);

/* Of rows first, first + 1, ... */
static inline SewEpilogue
get_row_epilogue (const SewEpilogue *epilogue, gsize first, gsize n)
{
  SewEpilogue part = *epilogue;
  if (part.residual.data != NULL)
    part.residual = sew_matrix_rows (part.residual, first, n);
  if (part.halves.data != NULL)
    part.halves.data += first * part.halves.stride;
  return part;
}

/* While the columns are still in the cache: out's columns from first on := epilogue (product). */
static inline void
finish_columns (SewMatrix product, const SewEpilogue *epilogue, SewMatrix out, gsize first)
{
  SewEpilogue part = *epilogue;
  if (part.bias != NULL)
    part.bias += first;
  if (part.residual.data != NULL)
    part.residual = sew_matrix_columns (part.residual, first, product.n_columns);
  if (part.halves.data != NULL)
    part.halves.data += first;
  if (out.data != NULL)
    out = sew_matrix_columns (out, first, product.n_columns);
  sew_kernels_get ()->apply_epilogue (product, &part, out);
}

/* gemm-dots.c: products of SEW_GEMM_METHOD_DOTS, in floats of scratch memory. */
gsize sew_gemm_dots_count_scratch (const SewGemmOperand *operand, gsize n_rows);
void sew_gemm_dots_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                        float *scratch, SewMatrix out);
