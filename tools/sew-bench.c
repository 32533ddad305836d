/* SPDX-License-Identifier: MIT */

/* Measures the speed of encoders. */

#include <json-glib/json-glib.h>
#include <locale.h>
#include <sew/sew.h>
#include <stdlib.h>
#include <string.h>

enum {
  EXIT_DONE = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
};

#define MAX_SECONDS 600
#define MAX_RUNS 1000
#define MAX_THREADS 1024
/* Less than that is the time it takes to look at the clock. */
#define NO_PRODUCTS 1e-5

static char *preset;
static char *folder;
static char *precision_name;
static SewPrecision precision = SEW_PRECISION_FLOAT32;
static double n_seconds = 10;
static int n_runs = 5;
static int n_threads = 1;
static gboolean paper;
static gboolean as_json;
static gboolean show_version;

static const GOptionEntry options[] = {
  { "preset", 0, 0, G_OPTION_ARG_STRING, &preset, "A released shape, with random weights", "NAME" },
  { "model", 0, 0, G_OPTION_ARG_FILENAME, &folder, "A checkpoint", "DIR" },
  { "paper", 0, 0, G_OPTION_ARG_NONE, &paper, "The models of the paper, in turns with W2V2-base",
    NULL },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &n_seconds, "Length of a clip (10)", "S" },
  { "runs", 0, 0, G_OPTION_ARG_INT, &n_runs, "Measured runs; the median counts (5)", "N" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &n_threads, "Clips at the same time, a thread each (1)",
    "N" },
  { "precision", 0, 0, G_OPTION_ARG_STRING, &precision_name,
    "float32 (the default), bf16, int8 or auto", "PRECISION" },
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print JSON", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version and exit", NULL },
  { 0 },
};

/* What the paper's table compares; the first is what the others are measured against. */
static const char *const paper_presets[] = {
  "w2v2-base",   "sew-tiny",  "sew-small",      "sew-mid",    "sew-d-tiny",
  "sew-d-small", "sew-d-mid", "sew-d-mid-k127", "sew-d-base", "sew-d-base+",
};

typedef struct {
  const char *name;
  SewPrecision precision; /* that it runs at */
  guint64 n_parameters;
  double giga_operations;   /* of one clip */
  double seconds;           /* for all clips of a run, the median */
  double processor_seconds; /* for one clip, the least */
  double peak_memory;       /* of the process, in MiB, before the products were run alone */
  double speedup;           /* over the baseline; 0 where nothing is compared */
  double *stage_seconds;    /* of that clip, by stage */
  double *product_seconds;  /* of the products alone; NULL if not measured */
} Result;

/* --- measuring --- */

static gsize
count_samples (void)
{
  return (gsize) (n_seconds * SEW_SAMPLE_RATE_HZ);
}

static double
run_once (SewBenchmark *benchmark)
{
  return sew_benchmark_run (benchmark, count_samples (), (guint) n_threads);
}

static int
compare_doubles (const void *a, const void *b)
{
  double difference = *(const double *) a - *(const double *) b;
  return (difference > 0) - (difference < 0);
}

static double
find_median (double *values, int n)
{
  qsort (values, (gsize) n, sizeof *values, compare_doubles);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void
keep_stages (SewBenchmark *benchmark, double **seconds)
{
  guint n_stages = sew_benchmark_get_n_stages (benchmark);
  *seconds = g_renew (double, *seconds, n_stages);
  for (guint i = 0; i < n_stages; i++)
    (*seconds)[i] = sew_benchmark_get_stage_seconds (benchmark, i) / n_threads;
}

/* In turns with the baseline, if there is one, so that what else the machine does meets both. */
static void
measure (SewBenchmark *benchmark, SewBenchmark *baseline, Result *result)
{
  g_autofree double *seconds = g_new (double, n_runs);
  g_autofree double *speedups = g_new (double, n_runs);
  run_once (benchmark);
  for (int i = 0; i < n_runs; i++) {
    if (baseline != NULL)
      run_once (baseline);
    seconds[i] = run_once (benchmark);
    double processor_seconds = sew_benchmark_get_processor_seconds (benchmark) / n_threads;
    if (baseline != NULL)
      speedups[i] = sew_benchmark_get_processor_seconds (baseline) / n_threads / processor_seconds;
    if (i > 0 && processor_seconds >= result->processor_seconds)
      continue;
    result->processor_seconds = processor_seconds;
    keep_stages (benchmark, &result->stage_seconds);
  }
  result->giga_operations = sew_benchmark_count_operations (benchmark, count_samples ()) / 1e9;
  result->seconds = find_median (seconds, n_runs);
  result->speedup = baseline != NULL ? find_median (speedups, n_runs) : 0;
}

/* In turns with the whole, which has been run already. */
static void
measure_products (SewBenchmark *benchmark, Result *result)
{
  double least = 0;
  int n_threads_before = n_threads;
  n_threads = 1;
  for (int i = 0; i < n_runs; i++) {
    double seconds = sew_benchmark_run_products (benchmark, count_samples ());
    if (i == 0 || seconds < least) {
      least = seconds;
      keep_stages (benchmark, &result->product_seconds);
    }
  }
  n_threads = n_threads_before;
}

static double
get_times_real_time (const Result *result)
{
  return n_seconds * n_threads / result->seconds;
}

/* How many streams one processor keeps up with. */
static double
get_streams (const Result *result)
{
  return n_seconds / result->processor_seconds;
}

static double
get_speed (const Result *result)
{
  return result->giga_operations / result->processor_seconds;
}

/* The most memory this process has held, in MiB; 0 where the system does not say. */
static double
read_peak_memory (void)
{
  g_autofree char *status = NULL;
  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;
  const char *line = strstr (status, "VmHWM:");
  return line != NULL ? (double) g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10) / 1024 : 0;
}

