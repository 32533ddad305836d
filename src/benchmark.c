/* SPDX-License-Identifier: MIT */
#include "sew/sew-benchmark.h"

#include "encoder/encoder.h"
#include "model-private.h"
#include "math/kernels.h"

/**
 * SewBenchmark:
 *
 * Measures how fast an encoder runs, stage by stage, without a recognizer around it.
 *
 * It runs clips of noise: the time does not depend on what is heard. Not for use by several threads
 * at once.
 */
struct _SewBenchmark {
  GObject parent_instance;

  SewModel *model;
  GPtrArray *workers; /* Worker, one a thread; kept, for what the first run of each allocates */
  double stage_seconds[SEW_N_STAGES];
};

G_DEFINE_FINAL_TYPE (SewBenchmark, sew_benchmark, G_TYPE_OBJECT)

/* What one thread runs. */
typedef struct {
  const SewEncoder *encoder;
  SewEncoderState *state;
  float *samples;
  gsize n_samples;
  float *logits;
} Worker;

static Worker *
worker_new (const SewEncoder *encoder)
{
  Worker *worker = g_new0 (Worker, 1);
  worker->encoder = encoder;
  worker->state = sew_encoder_state_new (encoder, 1);
  return worker;
}

static void
worker_free (gpointer data)
{
  Worker *worker = data;
  sew_encoder_state_free (worker->state);
  g_free (worker->samples);
  g_free (worker->logits);
  g_free (worker);
}

/* Noise at the level of speech. */
static void
worker_set_clip (Worker *worker, gsize n_samples, gsize n_logits)
{
  if (worker->n_samples == n_samples && worker->samples != NULL)
    return;
  guint32 state = 1;
  worker->samples = g_renew (float, worker->samples, MAX (n_samples, 1));
  worker->logits = g_renew (float, worker->logits, MAX (n_logits, 1));
  worker->n_samples = n_samples;
  for (gsize i = 0; i < n_samples; i++) {
    state = state * 1664525 + 1013904223;
    worker->samples[i] = ((float) (state >> 8) / 0x1p24f - 0.5f) * 0.2f;
  }
}

static gpointer
worker_run (gpointer data)
{
  Worker *worker = data;
  sew_encoder_run (worker->encoder, worker->state, worker->samples, worker->n_samples,
                   worker->logits, NULL);
  return NULL;
}

static void
sew_benchmark_finalize (GObject *object)
{
  SewBenchmark *self = SEW_BENCHMARK (object);
  g_ptr_array_unref (self->workers);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (sew_benchmark_parent_class)->finalize (object);
}

static void
sew_benchmark_class_init (SewBenchmarkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sew_benchmark_finalize;
}

static void
sew_benchmark_init (SewBenchmark *self)
{
  self->workers = g_ptr_array_new_with_free_func (worker_free);
}

/**
 * sew_benchmark_new:
 * @model: a model, whose encoder is measured
 *
 * Makes a benchmark of a model.
 *
 * Returns: (transfer full): a new benchmark
 */
SewBenchmark *
sew_benchmark_new (SewModel *model)
{
  g_return_val_if_fail (SEW_IS_MODEL (model), NULL);

  SewBenchmark *self = g_object_new (SEW_TYPE_BENCHMARK, NULL);
  self->model = g_object_ref (model);
  return self;
}

/**
 * sew_benchmark_get_model:
 * @self: a benchmark
 *
 * Tells what it measures.
 *
 * Returns: (transfer none): its model
 */
SewModel *
sew_benchmark_get_model (SewBenchmark *self)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), NULL);

  return self->model;
}

/**
 * sew_benchmark_count_operations:
 * @self: a benchmark
 * @n_samples: the length of a clip
 *
 * Counts the arithmetic of a clip of some length.
 *
 * Returns: the floating-point operations of the matrix products and convolutions of one such clip,
 *   a multiplication and an addition counting two
 */
double
sew_benchmark_count_operations (SewBenchmark *self, gsize n_samples)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), 0);

  double operations[SEW_N_STAGES];
  double sum = 0;
  sew_encoder_count_operations (sew_model_get_config (self->model), n_samples, operations);
  for (guint i = 0; i < SEW_N_STAGES; i++)
    sum += operations[i];
  return sum;
}

static void
add_stage_seconds (SewBenchmark *self, guint n_threads, double sign)
{
  for (guint i = 0; i < n_threads; i++) {
    Worker *worker = g_ptr_array_index (self->workers, i);
    double seconds[SEW_N_STAGES];
    sew_encoder_state_get_seconds (worker->state, seconds);
    for (guint stage = 0; stage < SEW_N_STAGES; stage++)
      self->stage_seconds[stage] += sign * seconds[stage];
  }
}

/**
 * sew_benchmark_run:
 * @self: a benchmark
 * @n_samples: the length of a clip
 * @n_threads: how many clips to run at the same time, each in a thread of its own; at least 1
 *
 * Runs the encoder once in each thread.
 *
 * Returns: the seconds it took until the last was done
 */
