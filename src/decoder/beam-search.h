/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/prefix-tree.h"
#include "decoder/text-scorer.h"
#include "model/vocabulary.h"

typedef struct {
  guint width;           /* texts in the beam, at least 1 */
  float beam_threshold;  /* texts that are worse than the best one by more are dropped, > 0 */
  float token_threshold; /* tokens less probable than this are not tried, natural logarithm, <= 0 */
  guint n_best;      /* how many texts to list at the end. If any, nothing is committed before */
  guint max_pending; /* frames after which the best text's first word is committed in any case */
} SewBeamOptions;

/* The beam: the best texts for the frames so far, and the tree that holds them. */
typedef struct {
  const SewTextScorer *scorer;
  SewBeamOptions options;
  guint n_symbols;
  guint blank;
  guint delimiter; /* G_MAXUINT if there is none */

  SewPrefixTree tree;
  SewPrefix *trunk;  /* all texts of the beam begin with this one */
  GPtrArray *beam;   /* of SewPrefix, never empty, the best one first */
  double base_score; /* what was taken off all of them */

  GPtrArray *next;  /* of SewPrefix: the beam's and their children, while a frame is read */
  float best_total; /* the highest that is sure to be in next */
  guint *kept;      /* [n_symbols]: the tokens that are tried in this frame */
  gboolean has_new; /* whether a text came into the beam that was not there before */
  GPtrArray *slots; /* of SewPrefix, by their future */
} SewBeamSearch;

/* vocabulary and scorer are borrowed. */
void sew_beam_search_init (SewBeamSearch *search, const SewVocabulary *vocabulary,
                           const SewTextScorer *scorer, const SewBeamOptions *options);
void sew_beam_search_clear (SewBeamSearch *search);
/* Only the empty text. */
void sew_beam_search_reset (SewBeamSearch *search);
/* Only the empty text, after a text of another search with the same scorer; a word that is open in
 * that has ended. */
void sew_beam_search_begin_after (SewBeamSearch *search, const SewPrefix *text);

/* row: [n_symbols] natural logarithms, not all -INFINITY; none NaN. */
void sew_beam_search_advance (SewBeamSearch *search, const float *row);
/* Drops the texts that do not begin with prefix. */
void sew_beam_search_keep_only (SewBeamSearch *search, const SewPrefix *prefix);
/* Drops all texts but the best one. */
void sew_beam_search_keep_best (SewBeamSearch *search);
/* The texts of the beam begin with prefix, and from now on after it. */
void sew_beam_search_move_root (SewBeamSearch *search, SewPrefix *prefix);
/* The scorer has got other hot words. */
void sew_beam_search_forget_hot_words (SewBeamSearch *search);

/* ln (e^a + e^b) */
float sew_beam_add_logs (float a, float b);
