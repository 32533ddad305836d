/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/token.h"

/* Best path decoding (Graves et al. 2006, section 3.2): the most probable symbol of each frame,
 * runs collapsed, blanks dropped. Keeps state from frame to frame, so the chunking does not matter.
 */
typedef struct {
  guint blank;
  guint n_symbols;
  gboolean open;    /* a run that may go on */
  SewToken current; /* that run */
} SewGreedyDecoder;

void sew_greedy_decoder_init (SewGreedyDecoder *decoder, guint blank, guint n_symbols);

/* log_probs: [n_symbols] of one frame. Frames come in rising order but may skip; a skip ends a run.
 * TRUE if a run ended before this frame; then *token is that run. */
gboolean sew_greedy_decoder_push (SewGreedyDecoder *decoder, guint64 frame, const float *log_probs,
                                  SewToken *token);
/* The run that is still open, if any; the next frame starts afresh. */
gboolean sew_greedy_decoder_finish (SewGreedyDecoder *decoder, SewToken *token);