double
sew_benchmark_run (SewBenchmark *self, gsize n_samples, guint n_threads)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), 0);
  g_return_val_if_fail (n_threads > 0, 0);

  gsize n_frames = sew_model_config_count_frames (sew_model_get_config (self->model), n_samples);
  while (self->workers->len < n_threads)
    g_ptr_array_add (self->workers, worker_new (sew_model_get_encoder (self->model)));
  for (guint i = 0; i < n_threads; i++)
    worker_set_clip (g_ptr_array_index (self->workers, i), n_samples,
                     n_frames * sew_model_get_vocabulary_size (self->model));

  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  memset (self->stage_seconds, 0, sizeof self->stage_seconds);
  add_stage_seconds (self, n_threads, -1);
  gint64 start_us = g_get_monotonic_time ();
  for (guint i = 1; i < n_threads; i++)
    g_ptr_array_add (
        threads, g_thread_new ("sew-benchmark", worker_run, g_ptr_array_index (self->workers, i)));
  worker_run (g_ptr_array_index (self->workers, 0));
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  double seconds = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
  add_stage_seconds (self, n_threads, 1);
  return seconds;
}

/**
 * sew_benchmark_run_products:
 * @self: a benchmark
 * @n_samples: the length of a clip
 *
 * Runs the matrix products of the encoder alone, one after the other, in this thread: what would
 * be left of the time if all between them took none. The stages' seconds are those of the products
 * afterwards.
 *
 * Returns: the seconds of processor time it took
 */
double
sew_benchmark_run_products (SewBenchmark *self, gsize n_samples)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), 0);

  if (self->workers->len == 0)
    g_ptr_array_add (self->workers, worker_new (sew_model_get_encoder (self->model)));
  Worker *worker = g_ptr_array_index (self->workers, 0);
  memset (self->stage_seconds, 0, sizeof self->stage_seconds);
  add_stage_seconds (self, 1, -1);
  sew_encoder_run_products (worker->encoder, worker->state, n_samples);
  add_stage_seconds (self, 1, 1);
  return sew_benchmark_get_processor_seconds (self);
}

/**
 * sew_benchmark_get_processor_seconds:
 * @self: a benchmark
 *
 * Tells how much work the last run was. Other programs do not lengthen it, as they do the time.
 *
 * Returns: the seconds of processor time of all its threads
 */
double
sew_benchmark_get_processor_seconds (SewBenchmark *self)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), 0);

  double sum = 0;
  for (guint i = 0; i < SEW_N_STAGES; i++)
    sum += self->stage_seconds[i];
  return sum;
}

static const char *const stage_names[SEW_N_STAGES] = {
  [SEW_STAGE_NORMALIZER] = "normalizer", [SEW_STAGE_FEATURE_EXTRACTOR] = "feature-extractor",
  [SEW_STAGE_PROJECTION] = "projection", [SEW_STAGE_POSITIONAL_CONV] = "positional-conv",
  [SEW_STAGE_ATTENTION] = "attention",   [SEW_STAGE_FEED_FORWARD] = "feed-forward",
  [SEW_STAGE_UPSAMPLE] = "upsample",     [SEW_STAGE_HEAD] = "head",
};

/**
 * sew_benchmark_get_n_stages:
 * @self: a benchmark
 *
 * Counts the stages of an encoder.
 *
 * Returns: how many parts the time is split into
 */
guint
sew_benchmark_get_n_stages (SewBenchmark *self)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), 0);

  return SEW_N_STAGES;
}

/**
 * sew_benchmark_get_stage_name:
 * @self: a benchmark
 * @stage: its number, from 0 on
 *
 * Names a stage.
 *
 * Returns: the name of a stage of the encoder
 */
const char *
sew_benchmark_get_stage_name (SewBenchmark *self, guint stage)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), NULL);
  g_return_val_if_fail (stage < SEW_N_STAGES, NULL);

  return stage_names[stage];
}

/**
 * sew_benchmark_get_stage_seconds:
 * @self: a benchmark
 * @stage: its number, from 0 on
 *
 * Tells how long a stage took.
 *
 * Returns: the seconds of processor time that the last run spent in a stage, the sum over its
 *   threads
 */
double
sew_benchmark_get_stage_seconds (SewBenchmark *self, guint stage)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), 0);
  g_return_val_if_fail (stage < SEW_N_STAGES, 0);

  return self->stage_seconds[stage];
}

/**
 * sew_benchmark_get_instruction_set:
 * @self: a benchmark
 *
 * Tells which variant of the kernels runs.
 *
 * Returns: the instruction set that was chosen for this processor, such as `avx2`
 */
const char *
sew_benchmark_get_instruction_set (SewBenchmark *self)
{
  g_return_val_if_fail (SEW_IS_BENCHMARK (self), NULL);

  return sew_kernels_get ()->name;
}
