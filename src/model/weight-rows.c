/* SPDX-License-Identifier: MIT */
#include "model/weight-rows.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Half precision without hardware for it: a half's exponent and mantissa, moved to where a float
 * has them, are 2^112 times too small; the product is exact, also for subnormal halves. */
static float
widen_half (guint16 half)
{
  guint32 magnitude = (guint32) (half & 0x7fff) << 13;
  guint32 sign = (guint32) (half & 0x8000) << 16;
  float value;

  if (magnitude >= 0x0f800000u) { /* infinite or NaN */
    magnitude |= 0x7f800000u;
    magnitude |= sign;
    memcpy (&value, &magnitude, sizeof value);
    return value;
  }
  memcpy (&value, &magnitude, sizeof value);
  value *= 0x1p112f;
  return sign != 0 ? -value : value;
}

static float
read_float (const guint8 *bytes)
{
  guint32 word;
  float value;

  memcpy (&word, bytes, sizeof word);
  word = GUINT32_FROM_LE (word);
  memcpy (&value, &word, sizeof value);
  return value;
}

static guint16
read_half (const guint8 *bytes)
{
  guint16 half;

  memcpy (&half, bytes, sizeof half);
  return GUINT16_FROM_LE (half);
}

/* Mixes all bits of the input into all bits of the output (the "lowbias32" constants). Counting
 * instead of iterating lets the compiler vectorize. */
guint32
sew_weight_random_hash (guint32 x)
{
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

float
sew_weight_random_value (guint32 seed, gsize index, float mean, float deviation)
{
  float scale = deviation * sqrtf (3.0f) * 0x1p-31f;

  return mean + scale * (float) (gint32) sew_weight_random_hash (seed + (guint32) index);
}

/* What a rectifier lets through has a mean, which would grow from layer to layer until it drowns
 * the signal; filters without one of their own do not pass it on. */
static void
make_row (const SewWeightRows *rows, gsize row, float *out)
{
  gsize n = rows->n_columns;
  float mean = 0.0f;

  for (gsize i = 0; i < n; i++)
    out[i] = sew_weight_random_value (rows->seed, row * n + i, 0.0f, rows->deviation);
  if (!rows->is_centered)
    return;
  for (gsize i = 0; i < n; i++)
    mean += out[i] / (float) n;
  for (gsize i = 0; i < n; i++)
    out[i] -= mean;
}

/* In the order of the file. */
static void
widen_row (const SewWeightRows *rows, gsize row, float *out)
{
  gsize n = rows->n_columns;
  const guint8 *bytes = rows->data;
  float scale;

  if (bytes == NULL) {
    make_row (rows, row, out);
    return;
  }
  bytes += row * n * sew_dtype_get_size (rows->dtype);
  switch (rows->dtype) {
  case SEW_DTYPE_F32:
    for (gsize i = 0; i < n; i++)
      out[i] = read_float (bytes + 4 * i);
    break;
  case SEW_DTYPE_F16:
    for (gsize i = 0; i < n; i++)
      out[i] = widen_half (read_half (bytes + 2 * i));
    break;
  case SEW_DTYPE_BF16:
    for (gsize i = 0; i < n; i++) {
      guint32 word = (guint32) read_half (bytes + 2 * i) << 16;
      memcpy (out + i, &word, sizeof word);
    }
    break;
  case SEW_DTYPE_I8:
    scale = read_float ((const guint8 *) rows->scales + 4 * row);
    for (gsize i = 0; i < n; i++)
      out[i] = (float) (gint8) bytes[i] * scale;
    break;
  case SEW_DTYPE_OTHER:
    break;
  }
}

/* [channel][tap] to [tap][channel]. */
static void
order_taps (const SewWeightRows *rows, const float *stored, float *out)
{
  gsize n_taps = rows->n_taps;
  gsize n_channels = rows->n_columns / n_taps;

  for (gsize tap = 0; tap < n_taps; tap++)
    for (gsize channel = 0; channel < n_channels; channel++) {
      float value = stored[channel * n_taps + tap];
      if (rows->tap_scales != NULL)
        value = (float) ((double) value * rows->tap_scales[tap]);
      out[tap * n_channels + channel] = value;
    }
}

void
sew_weight_rows_read (const SewWeightRows *rows, gsize first, gsize n, float *out)
{
  gsize n_columns = rows->n_columns;

  if (rows->n_taps == 1 && rows->tap_scales == NULL) {
    for (gsize row = 0; row < n; row++)
      widen_row (rows, first + row, out + row * n_columns);
    return;
  }
  g_autofree float *stored = g_new (float, n_columns);
  for (gsize row = 0; row < n; row++) {
    widen_row (rows, first + row, stored);
    order_taps (rows, stored, out + row * n_columns);
  }
}

float *
sew_weight_rows_dup (const SewWeightRows *rows)
{
  float *values = g_new (float, MAX (rows->n_rows * rows->n_columns, 1));

  sew_weight_rows_read (rows, 0, rows->n_rows, values);
  return values;
}

/* Only whole pages: others hold a part of something else. */
void
sew_weight_rows_release (const SewWeightRows *rows)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize begin = GPOINTER_TO_SIZE (rows->data);
  gsize end = begin + rows->n_rows * rows->n_columns * sew_dtype_get_size (rows->dtype);

  begin = (begin + page - 1) / page * page;
  end = end / page * page;
  if (rows->data != NULL && begin < end)
    madvise (GSIZE_TO_POINTER (begin), end - begin, MADV_DONTNEED);
}
