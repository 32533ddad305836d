/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/script-tokens.h"
#include "decoder/word-trails.h"

/* The best ways (Viterbi) to read a script, or nearly the script, in frames of log-probabilities:
 * what SewAligner takes words from. */

typedef struct {
  float leave_cost;     /* of leaving the script between two words */
  float letter_cost;    /* off the script: of each frame that is a letter */
  float skip_cost;      /* of not saying the next word ... */
  float next_skip_cost; /* ... and of each such word */
  float far_cost;       /* of going on anywhere, where the script seems lost */
  float beam;           /* what a way may be behind the best one */
} SewSearchCosts;

#define SEW_NEVER G_MAXUINT64

/* Where a way may be, as every word of the script that can be said has them: off the script before
 * the word, on the delimiter before it and on the blank after that; then, for each way to say it,
 * on each of its tokens and on the blank after that. One more word, without a way to be said, ends
 * the script. */
enum { SEW_PLACE_OFF_SCRIPT, SEW_PLACE_DELIMITER, SEW_PLACE_BLANK, SEW_N_GAP_PLACES };

typedef struct {
  guint word; /* of the script */
  guint first_way;
  guint n_ways;
  gsize first_place;
  float best_score; /* of its places; minus infinity if none of them is reached */
} SewScriptItem;

/* The best way to a place. */
typedef struct {
  float score;       /* log P, less the best one of the frame before */
  guint trail;       /* the words said before */
  float letters;     /* log P of the word's letters before this one */
  float letter;      /* log P of this letter's best frame */
  guint64 first;     /* the word's first frame; SEW_NEVER between words */
  guint64 after_end; /* the frame after this letter's last one */
} SewPlace;

typedef struct {
  const SewScriptTokens *script;
  SewSearchCosts costs;
  guint blank;
  guint delimiter; /* G_MAXUINT: none */
  guint n_symbols;

  SewScriptItem *items; /* [n_items], and one more that says where the places end */
  guint n_items;
  guint end_item; /* the last one, after all words */
  SewPlace *places;
  guint first_item; /* with a place that is reached */
  guint last_item;
  float best_score;
  float beam_end; /* ways with less than this score are out of the running */
  const SewPlace *best;
  guint
      n_off_script; /* letters that the best ways did not find in the script, less those they did */
  SewWordTrails trails;

  /* the frame at hand */
  guint64 frame;
  float *row; /* [n_symbols]: log-probabilities */
  float off_script;
  gboolean is_letter; /* is what is most probable */
} SewScriptSearch;

/* script is borrowed. */
void sew_script_search_init (SewScriptSearch *search, const SewScriptTokens *script, guint blank,
                             guint delimiter, guint n_symbols, const SewSearchCosts *costs);
void sew_script_search_clear (SewScriptSearch *search);

/* A clip begins before that item. */
void sew_script_search_start (SewScriptSearch *search, guint item);
/* log_probs: [n_symbols] of one frame. */
void sew_script_search_advance (SewScriptSearch *search, guint64 frame, const float *log_probs);
/* The best way if the clip ends here: its trail, and the item that comes next. */
guint sew_script_search_end (SewScriptSearch *search, guint *next_item);

/* Whether the best way is within a word. */
gboolean sew_script_search_is_in_word (const SewScriptSearch *search);
/* The places of the items from first_item to last_item: begins with NULL, and returns NULL after
 * the last one. Only those in the running. */
SewPlace *sew_script_search_next_place (const SewScriptSearch *search, SewPlace *place);
/* Takes a place out of the running. */
void sew_script_search_drop (SewScriptSearch *search, SewPlace *place);
