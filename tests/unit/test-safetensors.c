/* SPDX-License-Identifier: MIT */
#include "model/safetensors.h"

#include <string.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

#define TWO                                                                                        \
  "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"                               \
  "\"b\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[8,12]}}"

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
test_reads_tensors (void)
{
  static const char data[] = "abcdefghijkl";
  g_autoptr (GByteArray) bytes = fixture_pack_safetensors (TWO, data, 12);
  g_autoptr (GHashTable) tensors = new_table ();
  GError *error = NULL;
  const SewTensor *tensor;

  g_assert_true (sew_safetensors_read (bytes->data, bytes->len, "x.safetensors", tensors, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (tensors), ==, 2);
  tensor = g_hash_table_lookup (tensors, "b");
  g_assert_cmpint (tensor->dtype, ==, SEW_DTYPE_F16);
  g_assert_cmpuint (tensor->n_dims, ==, 2);
  g_assert_cmpuint (tensor->shape[1], ==, 2);
  g_assert_cmpuint (tensor->n_values, ==, 2);
  g_assert_cmpmem (tensor->data, 4, "ijkl", 4);
  g_assert_cmpstr (tensor->file, ==, "x.safetensors");
}

/* Step counters and the like must not make a checkpoint unreadable. */
static void
test_passes_over_other_types (void)
{
  g_autoptr (GByteArray) bytes = fixture_pack_safetensors (
      "{\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
      "\"q\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[8,10]}}",
      "0123456789", 10);
  g_autoptr (GHashTable) tensors = new_table ();
  GError *error = NULL;
  const SewTensor *tensor;

  g_assert_true (sew_safetensors_read (bytes->data, bytes->len, "x", tensors, &error));
  g_assert_no_error (error);
  tensor = g_hash_table_lookup (tensors, "n");
  g_assert_cmpint (tensor->dtype, ==, SEW_DTYPE_OTHER);
  g_assert_cmpstr (tensor->dtype_name, ==, "I64");
}

static void
assert_refused (GByteArray *bytes, const char *reason)
{
  g_autoptr (GHashTable) tensors = new_table ();
  GError *error = NULL;

  g_assert_false (sew_safetensors_read (bytes->data, bytes->len, "x.safetensors", tensors, &error));
  fixture_assert_error (error, SEW_ERROR_MALFORMED, "x.safetensors", reason, NULL);
  g_byte_array_unref (bytes);
}

static void
test_refuses_bad_headers (void)
{
  static const struct {
    const char *header;
    const char *reason;
  } cases[] = {
    { "[]", "not a JSON object" },
    { "{\"a\":1}", "not described by an object" },
    { "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "no dtype" },
    { "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", "no dtype" },
    { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "bad shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "bad shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", "bad shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}",
      "bad shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],\"data_offsets\":[0,8]}}",
      "shape too large" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551618],\"data_offsets\":[0,8]}}",
      "bad shape" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "bad data_offsets" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "bad data_offsets" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "outside of the file" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,16]}}", "outside of the file" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "contradict" },
    { "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", "after the last" },
    { "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[4,8]}}", "hole" },
    { "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
      "\"b\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[2,8]}}",
      "overlap" },
    { "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
      "\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[4,8]}}",
      "twice" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (fixture_pack_safetensors (cases[i].header, "01234567", 8), cases[i].reason);
}

static void
test_refuses_every_truncation (void)
{
  static const char data[] = "abcdefghijkl";
  g_autoptr (GByteArray) whole = fixture_pack_safetensors (TWO, data, 12);

  for (guint n = 0; n < whole->len; n++) {
    g_autofree guint8 *copy = g_memdup2 (whole->data, n);
    g_autoptr (GHashTable) tensors = new_table ();
    GError *error = NULL;

    g_assert_false (sew_safetensors_read (copy, n, "x", tensors, &error));
    g_assert_error (error, SEW_ERROR, SEW_ERROR_MALFORMED);
    g_error_free (error);
  }
}

static void
test_refuses_oversized_header (void)
{
  static const guint64 lengths[] = { 9, G_MAXUINT32, G_MAXINT64, G_MAXUINT64, G_MAXUINT64 - 7 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    GByteArray *bytes = fixture_pack_safetensors ("{}", "01234", 5);

    memcpy (bytes->data, &lengths[i], sizeof lengths[i]);
    assert_refused (bytes, lengths[i] == 9 ? "x" : "header");
  }
}

static void
test_refuses_deep_nesting (void)
{
  g_autofree char *open = g_strnfill (100000, '[');
  g_autofree char *header = g_strconcat ("{\"a\":", open, NULL);

  assert_refused (fixture_pack_safetensors (header, "", 0), "nested");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/reads-tensors", test_reads_tensors);
  g_test_add_func ("/safetensors/passes-over-other-types", test_passes_over_other_types);
  g_test_add_func ("/safetensors/refuses-bad-headers", test_refuses_bad_headers);
  g_test_add_func ("/safetensors/refuses-every-truncation", test_refuses_every_truncation);
  g_test_add_func ("/safetensors/refuses-oversized-header", test_refuses_oversized_header);
  g_test_add_func ("/safetensors/refuses-deep-nesting", test_refuses_deep_nesting);
  return g_test_run ();
}
