/* SPDX-License-Identifier: MIT */
#include "npy-file.h"

#include <string.h>

#define HEADER_OFFSET 10 /* of version 1 */

float *
npy_file_read (const char *path, gsize *n_rows, gsize *n_columns)
{
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &bytes, &n_bytes, &error);
  g_assert_no_error (error);

  g_assert_cmpuint (n_bytes, >, HEADER_OFFSET);
  g_assert_cmpmem (bytes, 7, "\x93NUMPY\x01", 7);
  gsize n_header = (guint8) bytes[8] | (gsize) (guint8) bytes[9] << 8;
  g_assert_cmpuint (n_bytes, >=, HEADER_OFFSET + n_header);
  g_autofree char *header = g_strndup (bytes + HEADER_OFFSET, n_header);
  g_assert_nonnull (strstr (header, "'<f4'"));
  g_assert_nonnull (strstr (header, "'fortran_order': False"));

  char *at = strstr (header, "'shape': (");
  g_assert_nonnull (at);
  *n_rows = g_ascii_strtoull (at + strlen ("'shape': ("), &at, 10);
  g_assert_true (*at == ',');
  *n_columns = g_ascii_strtoull (at + 1, &at, 10);
  g_assert_true (*at == ')');
  gsize size = *n_rows * *n_columns * sizeof (float);
  g_assert_cmpuint (n_bytes, ==, HEADER_OFFSET + n_header + size);
  return g_memdup2 (bytes + HEADER_OFFSET + n_header, size);
}
