/* SPDX-License-Identifier: MIT */

/* Products whose both sides are bfloat16, or of 8 bits, for processors with units for that. */

#include "math/gemm-private.h"

/* A block of the left-hand side, and the part of a panel, that stay in the second-level and the
 * first-level cache. */
#define BLOCK_ROWS 384
#define LEAST_BLOCK_ROWS 64
#define BLOCK_BYTES (1024 * 1024)
#define BLOCK_WORDS 256
#define GAP_BYTES (SEW_ROW_GAP * sizeof (float))

/* In the caller's scratch memory. */
typedef struct {
  float *row_scales; /* [rows of a block] of integers */
  float *product;    /* [rows of a block][panel width] */
  guint8 *left;      /* the rows of a block */
  gsize left_stride;
} Scratch;

static gsize
get_row_bytes (const SewGemmOperand *operand)
{
  return count_words (operand->format, operand->n_in) * sizeof (guint32) + GAP_BYTES;
}

static gsize
get_block_rows (const SewGemmOperand *operand, gsize n_rows)
{
  gsize limit = CLAMP (BLOCK_BYTES / get_row_bytes (operand), LEAST_BLOCK_ROWS, BLOCK_ROWS);
  return split_evenly (n_rows, limit, SEW_GEMM_ROW_UNIT);
}

static gsize
lay_out_scratch (const SewGemmOperand *operand, gsize n_rows, float *memory, Scratch *layout)
{
  gsize n_block = get_block_rows (operand, n_rows);
  gsize n_product = n_block * get_panel_width ();
  if (layout != NULL)
    *layout = (Scratch){
      .row_scales = memory,
      .product = memory + n_block,
      .left = (guint8 *) (memory + n_block + n_product),
      .left_stride = get_row_bytes (operand),
    };
  return n_block + n_product + n_block * get_row_bytes (operand) / sizeof (float) + SEW_ROW_GAP;
}

gsize
sew_gemm_dots_count_scratch (const SewGemmOperand *operand, gsize n_rows)
{
  return lay_out_scratch (operand, n_rows, NULL, NULL);
}

/* Behind the values of a row, what is multiplied with zeros is to be finite. */
static void
narrow_rows (Scratch *scratch, SewMatrix rows)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gsize row_size = rows.n_columns * sizeof (guint16);
  if (rows.stride < rows.n_columns) {
    gsize n = (rows.n_rows - 1) * rows.stride + rows.n_columns;
    kernels->narrow_to_bf16 (rows.data, n, (guint16 *) (gpointer) scratch->left);
    memset (scratch->left + n * sizeof (guint16), 0, GAP_BYTES);
    scratch->left_stride = rows.stride * sizeof (guint16);
    return;
  }
  for (gsize i = 0; i < rows.n_rows; i++) {
    guint8 *to = scratch->left + i * scratch->left_stride;
    kernels->narrow_to_bf16 (sew_matrix_row (rows, i), rows.n_columns, (guint16 *) (gpointer) to);
    memset (to + row_size, 0, scratch->left_stride - row_size);
  }
}

static void
quantize_rows (const Scratch *scratch, SewMatrix rows)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  for (gsize i = 0; i < rows.n_rows; i++) {
    guint8 *to = scratch->left + i * scratch->left_stride;
    scratch->row_scales[i] = kernels->quantize_row_to_bytes (sew_matrix_row (rows, i),
                                                             rows.n_columns, to);
    memset (to + rows.n_columns, 0, scratch->left_stride - rows.n_columns);
  }
}