/* --- printing --- */

static void
print_stage (const char *name, double seconds, double product_seconds, double sum)
{
  g_print ("  %-20s %10.4f s %5.1f %% ", name, seconds, 100 * seconds / sum);
  if (product_seconds > NO_PRODUCTS)
    g_print ("%12.4f s %7.2f x", product_seconds, seconds / product_seconds);
  g_print ("\n");
}

static void
print_text (SewBenchmark *benchmark, const Result *result)
{
  g_print ("%s, %s (%s), %d thread%s, clips of %g s\n", result->name,
           sew_precision_get_name (result->precision),
           sew_benchmark_get_instruction_set (benchmark), n_threads, n_threads == 1 ? "" : "s",
           n_seconds);
  g_print ("  parameters           %10.1f M\n", (double) result->n_parameters / 1e6);
  g_print ("  work                 %10.2f GFLOP per second of audio\n",
           result->giga_operations / n_seconds);
  g_print ("  time                 %10.3f s, %.1f times real time\n", result->seconds,
           get_times_real_time (result));
  g_print ("  processor time       %10.3f s a clip, %.1f GFLOP/s, %.1f streams a core\n",
           result->processor_seconds, get_speed (result), get_streams (result));
  g_print ("  peak memory          %10.0f MiB\n", result->peak_memory);
  g_print ("  %-20s %12s %7s %14s %9s\n", "stage", "time", "share", "products alone", "of those");
  double sum = 0;
  double product_sum = 0;
  guint n_stages = sew_benchmark_get_n_stages (benchmark);
  for (guint i = 0; i < n_stages; i++) {
    sum += result->stage_seconds[i];
    product_sum += result->product_seconds[i];
  }
  for (guint i = 0; i < n_stages; i++)
    print_stage (sew_benchmark_get_stage_name (benchmark, i), result->stage_seconds[i],
                 result->product_seconds[i], sum);
  print_stage ("all", sum, product_sum, sum);
}

static void
add_result (JsonBuilder *builder, const Result *result)
{
  json_builder_set_member_name (builder, "model");
  json_builder_add_string_value (builder, result->name);
  json_builder_set_member_name (builder, "n_parameters");
  json_builder_add_int_value (builder, (gint64) result->n_parameters);
  json_builder_set_member_name (builder, "gflop_per_second_of_audio");
  json_builder_add_double_value (builder, result->giga_operations / n_seconds);
  json_builder_set_member_name (builder, "seconds");
  json_builder_add_double_value (builder, result->seconds);
  json_builder_set_member_name (builder, "processor_seconds");
  json_builder_add_double_value (builder, result->processor_seconds);
  json_builder_set_member_name (builder, "times_real_time");
  json_builder_add_double_value (builder, get_times_real_time (result));
  json_builder_set_member_name (builder, "gflop_per_second");
  json_builder_add_double_value (builder, get_speed (result));
  if (result->speedup > 0) {
    json_builder_set_member_name (builder, "speedup");
    json_builder_add_double_value (builder, result->speedup);
  }
}

static void
add_conditions (JsonBuilder *builder, SewBenchmark *benchmark)
{
  json_builder_set_member_name (builder, "precision");
  json_builder_add_string_value (builder, sew_precision_get_name (sew_model_get_precision (
                                              sew_benchmark_get_model (benchmark))));
  json_builder_set_member_name (builder, "instruction_set");
  json_builder_add_string_value (builder, sew_benchmark_get_instruction_set (benchmark));
  json_builder_set_member_name (builder, "n_threads");
  json_builder_add_int_value (builder, n_threads);
  json_builder_set_member_name (builder, "clip_seconds");
  json_builder_add_double_value (builder, n_seconds);
}

static void
print_builder (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
}

static void
add_stages (JsonBuilder *builder, SewBenchmark *benchmark, const char *name, const double *seconds)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  for (guint i = 0; i < sew_benchmark_get_n_stages (benchmark); i++) {
    json_builder_set_member_name (builder, sew_benchmark_get_stage_name (benchmark, i));
    json_builder_add_double_value (builder, seconds[i]);
  }
  json_builder_end_object (builder);
}

