/* SPDX-License-Identifier: MIT */
#include "sew/sew-error.h"

GQuark
sew_error_quark (void)
{
  return g_quark_from_static_string ("sew-error-quark");
}