/* The dot products of all rows of the block with a panel. */
static void
multiply_panel (const Scratch *scratch, const SewGemmOperand *operand, gsize n_rows,
                const guint32 *panel)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gsize n_words = count_words (operand->format, operand->n_in);
  gsize n_block = split_evenly (n_words, BLOCK_WORDS, SEW_GEMM_WORD_UNIT);
  for (gsize word = 0; word < n_words; word += n_block) {
    SewGemmDotStrip strip = {
      .a = scratch->left + word * sizeof (guint32),
      .a_stride = scratch->left_stride,
      .n_rows = n_rows,
      .n_words = MIN (n_block, n_words - word),
      .panel = panel + word * get_panel_width (),
      .c = scratch->product,
      .accumulate = word > 0,
    };
    if (operand->format == SEW_FORMAT_INT8)
      kernels->multiply_byte_dots (&strip);
    else
      kernels->multiply_bf16_dots (&strip);
  }
}

/* The left-hand side is in place. */
static void
multiply_block (const Scratch *scratch, gsize n_rows, const SewGemmOperand *operand,
                const SewEpilogue *epilogue, SewMatrix out)
{
  gsize width = get_panel_width ();
  gsize n_words = count_words (operand->format, operand->n_in);
  for (gsize column = 0; column < operand->n_out; column += width) {
    SewMatrix product = { scratch->product, n_rows, MIN (width, operand->n_out - column), width };
    multiply_panel (scratch, operand, n_rows, (const guint32 *) operand->packed + column * n_words);
    if (operand->format == SEW_FORMAT_INT8)
      sew_kernels_get ()->gemm->scale_byte_dots (
          (gint32 *) (gpointer) scratch->product, n_rows, product.n_columns, width,
          operand->surplus + column, scratch->row_scales, operand->scales + column);
    finish_columns (product, epilogue, out, column);
  }
}

void
sew_gemm_dots_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                   float *memory, SewMatrix out)
{
  Scratch scratch;
  lay_out_scratch (operand, out.n_rows, memory, &scratch);
  gsize n_block = get_block_rows (operand, out.n_rows);
  for (gsize row = 0; row < out.n_rows; row += n_block) {
    gsize n = MIN (n_block, out.n_rows - row);
    SewEpilogue part = get_row_epilogue (epilogue, row, n);
    if (operand->format == SEW_FORMAT_INT8)
      quantize_rows (&scratch, sew_matrix_rows (in, row, n));
    else
      narrow_rows (&scratch, sew_matrix_rows (in, row, n));
    multiply_block (&scratch, n, operand, &part,
                    out.data != NULL ? sew_matrix_rows (out, row, n) : out);
  }
}

/* --- a left-hand side as the kernels take it --- */

gboolean
sew_gemm_takes_halves (const SewGemmOperand *operand)
{
  return operand->method == SEW_GEMM_METHOD_DOTS && operand->format == SEW_FORMAT_BF16;
}

gsize
sew_gemm_count_halves (const SewGemmOperand *operand, gsize n_rows)
{
  return round_up (n_rows, SEW_GEMM_ROW_UNIT) * get_row_bytes (operand) / sizeof (float);
}

SewHalves
sew_gemm_lay_out_halves (const SewGemmOperand *operand, gsize n_rows, float *memory)
{
  gsize stride = get_row_bytes (operand) / sizeof (guint16);
  SewHalves rows = { (guint16 *) (gpointer) memory, n_rows, operand->n_in, stride };
  for (gsize i = 0; i < n_rows; i++)
    memset (rows.data + i * stride + rows.n_columns, 0,
            (stride - rows.n_columns) * sizeof *rows.data);
  return rows;
}

void
sew_gemm_run_halves (SewHalves in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                     float *memory, SewMatrix out)
{
  Scratch scratch;
  lay_out_scratch (operand, out.n_rows, memory, &scratch);
  gsize n_block = get_block_rows (operand, out.n_rows);
  scratch.left_stride = in.stride * sizeof *in.data;
  for (gsize row = 0; row < out.n_rows; row += n_block) {
    gsize n = MIN (n_block, out.n_rows - row);
    SewEpilogue part = get_row_epilogue (epilogue, row, n);
    scratch.left = (guint8 *) (in.data + row * in.stride);
    multiply_block (&scratch, n, operand, &part,
                    out.data != NULL ? sew_matrix_rows (out, row, n) : out);
  }
}
