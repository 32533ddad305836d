/* SPDX-License-Identifier: MIT */
#include "sew/sew-version.h"

/**
 * sew_get_version:
 *
 * The version of the library that runs, which may be newer than the headers the caller was built
 * with ([const@Sew.VERSION_STRING]).
 *
 * Returns: (transfer none): "major.minor.micro"
 */
const char *
sew_get_version (void)
{
  return SEW_VERSION_STRING;
}
