/* SPDX-License-Identifier: MIT */

/* Every table of kernels that this processor can run, against the same in double precision. */

#include "math/format.h"
#include "math/kernels.h"

#include <math.h>
#include <string.h>

#define EPSILON 0x1p-23 /* from 1 to the next float */

static double
get_phi (double x)
{
  return 0.5 * erfc (-x / sqrt (2));
}

static double
get_sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

static double
get_activation (double x, SewActivation activation)
{
  switch (activation) {
  case SEW_ACTIVATION_LINEAR:
    return x;
  case SEW_ACTIVATION_GELU:
    return x * get_phi (x);
  case SEW_ACTIVATION_GELU_TANH:
    return 0.5 * x * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
  case SEW_ACTIVATION_GELU_QUICK:
    return x * get_sigmoid (1.702 * x);
  case SEW_ACTIVATION_RELU:
    return MAX (x, 0);
  case SEW_ACTIVATION_RELU6:
    return CLAMP (x, 0, 6);
  case SEW_ACTIVATION_LEAKY_RELU:
    return x > 0 ? x : 0.01 * x;
  case SEW_ACTIVATION_RELU_SQUARED:
    return x > 0 ? x * x : 0;
  case SEW_ACTIVATION_SILU:
    return x * get_sigmoid (x);
  case SEW_ACTIVATION_MISH:
    return x * tanh (log1p (exp (x)));
  case SEW_ACTIVATION_SIGMOID:
    return get_sigmoid (x);
  case SEW_ACTIVATION_TANH:
    return tanh (x);
  }
  return NAN;
}

/* Two units in the last place of the greater of argument and result. */
static void
test_activations (gconstpointer data)
{
  const SewKernels *kernels = data;
  enum { N = 100003 };
  g_autofree float *values = g_new (float, N);
  for (SewActivation activation = 0; activation < SEW_N_ACTIVATIONS; activation++) {
    for (gsize i = 0; i < N; i++)
      values[i] = -30 + 60 * (float) i / N;
    g_autofree float *results = g_memdup2 (values, N * sizeof (float));
    SewMatrix row = sew_matrix (results, 1, N);
    kernels->apply_epilogue (row, &(SewEpilogue){ .activation = activation }, row);
    double worst = 0;
    for (gsize i = 0; i < N; i++) {
      double expected = get_activation (values[i], activation);
      double unit = EPSILON * MAX (MAX (fabs (expected), fabs ((double) values[i])), 1);
      worst = MAX (worst, fabs (results[i] - expected) / unit);
    }
    g_test_message ("activation %d: %.2f units", activation, worst);
    g_assert_cmpfloat (worst, <=, 2);
  }
}

