/* SPDX-License-Identifier: MIT */
#include "sew/sew-precision.h"

#include <string.h>

static const char *const names[] = {
  [SEW_PRECISION_FLOAT32] = "float32",
  [SEW_PRECISION_BF16] = "bf16",
  [SEW_PRECISION_INT8] = "int8",
  [SEW_PRECISION_AUTO] = "auto",
};

/**
 * sew_precision_get_name:
 * @precision: a precision
 *
 * Names a precision, as command lines and properties do.
 *
 * Returns: (transfer none): "float32", "bf16", "int8" or "auto"
 */
const char *
sew_precision_get_name (SewPrecision precision)
{
  g_return_val_if_fail ((guint) precision < G_N_ELEMENTS (names), NULL);

  return names[precision];
}

/**
 * sew_precision_parse:
 * @name: what somebody typed
 * @precision: (out): the precision of that name
 *
 * Understands the names of [func@Sew.precision_get_name].
 *
 * Returns: whether there is a precision of that name
 */
gboolean
sew_precision_parse (const char *name, SewPrecision *precision)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (precision != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0) {
      *precision = (SewPrecision) i;
      return TRUE;
    }
  return FALSE;
}
