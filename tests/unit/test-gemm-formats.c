/* SPDX-License-Identifier: MIT */

/* Products whose weights are held in fewer bits, against plain sums of what the bits stand for. */

#include <math.h>
#include <string.h>

#include "math/gemm.h"

static float *
make_values (gsize n, guint32 seed)
{
  float *values = g_new (float, MAX (n, 1));

  for (gsize i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223;
    values[i] = (float) (seed >> 8) / 0x1p23f - 1;
  }
  return values;
}

/* To the nearest bfloat16; of two that are as near, the even one. */
static float
round_to_bf16 (float value)
{
  guint32 bits, low;

  memcpy (&bits, &value, sizeof bits);
  low = bits & 0xffff;
  bits -= low;
  if (low > 0x8000 || (low == 0x8000 && bits & 0x10000))
    bits += 0x10000;
  memcpy (&value, &bits, sizeof bits);
  return value;
}

/* A row as integers; returns the scale. */
static float
round_to_int8 (const float *row, gsize n, int *integers)
{
  float most = 0;

  for (gsize i = 0; i < n; i++)
    most = MAX (most, fabsf (row[i]));
  for (gsize i = 0; i < n; i++)
    integers[i] = most > 0 ? (int) nearbyintf (row[i] * (127.0f / most)) : 0;
  return most / 127.0f;
}

/* Where both sides are made bfloat16. */
static gboolean
narrows_rows (const SewGemmOperand *operand)
{
  return operand->format == SEW_FORMAT_BF16 && operand->method != SEW_GEMM_METHOD_HALVES;
}

static double
get_expected (const SewGemmOperand *operand, const float *in, const float *weights, gsize step)
{
  gsize n_in = operand->n_in;
  double sum = 0;

  if (operand->format == SEW_FORMAT_INT8) {
    g_autofree int *a = g_new (int, n_in);
    g_autofree int *b = g_new (int, n_in);
    double scale = (double) round_to_int8 (in, n_in, a) * round_to_int8 (weights, n_in, b);
    for (gsize k = 0; k < n_in; k++)
      sum += a[k] * b[k];
    return sum * scale;
  }
  for (gsize k = 0; k < n_in; k++) {
    float x = narrows_rows (operand) ? round_to_bf16 (in[k]) : in[k];
    float weight = weights[k * step];
    sum += (double) x * (operand->format == SEW_FORMAT_BF16 ? round_to_bf16 (weight) : weight);
  }
  return sum;
}

/* A product of the operand, which is of these weights: output j's for input k at
 * k * in_step + j * out_step. */
static void
check_operand (const SewGemmOperand *operand, const float *weights, gsize in_step, gsize out_step,
               gsize n_rows, gsize in_stride)
{
  gsize n_in = operand->n_in, n_out = operand->n_out;
  gsize out_stride = n_out + 3;
  g_autofree float *in = make_values (n_rows * in_stride + n_in, 1);
  g_autofree float *bias = make_values (n_out, 3);
  g_autofree float *residual = make_values (n_rows * n_out, 4);
  g_autofree float *out = g_new0 (float, n_rows *out_stride + 1);
  gsize n_scratch = sew_gemm_count_scratch (operand, n_rows);
  float *scratch = g_aligned_alloc (n_scratch + 1, sizeof (float), 64);
  SewEpilogue epilogue = {
    .bias = bias,
    .activation = SEW_ACTIVATION_RELU,
    .residual = sew_matrix (residual, n_rows, n_out),
  };
  memset (scratch, 0xff, n_scratch * sizeof (float)); /* no numbers */
  sew_gemm_run ((SewMatrix){ in, n_rows, n_in, in_stride }, operand, &epilogue, scratch,
                (SewMatrix){ out, n_rows, n_out, out_stride });

  for (gsize i = 0; i < n_rows; i++) {
    for (gsize j = 0; j < n_out; j++) {
      double sum = get_expected (operand, in + i * in_stride, weights + j * out_step, in_step)
                   + bias[j];
      double expected = MAX (sum, 0) + residual[i * n_out + j];
      g_assert_cmpfloat (fabs (out[i * out_stride + j] - expected), <, 1e-6 * (double) (n_in + 8));
    }
    for (gsize j = n_out; j < out_stride; j++)
      g_assert_cmpfloat (out[i * out_stride + j], ==, 0);
  }
  g_aligned_free (scratch);
}

static void
check_product (SewFormat format, gsize n_rows, gsize n_in, gsize n_out, gsize in_stride)
{
  g_autofree float *weights = make_values (n_in * n_out, 2);
  void *memory = g_aligned_alloc (sew_gemm_count_bytes (format, FALSE, n_in, n_out), 1, 64);
  SewGemmOperand operand;

  sew_gemm_operand_init (&operand, format, FALSE, n_in, n_out, memory);
  for (gsize first = 0; first < n_out; first += SEW_GEMM_COLUMN_UNIT)
    sew_gemm_operand_fill (&operand, first, MIN (SEW_GEMM_COLUMN_UNIT, n_out - first),
                           weights + first * n_in);
  check_operand (&operand, weights, 1, n_in, n_rows, in_stride);
  g_aligned_free (memory);
}

