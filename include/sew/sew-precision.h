/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

/**
 * SewPrecision:
 * @SEW_PRECISION_FLOAT32: 32-bit floating point, as models are trained
 * @SEW_PRECISION_BF16: weights of 16 bits (the upper halves of floats): half the memory
 * @SEW_PRECISION_INT8: weights of 8 bits with a scale for each output, and inputs of 8 bits with a
 *   scale for each frame: a quarter of the memory. What errors hurt most, the first convolution and
 *   the head, and everything that is no product of weights, stays in 32 bits.
 * @SEW_PRECISION_AUTO: the fastest that this processor has, of those whose transcripts are known to
 *   hardly differ: int8 is for checkpoints that say so in `config.json` (`sew_int8_agrees`), or
 * have such weights
 *
 * What an encoder calculates with.
 */
typedef enum {
  SEW_PRECISION_FLOAT32,
  SEW_PRECISION_BF16,
  SEW_PRECISION_INT8,
  SEW_PRECISION_AUTO,
} SewPrecision;

SEW_API
const char *sew_precision_get_name (SewPrecision precision);
SEW_API
gboolean sew_precision_parse (const char *name, SewPrecision *precision);

G_END_DECLS
