/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/ngram-model.h"

/* The words of a language model as a prefix tree, so that a decoder knows after each letter which
 * words are still possible and how probable the best of them is. Immutable. */
typedef struct _SewLexicon SewLexicon;

#define SEW_LEXICON_ROOT 0
/* No word goes on like this. */
#define SEW_LEXICON_NONE G_MAXUINT32

/* words: NULL-terminated, or NULL for all of the model's; those that the model does not know are
 * left out. NULL if there are none to be had, as the model's file does not spell its words. */
SewLexicon *sew_lexicon_new (const SewNgramModel *model, const char *const *words);
void sew_lexicon_free (SewLexicon *lexicon);

/* text: one or more bytes. node may be SEW_LEXICON_NONE. */
guint32 sew_lexicon_step (const SewLexicon *lexicon, guint32 node, const char *text);
/* The model's id of the word that these letters are, or SEW_NGRAM_UNKNOWN. */
guint sew_lexicon_get_word (const SewLexicon *lexicon, guint32 node);
/* log10 of the highest probability, without context, among the words that begin like this. */
float sew_lexicon_get_best (const SewLexicon *lexicon, guint32 node);
