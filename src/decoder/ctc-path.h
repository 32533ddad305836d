/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The frames in which one token of a known text is read. */
typedef struct {
  gsize first;
  gsize n_frames;
  float log_prob; /* of its most probable frame, natural logarithm */
} SewSpan;

/* The most probable way (Viterbi) to read tokens in log_probs: [n_frames][n_symbols]. Blanks may
 * lie between tokens; blanks and delimiters before the first, after the last and after every
 * delimiter. delimiter: G_MAXUINT if the vocabulary has none. spans: [n_tokens]. FALSE if the
 * frames do not allow it; then spans is as before. */
gboolean sew_ctc_path_find (const float *log_probs, gsize n_frames, gsize n_symbols, guint blank,
                            guint delimiter, const guint *tokens, gsize n_tokens, SewSpan *spans);
/* Where such frames are to be read as that text all the same: the tokens share them, in order. */
void sew_ctc_path_spread (gsize n_frames, gsize n_tokens, SewSpan *spans);
