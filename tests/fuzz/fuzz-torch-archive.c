/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "checkpoint-fixture.h"
#include "model/torch-archive.h"

const guint fuzz_n_rounds = 5000;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes)
{
  g_autoptr (GHashTable) tensors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GError *error = NULL;
  gboolean worked = sew_torch_archive_read (data, n_bytes, "x", tensors, &error);

  fuzz_check_result (worked, error);
  if (worked)
    fuzz_check_tensors (tensors, data, n_bytes);
  return 0;
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  g_autoptr (GPtrArray) tensors = fixture_new_tensors ("sew");
  FixtureZip zip;

  g_ptr_array_set_size (tensors, 3);
  g_ptr_array_add (seeds, fixture_encode_torch (tensors, SEW_DTYPE_F32));
  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "a/data.pkl", "}.", 2);
  g_ptr_array_add (seeds, fixture_zip_end (&zip, TRUE));
}
