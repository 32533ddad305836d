/* SPDX-License-Identifier: MIT */
#include "sew/sew-error.h"

/**
 * sew_error_quark:
 *
 * The error domain of this library; `SEW_ERROR` in C.
 *
 * Returns: the quark of the domain
 */
GQuark
sew_error_quark (void)
{
  return g_quark_from_static_string ("sew-error-quark");
}
