/* SPDX-License-Identifier: MIT */
#include "model/weight-source.h"

#include <math.h>
#include <string.h>

#include <sew/sew-error.h>

/* Of a cache line, and of the widest vector. */
#define ALIGNMENT 64

#define EXPONENT_MASK 0x7f800000u

/* So many at a time stay in the cache. */
#define CHECKED_VALUES 16384

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

static gboolean
check (SewWeightSource *source, const char *file, const char *name, const float *values,
       gsize n_values)
{
  if (are_finite (values, n_values))
    return TRUE;
  sew_weight_source_fail (source, SEW_ERROR_MALFORMED, "%s: tensor \"%s\": NaN or infinite values",
                          file, name);
  return FALSE;
}

gboolean
sew_weight_source_check (SewWeightSource *source, const char *name, const float *values,
                         gsize n_values)
{
  const char *file = source->checkpoint != NULL ? sew_checkpoint_get_file (source->checkpoint)
                                                : NULL;

  return check (source, file, name, values, n_values);
}

/* Reads some rows at a time, and leaves nothing of them in memory. */
gboolean
sew_weight_source_check_rows (SewWeightSource *source, const char *file, const char *name,
                              const SewWeightRows *rows)
{
  gsize n_block = MAX (CHECKED_VALUES / MAX (rows->n_columns, 1), 1);
  g_autofree float *values = NULL;

  if (source->error != NULL || rows->data == NULL)
    return source->error == NULL;
  values = g_new (float, n_block * rows->n_columns);
  for (gsize row = 0; row < rows->n_rows; row += n_block) {
    gsize n = MIN (n_block, rows->n_rows - row);

    sew_weight_rows_read (rows, row, n, values);
    if (!check (source, file, name, values, n * rows->n_columns))
      return FALSE;
  }
  sew_weight_rows_release (rows);
  return TRUE;
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
                            "supported are F32, F16 and BF16, and I8 for matrices",
                            tensor->file, name, tensor->dtype_name);
    return NULL;
  }
  return tensor;
}

static SewWeightRows
view_tensor (const SewTensor *tensor)
{
  gsize n_rows = tensor->n_dims > 0 ? tensor->shape[0] : 1;

  return (SewWeightRows){
    .n_rows = n_rows,
    .n_columns = n_rows > 0 ? tensor->n_values / n_rows : 0,
    .dtype = tensor->dtype,
    .data = tensor->data,
    .n_taps = 1,
  };
}

/* The scales of a matrix of integers: [n_rows][1], float32. */
static gboolean
find_scales (SewWeightSource *source, const char *name, SewWeightRows *rows)
{
  g_autofree char *scale_name = g_strconcat (name, "_scale", NULL);
  gsize shape[2] = { rows->n_rows, 1 };
  const SewTensor *tensor = find (source, scale_name, shape, 2);

  if (tensor == NULL)
    return FALSE;
  if (tensor->dtype != SEW_DTYPE_F32) {
    sew_weight_source_fail (source, SEW_ERROR_UNSUPPORTED,
                            "%s: tensor \"%s\" is of the type %s; scales have to be F32",
                            tensor->file, scale_name, tensor->dtype_name);
    return FALSE;
  }
  SewWeightRows scales = view_tensor (tensor);
  rows->scales = tensor->data;
  return sew_weight_source_check_rows (source, tensor->file, scale_name, &scales);
}

static const float *
take_from_checkpoint (SewWeightSource *source, const char *name, const gsize *shape, guint n_dims)
{
  const SewTensor *tensor = find (source, name, shape, n_dims);
  const float *values;

  if (tensor == NULL)
    return NULL;
  if (tensor->dtype == SEW_DTYPE_I8) {
    sew_weight_source_fail (source, SEW_ERROR_UNSUPPORTED,
                            "%s: tensor \"%s\" is of the type I8, which only matrices may be",
                            tensor->file, name);
    return NULL;
  }
  if (tensor->dtype == SEW_DTYPE_F32 && G_BYTE_ORDER == G_LITTLE_ENDIAN
      && GPOINTER_TO_SIZE (tensor->data) % sizeof (float) == 0) {
    values = tensor->data;
  } else {
    float *copy = sew_weight_source_allocate (source, tensor->n_values);
    SewWeightRows rows = view_tensor (tensor);

    sew_weight_rows_read (&rows, 0, rows.n_rows, copy);
    values = copy;
  }
  return check (source, tensor->file, name, values, tensor->n_values) ? values : NULL;
}

