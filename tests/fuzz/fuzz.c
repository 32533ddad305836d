/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"
#include "model/checkpoint.h"

static char *folder;

void
fuzz_check_result (gboolean worked, GError *error)
{
  if (worked) {
    g_assert_no_error (error);
    return;
  }
  g_assert_nonnull (error);
  g_assert_true (error->domain == SEW_ERROR);
  g_assert_cmpuint (strlen (error->message), >, 0);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_error_free (error);
}

void
fuzz_check_tensors (GHashTable *tensors, const guint8 *data, gsize n_bytes)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, tensors);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    const SewTensor *tensor = value;
    const guint8 *start = tensor->data;
    gsize size = tensor->n_values * sew_dtype_get_size (tensor->dtype);

    g_assert_true (start >= data && start <= data + n_bytes);
    g_assert_cmpuint (size, <=, (gsize) (data + n_bytes - start));
    g_assert_true (g_utf8_validate (name, -1, NULL));
  }
}

static void
remove_folder (void)
{
  fixture_remove_folder (folder);
}

const char *
fuzz_get_folder (void)
{
  if (folder == NULL) {
    folder = fixture_new_folder ();
    atexit (remove_folder);
  }
  return folder;
}

void
fuzz_write_file (const char *name, const guint8 *data, gsize n_bytes)
{
  g_autofree char *path = g_build_filename (fuzz_get_folder (), name, NULL);
  FILE *file = g_fopen (path, "wb");

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (data, 1, n_bytes, file), ==, n_bytes);
  g_assert_cmpint (fclose (file), ==, 0);
}

void
fuzz_add_text (GPtrArray *seeds, const char *text)
{
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) text, (guint) strlen (text));
  g_ptr_array_add (seeds, bytes);
}