static void
test_products (gconstpointer data)
{
  static const gsize depths[] = { 1, 2, 3, 33, 255, 511, 512, 513, 1100 };
  SewFormat format = (SewFormat) GPOINTER_TO_INT (data);

  for (gsize n_rows = 0; n_rows <= 26; n_rows++)
    for (gsize n_out = 1; n_out <= 67; n_out += 6) {
      gsize n_in = depths[(n_rows + n_out) % G_N_ELEMENTS (depths)];
      check_product (format, n_rows, n_in, n_out, n_in + n_rows % 3);
    }
  check_product (format, 1001, 33, 20, 33);
  check_product (format, 200, 3001, 5, 3001);
  check_product (format, 31, 384, 24, 24);
}

/* Of values that are packed for one use, as they lie and transposed. */
static void
test_packed (gconstpointer data)
{
  static const gsize sizes[] = { 1, 2, 31, 32, 33, 64, 300 };
  SewFormat format = (SewFormat) GPOINTER_TO_INT (data);

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (sizes); j++)
      for (gboolean transposed = FALSE; transposed <= TRUE; transposed++) {
        gsize n_in = sizes[i], n_out = sizes[j];
        gsize stride = (transposed ? n_out : n_in) + 2;
        g_autofree float *values = make_values ((transposed ? n_in : n_out) * stride, 2);
        gsize n_packed = sew_gemm_count_packed (format, n_in, n_out);
        float *packed = g_aligned_alloc (n_packed + 1, sizeof (float), 64);
        SewGemmOperand operand;
        memset (packed, 0xff, n_packed * sizeof (float));
        sew_gemm_operand_pack (&operand, format, values, stride, transposed, n_in, n_out, packed);
        check_operand (&operand, values, transposed ? stride : 1, transposed ? 1 : stride, 37,
                       n_in + 1);
        g_aligned_free (packed);
      }
}

/* Parts of one that is kept. */
static void
test_columns (gconstpointer data)
{
  enum { N_IN = 50, N_OUT = 3 * SEW_GEMM_COLUMN_UNIT + 5 };
  SewFormat format = (SewFormat) GPOINTER_TO_INT (data);
  g_autofree float *weights = make_values (N_IN * N_OUT, 2);
  void *memory = g_aligned_alloc (sew_gemm_count_bytes (format, TRUE, N_IN, N_OUT), 1, 64);
  SewGemmOperand operand;

  sew_gemm_operand_init (&operand, format, TRUE, N_IN, N_OUT, memory);
  sew_gemm_operand_fill (&operand, 0, N_OUT, weights);
  for (gsize first = 0; first < N_OUT; first += SEW_GEMM_COLUMN_UNIT)
    for (gsize n = 1; n <= N_OUT - first; n += 17) {
      SewGemmOperand part = sew_gemm_operand_columns (&operand, first, n);
      check_operand (&part, weights + first * N_IN, 1, N_IN, 9, N_IN);
    }
  g_aligned_free (memory);
}

/* To integers and to bytes, which are to be the same. */
static const SewGemmKernels *both;

static float
quantize_both (const float *row, gsize n, gint16 *to)
{
  guint8 bytes[64];

  float scale = both->quantize_row (row, n, to);
  g_assert_cmpfloat (both->quantize_row_to_bytes (row, n, bytes), ==, scale);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpint (bytes[i], ==, to[i] + 128);
  return scale;
}

/* Rows of nothing, of one great value, and of the same value. */
static void
test_extreme_rows (void)
{
  enum { N = 40 };
  float row[N] = { 0 };
  gint16 integers[N];

  for (const SewKernels *const *kernels = sew_kernels_list (); *kernels != NULL; kernels++) {
    float (*quantize_row) (const float *, gsize, gint16 *) = quantize_both;
    both = (*kernels)->gemm;
    for (gsize n = 1; n <= N; n++) {
      memset (row, 0, sizeof row);
      g_assert_cmpfloat (quantize_row (row, n, integers), ==, 0);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpint (integers[i], ==, 0);
      row[n - 1] = -3e38f;
      float scale = quantize_row (row, n, integers);
      g_assert_cmpint (integers[n - 1], ==, -127);
      g_assert_cmpfloat (fabsf (scale * 127 / 3e38f - 1), <, 1e-6f);
      row[n - 1] = 1e-38f;
      g_assert_cmpfloat (quantize_row (row, n, integers), ==, 0);
      g_assert_cmpint (integers[n - 1], ==, 0);
      for (gsize i = 0; i < n; i++)
        row[i] = i % 2 == 0 ? 0.125f : -0.125f;
      quantize_row (row, n, integers);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpint (integers[i], ==, i % 2 == 0 ? 127 : -127);
    }
  }
}

