/* SPDX-License-Identifier: MIT */

/* The right-hand sides of products, in the order the kernels read them. */

#include "math/gemm-private.h"
#include "math/onednn.h"

/* Inputs that are narrowed at a time. */
#define CHUNK 256

/* In a panel, all its outputs' weights for the first input, then for the second; of integers for
 * the first two; of dot products for as many as a word has. */
gsize
sew_gemm_count_column_bytes (SewGemmMethod method, SewFormat format, gsize n_in)
{
  switch (method) {
  case SEW_GEMM_METHOD_FLOATS:
  case SEW_GEMM_METHOD_ONEDNN:
  case SEW_GEMM_METHOD_OPENBLAS:
    return n_in * sizeof (float);
  case SEW_GEMM_METHOD_HALVES:
    return n_in * sizeof (guint16);
  case SEW_GEMM_METHOD_INTEGERS:
    return round_up (n_in, 2);
  case SEW_GEMM_METHOD_DOTS:
    return count_words (format, n_in) * sizeof (guint32);
  }
  return 0;
}

/* Where nothing else was asked for: ours, which reads overlapping rows where they are. */
static SewGemmMethod
choose_own_method (SewFormat format)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gboolean forced = sew_gemm_get_choice () == SEW_GEMM_CHOICE_DOTS;
  switch (format) {
  case SEW_FORMAT_FLOAT32:
    return SEW_GEMM_METHOD_FLOATS;
  case SEW_FORMAT_BF16:
    return kernels->has_bf16_dots || forced ? SEW_GEMM_METHOD_DOTS : SEW_GEMM_METHOD_HALVES;
  case SEW_FORMAT_INT8:
    return kernels->has_byte_dots || forced ? SEW_GEMM_METHOD_DOTS : SEW_GEMM_METHOD_INTEGERS;
  }
  return SEW_GEMM_METHOD_FLOATS;
}

static SewGemmMethod
choose_method (SewFormat format, gboolean is_divided)
{
  if (sew_gemm_get_choice () == SEW_GEMM_CHOICE_OPENBLAS)
    return SEW_GEMM_METHOD_OPENBLAS;
  if (!is_divided && sew_gemm_get_choice () == SEW_GEMM_CHOICE_ONEDNN && sew_onednn_has (format))
    return SEW_GEMM_METHOD_ONEDNN;
  return choose_own_method (format);
}

gboolean
sew_gemm_prefers_bf16 (void)
{
  return sew_gemm_get_choice () != SEW_GEMM_CHOICE_OPENBLAS
         && choose_own_method (SEW_FORMAT_BF16) == SEW_GEMM_METHOD_DOTS;
}

/* A matrix unit takes bytes at no more than the speed at which they are made of floats. */
SewFormat
sew_gemm_find_fastest (gboolean allows_integers)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  if (sew_gemm_get_choice () == SEW_GEMM_CHOICE_OPENBLAS)
    return SEW_FORMAT_FLOAT32;
  if (allows_integers && kernels->has_fast_integers && !kernels->has_tiles)
    return SEW_FORMAT_INT8;
  return sew_gemm_prefers_bf16 () ? SEW_FORMAT_BF16 : SEW_FORMAT_FLOAT32;
}

/* --- memory --- */

static gsize
count_panel_bytes (SewGemmMethod method, SewFormat format, gsize n_in, gsize n_out)
{
  gsize bytes = round_up (n_out, get_panel_width ())
                * sew_gemm_count_column_bytes (method, format, n_in);
  return round_up (bytes, sizeof (float));
}

static gsize
count_weight_bytes (SewGemmMethod method, SewFormat format, gsize n_in, gsize n_out)
{
  switch (method) {
  case SEW_GEMM_METHOD_OPENBLAS:
    return n_in * n_out * sizeof (float);
  case SEW_GEMM_METHOD_ONEDNN:
    return round_up (sew_onednn_count_packed_bytes (format, n_in, n_out), sizeof (float));
  case SEW_GEMM_METHOD_FLOATS:
  case SEW_GEMM_METHOD_HALVES:
  case SEW_GEMM_METHOD_INTEGERS:
  case SEW_GEMM_METHOD_DOTS:
    return count_panel_bytes (method, format, n_in, n_out);
  }
  return 0;
}

