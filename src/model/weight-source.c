/* SPDX-License-Identifier: MIT */
#include "model/weight-source.h"

#include <math.h>
#include <string.h>

#include <sew/sew-error.h>

/* Of a cache line, and of the widest vector. */
#define ALIGNMENT 64

#define EXPONENT_MASK 0x7f800000u

void
sew_weight_source_fail (SewWeightSource *source, int code, const char *format, ...)
{
  va_list arguments;

  if (source->error != NULL)
    return;
  va_start (arguments, format);
  source->error = g_error_new_valist (SEW_ERROR, code, format, arguments);
  va_end (arguments);
}

float *
sew_weight_source_allocate (SewWeightSource *source, gsize n_values)
{
  float *values = g_aligned_alloc (n_values, sizeof (float), ALIGNMENT);

  g_ptr_array_add (source->buffers, values);
  source->n_bytes += n_values * sizeof (float);
  return values;
}

void
sew_weight_source_drop (SewWeightSource *source, const float *values, gsize n_values)
{
  if (g_ptr_array_remove (source->buffers, (gpointer) values))
    source->n_bytes -= n_values * sizeof (float);
}

/* Infinities and NaN are what has all bits of the exponent. No branch, so that it vectorizes: this
 * reads every weight of the model. */
static gboolean
are_finite (const float *values, gsize n_values)
{
  guint32 n_bad = 0;

  for (gsize i = 0; i < n_values; i++) {
    guint32 bits;

    memcpy (&bits, &values[i], sizeof bits);
    n_bad |= (bits & EXPONENT_MASK) == EXPONENT_MASK;
  }
  return n_bad == 0;
}

gboolean
sew_weight_source_check (SewWeightSource *source, const char *name, const float *values,
                         gsize n_values)
{
  if (are_finite (values, n_values))
    return TRUE;
  sew_weight_source_fail (source, SEW_ERROR_MALFORMED, "%s: tensor \"%s\": NaN or infinite values",
                          sew_checkpoint_get_file (source->checkpoint), name);
  return FALSE;
}

static char *
format_shape (const gsize *shape, guint n_dims)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GSIZE_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static const SewTensor *
find (SewWeightSource *source, const char *name, const gsize *shape, guint n_dims)
{
  const SewTensor *tensor = sew_checkpoint_find (source->checkpoint, name);

  if (tensor == NULL) {
    sew_weight_source_fail (source, SEW_ERROR_MISMATCH,
                            "%s: no tensor \"%s\", which config.json asks for",
                            sew_checkpoint_get_file (source->checkpoint), name);
    return NULL;
  }
  if (tensor->n_dims != n_dims || memcmp (tensor->shape, shape, n_dims * sizeof *shape) != 0) {
    g_autofree char *expected = format_shape (shape, n_dims);
    g_autofree char *found = format_shape (tensor->shape, tensor->n_dims);

    sew_weight_source_fail (source, SEW_ERROR_MISMATCH,
                            "%s: tensor \"%s\" has the shape %s, but config.json asks for %s",
                            tensor->file, name, found, expected);
    return NULL;
  }
  if (tensor->dtype == SEW_DTYPE_OTHER) {
    sew_weight_source_fail (source, SEW_ERROR_UNSUPPORTED,
                            "%s: tensor \"%s\" is of the type %s, which is not supported; "
                            "supported are F32, F16 and BF16",
                            tensor->file, name, tensor->dtype_name);
    return NULL;
  }
  return tensor;
}

/* Half precision without hardware for it: a half's exponent and mantissa, moved to where a float
 * has them, are 2^112 times too small; the product is exact, also for subnormal halves. */
static float
widen_half (guint16 half)
{
  guint32 magnitude = (guint32) (half & 0x7fff) << 13;
  guint32 sign = (guint32) (half & 0x8000) << 16;
  float value;

  if (magnitude >= 0x0f800000u) { /* infinite or NaN */
    magnitude |= EXPONENT_MASK;
    magnitude |= sign;
    memcpy (&value, &magnitude, sizeof value);
    return value;
  }
  memcpy (&value, &magnitude, sizeof value);
  value *= 0x1p112f;
  return sign != 0 ? -value : value;
}

