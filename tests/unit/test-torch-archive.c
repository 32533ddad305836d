/* SPDX-License-Identifier: MIT */
#include "model/torch-archive.h"

#include <string.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static GHashTable *
read_archive (const GByteArray *bytes, GError **error)
{
  g_autoptr (GHashTable) tensors = new_table ();

  if (!sew_torch_archive_read (bytes->data, bytes->len, "x.bin", tensors, error))
    return NULL;
  return g_steal_pointer (&tensors);
}

/* Takes the bytes. */
static void
assert_refused (GByteArray *bytes, int code, const char *reason)
{
  GError *error = NULL;

  g_assert_null (read_archive (bytes, &error));
  fixture_assert_error (error, code, "x.bin", reason, NULL);
  g_byte_array_unref (bytes);
}

static void
test_reads_tensors (void)
{
  static const SewDtype dtypes[] = { SEW_DTYPE_F32, SEW_DTYPE_F16, SEW_DTYPE_BF16 };
  g_autoptr (GPtrArray) expected = fixture_new_tensors ("hubert");

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    g_autoptr (GByteArray) bytes = fixture_encode_torch (expected, dtypes[i]);
    GError *error = NULL;
    g_autoptr (GHashTable) tensors = read_archive (bytes, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (g_hash_table_size (tensors), ==, expected->len);
    for (guint j = 0; j < expected->len; j++) {
      const FixtureTensor *wanted = expected->pdata[j];
      const SewTensor *tensor = g_hash_table_lookup (tensors, wanted->name);

      g_assert_cmpint (tensor->dtype, ==, dtypes[i]);
      g_assert_cmpuint (tensor->n_values, ==, wanted->n_values);
      g_assert_cmpuint (tensor->n_dims, ==, wanted->n_dims);
      g_assert_true (memcmp (tensor->shape, wanted->shape, sizeof wanted->shape) == 0);
      if (dtypes[i] == SEW_DTYPE_F32)
        g_assert_true (memcmp (tensor->data, wanted->values, 4 * wanted->n_values) == 0);
    }
  }
}

static void
test_refuses_every_truncation (void)
{
  g_autoptr (GPtrArray) tensors = g_ptr_array_new ();
  FixtureTensor tensor = { (char *) "a", 1, { 2 }, 2, (float[]){ 1.0f, 2.0f } };
  g_autoptr (GByteArray) whole = NULL;

  g_ptr_array_add (tensors, &tensor);
  whole = fixture_encode_torch (tensors, SEW_DTYPE_F32);
  for (guint n = 0; n < whole->len; n++) {
    g_autofree guint8 *copy = g_memdup2 (whole->data, n);
    g_autoptr (GHashTable) found = new_table ();
    GError *error = NULL;

    g_assert_false (sew_torch_archive_read (copy, n, "x", found, &error));
    g_assert_cmpint (error->domain, ==, SEW_ERROR);
    g_error_free (error);
  }
}

#define LOAD_SYSTEM "cos\nsystem\n"
#define OPEN_STORAGE "\x80\x02}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storage"
#define FLOATS                                                                                     \
  "ctorch\nFloatStorage\nX\1\0\0\0"                                                                \
  "0X\3\0\0\0cpu"

