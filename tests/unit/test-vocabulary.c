/* SPDX-License-Identifier: MIT */
#include "model/vocabulary.h"

#include <string.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

/* The expected kinds and texts are what Wav2Vec2CTCTokenizer of transformers gives for the same
 * files: SPECIAL is what decode (..., skip_special_tokens=True) drops. */

typedef struct {
  char *folder;
  SewVocabulary *vocabulary;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_new_folder ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  sew_vocabulary_free (fixture->vocabulary);
  fixture_remove_folder (fixture->folder);
}

static void
write_files (Fixture *fixture, const char *vocab, const char *tokenizer)
{
  fixture_write_text (fixture->folder, "vocab.json", vocab);
  if (tokenizer != NULL)
    fixture_write_text (fixture->folder, "tokenizer_config.json", tokenizer);
}

static const SewVocabulary *
load (Fixture *fixture, guint n_outputs, guint pad_token_id, const char *language)
{
  GError *error = NULL;

  g_clear_pointer (&fixture->vocabulary, sew_vocabulary_free);
  fixture->vocabulary = sew_vocabulary_load (fixture->folder, n_outputs, pad_token_id, language,
                                             &error);
  g_assert_no_error (error);
  return fixture->vocabulary;
}

static void
assert_refused (Fixture *fixture, guint n_outputs, guint pad_token_id, const char *language,
                int code, const char *file, const char *reason)
{
  GError *error = NULL;

  g_assert_null (sew_vocabulary_load (fixture->folder, n_outputs, pad_token_id, language, &error));
  fixture_assert_error (error, code, file, reason, NULL);
}

/* The kinds as letters: Text, Blank, Delimiter, Special. */
static void
assert_kinds (const SewVocabulary *vocabulary, const char *kinds)
{
  static const char letters[] = "TBDS";

  g_assert_cmpuint (sew_vocabulary_get_size (vocabulary), ==, strlen (kinds));
  for (guint i = 0; kinds[i] != '\0'; i++) {
    SewTokenKind kind = sew_vocabulary_get_kind (vocabulary, i);

    g_assert_cmpint (letters[kind], ==, kinds[i]);
    if (kind != SEW_TOKEN_TEXT)
      g_assert_cmpstr (sew_vocabulary_get_text (vocabulary, i), ==, "");
  }
}

#define LETTERS "\"a\": 0, \"b\": 1, \"c\": 2, \"|\": 3"

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  const SewVocabulary *vocabulary;

  write_files (fixture, "{\"<pad>\": 0, \"<s>\": 1, \"</s>\": 2, \"<unk>\": 3, \"|\": 4, \"É\": 5}",
               NULL);
  vocabulary = load (fixture, 6, G_MAXUINT, NULL);
  assert_kinds (vocabulary, "BSSSDT");
  g_assert_cmpuint (sew_vocabulary_get_blank (vocabulary), ==, 0);
  g_assert_cmpstr (sew_vocabulary_get_token (vocabulary, 5), ==, "É");
  g_assert_cmpstr (sew_vocabulary_get_text (vocabulary, 5), ==, "É");
  g_assert_cmpstr (sew_vocabulary_get_token (vocabulary, 4), ==, "|");
  g_assert_true (sew_vocabulary_has_delimiter (vocabulary));
  g_assert_cmpstr (sew_vocabulary_get_separator (vocabulary), ==, " ");
}

/* A fine-tuned model whose vocab.json was made by hand: the tokenizer grew <s> and </s>, and the
 * head may or may not have outputs for them. */
