/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/script-tokens.h"

/* How a model would write what is said where a word is written. Letters are mapped to those that
 * the vocabulary has: in the other case, without accents, or transliterated; punctuation is
 * dropped. If the letters are English ones, numbers and symbols are spelled out. A word that still
 * has no letters, or digits that the vocabulary lacks, has no way to be said. */
typedef struct _SewSpeller SewSpeller;

/* vocabulary is borrowed. */
SewSpeller *sew_speller_new (const SewVocabulary *vocabulary);
void sew_speller_free (SewSpeller *speller);

/* word: UTF-8. script gets one more word. */
void sew_speller_add_word (SewSpeller *speller, const char *word, SewScriptTokens *script);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewSpeller, sew_speller_free)
