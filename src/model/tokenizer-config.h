/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* What tokenizer_config.json, special_tokens_map.json and added_tokens.json say, with the defaults
 * of Wav2Vec2CTCTokenizer where they are silent. All strings are owned. */

typedef struct {
  char *token;
  guint id;
} SewAddedToken;

typedef struct {
  char *pad; /* these may be NULL: no such token */
  char *word_delimiter;
  char *word_separator; /* what the delimiter turns into */
  char *target_language;
  gboolean lower_case;
  GPtrArray *specials; /* of char *: bos, eos, unk, pad, ..., in the order transformers adds them */
  GArray *added;       /* of SewAddedToken */
} SewTokenizerConfig;

gboolean sew_tokenizer_config_load (SewTokenizerConfig *config, const char *folder, GError **error);
void sew_tokenizer_config_clear (SewTokenizerConfig *config);
gboolean sew_tokenizer_config_is_special (const SewTokenizerConfig *config, const char *token);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SewTokenizerConfig, sew_tokenizer_config_clear)
