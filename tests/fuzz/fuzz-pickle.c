/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <string.h>

#include "model/pickle.h"

const guint fuzz_n_rounds = 20000;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes)
{
  GError *error = NULL;
  g_autoptr (GArray) tensors = sew_pickle_read (data, n_bytes, "x", &error);

  fuzz_check_result (tensors != NULL, error);
  for (guint i = 0; tensors != NULL && i < tensors->len; i++) {
    const SewPickledTensor *tensor = &g_array_index (tensors, SewPickledTensor, i);

    g_assert_cmpuint (tensor->n_dims, <=, SEW_MAX_DIMS);
    g_assert_true (g_utf8_validate (tensor->name, -1, NULL));
    g_assert_true (g_utf8_validate (tensor->storage_key, -1, NULL));
  }
  return 0;
}

static void
add_program (GPtrArray *seeds, const char *program, gsize n_bytes)
{
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) program, (guint) n_bytes);
  g_ptr_array_add (seeds, bytes);
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  /* What protocols 2 and 4 write for {"a": tensor}, with attributes of the dictionary. */
  static const char two[]
      = "\x80\x02"
        "ccollections\nOrderedDict\nq\0)Rq\1(X\1\0\0\0aq\2ctorch._utils\n_rebuild_tensor_v2\nq\3"
        "((X\7\0\0\0storageq\4ctorch\nFloatStorage\nq\5X\1\0\0\0"
        "0q\6X\3\0\0\0cpuq\7K\4tq\x08QK\0K\2K\2\x86q\tK\2K\1\x86q\n\x89h\0)Rq\x0btq\x0cRq\r"
        "u}q\x0eX\t\0\0\0_metadataq\x0fh\0)Rq\x10sb.";
  static const char four[]
      = "\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94(\x8c\1a\x94\x8c\x0ctorch._utils\x94"
        "\x8c\x12_rebuild_tensor_v2\x94\x93\x94((\x8c\7storage\x94\x8c\5torch\x94"
        "\x8c\x0b"
        "HalfStorage\x94\x93\x94\x8c\1"
        "0\x94\x8c\3cpu\x94M\0\1t\x94QJ\0\0\0\0K\4\x85\x94K\1"
        "\x85\x94\x89N\x87R]\x94(K\1\x8a\2\xff\x7f"
        "Gabcdefgheu.";

  add_program (seeds, two, sizeof two - 1);
  add_program (seeds, four, sizeof four - 1);
}
