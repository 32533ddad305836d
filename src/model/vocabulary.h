/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* What each output of the CTC head stands for, from vocab.json, tokenizer_config.json,
 * special_tokens_map.json and added_tokens.json. Immutable. */

typedef enum {
  SEW_TOKEN_TEXT,
  SEW_TOKEN_BLANK,          /* the pad token: CTC's blank */
  SEW_TOKEN_WORD_DELIMITER, /* ends a word; has no text of its own */
  SEW_TOKEN_SPECIAL,        /* bos, eos, unk, ...: never written */
} SewTokenKind;

typedef struct _SewVocabulary SewVocabulary;

/* n_outputs: rows of the CTC head; pad_token_id: config.json's, used where the tokenizer names no
 * pad token; language: of a nested vocab.json (MMS), or NULL for the tokenizer's target_lang. A
 * vocabulary of one language has nothing to choose, and ignores it. */
SewVocabulary *sew_vocabulary_load (const char *folder, guint n_outputs, guint pad_token_id,
                                    const char *language, GError **error);
/* The 32 tokens of asapp/sew-tiny-100k-ft-ls100h, or n_outputs made-up ones. */
SewVocabulary *sew_vocabulary_new_default (guint n_outputs);
void sew_vocabulary_free (SewVocabulary *vocabulary);

guint sew_vocabulary_get_size (const SewVocabulary *vocabulary);
guint sew_vocabulary_get_blank (const SewVocabulary *vocabulary);
SewTokenKind sew_vocabulary_get_kind (const SewVocabulary *vocabulary, guint id);
/* The token as its file spells it. */
const char *sew_vocabulary_get_token (const SewVocabulary *vocabulary, guint id);
/* What it adds to a word: case folded if the tokenizer asks for it; "" for all but text. UTF-8. */
const char *sew_vocabulary_get_text (const SewVocabulary *vocabulary, guint id);
/* Whether it writes both capital and small letters. */
gboolean sew_vocabulary_is_cased (const SewVocabulary *vocabulary);
/* FALSE for scripts without spaces: then every text token is a word of its own and words are joined
 * without a space. */
gboolean sew_vocabulary_has_delimiter (const SewVocabulary *vocabulary);
/* The token that parts words, the one that the tokenizer names if there are several; G_MAXUINT if
 * there is none. */
guint sew_vocabulary_get_delimiter (const SewVocabulary *vocabulary);
/* What stands between two words of a text: the tokenizer's replace_word_delimiter_char, which is a
 * space unless it says otherwise; "" without delimiter. */
const char *sew_vocabulary_get_separator (const SewVocabulary *vocabulary);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewVocabulary, sew_vocabulary_free)