/* The same of the kernels for dot products, in both directions. */
static void
test_greatest_dots (void)
{
  enum { N_WORDS = 64 * SEW_GEMM_WORD_UNIT, N_ROWS = SEW_GEMM_ROW_UNIT };
  g_autofree guint8 *a = g_malloc (N_ROWS * N_WORDS * 4);

  memset (a, 0xff, N_ROWS * N_WORDS * 4);
  for (const SewKernels *const *kernels = sew_kernels_list (); *kernels != NULL; kernels++) {
    const SewGemmKernels *gemm = (*kernels)->gemm;
    g_autofree guint32 *panel = g_new (guint32, N_WORDS * gemm->tile_columns);
    g_autofree gint32 *c = g_new (gint32, N_ROWS * gemm->tile_columns);
    for (gsize i = 0; i < N_WORDS * gemm->tile_columns; i++)
      panel[i] = i % 2 == 0 ? 0x7f7f7f7f : 0x80808080;
    gemm->multiply_byte_dots (&(SewGemmDotStrip){ a, N_WORDS * 4, N_ROWS, N_WORDS, panel, c, 0 });
    for (gsize i = 0; i < N_ROWS * gemm->tile_columns; i++)
      g_assert_cmpint (c[i], ==, (i % 2 == 0 ? 127 : -128) * 255 * 4 * N_WORDS);
  }
}

/* The greatest sums that can be: nothing saturates and nothing overflows. */
static void
test_greatest_sums (void)
{
  enum { N_PAIRS = 8192 };
  g_autofree gint16 *a = g_new (gint16, 2 * N_PAIRS);

  for (const SewKernels *const *kernels = sew_kernels_list (); *kernels != NULL; kernels++) {
    const SewGemmKernels *gemm = (*kernels)->gemm;
    g_autofree gint16 *panel = g_new (gint16, 2 * N_PAIRS * gemm->tile_columns);
    float column_scales[64], row_scale = 1, c[64];
    for (gsize i = 0; i < 64; i++)
      column_scales[i] = i % 2 == 0 ? 1.0f : 0.5f;
    for (gsize i = 0; i < 2 * N_PAIRS; i++)
      a[i] = -127;
    for (gsize i = 0; i < 2 * N_PAIRS * gemm->tile_columns; i++)
      panel[i] = -127;
    gemm->multiply_integer_strip (&(SewGemmIntegerStrip){
        .a = a,
        .a_stride = 2 * N_PAIRS,
        .n_rows = 1,
        .n_pairs = N_PAIRS,
        .panel = panel,
        .row_scales = &row_scale,
        .column_scales = column_scales,
        .n_columns = gemm->tile_columns,
        .c = c,
        .c_stride = gemm->tile_columns,
    });
    for (gsize i = 0; i < gemm->tile_columns; i++)
      g_assert_cmpfloat (c[i], ==, 127.0f * 127.0f * 2 * N_PAIRS * column_scales[i]);
  }
}

/* Integers of 16 bits to floats, of every instruction set. */
static void
test_widen_int16 (void)
{
  enum { N = 77 };
  gint16 integers[N];
  float values[N];

  for (gsize i = 0; i < N; i++)
    integers[i] = (gint16) (G_MININT16 + (int) (i * (G_MAXUINT16 / (N - 1))));
  for (const SewKernels *const *kernels = sew_kernels_list (); *kernels != NULL; kernels++)
    for (gsize n = 0; n <= N; n++) {
      for (gsize i = 0; i < N; i++)
        values[i] = -1;
      (*kernels)->gemm->widen_int16 (integers, n, 0.3f, values);
      for (gsize i = 0; i < N; i++)
        g_assert_cmpfloat (values[i], ==, i < n ? (float) integers[i] * 0.3f : -1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, format, test)                                                                    \
  g_test_add_data_func ("/gemm-formats/" name, GINT_TO_POINTER (format), test)
  ADD ("float32", SEW_FORMAT_FLOAT32, test_products);
  ADD ("bf16", SEW_FORMAT_BF16, test_products);
  ADD ("int8", SEW_FORMAT_INT8, test_products);
  ADD ("float32/packed", SEW_FORMAT_FLOAT32, test_packed);
  ADD ("bf16/packed", SEW_FORMAT_BF16, test_packed);
  ADD ("float32/columns", SEW_FORMAT_FLOAT32, test_columns);
  ADD ("bf16/columns", SEW_FORMAT_BF16, test_columns);
  ADD ("int8/columns", SEW_FORMAT_INT8, test_columns);
  g_test_add_func ("/gemm-formats/extreme-rows", test_extreme_rows);
  g_test_add_func ("/gemm-formats/greatest-sums", test_greatest_sums);
  g_test_add_func ("/gemm-formats/greatest-dots", test_greatest_dots);
  g_test_add_func ("/gemm-formats/widen-int16", test_widen_int16);
  return g_test_run ();
}
