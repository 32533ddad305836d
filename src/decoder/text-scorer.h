/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/hot-words.h"
#include "decoder/language-model.h"
#include "model/vocabulary.h"

/* What a text is worth beside its sound, letter by letter: the language model, a score for each
 * word and hot words. All in natural logarithms, so that it adds to log P_ctc:
 *
 *   weight * ln 10 * (log10 P_lm + unknown_score for each unknown word) + word_score * words
 *     + weights of the hot phrases
 *
 * While a word is unfinished it is priced as the most probable word that begins with its letters,
 * or as unknown if there is none; its end replaces the estimate by what the context makes of it. */
typedef struct _SewTextScorer SewTextScorer;

/* The words before the one that is being read; shared by all its beginnings. */
typedef struct _SewTextContext SewTextContext;

typedef struct {
  SewTextContext *context; /* one reference, or NULL without a language model */
  guint32 letters;         /* of the open word, a node of the lexicon */
  guint32 hot;
  gboolean in_word;
  float settled; /* complete words and phrases */
  float total;   /* with what is open */
} SewTextScore;

/* vocabulary and language_model (may be NULL) are borrowed. */
SewTextScorer *sew_text_scorer_new (const SewVocabulary *vocabulary,
                                    const SewLanguageModel *language_model);
void sew_text_scorer_free (SewTextScorer *scorer);
/* They replace the model's own. */
void sew_text_scorer_set_weights (SewTextScorer *scorer, float weight, float word_score);
/* hot_words is borrowed, may be NULL; scores made before are to be passed to
 * sew_text_scorer_forget_hot_words() before they are used again. */
void sew_text_scorer_set_hot_words (SewTextScorer *scorer, const SewHotWords *hot_words);
void sew_text_scorer_forget_hot_words (const SewTextScorer *scorer, SewTextScore *score);

/* The empty text; next: uninitialised. */
void sew_text_scorer_begin (const SewTextScorer *scorer, SewTextScore *next);
/* token: a text token. */
void sew_text_scorer_add_letter (const SewTextScorer *scorer, const SewTextScore *score,
                                 guint token, SewTextScore *next);
/* If no word is open, next becomes a copy. */
void sew_text_scorer_end_word (const SewTextScorer *scorer, const SewTextScore *score,
                               SewTextScore *next);
/* What the text is worth if it ends here. */
float sew_text_scorer_finish (const SewTextScorer *scorer, const SewTextScore *score);
/* Equal for texts that end with a word and that no further word can tell apart: the language model
 * sees the same context and the hot words the same beginnings. */
guint64 sew_text_score_hash_future (const SewTextScore *score);
void sew_text_score_clear (SewTextScore *score);
