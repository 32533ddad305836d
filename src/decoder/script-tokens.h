/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/vocabulary.h"

/* One way to say a word, in tokens of a vocabulary. */
typedef struct {
  guint first_token;
  guint n_tokens;
} SewWay;

/* The words of a script as a model would write what is said: for each word the ways to say it,
 * maybe none. Where one written word is said as several ("21": "twenty one"), word delimiters stand
 * between them. */
typedef struct {
  guint n_words;
  GArray *first_ways; /* guint[n_words + 1]: those of word i are [i] up to [i + 1] */
  GArray *ways;       /* SewWay */
  GArray *tokens;     /* guint */
} SewScriptTokens;

/* No words yet. */
void sew_script_tokens_init (SewScriptTokens *script);
void sew_script_tokens_clear (SewScriptTokens *script);

/* Ways that are added then belong to a new word. */
void sew_script_tokens_add_word (SewScriptTokens *script);
/* tokens: [n_tokens], at least one. A way that the word has already is not added again. */
void sew_script_tokens_add_way (SewScriptTokens *script, const guint *tokens, guint n_tokens);
