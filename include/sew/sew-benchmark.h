/* SPDX-License-Identifier: MIT */
#pragma once

#include <sew/sew-model.h>

G_BEGIN_DECLS

#define SEW_TYPE_BENCHMARK (sew_benchmark_get_type ())

SEW_API
G_DECLARE_FINAL_TYPE (SewBenchmark, sew_benchmark, SEW, BENCHMARK, GObject)

SEW_API
SewBenchmark *sew_benchmark_new (SewModel *model);

SEW_API
SewModel *sew_benchmark_get_model (SewBenchmark *self);
SEW_API
double sew_benchmark_count_operations (SewBenchmark *self, gsize n_samples);
SEW_API
double sew_benchmark_run (SewBenchmark *self, gsize n_samples, guint n_threads);
SEW_API
double sew_benchmark_run_products (SewBenchmark *self, gsize n_samples);
SEW_API
double sew_benchmark_get_processor_seconds (SewBenchmark *self);

SEW_API
guint sew_benchmark_get_n_stages (SewBenchmark *self);
SEW_API
const char *sew_benchmark_get_stage_name (SewBenchmark *self, guint stage);
SEW_API
double sew_benchmark_get_stage_seconds (SewBenchmark *self, guint stage);
SEW_API
const char *sew_benchmark_get_instruction_set (SewBenchmark *self);

G_END_DECLS