static void
test_refuses_pickles (void)
{
  static const struct {
    const char *program;
    gsize n_bytes;
    const char *reason;
  } cases[] = {
#define CASE(program, reason) { program, sizeof (program) - 1, reason }
    CASE ("\x80\x02" LOAD_SYSTEM "X\4\0\0\0true\x85R.", "\"os.system\""),
    CASE ("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.", "\"os.system\""),
    CASE ("\x80\x02"
          "c__builtin__\neval\n.",
          "\"__builtin__.eval\""),
    CASE ("\x80\x02"
          "ctorch\nload\n.",
          "\"torch.load\""),
    CASE ("\x80\x02"
          "ctorch.hub\nFloatStorage\n.",
          "\"torch.hub.FloatStorage\""),
    CASE ("\x80\x02"
          "c\xff\xfe\n\x80\n.",
          "wants to call"),
    CASE ("\x80\x02(X\4\0\0\0trueios\nsystem\n.", "0x69"),
    CASE ("\x80\x02}\x81.", "0x81"),
    CASE ("\x80\x02}\x82\x01.", "0x82"),
    CASE ("\x80\x09}.", "protocol"),
    CASE ("\x80\x02.", "empty stack"),
    CASE ("\x80\x02}", "truncated"),
    CASE ("\x80\x02}.", "no dictionary of tensors"),
    CASE ("\x80\x02N.", "no dictionary of tensors"),
    CASE ("\x80\x02](}K\1e.", "no dictionary of tensors"),
    CASE ("\x80\x02R.", "empty stack"),
    CASE ("\x80\x02}}R.", "not a function"),
    CASE ("\x80\x02"
          "ccollections\nOrderedDict\n}R.",
          "something else"),
    CASE ("\x80\x02"
          "ccollections\nOrderedDict\nK\1\x85R.",
          "something else"),
    CASE ("\x80\x02"
          "ctorch._utils\n_rebuild_tensor_v2\n)R.",
          "something else"),
    CASE ("\x80\x02"
          "ctorch._utils\n_rebuild_parameter\nK\1\x85R.",
          "something else"),
    CASE ("\x80\x02)}b.", "attributes"),
    CASE ("\x80\x02K\1Q.", "storage"),
    CASE ("\x80\x02)Q.", "storage"),
    CASE ("\x80\x02h\7.", "never stored"),
    CASE ("\x80\x02q\7.", "empty stack"),
    CASE ("\x80\x02}(K\1u.", "key without a value"),
    CASE ("\x80\x02}K\1e.", "no mark"),
    CASE ("\x80\x02K\1(K\1u.", "not a list or dictionary"),
    CASE ("\x80\x02(u.", "empty stack"),
    CASE ("\x80\x02K\1(\x85.", "empty stack"),
    CASE ("\x80\x02\x8a\xff.", "64 bits"),
    CASE ("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "truncated"),
    CASE ("\x80\x02X\xff\xff\xff\xff.", "truncated"),
    /* the data have 16 bytes, so 4 floats */
    CASE (OPEN_STORAGE FLOATS "K\5tQK\0K\5\x85K\1\x85\x89)tRs.", "shorter"),
    CASE (OPEN_STORAGE FLOATS "J\xff\xff\xff\xfftQK\0K\1\x85K\1\x85\x89)tRs.", "shorter"),
    CASE (OPEN_STORAGE FLOATS "K\4tQK\0K\5\x85K\1\x85\x89)tRs.", "beyond"),
    CASE (OPEN_STORAGE FLOATS "K\4tQK\1K\4\x85K\1\x85\x89)tRs.", "beyond"),
    CASE (OPEN_STORAGE FLOATS "K\4tQJ\xff\xff\xff\xffK\4\x85K\1\x85\x89)tRs.", "beyond"),
    CASE (OPEN_STORAGE FLOATS "K\4tQK\0J\xff\xff\xff\xff\x85K\1\x85\x89)tRs.", "beyond"),
    CASE (OPEN_STORAGE FLOATS "K\4tQK\0K\2K\2\x86K\1K\2\x86\x89)tRs.", "row-major"),
    CASE (OPEN_STORAGE FLOATS "K\4tQK\0K\4\x85K\0\x85\x89)tRs.", "row-major"),
    CASE (OPEN_STORAGE FLOATS "K\4tQK\0K\4\x85)\x89)tRs.", "shape"),
    CASE (OPEN_STORAGE "ctorch\nFloatStorage\nX\1\0\0\0"
                       "7X\3\0\0\0cpuK\4tQK\0K\4\x85K\1\x85\x89)tRs.",
          "missing"),
    CASE (OPEN_STORAGE FLOATS
          "K\4tQK\0(K\1K\1K\1K\1K\1K\1K\1K\1K\1t(K\1K\1K\1K\1K\1K\1K\1K\1K\1t\x89)tRs.",
          "shape"),
#undef CASE
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (fixture_wrap_pickle (cases[i].program, cases[i].n_bytes), SEW_ERROR_MALFORMED,
                    cases[i].reason);
}

static void
test_reads_part_of_a_storage (void)
{
  static const char program[] = OPEN_STORAGE FLOATS "K\4tQK\1K\3K\1\x86K\1K\7\x86\x89)tRs.";
  g_autoptr (GByteArray) bytes = fixture_wrap_pickle (program, sizeof program - 1);
  GError *error = NULL;
  g_autoptr (GHashTable) tensors = read_archive (bytes, &error);
  const SewTensor *tensor;

  g_assert_no_error (error);
  tensor = g_hash_table_lookup (tensors, "a");
  g_assert_cmpuint (tensor->n_values, ==, 3);
  g_assert_cmpmem (tensor->data, 12, "456789abcdef", 12);
}

/* A program can refer to a long text or tuple again and again in a few bytes. */
static void
test_refuses_long_parts (void)
{
  static const char storage[] = FLOATS "K\4tQK\0";
  g_autofree char *name = g_strnfill (1025, 'n');
  g_autofree char *dims = g_strnfill (2 * 65, 1);
  g_autoptr (GString) named = g_string_new (NULL);
  g_autoptr (GString) shaped = g_string_new (NULL);

  g_string_append_len (named, "\x80\x02}X\1\4\0\0", 8);
  g_string_append (named, name);
  g_string_append_len (named, OPEN_STORAGE + 9, sizeof OPEN_STORAGE - 10);
  g_string_append_len (named, storage, sizeof storage - 1);
  g_string_append (named, "K\4\x85K\1\x85\x89)tRs.");
  assert_refused (fixture_wrap_pickle (named->str, named->len), SEW_ERROR_MALFORMED,
                  "without a name");

  for (guint i = 0; i < 65; i++)
    dims[2 * i] = 'K';
  g_string_append_len (shaped, OPEN_STORAGE, sizeof OPEN_STORAGE - 1);
  g_string_append_len (shaped, storage, sizeof storage - 1);
  g_string_append_printf (shaped, "(%st(%st\x89)tRs.", dims, dims);
  assert_refused (fixture_wrap_pickle (shaped->str, shaped->len), SEW_ERROR_MALFORMED,
                  "something else");
}

static void
test_survives_loops (void)
{
  /* a list that holds itself, and a million values */
  static const char loop[] = "\x80\x02]q\0h\0a.";
  g_autofree char *many = g_strnfill (3000000, 'N');

  assert_refused (fixture_wrap_pickle (loop, sizeof loop - 1), SEW_ERROR_MALFORMED,
                  "no dictionary");
  assert_refused (fixture_wrap_pickle (many, 3000000), SEW_ERROR_MALFORMED, "too many values");
}

static void
test_refuses_other_files (void)
{
  static const char legacy[] = "\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
  GByteArray *bytes = g_byte_array_new ();
  FixtureZip zip;

  g_byte_array_append (bytes, (const guint8 *) legacy, sizeof legacy - 1);
  assert_refused (bytes, SEW_ERROR_UNSUPPORTED, "before 1.6");
  assert_refused (g_byte_array_new (), SEW_ERROR_UNSUPPORTED, "before 1.6");

  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "readme.txt", "hello", 5);
  assert_refused (fixture_zip_end (&zip, FALSE), SEW_ERROR_MALFORMED, "no data.pkl");

  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "a/data.pkl", "}.", 2);
  fixture_zip_add (&zip, "a/byteorder", "big", 3);
  assert_refused (fixture_zip_end (&zip, FALSE), SEW_ERROR_UNSUPPORTED, "big-endian");

  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "a/data.pkl", "}.", 2);
  fixture_zip_add (&zip, "a/constants.pkl", ").", 2);
  assert_refused (fixture_zip_end (&zip, FALSE), SEW_ERROR_UNSUPPORTED, "TorchScript");
}