/* How random values are spread. */
static void
get_spread (SewWeightRole role, float fan_in, float *mean, float *deviation)
{
  *mean = 0.0f;
  *deviation = 0.0f;
  switch (role) {
  case SEW_WEIGHT_MATRIX:
    *deviation = sqrtf (1.0f / fan_in);
    break;
  case SEW_WEIGHT_FILTER:
    *deviation = sqrtf (2.0f / fan_in);
    break;
  case SEW_WEIGHT_BRANCH:
    *deviation = 0.2f * sqrtf (1.0f / fan_in);
    break;
  case SEW_WEIGHT_HEAD:
    *deviation = 3.0f * sqrtf (1.0f / fan_in);
    break;
  case SEW_WEIGHT_EMBEDDING:
    *deviation = 1.0f;
    break;
  case SEW_WEIGHT_GAIN:
    *mean = 1.0f;
    *deviation = 0.1f;
    break;
  case SEW_WEIGHT_BIAS:
    *deviation = 0.1f;
    break;
  }
}

static guint32
next_seed (SewWeightSource *source)
{
  return sew_weight_random_hash (sew_weight_random_hash (source->seed) + source->n_taken++);
}

static const float *
take_random (SewWeightSource *source, SewWeightRole role, gsize n_values, gsize fan_in)
{
  float *values = sew_weight_source_allocate (source, n_values);
  guint32 seed = next_seed (source);
  float mean, deviation;

  get_spread (role, (float) fan_in, &mean, &deviation);
  for (gsize i = 0; i < n_values; i++)
    values[i] = sew_weight_random_value (seed, i, mean, deviation);
  return values;
}

static gsize
count_values (const gsize *shape, guint n_dims)
{
  gsize n_values = 1;

  for (guint i = 0; i < n_dims; i++)
    n_values *= shape[i];
  return n_values;
}

const float *
sew_weight_source_take (SewWeightSource *source, SewWeightRole role, const char *name,
                        const gsize *shape, guint n_dims)
{
  gsize n_values = count_values (shape, n_dims);

  if (source->error != NULL)
    return NULL;
  source->n_values += n_values;
  if (source->checkpoint == NULL)
    return take_random (source, role, n_values, n_values / shape[0]);
  return take_from_checkpoint (source, name, shape, n_dims);
}

static SewWeightRows
make_random_rows (SewWeightSource *source, SewWeightRole role, gsize n_rows, gsize n_columns)
{
  SewWeightRows rows = {
    .n_rows = n_rows,
    .n_columns = n_columns,
    .seed = next_seed (source),
    .is_centered = role == SEW_WEIGHT_FILTER,
  };
  float mean;

  get_spread (role, (float) n_columns, &mean, &rows.deviation);
  return rows;
}

SewWeightRows
sew_weight_source_take_rows (SewWeightSource *source, SewWeightRole role, const char *name,
                             const gsize *shape, guint n_dims)
{
  const SewWeightRows none = { 0 };
  gsize n_values = count_values (shape, n_dims);
  const char *file = NULL;
  SewWeightRows rows;

  if (source->error != NULL)
    return none;
  source->n_values += n_values;
  if (source->checkpoint == NULL) {
    rows = make_random_rows (source, role, shape[0], n_values / shape[0]);
  } else {
    const SewTensor *tensor = find (source, name, shape, n_dims);

    if (tensor == NULL)
      return none;
    file = tensor->file;
    rows = view_tensor (tensor);
    if (rows.dtype == SEW_DTYPE_I8 && !find_scales (source, name, &rows))
      return none;
  }
  rows.n_taps = n_dims == 3 ? shape[2] : 1;
  return sew_weight_source_check_rows (source, file, name, &rows) ? rows : none;
}