static void
test_added_tokens (Fixture *fixture, gconstpointer data)
{
  write_files (fixture, "{" LETTERS ", \"[UNK]\": 4, \"[PAD]\": 5}",
               "{\"unk_token\": \"[UNK]\", \"pad_token\": \"[PAD]\"}");
  assert_kinds (load (fixture, 6, 5, NULL), "TTTDSB");
  assert_kinds (load (fixture, 8, 5, NULL), "TTTDSBSS");
  g_assert_cmpstr (sew_vocabulary_get_token (fixture->vocabulary, 7), ==, "</s>");
  fixture_write_text (fixture->folder, "added_tokens.json", "{\"</s>\": 6, \"<s>\": 7}");
  assert_kinds (load (fixture, 8, 5, NULL), "TTTDSBSS");
  g_assert_cmpstr (sew_vocabulary_get_token (fixture->vocabulary, 7), ==, "<s>");
}

static void
test_added_tokens_decoder (Fixture *fixture, gconstpointer data)
{
  write_files (fixture, "{" LETTERS ", \"<unk>\": 4, \"<pad>\": 5}",
               "{\"added_tokens_decoder\": {\"6\": {\"content\": \"<s>\", \"special\": true},"
               " \"7\": {\"content\": \"</s>\"}, \"8\": {\"content\": \"<x>\"}},"
               " \"model_max_length\": 1000000000000000019884624838656}");
  /* Not read beside added_tokens_decoder. */
  fixture_write_text (fixture->folder, "special_tokens_map.json", "{\"pad_token\": \"a\"}");
  assert_kinds (load (fixture, 9, 5, NULL), "TTTDSBSST");
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 8), ==, "<x>");
}

static void
test_special_tokens_map (Fixture *fixture, gconstpointer data)
{
  write_files (fixture,
               "{\"a\": 0, \"|\": 1, \"<unk>\": 2, \"<pad>\": 3, \"[PAD]\": 4, \"<n>\": 5}",
               "{\"pad_token\": \"<pad>\"}");
  fixture_write_text (fixture->folder, "special_tokens_map.json",
                      "{\"pad_token\": {\"content\": \"[PAD]\", \"lstrip\": false},"
                      " \"additional_special_tokens\": [\"<n>\", {\"content\": \"<m>\"}]}");
  assert_kinds (load (fixture, 6, 3, NULL), "TDSTBS");
  assert_kinds (load (fixture, 9, 3, NULL), "TDSTBSSSS");
  g_assert_cmpstr (sew_vocabulary_get_token (fixture->vocabulary, 8), ==, "<m>");
}

static void
test_tokens_may_be_none (Fixture *fixture, gconstpointer data)
{
  write_files (fixture, "{" LETTERS ", \"<s>\": 4, \"<pad>\": 5}",
               "{\"bos_token\": null, \"unk_token\": null, \"word_delimiter_token\": null}");
  assert_kinds (load (fixture, 6, 5, NULL), "TTTTTB");
  g_assert_false (sew_vocabulary_has_delimiter (fixture->vocabulary));
  g_assert_cmpstr (sew_vocabulary_get_separator (fixture->vocabulary), ==, "");
}

/* Chinese and Japanese; "|" is what the tokenizer would add of itself. */
static void
test_no_delimiter (Fixture *fixture, gconstpointer data)
{
  write_files (fixture, "{\"中\": 0, \"文\": 1, \"<unk>\": 2, \"<pad>\": 3}", NULL);
  assert_kinds (load (fixture, 4, 3, NULL), "TTSB");
  g_assert_false (sew_vocabulary_has_delimiter (fixture->vocabulary));
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 1), ==, "文");
  assert_kinds (load (fixture, 7, 3, NULL), "TTSBSSS");
  g_assert_false (sew_vocabulary_has_delimiter (fixture->vocabulary));
}

