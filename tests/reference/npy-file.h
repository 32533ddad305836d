/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A little-endian float32 array of two dimensions from a .npy file that numpy wrote. Free with
 * g_free (). Aborts on anything else: it reads the tests' own files. */
float *npy_file_read (const char *path, gsize *n_rows, gsize *n_columns);
