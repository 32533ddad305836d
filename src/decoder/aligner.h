/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/script-search.h"

/* Finds where the words of a script are said: the most probable way (Viterbi) to read the script in
 * endless frames of log-probabilities.
 *
 * Said word for word, the script is one long CTC sequence, words apart by one delimiter each, and
 * the times are those of plain forced alignment. But between two words the way may leave the script
 * at a price: speech that is not in it then goes at a cost per letter, and words may be left out.
 *
 * The search is online. Words are handed out when no way that is still in the running disputes
 * them, or when the best one has held them for long enough. Memory is that of the script, and of
 * the words in dispute; the frames leave nothing behind. */
typedef struct _SewAligner SewAligner;

/* Costs in natural logarithms. Together they are what tests/bench/compare-alignment.py found to
 * leave alone what is said word for word, even by models that are often wrong. */
#define SEW_ALIGNER_OPTIONS_INIT                                                                   \
  {                                                                                                \
    .costs = { .leave_cost = 14.0f,                                                                \
               .letter_cost = 4.5f,                                                                \
               .skip_cost = 8.0f,                                                                  \
               .next_skip_cost = 0.25f,                                                            \
               .far_cost = 80.0f,                                                                  \
               .beam = 120.0f },                                                                   \
    .interval = 50, .longest_delay = 1500, .longest_dispute = 1500                                 \
  }

typedef struct {
  SewSearchCosts costs;
  guint interval;        /* frames from one look for words to hand out to the next */
  guint longest_delay;   /* frames after which the best way has its words handed out in any case */
  guint longest_dispute; /* frames after which another way's words don't count if it has none */
} SewAlignerOptions;

/* script is borrowed. delimiter: G_MAXUINT if the vocabulary has none. */
SewAligner *sew_aligner_new (const SewScriptTokens *script, guint blank, guint delimiter,
                             guint n_symbols, const SewAlignerOptions *options);
void sew_aligner_free (SewAligner *aligner);

/* Back to the first word; what was not pulled is lost. */
void sew_aligner_reset (SewAligner *aligner);
/* log_probs: [n_symbols] of one frame. Frames may skip, which is silence. */
void sew_aligner_push (SewAligner *aligner, guint64 frame, const float *log_probs);
/* All before that frame, after the last one pushed, is silence. */
void sew_aligner_skip (SewAligner *aligner, guint64 frame);
/* The clip ends here. The next one, which may count its frames afresh, goes on with the words after
 * those said in this one. */
void sew_aligner_finish (SewAligner *aligner);
/* The next word that was said, in order. FALSE if none is certain yet. Words that are passed over
 * were not said, or have no way to be said. */
gboolean sew_aligner_pull (SewAligner *aligner, SewAlignedWord *word);

/* Whether the last frame lies within a word. */
gboolean sew_aligner_is_open (const SewAligner *aligner);
/* No word to come begins before that frame of the clip. */
guint64 sew_aligner_get_pending_frame (const SewAligner *aligner);
/* What the search holds besides the script, for tests. */
gsize sew_aligner_count_pending (const SewAligner *aligner);