static void
test_other_delimiters (Fixture *fixture, gconstpointer data)
{
  write_files (fixture, "{\"a\": 0, \" \": 1, \"<unk>\": 2, \"<pad>\": 3}",
               "{\"word_delimiter_token\": \" \"}");
  assert_kinds (load (fixture, 4, 3, NULL), "TDSB");
  /* A space is one, whatever the tokenizer calls its own. */
  write_files (fixture, "{\"a\": 0, \" \": 1, \"<unk>\": 2, \"<pad>\": 3}", "{}");
  assert_kinds (load (fixture, 4, 3, NULL), "TDSB");
  g_assert_true (sew_vocabulary_has_delimiter (fixture->vocabulary));
  write_files (fixture, "{\"a\": 0, \"_\": 1, \"<unk>\": 2, \"<pad>\": 3}",
               "{\"word_delimiter_token\": {\"content\": \"_\"},"
               " \"replace_word_delimiter_char\": \"-\"}");
  assert_kinds (load (fixture, 4, 3, NULL), "TDSB");
  g_assert_cmpstr (sew_vocabulary_get_separator (fixture->vocabulary), ==, "-");
}

static void
test_folds_case (Fixture *fixture, gconstpointer data)
{
  write_files (fixture,
               "{\"<pad>\": 0, \"Ä\": 1, \"İ\": 2, \"Σ\": 3, \"SCH\": 4, \"I\": 5, \"ß\": 6}",
               "{\"do_lower_case\": true}");
  load (fixture, 7, 0, NULL);
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 1), ==, "ä");
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 2), ==, "i\xcc\x87");
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 3), ==, "σ");
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 4), ==, "sch");
  g_assert_cmpstr (sew_vocabulary_get_token (fixture->vocabulary, 4), ==, "SCH");
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 5), ==, "i");
  g_assert_cmpstr (sew_vocabulary_get_text (fixture->vocabulary, 6), ==, "ß");
  g_assert_false (sew_vocabulary_is_cased (fixture->vocabulary));
  write_files (fixture, "{\"<pad>\": 0, \"Ä\": 1, \"ß\": 2}", "{}");
  load (fixture, 3, 0, NULL);
  g_assert_true (sew_vocabulary_is_cased (fixture->vocabulary));
}

/* The tokenizer knows better than config.json, which is right where the tokenizer is silent. */
static void
test_blank (Fixture *fixture, gconstpointer data)
{
  write_files (fixture, "{\"|\": 0, \"a\": 1, \"<pad>\": 2}", NULL);
  g_assert_cmpuint (sew_vocabulary_get_blank (load (fixture, 3, 0, NULL)), ==, 2);
  write_files (fixture, "{\"|\": 0, \"a\": 1, \"[PAD]\": 2}", NULL);
  assert_kinds (load (fixture, 3, 2, NULL), "DTB");
  write_files (fixture, "{\"\": 0, \"a\": 1, \"|\": 2}", "{\"pad_token\": \"\"}");
  assert_kinds (load (fixture, 3, 2, NULL), "BTD");
  write_files (fixture, "{\"|\": 0, \"a\": 1, \"[PAD]\": 2}", "{}");
  assert_refused (fixture, 3, 3, NULL, SEW_ERROR_MISMATCH, "vocab.json", "pad token");
  assert_refused (fixture, 3, G_MAXUINT, NULL, SEW_ERROR_MISMATCH, "vocab.json", "blank");
}

#define NESTED                                                                                     \
  "{\"eng\": {\"<pad>\": 0, \"|\": 1, \"a\": 2}, \"deu\": {\"<pad>\": 0, \"|\": 1, \"ä\": 2, "    \
  "\"b\": 3}}"

static void
test_languages (Fixture *fixture, gconstpointer data)
{
  write_files (fixture, NESTED, "{\"target_lang\": \"deu\"}");
  g_assert_cmpstr (sew_vocabulary_get_text (load (fixture, 4, 0, NULL), 2), ==, "ä");
  g_assert_cmpstr (sew_vocabulary_get_text (load (fixture, 3, 0, "eng"), 2), ==, "a");
  g_assert_cmpstr (sew_vocabulary_get_text (load (fixture, 3, 0, "en-GB"), 2), ==, "a");
  assert_refused (fixture, 3, 0, "fra", SEW_ERROR_UNSUPPORTED, "vocab.json",
                  "\"fra\"; there are deu, eng");
  assert_refused (fixture, 3, 0, "deu", SEW_ERROR_MISMATCH, "vocab.json", "\"b\"");
  write_files (fixture, NESTED, "{}");
  g_assert_cmpstr (sew_vocabulary_get_text (load (fixture, 3, 0, NULL), 2), ==, "a");
  write_files (fixture, "{\"tur\": {\"<pad>\": 0, \"|\": 1}}", "{}");
  assert_kinds (load (fixture, 2, 0, NULL), "BD");
  /* Nothing to choose. */
  write_files (fixture, "{\"<pad>\": 0, \"|\": 1}", "{}");
  assert_kinds (load (fixture, 2, 0, "deu"), "BD");
}