/* An archive of two entries, a/data.pkl and a/x; offsets of fields within it. */
static GByteArray *
make_pair (gboolean zip64)
{
  FixtureZip zip;

  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "a/data.pkl", "}.", 2);
  fixture_zip_add (&zip, "a/xxxxxxxx", "xx", 2);
  return fixture_zip_end (&zip, zip64);
}

static guint
find_last (const GByteArray *bytes, const char *signature)
{
  for (guint i = bytes->len - 4; i > 0; i--) {
    if (memcmp (bytes->data + i, signature, 4) == 0)
      return i;
  }
  g_assert_not_reached ();
}

static void
test_reads_zip64 (void)
{
  /* The refusal comes from the pickle, so the archive was read. */
  assert_refused (make_pair (FALSE), SEW_ERROR_MALFORMED, "no dictionary of tensors");
  assert_refused (make_pair (TRUE), SEW_ERROR_MALFORMED, "no dictionary of tensors");
}

static void
test_refuses_bad_archives (void)
{
  static const struct {
    const char *signature; /* of the last record of its kind, which gets a byte changed */
    guint offset;
    guint8 byte;
    int code;
    const char *reason;
  } cases[] = {
    { "PK\1\2", 10, 8, SEW_ERROR_UNSUPPORTED, "compressed" }, /* deflate: zip bombs end here */
    { "PK\1\2", 8, 1, SEW_ERROR_UNSUPPORTED, "encrypted" },
    { "PK\1\2", 24, 200, SEW_ERROR_UNSUPPORTED, "compressed" }, /* sizes differ */
    { "PK\1\2", 28, 255, SEW_ERROR_MALFORMED, "directory" },
    { "PK\1\2", 45, 0x7f, SEW_ERROR_MALFORMED, "outside" }, /* local header's offset */
    { "PK\1\2", 42, 1, SEW_ERROR_MALFORMED, "contradict" },
    { "PK\1\2", 46, 'b', SEW_ERROR_MALFORMED, "contradict" },
    { "PK\1\2", 47, 0xff, SEW_ERROR_MALFORMED, "not text" },
    { "PK\3\4", 8, 8, SEW_ERROR_MALFORMED, "contradict" },
    { "PK\3\4", 29, 0xff, SEW_ERROR_MALFORMED, "outside" }, /* extra bytes */
    { "PK\5\6", 10, 9, SEW_ERROR_MALFORMED, "room" },
    { "PK\5\6", 19, 1, SEW_ERROR_MALFORMED, "outside" },
    { "PK\5\6", 20, 1, SEW_ERROR_MALFORMED, "truncated" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GByteArray *bytes = make_pair (FALSE);

    bytes->data[find_last (bytes, cases[i].signature) + cases[i].offset] = cases[i].byte;
    assert_refused (bytes, cases[i].code, cases[i].reason);
  }
}

static void
test_refuses_overlaps_and_doubles (void)
{
  GByteArray *bytes = make_pair (FALSE);
  guint second = find_last (bytes, "PK\1\2");
  FixtureZip zip;

  /* The first entry's data reach into the second. */
  bytes->data[second - 46 - 10 + 20] = 60;
  bytes->data[second - 46 - 10 + 24] = 60;
  assert_refused (bytes, SEW_ERROR_MALFORMED, "overlap");

  fixture_zip_begin (&zip);
  fixture_zip_add (&zip, "a/data.pkl", "}.", 2);
  fixture_zip_add (&zip, "a/data.pkl", "}.", 2);
  assert_refused (fixture_zip_end (&zip, FALSE), SEW_ERROR_MALFORMED, "same name");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torch-archive/reads-tensors", test_reads_tensors);
  g_test_add_func ("/torch-archive/reads-part-of-a-storage", test_reads_part_of_a_storage);
  g_test_add_func ("/torch-archive/reads-zip64", test_reads_zip64);
  g_test_add_func ("/torch-archive/refuses-every-truncation", test_refuses_every_truncation);
  g_test_add_func ("/torch-archive/refuses-pickles", test_refuses_pickles);
  g_test_add_func ("/torch-archive/refuses-long-parts", test_refuses_long_parts);
  g_test_add_func ("/torch-archive/survives-loops", test_survives_loops);
  g_test_add_func ("/torch-archive/refuses-other-files", test_refuses_other_files);
  g_test_add_func ("/torch-archive/refuses-bad-archives", test_refuses_bad_archives);
  g_test_add_func ("/torch-archive/refuses-overlaps-and-doubles",
                   test_refuses_overlaps_and_doubles);
  return g_test_run ();
}
