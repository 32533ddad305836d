/* SPDX-License-Identifier: MIT */
#include <cblas.h>

#include "math/gemm-private.h"
#include "math/onednn.h"

/* A block of the left-hand side that stays in the second-level cache while every panel of the
 * right-hand side passes by once, and the part of a panel that stays in the first-level one. */
#define BLOCK_ROWS 384
#define BLOCK_DEPTH 256
/* Of integers, which take half the space: so many of the left-hand side at a time. */
#define BLOCK_INTEGERS (128 * 1024)
#define INTEGER_BLOCK_DEPTH 512

static SewGemmChoice
read_choice (void)
{
  static const char *const names[] = {
    [SEW_GEMM_CHOICE_OWN] = "own",
    [SEW_GEMM_CHOICE_DOTS] = "dots",
    [SEW_GEMM_CHOICE_ONEDNN] = "onednn",
    [SEW_GEMM_CHOICE_OPENBLAS] = "openblas",
  };
  const char *name = g_getenv ("SEW_GEMM");
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (names); i++)
    if (names[i] != NULL && strcmp (names[i], name) == 0)
      return (SewGemmChoice) i;
  return SEW_GEMM_CHOICE_AUTO;
}

SewGemmChoice
sew_gemm_get_choice (void)
{
  static gsize choice;
  if (g_once_init_enter (&choice))
    g_once_init_leave (&choice, (gsize) read_choice () + 1);
  return (SewGemmChoice) (choice - 1);
}

/* --- products --- */

static gboolean
is_empty (const SewEpilogue *epilogue)
{
  return epilogue->bias == NULL && epilogue->activation == SEW_ACTIVATION_LINEAR
         && epilogue->residual.data == NULL;
}

/* BLAS takes no overlapping rows, so a product over them is a sum of products over as many columns
 * as lie between two rows. */
static void
run_openblas (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
              SewMatrix out)
{
  gsize step = in.n_rows == 1 ? in.n_columns : MIN (in.stride, in.n_columns);
  for (gsize first = 0; first < in.n_columns; first += step) {
    gsize n = MIN (step, in.n_columns - first);
    const float *b = operand->values + (operand->transposed ? first * operand->stride : first);
    cblas_sgemm (CblasRowMajor, CblasNoTrans, operand->transposed ? CblasNoTrans : CblasTrans,
                 (blasint) out.n_rows, (blasint) out.n_columns, (blasint) n, 1.0f, in.data + first,
                 (blasint) MAX (in.stride, n), b, (blasint) operand->stride,
                 first == 0 ? 0.0f : 1.0f, out.data, (blasint) MAX (out.stride, out.n_columns));
  }
  if (!is_empty (epilogue))
    sew_kernels_get ()->apply_epilogue (out, epilogue, out);
}

/* What a product needs besides its operands; in the caller's scratch memory. */
typedef struct {
  void *panel;       /* the part of a panel that is multiplied with, as the kernels take it */
  float *left;       /* [rows of a block][block depth], SEW_ROW_GAP apart, of floats */
  float *row_scales; /* [rows of a block] */
  gint16 *integers;  /* [rows of a block][integer_stride] */
  gsize integer_stride;
} Scratch;

static gsize
get_block_rows (const SewGemmOperand *operand, gsize n_rows)
{
  gsize unit = sew_kernels_get ()->gemm->tile_rows;
  gsize limit = BLOCK_ROWS;
  if (operand->format == SEW_FORMAT_INT8)
    limit = CLAMP (BLOCK_INTEGERS / operand->n_in, 4 * unit, BLOCK_ROWS);
  return split_evenly (n_rows, limit, unit);
}

static gsize
get_block_depth (const SewGemmOperand *operand)
{
  if (operand->format == SEW_FORMAT_INT8)
    return split_evenly (operand->n_in, INTEGER_BLOCK_DEPTH, 2);
  return split_evenly (operand->n_in, BLOCK_DEPTH, 1);
}

