/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <string.h>

/* Runs a fuzz target without a fuzzer: on its seeds, and on changes of them that are the same every
 * time. Finds what a fuzzer finds in its first seconds, and keeps it found. */

static void
run (const guint8 *data, gsize n_bytes)
{
  /* A copy of exactly that size, so that a sanitizer sees every byte beyond it. */
  guint8 *copy = g_malloc (MAX (n_bytes, 1));

  memcpy (copy, data, n_bytes);
  LLVMFuzzerTestOneInput (copy, n_bytes);
  g_free (copy);
}

static guint
choose (GRand *rand, guint n)
{
  return (guint) g_rand_int_range (rand, 0, (gint32) MAX (n, 1));
}

/* Numbers where sizes and signs turn over, as text and as bytes. */
static void
overwrite (GRand *rand, GByteArray *bytes)
{
  static const char *const words[] = { "-1",
                                       "0",
                                       "4294967296",
                                       "9223372036854775807",
                                       "1e9",
                                       "null",
                                       "[",
                                       "{",
                                       "\"",
                                       "\\u0000",
                                       "\xff\xff\xff\xff",
                                       "\xff\xff\xff\xff\xff\xff\xff\x7f",
                                       "\x80",
                                       "true",
                                       "[[[[[[[[" };
  const char *word = words[choose (rand, G_N_ELEMENTS (words))];
  guint at = choose (rand, bytes->len);

  memcpy (bytes->data + at, word, MIN (strlen (word), bytes->len - at));
}

static void
repeat_part (GRand *rand, GByteArray *bytes)
{
  guint from = choose (rand, bytes->len);
  guint wanted = choose (rand, 64);
  guint n = MIN (wanted, bytes->len - from);
  g_autofree guint8 *part = g_memdup2 (bytes->data + from, n);
  guint at = choose (rand, bytes->len);
  guint old_length = bytes->len;

  g_byte_array_set_size (bytes, old_length + n);
  memmove (bytes->data + at + n, bytes->data + at, old_length - at);
  if (n > 0)
    memcpy (bytes->data + at, part, n);
}

static void
change (GRand *rand, GByteArray *bytes)
{
  guint at = choose (rand, bytes->len), n = choose (rand, 32);

  if (bytes->len == 0)
    return;
  switch (choose (rand, 6)) {
  case 0:
    bytes->data[at] ^= (guint8) (1u << choose (rand, 8));
    break;
  case 1:
    bytes->data[at] = (guint8) choose (rand, 256);
    break;
  case 2:
    overwrite (rand, bytes);
    break;
  case 3:
    repeat_part (rand, bytes);
    break;
  case 4:
    g_byte_array_remove_range (bytes, at, MIN (n, bytes->len - at));
    break;
  case 5:
    if (choose (rand, 4) == 0)
      g_byte_array_set_size (bytes, at);
    break;
  }
}

static void
test_seeds_and_changes (void)
{
  g_autoptr (GPtrArray) seeds = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_byte_array_unref);
  GRand *rand = g_rand_new_with_seed (20211109);

  fuzz_add_seeds (seeds);
  g_assert_cmpuint (seeds->len, >, 0);
  run ((const guint8 *) "", 0);
  for (guint i = 0; i < seeds->len; i++) {
    const GByteArray *seed = seeds->pdata[i];
    run (seed->data, seed->len);
  }
  for (guint i = 0; i < fuzz_n_rounds; i++) {
    const GByteArray *seed = seeds->pdata[i % seeds->len];
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    guint n_changes = 1 + choose (rand, 4);

    g_byte_array_append (bytes, seed->data, seed->len);
    for (guint j = 0; j < n_changes; j++)
      change (rand, bytes);
    run (bytes->data, bytes->len);
  }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/seeds-and-changes", test_seeds_and_changes);
  return g_test_run ();
}