gsize
sew_gemm_count_bytes (SewFormat format, gboolean is_divided, gsize n_in, gsize n_out)
{
  SewGemmMethod method = choose_method (format, is_divided);
  gsize bytes = count_weight_bytes (method, format, n_in, n_out);
  if (format == SEW_FORMAT_INT8 && method != SEW_GEMM_METHOD_OPENBLAS)
    bytes += 2 * round_up (n_out, get_panel_width ()) * sizeof (float);
  return bytes;
}

void
sew_gemm_operand_init (SewGemmOperand *operand, SewFormat format, gboolean is_divided, gsize n_in,
                       gsize n_out, void *memory)
{
  SewGemmMethod method = choose_method (format, is_divided);
  *operand = (SewGemmOperand){ .format = format, .method = method, .n_in = n_in, .n_out = n_out };
  if (method == SEW_GEMM_METHOD_OPENBLAS) {
    operand->format = SEW_FORMAT_FLOAT32;
    operand->values = memory;
    operand->stride = n_in;
    return;
  }
  operand->packed = memory;
  if (format == SEW_FORMAT_INT8) {
    operand->scales = (const float *) ((guint8 *) memory
                                       + count_weight_bytes (method, format, n_in, n_out));
    operand->surplus = (const gint32 *) (operand->scales + round_up (n_out, get_panel_width ()));
  }
  if (method == SEW_GEMM_METHOD_ONEDNN)
    operand->staged = g_malloc (n_out * n_in * sew_onednn_get_value_size (format));
}

gsize
sew_gemm_count_packed (SewFormat format, gsize n_in, gsize n_out)
{
  if (sew_gemm_get_choice () == SEW_GEMM_CHOICE_OPENBLAS)
    return 0;
  SewGemmMethod method = choose_own_method (format);
  return count_panel_bytes (method, format, n_in, n_out) / sizeof (float);
}

/* --- packing --- */

/* Values of one panel: output j's for input k at k * in_step + j * out_step; one of the steps is 1.
 */
typedef struct {
  const float *from;
  gsize n_in;
  gsize in_step;
  gsize n_out; /* at most the panel's width; what is beyond them is made zero */
  gsize out_step;
} Values;

static void
pack_float32 (const Values *values, float *packed)
{
  gsize width = get_panel_width ();
  for (gsize k = 0; k < values->n_in; k++) {
    for (gsize j = 0; j < values->n_out; j++)
      packed[j] = values->from[k * values->in_step + j * values->out_step];
    for (gsize j = values->n_out; j < width; j++)
      packed[j] = 0;
    packed += width;
  }
}

static void
pack_bf16 (const Values *values, guint16 *packed)
{
  gsize width = get_panel_width ();
  for (gsize k = 0; k < values->n_in; k++) {
    for (gsize j = 0; j < values->n_out; j++)
      packed[j] = sew_format_narrow_to_bf16 (
          values->from[k * values->in_step + j * values->out_step]);
    for (gsize j = values->n_out; j < width; j++)
      packed[j] = 0;
    packed += width;
  }
}

static void
pack_int8 (const Values *values, gint8 *packed, float *scales)
{
  gsize width = get_panel_width ();
  gsize n_in = values->n_in;
  g_autofree gint16 *integers = g_new (gint16, n_in);
  memset (packed, 0,
          width * sew_gemm_count_column_bytes (SEW_GEMM_METHOD_INTEGERS, SEW_FORMAT_INT8, n_in));
  for (gsize j = 0; j < width; j++) {
    scales[j] = 0;
    if (j >= values->n_out)
      continue;
    scales[j] = sew_kernels_get ()->gemm->quantize_row (values->from + j * values->out_step, n_in,
                                                        integers);
    for (gsize k = 0; k < n_in; k++)
      packed[(k / 2 * width + j) * 2 + k % 2] = (gint8) integers[k];
  }
}

