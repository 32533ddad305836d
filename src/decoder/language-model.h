/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/lexicon.h"
#include "decoder/ngram-model.h"
#include "decoder/spellings.h"
#include "sew/sew-language-model.h"

/* An n-gram model, its words and how much it is to count. */
struct _SewLanguageModel {
  GObject parent_instance;

  char *location;
  SewNgramModel *ngrams;
  SewLexicon *lexicon;
  float weight;          /* alpha: of log P_lm against log P_ctc */
  float word_score;      /* beta: added for each word, natural logarithm */
  float unknown_score;   /* added to log10 P_lm of a word that the model does not know */
  gboolean has_boundary; /* whether utterances begin with <s> and end with </s> */

  GOnce spellings; /* SewSpellings, once somebody asks for them */
};

/* How names are spelled, or NULL if it does not know any. Takes a walk over all its words, the
 * first time. */
const SewSpellings *sew_language_model_get_spellings (SewLanguageModel *self);