static void
test_refuses_vocabularies (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *vocab;
    int code;
    const char *reason;
  } cases[] = {
    { "{\"<pad>\": 0, \"a\": 1}", SEW_ERROR_MISMATCH, "9 outputs, and number 6 has no token" },
    { "{\"<pad>\": 0, \"a\": 1, \"b\": 1}", SEW_ERROR_MALFORMED, "same id" },
    { "{\"<pad>\": 0, \"a\": 9}", SEW_ERROR_MISMATCH, "only 9 outputs" },
    { "{\"<pad>\": 0, \"a\": 9000000000}", SEW_ERROR_MISMATCH, "only 9 outputs" },
    { "{\"<pad>\": 0, \"a\": -1}", SEW_ERROR_MALFORMED, "no valid id" },
    { "{\"<pad>\": 0, \"a\": 1.5}", SEW_ERROR_MALFORMED, "no valid id" },
    { "{\"<pad>\": 0, \"a\": \"1\"}", SEW_ERROR_MALFORMED, "no valid id" },
    { "{\"<pad>\": 0, \"a\": null}", SEW_ERROR_MALFORMED, "no valid id" },
    { "{\"<pad>\": 0, \"a\": 18446744073709551617}", SEW_ERROR_MALFORMED, "no valid id" },
    { "{\"<pad>\": 0, \"a\\u0000\": 1}", SEW_ERROR_MALFORMED, "NUL" },
    { "{\"<pad>\": 0, \"\xff\": 1}", SEW_ERROR_MALFORMED, "UTF-8" },
    { "{\"<pad>\": 0, \"\\ud800\": 1}", SEW_ERROR_MALFORMED, "surrogate" },
    { "{\"<pad>\": 0, \"a\": 1, \"a\": 2}", SEW_ERROR_MALFORMED, "twice" },
    { "[\"<pad>\", \"a\"]", SEW_ERROR_MALFORMED, "not a JSON object" },
    { "{}", SEW_ERROR_MISMATCH, "no token" },
    { "{\"<pad>\": 0, \"a\": 2, \"b\": 3, \"c\": 4, \"d\": 5, \"e\": 6, \"f\": 7, \"g\": 8}",
      SEW_ERROR_MISMATCH, "number 1 has no token" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_files (fixture, cases[i].vocab, NULL);
    assert_refused (fixture, 9, 0, NULL, cases[i].code, "vocab.json", cases[i].reason);
  }
}

