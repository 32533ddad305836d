/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "decoder/script-reader.h"
#include "sew/sew-script.h"

const guint fuzz_n_rounds = 300;

#define N_FRAMES 40

/* Every word comes out, whatever is heard. */
static void
read_script (SewScript *script)
{
  g_autoptr (SewVocabulary) vocabulary = sew_vocabulary_new_default (32);
  SewScriptReader *reader = sew_script_reader_new (script, vocabulary, 320);
  SewScriptWord next;
  gsize n_words = 0;
  float row[32];

  for (guint frame = 0; frame < N_FRAMES; frame++) {
    for (guint i = 0; i < 32; i++)
      row[i] = i == frame % 32 ? -0.1f : -6.0f;
    sew_script_reader_push (reader, frame, row);
  }
  sew_script_reader_end (reader, N_FRAMES * 320);
  while (sew_script_reader_pull (reader, &next)) {
    g_assert_cmpstr (sew_word_get_text (next.word), ==, sew_script_get_word (script, n_words));
    g_assert_true (g_utf8_validate (sew_word_get_text (next.word), -1, NULL));
    g_assert_cmpstr (sew_word_get_text (next.word), !=, "");
    sew_word_unref (next.word);
    n_words++;
  }
  g_assert_cmpuint (n_words, ==, sew_script_get_n_words (script));
  sew_script_reader_free (reader);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes)
{
  GError *error = NULL;
  SewScript *script = sew_script_new ((const char *) data, (gssize) n_bytes, &error);

  fuzz_check_result (script != NULL, error);
  if (script != NULL) {
    read_script (script);
    g_object_unref (script);
  }
  return 0;
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  fuzz_add_text (
      seeds, "Mr. O’Neil — paid $5.50 (10%) on 21st of May 1984 at 10:30,\r\n½ of it & more…\n");
  fuzz_add_text (seeds,
                 "-5 1,234,567.89 3/4 007 #1 £3bn 20° '90s F-16 12345678901234567890 1+1=2 U.S.");
  fuzz_add_text (seeds, "\357\273\277naïve Straße 你好。世界 日a e\314\201t\303\251 well‑known "
                        "zero\342\200\213width");
}
