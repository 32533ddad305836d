/* SPDX-License-Identifier: MIT */

/* oneDNN is built on OpenMP, whose threads are not to come on top of ours. OMP_NUM_THREADS is 4 in
 * this test's environment, and oneDNN makes all products. */

#include <omp.h>

#include "math/gemm.h"

#define N_OMP_THREADS 4
#define N_THREADS 3

enum { N_ROWS = 200, N_IN = 512, N_OUT = 512 };

static guint
count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;
  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* Loads and runs a product, and looks how many threads there are in the end. */
static gpointer
multiply (gpointer data)
{
  gsize n_bytes = sew_gemm_count_bytes (SEW_FORMAT_FLOAT32, FALSE, N_IN, N_OUT);
  void *memory = g_aligned_alloc (n_bytes, 1, 64);
  SewGemmOperand operand;
  g_autofree float *weights = g_new0 (float, N_IN *N_OUT);
  g_autofree float *in = g_new0 (float, N_ROWS *N_IN);
  g_autofree float *out = g_new (float, N_ROWS *N_OUT);
  SewEpilogue nothing_more = { 0 };

  sew_gemm_operand_init (&operand, SEW_FORMAT_FLOAT32, FALSE, N_IN, N_OUT, memory);
  g_assert_cmpint (operand.method, ==, SEW_GEMM_METHOD_ONEDNN);
  sew_gemm_operand_fill (&operand, 0, N_OUT, weights);
  float *scratch = g_aligned_alloc (sew_gemm_count_scratch (&operand, N_ROWS), sizeof (float), 64);
  for (guint i = 0; i < 5; i++)
    sew_gemm_run (sew_matrix (in, N_ROWS, N_IN), &operand, &nothing_more, scratch,
                  sew_matrix (out, N_ROWS, N_OUT));
  g_aligned_free (scratch);
  g_aligned_free (memory);
  g_assert_cmpint (omp_get_max_threads (), ==, N_OMP_THREADS);
  return GUINT_TO_POINTER (count_threads ());
}

static void
test_threads (void)
{
  guint n_before = count_threads ();
  GThread *threads[N_THREADS];

  if (n_before == 0) {
    g_test_skip ("the system does not say how many threads there are");
    return;
  }
  g_assert_cmpint (omp_get_max_threads (), ==, N_OMP_THREADS);
  g_assert_cmpuint (GPOINTER_TO_UINT (multiply (NULL)), ==, n_before);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("multiply", multiply, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (threads[i])), <=, n_before + N_THREADS);
}

/* What the test sees without that care. */
static void
test_others_have_theirs (void)
{
  guint n_before = count_threads ();
  int n = 0;
#pragma omp parallel reduction(+ : n)
  n++;
  g_assert_cmpint (n, ==, N_OMP_THREADS);
  g_assert_cmpuint (count_threads (), >=, n_before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/onednn/threads", test_threads);
  g_test_add_func ("/onednn/others-have-theirs", test_others_have_theirs);
  return g_test_run ();
}