/* In floats; layout, where it is not NULL, is laid out in memory. */
static gsize
lay_out_scratch (const SewGemmOperand *operand, gsize n_rows, float *memory, Scratch *layout)
{
  gsize width = get_panel_width ();
  gsize n_block = get_block_rows (operand, n_rows);
  gsize stride = round_up (operand->n_in, 2);
  gsize n_panel = 0, n_left = 0, n_scales = 0, n_integers = 0;
  switch (operand->format) {
  case SEW_FORMAT_FLOAT32:
  case SEW_FORMAT_BF16:
    n_panel = operand->format == SEW_FORMAT_BF16 ? get_block_depth (operand) * width : 0;
    n_left = n_block * (get_block_depth (operand) + SEW_ROW_GAP);
    break;
  case SEW_FORMAT_INT8:
    n_panel = get_block_depth (operand) * width / 2;
    n_scales = round_up (n_block, SEW_GEMM_COLUMN_UNIT);
    n_integers = n_block * stride / 2;
    break;
  }
  if (layout != NULL)
    *layout = (Scratch){
      .panel = memory,
      .left = memory + n_panel,
      .row_scales = memory + n_panel,
      .integers = (gint16 *) (gpointer) (memory + n_panel + n_scales),
      .integer_stride = stride,
    };
  return n_panel + n_left + n_scales + n_integers;
}

gsize
sew_gemm_count_scratch (const SewGemmOperand *operand, gsize n_rows)
{
  if (n_rows == 0)
    return 0;
  switch (operand->method) {
  case SEW_GEMM_METHOD_FLOATS:
  case SEW_GEMM_METHOD_HALVES:
  case SEW_GEMM_METHOD_INTEGERS:
    return lay_out_scratch (operand, n_rows, NULL, NULL);
  case SEW_GEMM_METHOD_DOTS:
    return sew_gemm_dots_count_scratch (operand, n_rows);
  case SEW_GEMM_METHOD_ONEDNN:
    return sew_onednn_count_scratch (operand, n_rows);
  case SEW_GEMM_METHOD_OPENBLAS:
    break;
  }
  return 0;
}

static void
quantize_rows (const Scratch *scratch, SewMatrix rows)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  for (gsize i = 0; i < rows.n_rows; i++) {
    gint16 *integers = scratch->integers + i * scratch->integer_stride;
    scratch->row_scales[i] = kernels->quantize_row (sew_matrix_row (rows, i), rows.n_columns,
                                                    integers);
    if (rows.n_columns < scratch->integer_stride)
      integers[rows.n_columns] = 0;
  }
}

/* Whether rows are so far apart that all of a tile's are in a few places of the first-level cache,
 * and often enough multiplied with. */
static gboolean
is_worth_gathering (const SewGemmOperand *operand, SewMatrix in)
{
  const gsize whole_sets = 512, fewest_panels = 4;
  return operand->format != SEW_FORMAT_INT8 && in.stride % whole_sets == 0
         && operand->n_out >= fewest_panels * get_panel_width ();
}

static SewMatrix
gather_left (const Scratch *scratch, SewMatrix in)
{
  SewMatrix left = { scratch->left, in.n_rows, in.n_columns, in.n_columns + SEW_ROW_GAP };
  for (gsize i = 0; i < in.n_rows; i++)
    memcpy (sew_matrix_row (left, i), sew_matrix_row (in, i), in.n_columns * sizeof (float));
  return left;
}

/* A panel's outputs from column on, of depth inputs from k on; in and out: a block of rows, in of
 * those inputs. */