static void
print_json (SewBenchmark *benchmark, const Result *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  add_conditions (builder, benchmark);
  add_result (builder, result);
  json_builder_set_member_name (builder, "peak_memory_mib");
  json_builder_add_double_value (builder, result->peak_memory);
  add_stages (builder, benchmark, "stage_seconds", result->stage_seconds);
  add_stages (builder, benchmark, "product_seconds", result->product_seconds);
  json_builder_end_object (builder);
  print_builder (builder);
}

/* --- what to measure --- */

static gboolean
bench_one (GError **error)
{
  g_autoptr (SewModel) model = folder != NULL ? sew_model_new_at_precision (folder, NULL, precision,
                                                                            NULL, error)
                                              : sew_model_new_random (preset, 0, precision, error);
  if (model == NULL)
    return FALSE;
  g_autoptr (SewBenchmark) benchmark = sew_benchmark_new (model);
  Result result = { .name = folder != NULL ? folder : preset,
                    .precision = sew_model_get_precision (model),
                    .n_parameters = sew_model_get_n_parameters (model) };
  measure (benchmark, NULL, &result);
  result.peak_memory = read_peak_memory ();
  measure_products (benchmark, &result);
  if (as_json)
    print_json (benchmark, &result);
  else
    print_text (benchmark, &result);
  g_free (result.stage_seconds);
  g_free (result.product_seconds);
  return TRUE;
}

static void
print_row (const Result *result)
{
  g_print ("%-16s %9.1f M %9.2f %10.3f s %10.1f %10.1f %9.2f\n", result->name,
           (double) result->n_parameters / 1e6, result->giga_operations / n_seconds,
           result->seconds, get_times_real_time (result), get_speed (result), result->speedup);
}

static gboolean
bench_paper (GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (SewModel) baseline_model = sew_model_new_random (paper_presets[0], 0, precision,
                                                              error);
  if (baseline_model == NULL)
    return FALSE;
  g_autoptr (SewBenchmark) baseline = sew_benchmark_new (baseline_model);
  run_once (baseline);
  json_builder_begin_object (builder);
  add_conditions (builder, baseline);
  json_builder_set_member_name (builder, "models");
  json_builder_begin_array (builder);
  if (!as_json)
    g_print ("%s (%s), %d thread%s, clips of %g s\n%-16s %11s %9s %12s %10s %10s %9s\n",
             sew_precision_get_name (sew_model_get_precision (baseline_model)),
             sew_benchmark_get_instruction_set (baseline), n_threads, n_threads == 1 ? "" : "s",
             n_seconds, "model", "parameters", "GFLOP/s*", "time", "x real", "GFLOP/s", "speedup");

  for (guint i = 0; i < G_N_ELEMENTS (paper_presets); i++) {
    g_autoptr (SewModel) model = sew_model_new_random (paper_presets[i], 0, precision, error);
    if (model == NULL)
      return FALSE;
    g_autoptr (SewBenchmark) benchmark = sew_benchmark_new (model);
    Result result = { .name = paper_presets[i],
                      .n_parameters = sew_model_get_n_parameters (model) };
    measure (benchmark, baseline, &result);
    if (!as_json)
      print_row (&result);
    json_builder_begin_object (builder);
    add_result (builder, &result);
    json_builder_end_object (builder);
    g_free (result.stage_seconds);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  if (as_json)
    print_builder (builder);
  else
    g_print ("* of work for a second of audio; speedup: over %s, run in turns\n", paper_presets[0]);
  return TRUE;
}

/* NULL, or what is wrong. */
static const char *
find_mistake (int argc)
{
  if (argc > 1)
    return "it takes no arguments, only options";
  if ((preset != NULL) + (folder != NULL) + (paper ? 1 : 0) != 1)
    return "one of --preset, --model and --paper, please";
  if (precision_name != NULL && !sew_precision_parse (precision_name, &precision))
    return "--precision: float32, bf16, int8 or auto";
  if (!(n_seconds >= 0.1 && n_seconds <= MAX_SECONDS))
    return "--seconds: from 0.1 to 600";
  if (n_runs < 1 || n_runs > MAX_RUNS)
    return "--runs: from 1 to 1000";
  if (n_threads < 1 || n_threads > MAX_THREADS)
    return "--threads: from 1 to 1024";
  return NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *names = g_strjoinv (" ", (char **) sew_model_list_presets ());
  g_autofree char *summary = g_strconcat (
      "Measures the speed of an encoder on clips of noise.\n\nPresets: ", names, NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  setlocale (LC_CTYPE, "");
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("sew-bench: %s\n", error->message);
    return EXIT_USAGE;
  }
  if (show_version) {
    g_print ("sew-bench %s\n", SEW_VERSION_STRING);
    return EXIT_DONE;
  }
  const char *mistake = find_mistake (argc);
  if (mistake != NULL) {
    g_printerr ("sew-bench: %s\n", mistake);
    return EXIT_USAGE;
  }
  if (!(paper ? bench_paper (&error) : bench_one (&error))) {
    g_printerr ("sew-bench: %s\n", error->message);
    return EXIT_FAILED;
  }
  return EXIT_DONE;
}
