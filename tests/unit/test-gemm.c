/* SPDX-License-Identifier: MIT */

/* Matrix products of every awkward shape, against sums in double precision. */

#include "math/gemm.h"

#include <math.h>
#include <string.h>

#define GUARD 77.0f

typedef struct {
  gsize n_rows;
  gsize n_in;
  gsize n_out;
  gsize in_stride;
  gboolean transposed;
} Shape;

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

static double
get_expected (const Shape *shape, const float *in, const float *values, gsize row, gsize column)
{
  double sum = 0;
  for (gsize k = 0; k < shape->n_in; k++)
    sum += (double) in[row * shape->in_stride + k]
           * values[shape->transposed ? k * shape->n_out + column : column * shape->n_in + k];
  return sum;
}

static void
check_product (const Shape *shape)
{
  gsize out_stride = shape->n_out + 3;
  g_autofree float *in = make_values (shape->n_rows * shape->in_stride + shape->n_in, 1);
  g_autofree float *values = make_values (shape->n_in * shape->n_out, 2);
  g_autofree float *bias = make_values (shape->n_out, 3);
  g_autofree float *residual = make_values (shape->n_rows * shape->n_out, 4);
  g_autofree float *out = g_new (float, shape->n_rows *out_stride + 1);
  g_autofree float *packed = g_new (
      float, sew_gemm_count_packed (SEW_FORMAT_FLOAT32, shape->n_in, shape->n_out) + 1);
  for (gsize i = 0; i < shape->n_rows * out_stride; i++)
    out[i] = GUARD;

  SewGemmOperand operand;
  sew_gemm_operand_pack (&operand, SEW_FORMAT_FLOAT32, values,
                         shape->transposed ? shape->n_out : shape->n_in, shape->transposed,
                         shape->n_in, shape->n_out, packed);
  SewEpilogue epilogue = {
    .bias = bias,
    .activation = SEW_ACTIVATION_RELU,
    .residual = sew_matrix (residual, shape->n_rows, shape->n_out),
  };
  sew_gemm_run ((SewMatrix){ in, shape->n_rows, shape->n_in, shape->in_stride }, &operand,
                &epilogue, NULL, (SewMatrix){ out, shape->n_rows, shape->n_out, out_stride });

  for (gsize i = 0; i < shape->n_rows; i++) {
    for (gsize j = 0; j < shape->n_out; j++) {
      double sum = get_expected (shape, in, values, i, j) + bias[j];
      double expected = MAX (sum, 0) + residual[i * shape->n_out + j];
      g_assert_cmpfloat (fabs (out[i * out_stride + j] - expected), <,
                         1e-6 * (double) (shape->n_in + 8));
    }
    for (gsize j = shape->n_out; j < out_stride; j++)
      g_assert_cmpfloat (out[i * out_stride + j], ==, GUARD);
  }
}

static void
test_small_shapes (void)
{
  static const gsize depths[] = { 1, 2, 10, 255, 256, 257, 515 };
  for (gsize n_rows = 0; n_rows <= 26; n_rows++)
    for (gsize n_out = 1; n_out <= 67; n_out += 6) {
      gsize n_in = depths[(n_rows + n_out) % G_N_ELEMENTS (depths)];
      check_product (&(Shape){ n_rows, n_in, n_out, n_in, FALSE });
      check_product (&(Shape){ n_rows, n_in, n_out, n_in + 5, TRUE });
    }
}

/* More rows than a block has. */
static void
test_tall_product (void)
{
  check_product (&(Shape){ 1001, 33, 20, 33, FALSE });
}

/* A convolution: each row begins a few values after the last. */
static void
test_overlapping_rows (void)
{
  check_product (&(Shape){ 50, 10, 16, 5, FALSE });
  check_product (&(Shape){ 31, 384, 24, 24, FALSE });
  check_product (&(Shape){ 1, 384, 24, 24, FALSE });
}

static void
test_columns (void)
{
  enum { N_ROWS = 7, N_IN = 20, N_OUT = 100, FIRST = SEW_GEMM_COLUMN_UNIT, N = 37 };
  g_autofree float *in = make_values (N_ROWS * N_IN, 5);
  g_autofree float *values = make_values (N_IN * N_OUT, 6);
  g_autofree float *packed = g_new (float,
                                    sew_gemm_count_packed (SEW_FORMAT_FLOAT32, N_IN, N_OUT) + 1);
  float all[N_ROWS * N_OUT], some[N_ROWS * N];
  SewGemmOperand operand;
  SewEpilogue nothing_more = { 0 };
  sew_gemm_operand_pack (&operand, SEW_FORMAT_FLOAT32, values, N_IN, FALSE, N_IN, N_OUT, packed);
  SewGemmOperand part = sew_gemm_operand_columns (&operand, FIRST, N);
  sew_gemm_run (sew_matrix (in, N_ROWS, N_IN), &operand, &nothing_more, NULL,
                sew_matrix (all, N_ROWS, N_OUT));
  sew_gemm_run (sew_matrix (in, N_ROWS, N_IN), &part, &nothing_more, NULL,
                sew_matrix (some, N_ROWS, N));
  for (gsize i = 0; i < N_ROWS; i++)
    for (gsize j = 0; j < N; j++)
      g_assert_cmpfloat (fabsf (some[i * N + j] - all[i * N_OUT + FIRST + j]), <, 1e-5f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gemm/small-shapes", test_small_shapes);
  g_test_add_func ("/gemm/tall-product", test_tall_product);
  g_test_add_func ("/gemm/overlapping-rows", test_overlapping_rows);
  g_test_add_func ("/gemm/columns", test_columns);
  return g_test_run ();
}