static void
widen (const SewTensor *tensor, float *values)
{
  const guint8 *bytes = tensor->data;

  for (gsize i = 0; i < tensor->n_values; i++) {
    guint32 word;
    guint16 half;

    switch (tensor->dtype) {
    case SEW_DTYPE_F32:
      memcpy (&word, bytes + 4 * i, sizeof word);
      word = GUINT32_FROM_LE (word);
      memcpy (&values[i], &word, sizeof word);
      break;
    case SEW_DTYPE_F16:
      memcpy (&half, bytes + 2 * i, sizeof half);
      values[i] = widen_half (GUINT16_FROM_LE (half));
      break;
    case SEW_DTYPE_BF16:
      memcpy (&half, bytes + 2 * i, sizeof half);
      word = (guint32) GUINT16_FROM_LE (half) << 16;
      memcpy (&values[i], &word, sizeof word);
      break;
    case SEW_DTYPE_OTHER:
      break;
    }
  }
}

static const float *
take_from_checkpoint (SewWeightSource *source, const char *name, const gsize *shape, guint n_dims)
{
  const SewTensor *tensor = find (source, name, shape, n_dims);
  const float *values;

  if (tensor == NULL)
    return NULL;
  if (tensor->dtype == SEW_DTYPE_F32 && G_BYTE_ORDER == G_LITTLE_ENDIAN
      && GPOINTER_TO_SIZE (tensor->data) % sizeof (float) == 0) {
    values = tensor->data;
  } else {
    float *copy = sew_weight_source_allocate (source, tensor->n_values);

    widen (tensor, copy);
    values = copy;
  }
  if (are_finite (values, tensor->n_values))
    return values;
  sew_weight_source_fail (source, SEW_ERROR_MALFORMED, "%s: tensor \"%s\": NaN or infinite values",
                          tensor->file, name);
  return NULL;
}

/* Mixes all bits of the input into all bits of the output (the "lowbias32" constants). Counting
 * instead of iterating lets the compiler vectorize. */
static inline guint32
hash (guint32 x)
{
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

/* Uniform around the mean. */
static void
fill_random (float *values, gsize n_values, guint32 seed, float mean, float deviation)
{
  float scale = deviation * sqrtf (3.0f) * 0x1p-31f;

  for (gsize i = 0; i < n_values; i++)
    values[i] = mean + scale * (float) (gint32) hash (seed + (guint32) i);
}

/* What a rectifier lets through has a mean, which would grow from layer to layer until it drowns
 * the signal; filters without one of their own do not pass it on. */
static void
center_rows (float *values, gsize n_rows, gsize n_columns)
{
  for (gsize row = 0; row < n_rows; row++) {
    float *of_row = values + row * n_columns;
    float mean = 0.0f;

    for (gsize i = 0; i < n_columns; i++)
      mean += of_row[i] / (float) n_columns;
    for (gsize i = 0; i < n_columns; i++)
      of_row[i] -= mean;
  }
}

static const float *
take_random (SewWeightSource *source, SewWeightRole role, const gsize *shape, guint n_dims)
{
  gsize n_values = 1;
  float fan_in, mean = 0.0f, deviation = 0.0f;
  float *values;

  for (guint i = 0; i < n_dims; i++)
    n_values *= shape[i];
  fan_in = (float) (n_values / shape[0]);
  switch (role) {
  case SEW_WEIGHT_MATRIX:
    deviation = sqrtf (1.0f / fan_in);
    break;
  case SEW_WEIGHT_FILTER:
    deviation = sqrtf (2.0f / fan_in);
    break;
  case SEW_WEIGHT_BRANCH:
    deviation = 0.2f * sqrtf (1.0f / fan_in);
    break;
  case SEW_WEIGHT_HEAD:
    deviation = 3.0f * sqrtf (1.0f / fan_in);
    break;
  case SEW_WEIGHT_EMBEDDING:
    deviation = 1.0f;
    break;
  case SEW_WEIGHT_GAIN:
    mean = 1.0f;
    deviation = 0.1f;
    break;
  case SEW_WEIGHT_BIAS:
    deviation = 0.1f;
    break;
  }
  values = sew_weight_source_allocate (source, n_values);
  fill_random (values, n_values, hash (hash (source->seed) + source->n_taken++), mean, deviation);
  if (role == SEW_WEIGHT_FILTER)
    center_rows (values, shape[0], n_values / shape[0]);
  return values;
}

const float *
sew_weight_source_take (SewWeightSource *source, SewWeightRole role, const char *name,
                        const gsize *shape, guint n_dims)
{
  if (source->error != NULL)
    return NULL;
  if (source->checkpoint == NULL)
    return take_random (source, role, shape, n_dims);
  return take_from_checkpoint (source, name, shape, n_dims);
}
