/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include <stdlib.h>
#include <string.h>

/* What the comparisons in Python write for a benchmark, read from its start to its end. */
typedef struct {
  const guint8 *at;
  gsize n_left;
} BenchInput;

static inline const guint8 *
bench_input_take (BenchInput *input, gsize n_bytes)
{
  if (n_bytes > input->n_left) {
    g_printerr ("the file is truncated\n");
    exit (EXIT_FAILURE);
  }
  const guint8 *taken = input->at;
  input->at += n_bytes;
  input->n_left -= n_bytes;
  return taken;
}

static inline guint
bench_input_take_number (BenchInput *input)
{
  guint32 number;
  memcpy (&number, bench_input_take (input, sizeof number), sizeof number);
  return GUINT32_FROM_LE (number);
}
