/* SPDX-License-Identifier: MIT */
#include "math/gemm.h"

#include <cblas.h>
#include <string.h>

/* A block of the left-hand side that stays in the second-level cache while every panel of the
 * right-hand side passes by once, and the part of a panel that stays in the first-level one. */
#define BLOCK_ROWS 384
#define BLOCK_DEPTH 256
/* Of integers, which take half the space: so many of the left-hand side at a time. */
#define BLOCK_INTEGERS (128 * 1024)
#define INTEGER_BLOCK_DEPTH 512

/* SEW_GEMM=openblas in the environment takes OpenBLAS instead, to compare with. */
static gboolean
uses_openblas (void)
{
  static gsize choice;
  if (g_once_init_enter (&choice)) {
    const char *name = g_getenv ("SEW_GEMM");
    g_once_init_leave (&choice, name != NULL && strcmp (name, "openblas") == 0 ? 2 : 1);
  }
  return choice == 2;
}

gboolean
sew_gemm_prefers_integers (void)
{
  return !uses_openblas () && sew_kernels_get ()->gemm->has_fast_integers;
}

static gsize
round_up (gsize n, gsize unit)
{
  return (n + unit - 1) / unit * unit;
}

/* The length of each of the fewest nearly equal parts of n that are no longer than limit. */
static gsize
split_evenly (gsize n, gsize limit, gsize unit)
{
  gsize n_parts = (n + limit - 1) / limit;
  return round_up ((n + n_parts - 1) / n_parts, unit);
}

/* --- the right-hand side --- */

/* Panels of as many outputs as a tile has columns, one after the other; in a panel, all its
 * outputs' weights for the first input, then for the second; of integers, for the first two. */
static gsize
get_panel_width (void)
{
  return sew_kernels_get ()->gemm->tile_columns;
}

/* Bytes of one output in its panel. */
static gsize
count_column_bytes (SewFormat format, gsize n_in)
{
  switch (format) {
  case SEW_FORMAT_FLOAT32:
    return n_in * sizeof (float);
  case SEW_FORMAT_BF16:
    return n_in * sizeof (guint16);
  case SEW_FORMAT_INT8:
    return round_up (n_in, 2);
  }
  return 0;
}

static gsize
count_panel_bytes (SewFormat format, gsize n_in, gsize n_out)
{
  gsize bytes = round_up (n_out, get_panel_width ()) * count_column_bytes (format, n_in);
  return round_up (bytes, sizeof (float));
}

gsize
sew_gemm_count_packed (gsize n_in, gsize n_out)
{
  return uses_openblas () ? 0 : n_in * round_up (n_out, get_panel_width ());
}

gsize
sew_gemm_count_bytes (SewFormat format, gsize n_in, gsize n_out)
{
  if (uses_openblas ())
    return n_in * n_out * sizeof (float);
  gsize n_scales = format == SEW_FORMAT_INT8 ? round_up (n_out, get_panel_width ()) : 0;
  return count_panel_bytes (format, n_in, n_out) + n_scales * sizeof (float);
}

void
sew_gemm_operand_init (SewGemmOperand *operand, SewFormat format, gsize n_in, gsize n_out,
                       void *memory)
{
  *operand = (SewGemmOperand){ .format = format, .n_in = n_in, .n_out = n_out };
  if (uses_openblas ()) {
    operand->format = SEW_FORMAT_FLOAT32;
    operand->values = memory;
    operand->stride = n_in;
    return;
  }
  operand->packed = memory;
  if (format == SEW_FORMAT_INT8)
    operand->scales = (const float *) ((guint8 *) memory + count_panel_bytes (format, n_in, n_out));
}

/* Values of one panel: output j's for input k at k * in_step + j * out_step. */
static void
pack_float32 (const float *from, gsize n_in, gsize in_step, gsize n, gsize out_step, float *packed)
{
  gsize width = get_panel_width ();
  for (gsize k = 0; k < n_in; k++) {
    for (gsize j = 0; j < n; j++)
      packed[j] = from[k * in_step + j * out_step];
    for (gsize j = n; j < width; j++)
      packed[j] = 0;
    packed += width;
  }
}

static void
pack_bf16 (const float *rows, gsize n_in, gsize n, guint16 *packed)
{
  gsize width = get_panel_width ();
  for (gsize k = 0; k < n_in; k++) {
    for (gsize j = 0; j < n; j++)
      packed[j] = sew_format_narrow_to_bf16 (rows[j * n_in + k]);
    for (gsize j = n; j < width; j++)
      packed[j] = 0;
    packed += width;
  }
}

static void
pack_int8 (const float *rows, gsize n_in, gsize n, gint8 *packed, float *scales)
{
  gsize width = get_panel_width ();
  g_autofree gint16 *integers = g_new (gint16, n_in);
  memset (packed, 0, width * count_column_bytes (SEW_FORMAT_INT8, n_in));
  for (gsize j = 0; j < width; j++) {
    scales[j] = 0;
    if (j >= n)
      continue;
    scales[j] = sew_kernels_get ()->gemm->quantize_row (rows + j * n_in, n_in, integers);
    for (gsize k = 0; k < n_in; k++)
      packed[(k / 2 * width + j) * 2 + k % 2] = (gint8) integers[k];
  }
}

