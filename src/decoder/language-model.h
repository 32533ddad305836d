/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/lexicon.h"
#include "decoder/ngram-model.h"

/* An n-gram model, its words and how much it is to count. Immutable; may be shared between threads.
 * The weights are those of attrs.json where a folder has one, else pyctcdecode's defaults. */
typedef struct {
  SewNgramModel *ngrams;
  SewLexicon *lexicon;
  float weight;          /* alpha: of log P_lm against log P_ctc */
  float word_score;      /* beta: added for each word, natural logarithm */
  float unknown_score;   /* added to log10 P_lm of a word that the model does not know */
  gboolean has_boundary; /* whether utterances begin with <s> and end with </s> */
} SewLanguageModel;

/* path: an ARPA file or a KenLM binary; or a folder, as Hugging Face's language_model/, with one of
 * them and perhaps unigrams.txt (the words to be known, one a line) and attrs.json. */
SewLanguageModel *sew_language_model_load (const char *path, GError **error);
void sew_language_model_free (SewLanguageModel *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewLanguageModel, sew_language_model_free)