/* Pairs of an output's values, which lie one after the other, into its column. */
static void
scatter_pairs (const float *from, gsize n_in, gsize width, guint32 *column)
{
  guint32 words[CHUNK / 2];
  for (gsize first = 0; first < n_in; first += CHUNK) {
    gsize n = MIN (CHUNK, n_in - first);
    guint16 *halves = (guint16 *) (gpointer) words;
    if (n % 2 == 1)
      halves[n] = 0;
    sew_kernels_get ()->gemm->narrow_to_bf16 (from + first, n, halves);
    for (gsize i = 0; i < (n + 1) / 2; i++)
      column[(first / 2 + i) * width] = words[i];
  }
}

static void
pack_pairs (const Values *values, guint32 *packed)
{
  gsize width = get_panel_width ();
  gsize n_words = count_words (SEW_FORMAT_BF16, values->n_in);
  gboolean is_transposed = values->in_step != 1;
  gsize n_filled = (values->n_in + 1) / 2;
  if (values->n_out < width)
    memset (packed, 0, n_filled * width * sizeof *packed);
  memset (packed + n_filled * width, 0, (n_words - n_filled) * width * sizeof *packed);
  for (gsize j = 0; !is_transposed && j < values->n_out; j++)
    scatter_pairs (values->from + j * values->out_step, values->n_in, width, packed + j);

  const float zeros[SEW_GEMM_COLUMN_UNIT] = { 0 };
  for (gsize i = 0; is_transposed && i < n_filled; i++) {
    const float *even = values->from + 2 * i * values->in_step;
    sew_kernels_get ()->gemm->narrow_two_to_bf16 (
        even, 2 * i + 1 < values->n_in ? even + values->in_step : zeros, values->n_out,
        (guint16 *) (gpointer) (packed + i * width));
  }
}

/* The left-hand side has 128 too much everywhere, so the sums have 128 times the sum of an output's
 * weights. */
static void
pack_bytes (const Values *values, gint8 *packed, float *scales, gint32 *surplus)
{
  gsize width = get_panel_width ();
  gsize n_in = values->n_in;
  g_autofree gint16 *integers = g_new (gint16, n_in);
  memset (packed, 0, width * count_words (SEW_FORMAT_INT8, n_in) * sizeof (guint32));
  for (gsize j = 0; j < width; j++) {
    scales[j] = 0;
    surplus[j] = 0;
    if (j >= values->n_out)
      continue;
    scales[j] = sew_kernels_get ()->gemm->quantize_row (values->from + j * values->out_step, n_in,
                                                        integers);
    for (gsize k = 0; k < n_in; k++) {
      packed[(k / 4 * width + j) * 4 + k % 4] = (gint8) integers[k];
      surplus[j] += 128 * integers[k];
    }
  }
}

/* The panel of the outputs first, first + 1, ... */
static void
pack_panel (const SewGemmOperand *operand, gsize first, const Values *values)
{
  void *panel
      = (guint8 *) operand->packed
        + first * sew_gemm_count_column_bytes (operand->method, operand->format, operand->n_in);
  switch (operand->method) {
  case SEW_GEMM_METHOD_FLOATS:
    pack_float32 (values, panel);
    break;
  case SEW_GEMM_METHOD_HALVES:
    pack_bf16 (values, panel);
    break;
  case SEW_GEMM_METHOD_INTEGERS:
    pack_int8 (values, panel, (float *) operand->scales + first);
    break;
  case SEW_GEMM_METHOD_DOTS:
    if (operand->format == SEW_FORMAT_INT8)
      pack_bytes (values, panel, (float *) operand->scales + first,
                  (gint32 *) operand->surplus + first);
    else
      pack_pairs (values, panel);
    break;
  case SEW_GEMM_METHOD_ONEDNN:
  case SEW_GEMM_METHOD_OPENBLAS:
    break;
  }
}

