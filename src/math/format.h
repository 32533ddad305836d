/* SPDX-License-Identifier: MIT */
#pragma once

/* How weights are held, and with it what their products are made of. */
typedef enum {
  SEW_FORMAT_FLOAT32,
  SEW_FORMAT_BF16, /* the upper halves of floats; the products are float32 */
  SEW_FORMAT_INT8, /* -127 to 127 and a scale an output; rows of the left-hand side get one too */
} SewFormat;
