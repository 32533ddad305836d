/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <string.h>

#include "model/vocabulary.h"

/* The input is the four files one after the other, each ended by a line feed. */

const guint fuzz_n_rounds = 300;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes)
{
  static const char *const names[] = { "vocab.json", "tokenizer_config.json",
                                       "special_tokens_map.json", "added_tokens.json" };
  g_autoptr (SewVocabulary) vocabulary = NULL;
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const guint8 *end = n_bytes > 0 ? memchr (data, '\n', n_bytes) : NULL;
    gsize length = end != NULL ? (gsize) (end - data) : n_bytes;

    fuzz_write_file (names[i], data, length);
    data += length;
    n_bytes -= length;
    if (n_bytes > 0) {
      data++;
      n_bytes--;
    }
  }
  vocabulary = sew_vocabulary_load (fuzz_get_folder (), 6, 0, "deu", &error);
  fuzz_check_result (vocabulary != NULL, error);
  for (guint i = 0; vocabulary != NULL && i < sew_vocabulary_get_size (vocabulary); i++) {
    g_assert_true (g_utf8_validate (sew_vocabulary_get_token (vocabulary, i), -1, NULL));
    g_assert_true (g_utf8_validate (sew_vocabulary_get_text (vocabulary, i), -1, NULL));
  }
  return 0;
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  fuzz_add_text (seeds,
                 "{\"<pad>\": 0, \"<s>\": 1, \"</s>\": 2, \"<unk>\": 3, \"|\": 4, \"Ä\": 5}\n"
                 "{\"do_lower_case\": true, \"pad_token\": {\"content\": \"<pad>\"}}\n"
                 "{\"bos_token\": \"<s>\", \"additional_special_tokens\": [\"<n>\"]}\n"
                 "{\"<s>\": 1, \"<n>\": 7}\n");
  fuzz_add_text (seeds, "{\"eng\": {\"<pad>\": 0, \"a\": 1}, \"deu\": {\"<pad>\": 0, \"|\": 1}}\n"
                        "{\"target_lang\": \"eng\", \"added_tokens_decoder\":"
                        " {\"2\": {\"content\": \"<s>\"}, \"5\": {\"content\": \"x\"}}}\n{}\n{}\n");
}
