/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/beam-search.h"
#include "decoder/token.h"
#include "model/vocabulary.h"
#include "segment-private.h"

/* Prefix beam search (Hannun et al. 2014): the texts with the highest
 *
 *   log P_ctc + what a SewTextScorer makes of the text
 *
 * where P_ctc sums over all ways to read a text in the frames. Frame by frame; what all texts of
 * the beam agree on, up to the end of a word, is committed, and nothing that was committed counts
 * any more but as context. So the chunking does not matter and an endless stream takes the memory
 * of the part that is in dispute. */
typedef struct _SewBeamDecoder SewBeamDecoder;

#define SEW_DEFAULT_BEAM_WIDTH 100
#define SEW_DEFAULT_BEAM_THRESHOLD 12.0f
#define SEW_DEFAULT_TOKEN_THRESHOLD (-5.0f)
#define SEW_BEAM_OPTIONS_INIT                                                                      \
  {                                                                                                \
    .width = SEW_DEFAULT_BEAM_WIDTH, .beam_threshold = SEW_DEFAULT_BEAM_THRESHOLD,                 \
    .token_threshold = SEW_DEFAULT_TOKEN_THRESHOLD, .n_best = 0, .max_pending = 1500               \
  }

/* vocabulary and scorer are borrowed. */
SewBeamDecoder *sew_beam_decoder_new (const SewVocabulary *vocabulary, SewTextScorer *scorer,
                                      const SewBeamOptions *options);
void sew_beam_decoder_free (SewBeamDecoder *decoder);
/* Begins afresh; tokens that were not taken are lost. */
void sew_beam_decoder_reset (SewBeamDecoder *decoder);

/* A new one that has got as far as this one, what is committed left out; to see what would follow.
 * It lists no texts. */
SewBeamDecoder *sew_beam_decoder_fork (const SewBeamDecoder *decoder);

/* log_probs: [n_symbols] of one frame. Frames come in rising order but may skip. */
void sew_beam_decoder_push (SewBeamDecoder *decoder, guint64 frame, const float *log_probs);
/* Whatever word is open in a text ends here. */
void sew_beam_decoder_end_word (SewBeamDecoder *decoder);
/* Commits the words of the frames so far that the best text has complete, as far as that can be
 * told with these frames, which may follow. log_probs: [n_frames][n_symbols] */
void sew_beam_decoder_commit (SewBeamDecoder *decoder, const float *log_probs, gsize n_frames);
/* Commits the text that is best if it ends here; the next frame begins a new one. */
void sew_beam_decoder_finish (SewBeamDecoder *decoder);
/* The next committed token: letters, and delimiters between words. FALSE if there is none. */
gboolean sew_beam_decoder_pull (SewBeamDecoder *decoder, SewToken *token);

/* Whether a text of the beam has letters that are not committed. */
gboolean sew_beam_decoder_is_open (const SewBeamDecoder *decoder);
/* The first frame that tokens to come can lie in. */
guint64 sew_beam_decoder_get_pending_frame (const SewBeamDecoder *decoder);
/* The texts that were best when it finished, best first, owned by the decoder until the next frame;
 * scored as above, with everything since the one before. */
const SewAlternative *sew_beam_decoder_get_n_best (const SewBeamDecoder *decoder,
                                                   guint *n_alternatives);
/* The scorer has got other hot words. */
void sew_beam_decoder_forget_hot_words (SewBeamDecoder *decoder);