static void
multiply_panel (const Scratch *scratch, const SewGemmOperand *operand, SewMatrix in, gsize k,
                gsize depth, SewMatrix out, gsize column)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gsize width = kernels->tile_columns;
  gsize n_columns = MIN (width, operand->n_out - column);
  const guint8 *panel
      = (const guint8 *) operand->packed
        + column * sew_gemm_count_column_bytes (operand->method, operand->format, operand->n_in)
        + sew_gemm_count_column_bytes (operand->method, operand->format, k) * width;
  if (operand->format == SEW_FORMAT_INT8) {
    gsize n_pairs = (depth + 1) / 2;
    kernels->widen_int8 ((const gint8 *) panel, n_pairs * 2 * width, scratch->panel);
    kernels->multiply_integer_strip (&(SewGemmIntegerStrip){
        .a = scratch->integers + k,
        .a_stride = scratch->integer_stride,
        .n_rows = in.n_rows,
        .n_pairs = n_pairs,
        .panel = scratch->panel,
        .row_scales = scratch->row_scales,
        .column_scales = operand->scales + column,
        .n_columns = n_columns,
        .c = out.data + column,
        .c_stride = out.stride,
        .accumulate = k > 0,
    });
    return;
  }
  if (operand->format == SEW_FORMAT_BF16) {
    kernels->widen_bf16 ((const guint16 *) (gconstpointer) panel, depth * width, scratch->panel);
    panel = scratch->panel;
  }
  kernels->multiply_strip (&(SewGemmStrip){
      .a = in.data,
      .a_stride = in.stride,
      .n_rows = in.n_rows,
      .depth = depth,
      .panel = (const float *) (gconstpointer) panel,
      .n_columns = n_columns,
      .c = out.data + column,
      .c_stride = out.stride,
      .accumulate = k > 0,
  });
}

static void
run_block (const Scratch *scratch, SewMatrix in, const SewGemmOperand *operand,
           const SewEpilogue *epilogue, SewMatrix out)
{
  gsize width = get_panel_width ();
  gsize n_in = operand->n_in;
  gsize depth = get_block_depth (operand);
  gboolean finishes = !is_empty (epilogue);
  if (operand->format == SEW_FORMAT_INT8)
    quantize_rows (scratch, in);
  for (gsize k = 0; k < n_in; k += depth) {
    SewMatrix left = sew_matrix_columns (in, k, MIN (depth, n_in - k));
    if (is_worth_gathering (operand, in))
      left = gather_left (scratch, left);
    for (gsize column = 0; column < operand->n_out; column += width) {
      multiply_panel (scratch, operand, left, k, left.n_columns, out, column);
      if (finishes && k + depth >= n_in)
        finish_columns (sew_matrix_columns (out, column, MIN (width, operand->n_out - column)),
                        epilogue, out, column);
    }
  }
}

static void
run_panels (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue, float *memory,
            SewMatrix out)
{
  Scratch scratch = { 0 };
  lay_out_scratch (operand, out.n_rows, memory, &scratch);
  gsize n_block = get_block_rows (operand, out.n_rows);
  for (gsize row = 0; row < out.n_rows; row += n_block) {
    gsize n = MIN (n_block, out.n_rows - row);
    SewEpilogue part = get_row_epilogue (epilogue, row, n);
    run_block (&scratch, sew_matrix_rows (in, row, n), operand, &part,
               sew_matrix_rows (out, row, n));
  }
}

void
sew_gemm_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
              float *memory, SewMatrix out)
{
  g_assert (in.n_columns == operand->n_in && out.n_columns == operand->n_out);
  if (out.n_rows == 0)
    return;
  switch (operand->method) {
  case SEW_GEMM_METHOD_FLOATS:
  case SEW_GEMM_METHOD_HALVES:
  case SEW_GEMM_METHOD_INTEGERS:
    run_panels (in, operand, epilogue, memory, out);
    break;
  case SEW_GEMM_METHOD_DOTS:
    sew_gemm_dots_run (in, operand, epilogue, memory, out);
    break;
  case SEW_GEMM_METHOD_ONEDNN:
    sew_onednn_run (in, operand, epilogue, memory, out);
    break;
  case SEW_GEMM_METHOD_OPENBLAS:
    run_openblas (in, operand, epilogue, out);
    break;
  }
}