void
sew_gemm_operand_fill (SewGemmOperand *operand, gsize first, gsize n, const float *values)
{
  gsize n_in = operand->n_in;
  if (operand->packed == NULL) {
    memcpy ((float *) operand->values + first * n_in, values, n * n_in * sizeof (float));
    return;
  }
  gsize width = get_panel_width ();
  for (gsize done = 0; done < n; done += width) {
    const float *rows = values + done * n_in;
    gsize n_rows = MIN (width, n - done);
    void *panel = (guint8 *) operand->packed
                  + (first + done) * count_column_bytes (operand->format, n_in);
    switch (operand->format) {
    case SEW_FORMAT_FLOAT32:
      pack_float32 (rows, n_in, 1, n_rows, n_in, panel);
      break;
    case SEW_FORMAT_BF16:
      pack_bf16 (rows, n_in, n_rows, panel);
      break;
    case SEW_FORMAT_INT8:
      pack_int8 (rows, n_in, n_rows, panel, (float *) operand->scales + first + done);
      break;
    }
  }
}

void
sew_gemm_operand_pack (SewGemmOperand *operand, const float *values, gsize stride,
                       gboolean transposed, gsize n_in, gsize n_out, float *packed)
{
  *operand = (SewGemmOperand){
    .format = SEW_FORMAT_FLOAT32,
    .n_in = n_in,
    .n_out = n_out,
    .values = values,
    .stride = stride,
    .transposed = transposed,
  };
  if (uses_openblas ())
    return;
  gsize width = get_panel_width ();
  gsize out_step = transposed ? 1 : stride;
  for (gsize first = 0; first < n_out; first += width)
    pack_float32 (values + first * out_step, n_in, transposed ? stride : 1,
                  MIN (width, n_out - first), out_step, packed + first * n_in);
  operand->packed = packed;
}

SewGemmOperand
sew_gemm_operand_columns (const SewGemmOperand *operand, gsize first, gsize n)
{
  SewGemmOperand part = *operand;
  part.n_out = n;
  if (part.packed != NULL)
    part.packed = (const guint8 *) part.packed
                  + first * count_column_bytes (part.format, part.n_in);
  else
    part.values += part.transposed ? first : first * part.stride;
  if (part.scales != NULL)
    part.scales += first;
  return part;
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
    sew_kernels_get ()->apply_epilogue (out, epilogue);
}

/* While the columns are still in the cache. */
static void
finish_columns (const SewEpilogue *epilogue, SewMatrix out, gsize first, gsize n)
{
  SewEpilogue part = *epilogue;
  if (part.bias != NULL)
    part.bias += first;
  if (part.residual.data != NULL)
    part.residual = sew_matrix_columns (part.residual, first, n);
  sew_kernels_get ()->apply_epilogue (sew_matrix_columns (out, first, n), &part);
}

/* What a product needs besides its operands; in the caller's scratch memory. */
typedef struct {
  void *panel;       /* the part of a panel that is multiplied with, as the kernels take it */
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
  if (operand->packed == NULL || n_rows == 0)
    return 0;
  gsize width = get_panel_width ();
  gsize n_block = get_block_rows (operand, n_rows);
  gsize stride = round_up (operand->n_in, 2);
  gsize n_panel = 0, n_scales = 0, n_integers = 0;
  switch (operand->format) {
  case SEW_FORMAT_FLOAT32:
    break;
  case SEW_FORMAT_BF16:
    n_panel = get_block_depth (operand) * width;
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
      .row_scales = memory + n_panel,
      .integers = (gint16 *) (gpointer) (memory + n_panel + n_scales),
      .integer_stride = stride,
    };
  return n_panel + n_scales + n_integers;
}

gsize
sew_gemm_count_scratch (const SewGemmOperand *operand, gsize n_rows)
{
  return lay_out_scratch (operand, n_rows, NULL, NULL);
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

/* A panel's outputs from column on, of depth inputs from k on; in and out: a block of rows. */
static void
multiply_panel (const Scratch *scratch, const SewGemmOperand *operand, SewMatrix in, gsize k,
                gsize depth, SewMatrix out, gsize column)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gsize width = kernels->tile_columns;
  gsize n_columns = MIN (width, operand->n_out - column);
  const guint8 *panel = (const guint8 *) operand->packed
                        + column * count_column_bytes (operand->format, operand->n_in)
                        + count_column_bytes (operand->format, k) * width;
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
      .a = in.data + k,
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
  for (gsize k = 0; k < n_in; k += depth)
    for (gsize column = 0; column < operand->n_out; column += width) {
      multiply_panel (scratch, operand, in, k, MIN (depth, n_in - k), out, column);
      if (finishes && k + depth >= n_in)
        finish_columns (epilogue, out, column, MIN (width, operand->n_out - column));
    }
}

void
sew_gemm_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
              float *memory, SewMatrix out)
{
  g_assert (in.n_columns == operand->n_in && out.n_columns == operand->n_out);
  if (out.n_rows == 0)
    return;
  if (operand->packed == NULL) {
    run_openblas (in, operand, epilogue, out);
    return;
  }
  Scratch scratch = { 0 };
  lay_out_scratch (operand, out.n_rows, memory, &scratch);
  gsize n_block = get_block_rows (operand, out.n_rows);
  for (gsize row = 0; row < out.n_rows; row += n_block) {
    gsize n = MIN (n_block, out.n_rows - row);
    SewEpilogue part = *epilogue;
    if (part.residual.data != NULL)
      part.residual = sew_matrix_rows (part.residual, row, n);
    run_block (&scratch, sew_matrix_rows (in, row, n), operand, &part,
               sew_matrix_rows (out, row, n));
  }
}
