/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <string.h>

/* How weights are held, and with it what their products are made of. */
typedef enum {
  SEW_FORMAT_FLOAT32,
  SEW_FORMAT_BF16, /* the upper halves of floats; the products are float32 */
  SEW_FORMAT_INT8, /* -127 to 127 and a scale an output; rows of the left-hand side get one too */
} SewFormat;

/* To nearest, ties to even. */
static inline guint16
sew_format_narrow_to_bf16 (float value)
{
  guint32 bits;
  memcpy (&bits, &value, sizeof bits);
  return (guint16) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
