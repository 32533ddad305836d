/* SPDX-License-Identifier: MIT */
/* bench-encoder PRESET PRECISION: an encoder with random weights, to be measured in turns with
 * others. For each line "SECONDS THREADS" of its input it runs a clip of that length in each
 * thread, and writes the time it took and the processor time of one clip. */
#include <stdio.h>
#include <stdlib.h>

#include <sew/sew.h>

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  SewPrecision precision;
  if (argc != 3 || !sew_precision_parse (argv[2], &precision)) {
    g_printerr ("usage: %s PRESET PRECISION\n", argv[0]);
    return EXIT_FAILURE;
  }
  g_autoptr (SewModel) model = sew_model_new_random (argv[1], 0, precision, &error);
  if (model == NULL) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  g_autoptr (SewBenchmark) benchmark = sew_benchmark_new (model);
  double seconds;
  guint n_threads;
  while (scanf ("%lf %u", &seconds, &n_threads) == 2 && seconds > 0 && n_threads > 0) {
    double elapsed = sew_benchmark_run (benchmark, (gsize) (seconds * SEW_SAMPLE_RATE_HZ),
                                        n_threads);
    printf ("%.6f %.6f\n", elapsed, sew_benchmark_get_processor_seconds (benchmark) / n_threads);
    fflush (stdout);
  }
  return EXIT_SUCCESS;
}