static void
test_refuses_other_files (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *name;
    const char *text;
    const char *reason;
  } cases[] = {
    { "tokenizer_config.json", "{\"pad_token\": 3}", "not a token" },
    { "tokenizer_config.json", "{\"pad_token\": {\"text\": \"x\"}}", "not a token" },
    { "tokenizer_config.json", "{\"do_lower_case\": 1}", "neither true nor false" },
    { "tokenizer_config.json", "{\"target_lang\": 1}", "not a string" },
    { "tokenizer_config.json", "{\"added_tokens_decoder\": []}", "added_tokens_decoder" },
    { "tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"a\"}}}",
      "\"x\"" },
    { "tokenizer_config.json", "{\"added_tokens_decoder\": {\"-1\": {\"content\": \"a\"}}}", "-1" },
    { "tokenizer_config.json", "{\"added_tokens_decoder\": {\"7\": 7}}", "not a token" },
    { "tokenizer_config.json", "{\"additional_special_tokens\": \"a\"}", "additional" },
    { "tokenizer_config.json", "{\"additional_special_tokens\": [1]}", "not a token" },
    { "special_tokens_map.json", "{\"pad_token\": 3}", "not a token" },
    { "added_tokens.json", "{\"<s>\": \"x\"}", "not an integer" },
    { "added_tokens.json", "{\"<s>\": -1}", "between" },
    { "added_tokens.json", "[]", "not a JSON object" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_files (fixture, "{\"<pad>\": 0, \"a\": 1}", "{}");
    fixture_write_text (fixture->folder, "special_tokens_map.json", "{}");
    fixture_write_text (fixture->folder, "added_tokens.json", "{}");
    fixture_write_text (fixture->folder, cases[i].name, cases[i].text);
    assert_refused (fixture, 2, 0, NULL, SEW_ERROR_MALFORMED, cases[i].name, cases[i].reason);
  }
}

/* The tokenizer's own, whichever comes first. */
static void
test_two_delimiters (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *vocab;
    guint delimiter;
  } cases[] = {
    { "{\"<pad>\": 0, \"|\": 1, \" \": 2, \"a\": 3}", 1 },
    { "{\"<pad>\": 0, \" \": 1, \"|\": 2, \"a\": 3}", 2 },
    { "{\"<pad>\": 0, \" \": 1, \"b\": 2, \"a\": 3}", 1 },
    { "{\"<pad>\": 0, \"c\": 1, \"b\": 2, \"a\": 3}", G_MAXUINT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_files (fixture, cases[i].vocab, NULL);
    const SewVocabulary *vocabulary = load (fixture, 4, 0, NULL);
    g_assert_cmpuint (sew_vocabulary_get_delimiter (vocabulary), ==, cases[i].delimiter);
  }
}

static void
test_refuses_missing_file (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture, 2, 0, NULL, SEW_ERROR_NOT_FOUND, "vocab.json", "vocab.json");
}

static void
test_made_up_vocabulary (void)
{
  g_autoptr (SewVocabulary) usual = sew_vocabulary_new_default (32);
  g_autoptr (SewVocabulary) larger = sew_vocabulary_new_default (40);
  g_autoptr (SewVocabulary) smallest = sew_vocabulary_new_default (1);

  assert_kinds (usual, "BSSSDTTTTTTTTTTTTTTTTTTTTTTTTTTT");
  g_assert_cmpstr (sew_vocabulary_get_text (usual, 5), ==, "E");
  g_assert_cmpstr (sew_vocabulary_get_text (usual, 31), ==, "Z");
  g_assert_cmpuint (sew_vocabulary_get_size (larger), ==, 40);
  g_assert_cmpint (sew_vocabulary_get_kind (larger, 39), ==, SEW_TOKEN_TEXT);
  assert_kinds (smallest, "B");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/vocabulary/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("defaults", test_defaults);
  ADD ("added-tokens", test_added_tokens);
  ADD ("added-tokens-decoder", test_added_tokens_decoder);
  ADD ("special-tokens-map", test_special_tokens_map);
  ADD ("tokens-may-be-none", test_tokens_may_be_none);
  ADD ("no-delimiter", test_no_delimiter);
  ADD ("other-delimiters", test_other_delimiters);
  ADD ("two-delimiters", test_two_delimiters);
  ADD ("folds-case", test_folds_case);
  ADD ("blank", test_blank);
  ADD ("languages", test_languages);
  ADD ("refuses-vocabularies", test_refuses_vocabularies);
  ADD ("refuses-other-files", test_refuses_other_files);
  ADD ("refuses-missing-file", test_refuses_missing_file);
  g_test_add_func ("/vocabulary/made-up", test_made_up_vocabulary);
  return g_test_run ();
}
