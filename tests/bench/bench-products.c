/* SPDX-License-Identifier: MIT */
/* bench-products [ROWS [FORMAT]]: matrix products of the encoders' shapes, one thread, in GFLOP/s:
 * for each format of the weights, or that one, as they would be made here. SEW_GEMM and SEW_MAX_ISA
 * choose other ways. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "math/gemm.h"

#define SECONDS 0.05

typedef struct {
  const char *name;
  gsize n_in;
  gsize n_out;
  gsize stride; /* of the left-hand side; 0 for rows without gaps */
} Shape;

static const Shape shapes[] = {
  { "512 x 512", 512, 512, 0 },      { "512 x 2048", 512, 2048, 0 },
  { "2048 x 512", 2048, 512, 0 },    { "768 x 2304", 768, 2304, 0 },
  { "768 x 3072", 768, 3072, 0 },    { "3072 x 768", 3072, 768, 0 },
  { "conv 3 x 128", 384, 128, 256 }, { "conv 3 x 512", 1536, 512, 1024 },
};

static const char *const methods[] = {
  [SEW_GEMM_METHOD_FLOATS] = "floats",     [SEW_GEMM_METHOD_HALVES] = "halves",
  [SEW_GEMM_METHOD_INTEGERS] = "integers", [SEW_GEMM_METHOD_DOTS] = "dots",
  [SEW_GEMM_METHOD_ONEDNN] = "oneDNN",     [SEW_GEMM_METHOD_OPENBLAS] = "OpenBLAS",
};

static double
get_seconds (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static float *
make_values (gsize n)
{
  float *values = g_aligned_alloc (n + 1, sizeof (float), 64);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_random_double_range (-1, 1);
  return values;
}

/* The fastest of many: other programs only ever make it slower. */
static double
measure (const SewGemmOperand *operand, SewMatrix in, SewMatrix out)
{
  const SewEpilogue nothing_more = { .activation = SEW_ACTIVATION_LINEAR };
  float *scratch = g_aligned_alloc (sew_gemm_count_scratch (operand, out.n_rows) + 1,
                                    sizeof (float), 64);
  double start = get_seconds (), least = G_MAXDOUBLE;
  do {
    double before = get_seconds ();
    sew_gemm_run (in, operand, &nothing_more, scratch, out);
    least = MIN (least, get_seconds () - before);
  } while (get_seconds () - start < SECONDS);
  g_aligned_free (scratch);
  return least;
}

static void
bench (const Shape *shape, SewFormat format, gsize n_rows)
{
  gsize stride = shape->stride > 0 ? shape->stride : shape->n_in;
  float *weights = make_values (shape->n_in * shape->n_out);
  float *in = make_values (n_rows * stride + shape->n_in);
  float *out = make_values (n_rows * shape->n_out);
  void *memory = g_aligned_alloc (sew_gemm_count_bytes (format, FALSE, shape->n_in, shape->n_out),
                                  1, 64);
  SewGemmOperand operand;
  sew_gemm_operand_init (&operand, format, FALSE, shape->n_in, shape->n_out, memory);
  sew_gemm_operand_fill (&operand, 0, shape->n_out, weights);
  double seconds = measure (&operand, (SewMatrix){ in, n_rows, shape->n_in, stride },
                            sew_matrix (out, n_rows, shape->n_out));
  g_print (" %8.0f %-8s",
           2e-9 * (double) n_rows * (double) shape->n_in * (double) shape->n_out / seconds,
           methods[operand.method]);
  g_aligned_free (memory);
  g_aligned_free (out);
  g_aligned_free (in);
  g_aligned_free (weights);
}

int
main (int argc, char **argv)
{
  static const char *const formats[] = {
    [SEW_FORMAT_FLOAT32] = "float32",
    [SEW_FORMAT_BF16] = "bf16",
    [SEW_FORMAT_INT8] = "int8",
  };
  gsize n_rows = argc > 1 ? (gsize) atoi (argv[1]) : 250;
  g_print ("%s, %" G_GSIZE_FORMAT " rows, GFLOP/s\n", sew_kernels_get ()->name, n_rows);
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_print ("%-14s", shapes[i].name);
    for (guint format = 0; format < G_N_ELEMENTS (formats); format++)
      if (argc <= 2 || strcmp (argv[2], formats[format]) == 0) {
        g_print (" %s", formats[format]);
        bench (&shapes[i], (SewFormat) format, n_rows);
      }
    g_print ("\n");
  }
  return EXIT_SUCCESS;
}