static float
widen (guint16 half)
{
  guint32 bits = (guint32) half << 16;
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

/* To bfloat16: half a unit in its last place from rounding, and a twentieth. */
static void
test_narrow_activations (gconstpointer data)
{
  const SewKernels *kernels = data;
  enum { N = 100003 };
  g_autofree float *values = g_new (float, N);
  g_autofree guint16 *results = g_new (guint16, N);
  for (SewActivation activation = 0; activation < SEW_N_ACTIVATIONS; activation++) {
    for (gsize i = 0; i < N; i++)
      values[i] = -30 + 60 * (float) i / N;
    SewMatrix row = sew_matrix (values, 1, N);
    kernels->apply_epilogue (
        row, &(SewEpilogue){ .activation = activation, .halves = { results, 1, N, N } }, row);
    double worst = 0;
    for (gsize i = 0; i < N; i++) {
      double expected = get_activation (values[i], activation);
      double unit = 0x1p-7 * MAX (fabs (expected), 1);
      worst = MAX (worst, fabs (widen (results[i]) - expected) / unit);
    }
    g_test_message ("activation %d: %.2f units", activation, worst);
    g_assert_cmpfloat (worst, <=, 0.55);
  }
}

static void
test_activations_far_out (gconstpointer data)
{
  const SewKernels *kernels = data;
  for (SewActivation activation = 0; activation < SEW_N_ACTIVATIONS; activation++) {
    float values[] = { -1e30f, -1e4f, 0, 1e4f };
    float results[G_N_ELEMENTS (values)];
    memcpy (results, values, sizeof values);
    SewMatrix row = sew_matrix (results, 1, G_N_ELEMENTS (values));
    kernels->apply_epilogue (row, &(SewEpilogue){ .activation = activation }, row);
    for (gsize i = 0; i < G_N_ELEMENTS (values); i++) {
      double expected = get_activation (values[i], activation);
      g_assert_cmpfloat (fabs (results[i] - expected), <=, 2 * EPSILON * MAX (fabs (expected), 1));
    }
  }
}

/* Numbers between -1 and 1 that are the same each time. */
static void
fill (float *values, gsize n, guint32 seed)
{
  for (gsize i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223;
    values[i] = (float) (seed >> 8) / 0x1p23f - 1;
  }
}

/* Rows of every length around the widths of the vectors, further apart than they are long; what
 * lies between them is to be left alone. */
static const SewHalves no_halves;

#define N_ROWS 3
#define STRIDE 80
#define GUARD 123.0f

static void
fill_rows (float *data, gsize n_columns, guint32 seed)
{
  fill (data, N_ROWS * STRIDE, seed);
  for (gsize i = 0; i < N_ROWS; i++)
    for (gsize j = n_columns; j < STRIDE; j++)
      data[i * STRIDE + j] = GUARD;
}

static void
check_guards (const float *data, gsize n_columns)
{
  for (gsize i = 0; i < N_ROWS; i++)
    for (gsize j = n_columns; j < STRIDE; j++)
      g_assert_cmpfloat (data[i * STRIDE + j], ==, GUARD);
}

static void
test_epilogue (gconstpointer data)
{
  const SewKernels *kernels = data;
  float bias[STRIDE], in[N_ROWS * STRIDE], out[N_ROWS * STRIDE], residual[N_ROWS * STRIDE];
  fill (bias, STRIDE, 1);
  for (gsize n = 1; n <= 70; n++) {
    fill_rows (in, n, 2);
    fill_rows (residual, n, 3);
    memcpy (out, in, sizeof in);
    SewEpilogue epilogue = {
      .bias = bias,
      .activation = SEW_ACTIVATION_RELU,
      .residual = { residual, N_ROWS, n, STRIDE },
    };
    SewMatrix rows = { out, N_ROWS, n, STRIDE };
    kernels->apply_epilogue (rows, &epilogue, rows);
    for (gsize i = 0; i < N_ROWS * STRIDE; i++)
      if (i % STRIDE < n)
        g_assert_cmpfloat (out[i], ==, MAX (in[i] + bias[i % STRIDE], 0) + residual[i]);
    check_guards (out, n);
  }
}

static void
test_layer_norm (gconstpointer data)
{
  const SewKernels *kernels = data;
  float gain[STRIDE], bias[STRIDE], in[N_ROWS * STRIDE], out[N_ROWS * STRIDE];
  fill (gain, STRIDE, 4);
  fill (bias, STRIDE, 5);
  for (gsize n = 1; n <= 70; n++) {
    fill_rows (in, n, 6);
    for (gsize j = 0; j < n; j++)
      in[j] += 100; /* a mean far from zero costs no more digits than it must */
    memcpy (out, in, sizeof in);
    SewMatrix rows = { out, N_ROWS, n, STRIDE };
    kernels->layer_norm (rows, gain, bias, 1e-5f, SEW_ACTIVATION_LINEAR, rows);
    for (gsize i = 0; i < N_ROWS; i++) {
      double mean = 0, variance = 0;
      for (gsize j = 0; j < n; j++)
        mean += in[i * STRIDE + j] / (double) n;
      for (gsize j = 0; j < n; j++)
        variance += (in[i * STRIDE + j] - mean) * (in[i * STRIDE + j] - mean) / (double) n;
      for (gsize j = 0; j < n; j++) {
        double expected = (in[i * STRIDE + j] - mean) / sqrt (variance + 1e-5) * gain[j] + bias[j];
        g_assert_cmpfloat (fabs (out[i * STRIDE + j] - expected), <, i == 0 ? 1e-4 : 1e-6);
      }
    }
    check_guards (out, n);
  }
}

static void
test_layer_norm_of_constant_rows (gconstpointer data)
{
  const SewKernels *kernels = data;
  float gain[] = { 1, 2, 3 }, bias[] = { 4, 5, -6 }, row[] = { 7, 7, 7 };
  kernels->layer_norm (sew_matrix (row, 1, 3), gain, bias, 1e-5f, SEW_ACTIVATION_RELU,
                       sew_matrix (row, 1, 3));
  g_assert_cmpfloat (row[0], ==, 4);
  g_assert_cmpfloat (row[1], ==, 5);
  g_assert_cmpfloat (row[2], ==, 0);
}

/* e^x itself, within two units of its last place, and zero where it is no normal number. */
static void
test_exponential (gconstpointer data)
{
  const SewKernels *kernels = data;
  double worst = 0;
  for (float x = 0; x > -120; x -= 0.0137f) {
    float row[] = { x, 0 }, scale;
    kernels->exponentiate_rows (sew_matrix (row, 1, 2), &scale, no_halves);
    double expected = exp (x);
    g_assert_cmpfloat (row[1], ==, 1);
    if (x < -87.4f)
      g_assert_cmpfloat (row[0], ==, 0);
    else if (x > -87.3f)
      worst = MAX (worst, fabs (row[0] - expected) / expected / EPSILON);
    g_assert_cmpfloat (fabs (scale * (1 + expected) - 1), <, 3 * EPSILON);
  }
  g_test_message ("exponential: %.2f units", worst);
  g_assert_cmpfloat (worst, <=, 2);
}

#define NO_HALF 0xffff

static void
test_softmax (gconstpointer data)
{
  const SewKernels *kernels = data;
  float in[N_ROWS * STRIDE], logs[N_ROWS * STRIDE], out[N_ROWS * STRIDE], scales[N_ROWS];
  guint16 halves[N_ROWS * STRIDE];
  float narrow_scales[N_ROWS];
  for (gsize n = 1; n <= 70; n++) {
    fill_rows (in, n, 7);
    for (gsize i = 0; i < N_ROWS * STRIDE; i++)
      if (i % STRIDE < n)
        in[i] *= 50;
    memcpy (out, in, sizeof in);
    memset (halves, 0xff, sizeof halves);
    memcpy (logs, in, sizeof in);
    kernels->exponentiate_rows ((SewMatrix){ out, N_ROWS, n, STRIDE }, narrow_scales,
                                (SewHalves){ halves, N_ROWS, n, STRIDE });
    check_guards (out, n);
    g_assert_cmpint (memcmp (out, in, sizeof in), ==, 0);
    kernels->exponentiate_rows ((SewMatrix){ out, N_ROWS, n, STRIDE }, scales, no_halves);
    g_assert_cmpint (memcmp (scales, narrow_scales, sizeof scales), ==, 0);
    for (gsize i = 0; i < N_ROWS; i++)
      for (gsize j = 0; j < STRIDE; j++)
        g_assert_cmpuint (halves[i * STRIDE + j], ==,
                          j < n ? sew_format_narrow_to_bf16 (out[i * STRIDE + j]) : NO_HALF);
    kernels->scale_rows ((SewMatrix){ out, N_ROWS, n, STRIDE }, scales);
    kernels->log_softmax ((SewMatrix){ logs, N_ROWS, n, STRIDE });
    for (gsize i = 0; i < N_ROWS; i++) {
      double sum = 0;
      for (gsize j = 0; j < n; j++)
        sum += exp (in[i * STRIDE + j]);
      for (gsize j = 0; j < n; j++) {
        double expected = exp (in[i * STRIDE + j]) / sum;
        g_assert_cmpfloat (fabs (out[i * STRIDE + j] - expected), <, 4 * EPSILON);
        g_assert_cmpfloat (fabs (logs[i * STRIDE + j] - log (expected)), <, 2e-5);
      }
    }
    check_guards (out, n);
    check_guards (logs, n);
  }
}

static void
test_average (gconstpointer data)
{
  const SewKernels *kernels = data;
  float in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  float out[4];
  kernels->average_rows (sew_matrix (in, 6, 2), 3, sew_matrix (out, 2, 2));
  const float expected[] = { 3, 4, 9, 10 };
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat (fabsf (out[i] - expected[i]), <, 1e-5f);
}

static void
test_gathered (gconstpointer data)
{
  const SewKernels *kernels = data;
  enum { N = 70, N_COLUMNS = 13 };
  float table[N * N_COLUMNS], row[N + 1];
  gint32 indices[N];
  fill (table, G_N_ELEMENTS (table), 1);
  for (gsize i = 0; i < N; i++)
    indices[i] = (gint32) (i * 7 % N_COLUMNS);
  for (gsize n = 1; n <= N; n++)
    for (gsize stride = 0; stride <= N_COLUMNS; stride += N_COLUMNS) {
      fill (row, n, 2);
      g_autofree float *before = g_memdup2 (row, sizeof row);
      row[n] = GUARD;
      kernels->add_gathered (row, n, table, stride, indices);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat (row[i], ==, before[i] + table[i * stride + (gsize) indices[i]]);
      g_assert_cmpfloat (row[n], ==, GUARD);
    }
}

/* Indices fall along a row and rise from row to row, now and then by one. */
static void
test_looked_up (gconstpointer data)
{
  const SewKernels *kernels = data;
  enum { HEIGHT = 37, WIDTH = 45, N_TABLE = 45, N_INDEX = 30, GAPPED = 47 };
  float table[N_TABLE * GAPPED + SEW_LOOK_UP_BEHIND], rows[HEIGHT * GAPPED],
      before[HEIGHT * GAPPED];
  gint32 all[HEIGHT + WIDTH - 1];
  const gint32 *indices = all + HEIGHT - 1;
  fill (table, G_N_ELEMENTS (table), 1);
  all[0] = N_INDEX - 1;
  for (gsize i = 1; i < G_N_ELEMENTS (all); i++)
    all[i] = MAX (all[i - 1] - (i % 5 < 3 ? 1 : 0), 0);
  for (gsize n_rows = 1; n_rows <= HEIGHT; n_rows++)
    for (gsize n = 1; n <= WIDTH; n++)
      for (guint by_column = 0; by_column < 2; by_column++) {
        SewMatrix out = { rows, n_rows, n, GAPPED };
        SewMatrix from = { table, N_TABLE, N_INDEX, GAPPED };
        fill (rows, G_N_ELEMENTS (rows), 2);
        memcpy (before, rows, sizeof rows);
        (by_column ? kernels->add_by_column : kernels->add_by_row) (out, from, indices);
        for (gsize i = 0; i < HEIGHT; i++)
          for (gsize j = 0; j < GAPPED; j++) {
            gsize from_row = by_column ? j : i;
            float added = 0;
            if (i < n_rows && j < n)
              added = table[from_row * GAPPED + (gsize) indices[(gssize) j - (gssize) i]];
            g_assert_cmpfloat (rows[i * GAPPED + j], ==, before[i * GAPPED + j] + added);
          }
      }
}

static void
add_tests (const SewKernels *kernels)
{
  static const struct {
    const char *name;
    GTestDataFunc run;
  } tests[] = {
    { "activations", test_activations },
    { "narrow-activations", test_narrow_activations },
    { "activations-far-out", test_activations_far_out },
    { "epilogue", test_epilogue },
    { "layer-norm", test_layer_norm },
    { "layer-norm-of-constant-rows", test_layer_norm_of_constant_rows },
    { "exponential", test_exponential },
    { "softmax", test_softmax },
    { "average", test_average },
    { "gathered", test_gathered },
    { "looked-up", test_looked_up },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strdup_printf ("/kernels/%s/%s", kernels->name, tests[i].name);
    g_test_add_data_func (path, kernels, tests[i].run);
  }
}

static void
test_forced_choice (void)
{
  const char *limit = g_getenv ("SEW_MAX_ISA");
  const SewKernels *const *best = sew_kernels_list ();
  while (best[1] != NULL && (limit == NULL || strcmp (best[0]->name, limit) != 0))
    best++;
  g_assert_true (sew_kernels_get () == *best);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (const SewKernels *const *kernels = sew_kernels_list (); *kernels != NULL; kernels++)
    add_tests (*kernels);
  g_test_add_func ("/kernels/forced-choice", test_forced_choice);
  return g_test_run ();
}