/* As rows, which are packed with the last of them. */
static void
stage_rows (SewGemmOperand *operand, gsize first, gsize n, const float *values)
{
  const SewGemmKernels *kernels = sew_kernels_get ()->gemm;
  gsize n_in = operand->n_in;
  for (gsize i = 0; i < n; i++) {
    const float *row = values + i * n_in;
    gsize at = (first + i) * n_in;
    if (operand->format == SEW_FORMAT_FLOAT32) {
      memcpy ((float *) operand->staged + at, row, n_in * sizeof (float));
    } else if (operand->format == SEW_FORMAT_BF16) {
      kernels->narrow_to_bf16 (row, n_in, (guint16 *) operand->staged + at);
    } else {
      guint8 *bytes = (guint8 *) operand->staged + at;
      gint32 sum = 0;
      ((float *) operand->scales)[first + i] = kernels->quantize_row_to_bytes (row, n_in, bytes);
      for (gsize k = 0; k < n_in; k++) {
        bytes[k] ^= 0x80; /* 128 less, and signed */
        sum += (gint8) bytes[k];
      }
      ((gint32 *) operand->surplus)[first + i] = 128 * sum;
    }
  }
  if (first + n == operand->n_out) {
    sew_onednn_pack (operand->format, n_in, operand->n_out, operand->staged,
                     (void *) operand->packed);
    g_clear_pointer (&operand->staged, g_free);
  }
}

void
sew_gemm_operand_fill (SewGemmOperand *operand, gsize first, gsize n, const float *values)
{
  gsize n_in = operand->n_in;
  gsize width = get_panel_width ();
  if (operand->method == SEW_GEMM_METHOD_OPENBLAS) {
    memcpy ((float *) operand->values + first * n_in, values, n * n_in * sizeof (float));
    return;
  }
  if (operand->method == SEW_GEMM_METHOD_ONEDNN) {
    stage_rows (operand, first, n, values);
    return;
  }
  for (gsize done = 0; done < n; done += width)
    pack_panel (operand, first + done,
                &(Values){ values + done * n_in, n_in, 1, MIN (width, n - done), n_in });
}

void
sew_gemm_operand_pack (SewGemmOperand *operand, SewFormat format, const float *values, gsize stride,
                       gboolean transposed, gsize n_in, gsize n_out, float *packed)
{
  gboolean uses_openblas = sew_gemm_get_choice () == SEW_GEMM_CHOICE_OPENBLAS;
  *operand = (SewGemmOperand){
    .format = uses_openblas ? SEW_FORMAT_FLOAT32 : format,
    .method = uses_openblas ? SEW_GEMM_METHOD_OPENBLAS : choose_own_method (format),
    .n_in = n_in,
    .n_out = n_out,
    .packed = packed,
    .values = values,
    .stride = stride,
    .transposed = transposed,
  };
  gsize width = get_panel_width ();
  gsize in_step = transposed ? stride : 1;
  gsize out_step = transposed ? 1 : stride;
  for (gsize first = 0; !uses_openblas && first < n_out; first += width)
    pack_panel (operand, first,
                &(Values){ values + first * out_step, n_in, in_step, MIN (width, n_out - first),
                           out_step });
}

SewGemmOperand
sew_gemm_operand_columns (const SewGemmOperand *operand, gsize first, gsize n)
{
  SewGemmOperand part = *operand;
  part.n_out = n;
  if (part.method == SEW_GEMM_METHOD_OPENBLAS)
    part.values += part.transposed ? first : first * part.stride;
  else
    part.packed = (const guint8 *) part.packed
                  + first * sew_gemm_count_column_bytes (part.method, part.format, part.n_in);
  if (part.scales != NULL) {
    part.scales += first;
    part.surplus += first;
  }
  return part;
}
