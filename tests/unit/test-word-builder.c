/* SPDX-License-Identifier: MIT */
#include "decoder/word-builder.h"

#include <math.h>

#include <glib/gstdio.h>

#include "find-token.h"

#define SAMPLES_PER_FRAME 320

static void
describe (GString *out, SewWord *word)
{
  if (word == NULL)
    return;
  g_string_append_printf (out, "%s@%u+%u ", sew_word_get_text (word),
                          (guint) (sew_word_get_first_sample (word) / SAMPLES_PER_FRAME),
                          (guint) (sew_word_get_n_samples (word) / SAMPLES_PER_FRAME));
  sew_word_unref (word);
}

/* names: tokens between spaces; the i-th one begins at frame 10 i and lasts 3 frames. */
static char *
build (const SewVocabulary *vocabulary, const char *names)
{
  g_auto (GStrv) parts = g_strsplit (names, " ", -1);
  SewWordBuilder *builder = sew_word_builder_new (vocabulary, SAMPLES_PER_FRAME);
  GString *out = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++) {
    SewToken token
        = { .id = find_token (vocabulary, parts[i]), .first_frame = 10 * i, .n_frames = 3 };
    describe (out, sew_word_builder_push (builder, &token));
  }
  describe (out, sew_word_builder_finish (builder));
  g_assert_null (sew_word_builder_finish (builder));
  sew_word_builder_free (builder);
  return g_string_free (out, FALSE);
}

static void
assert_builds (const SewVocabulary *vocabulary, const char *names, const char *expected)
{
  g_autofree char *words = build (vocabulary, names);
  g_assert_cmpstr (words, ==, expected);
}

static void
test_words (void)
{
  SewVocabulary *vocabulary = sew_vocabulary_new_default (32);
  assert_builds (vocabulary, "H I", "HI@0+13 ");
  assert_builds (vocabulary, "H I | Y O U |", "HI@0+13 YOU@30+23 ");
  assert_builds (vocabulary, "| | A | | | B |", "A@20+3 B@60+3 ");
  assert_builds (vocabulary, "|", "");
  assert_builds (vocabulary, "A <unk> B </s>", "AB@0+23 ");
  assert_builds (vocabulary, "<s> | <unk> |", "");
  sew_vocabulary_free (vocabulary);
}

static void
test_confidence (void)
{
  SewVocabulary *vocabulary = sew_vocabulary_new_default (32);
  SewWordBuilder *builder = sew_word_builder_new (vocabulary, SAMPLES_PER_FRAME);
  guint a = find_token (vocabulary, "A");

  SewToken first = { .id = a, .first_frame = 0, .n_frames = 1, .log_prob = logf (0.5f) };
  SewToken second = { .id = a, .first_frame = 2, .n_frames = 1, .log_prob = logf (0.125f) };
  g_assert_null (sew_word_builder_push (builder, &first));
  g_assert_true (sew_word_builder_is_open (builder));
  g_assert_null (sew_word_builder_push (builder, &second));
  g_autoptr (SewWord) word = sew_word_builder_finish (builder);
  g_assert_cmpfloat_with_epsilon (sew_word_get_confidence (word), 0.25f, 1e-6);

  /* What was reset is forgotten, its confidence too. */
  g_assert_null (sew_word_builder_push (builder, &second));
  sew_word_builder_reset (builder);
  g_assert_false (sew_word_builder_is_open (builder));
  g_assert_null (sew_word_builder_push (builder, &first));
  g_autoptr (SewWord) other = sew_word_builder_finish (builder);
  g_assert_cmpstr (sew_word_get_text (other), ==, "A");
  g_assert_cmpfloat_with_epsilon (sew_word_get_confidence (other), 0.5f, 1e-6);

  sew_word_builder_free (builder);
  sew_vocabulary_free (vocabulary);
}

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
remove_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
test_without_delimiter (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sew-XXXXXX", &error);
  g_assert_no_error (error);
  write_file (folder, "vocab.json", "{\"<pad>\": 0, \"<unk>\": 1, \"你\": 2, \"好\": 3}");
  write_file (
      folder, "tokenizer_config.json",
      "{\"pad_token\": \"<pad>\", \"unk_token\": \"<unk>\", \"word_delimiter_token\": null}");

  SewVocabulary *vocabulary = sew_vocabulary_load (folder, 4, 0, NULL, &error);
  g_assert_no_error (error);
  assert_builds (vocabulary, "你 好 <unk> 好", "你@0+3 好@10+3 好@30+3 ");
  sew_vocabulary_free (vocabulary);

  remove_file (folder, "vocab.json");
  remove_file (folder, "tokenizer_config.json");
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/word-builder/words", test_words);
  g_test_add_func ("/word-builder/confidence", test_confidence);
  g_test_add_func ("/word-builder/without-delimiter", test_without_delimiter);
  return g_test_run ();
}
