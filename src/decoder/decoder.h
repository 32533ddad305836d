/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/hot-words.h"
#include "decoder/language-model.h"
#include "model/vocabulary.h"
#include "segment-private.h"
#include "sew/sew-word.h"

/* Log-probabilities in, words out, whichever way they are searched for: the best path, or, if a
 * beam, a language model or hot words are asked for, a beam search. */
typedef struct _SewDecoder SewDecoder;

typedef struct {
  guint beam_width;                 /* 0: the best path, unless hot words need a beam */
  SewLanguageModel *language_model; /* may be NULL; needs a beam */
  float lm_weight;                  /* of the language model */
  float word_score;                 /* for each word, with a language model */
  float beam_threshold;             /* these as in SewBeamOptions */
  float token_threshold;
  guint n_best;
} SewDecoderOptions;

/* vocabulary is borrowed. The best path at first. */
SewDecoder *sew_decoder_new (const SewVocabulary *vocabulary, guint samples_per_frame);
void sew_decoder_free (SewDecoder *decoder);

/* Takes a reference to the language model. What is open is lost: call it between clips. */
void sew_decoder_set_options (SewDecoder *decoder, const SewDecoderOptions *options);
/* (transfer full), may be NULL. Any time; from the next letter on. If that makes a beam necessary,
 * or no longer so, words that are open end here. */
void sew_decoder_set_hot_words (SewDecoder *decoder, SewHotWords *hot_words);

/* A clip begins: its frame 0 is that sample of the stream. */
void sew_decoder_begin (SewDecoder *decoder, guint64 first_sample);
/* log_probs: [n_symbols] of one frame. Frames come in rising order but may skip. Returns whether a
 * letter is the frame's most probable symbol. */
gboolean sew_decoder_push (SewDecoder *decoder, guint64 frame, const float *log_probs);
/* A word that is open ends here, between two frames; more may follow that belongs with it. */
void sew_decoder_end_word (SewDecoder *decoder);
/* The words that are complete are certain: nothing that follows has a say in them any more.
 * log_probs: [n_frames][n_symbols], the frames that seem to follow. between_words: whether the best
 * path has a word end here, if one is open. */
void sew_decoder_commit (SewDecoder *decoder, const float *log_probs, gsize n_frames,
                         gboolean between_words);
/* All that is open ends here, at a pause or the end of a clip. */
void sew_decoder_finish (SewDecoder *decoder);
/* (transfer full) the next word that is certain, or NULL. */
SewWord *sew_decoder_pull (SewDecoder *decoder);

/* Adds to words (of SewWord, transfer full) those that would come if the clip ended with these
 * frames. log_probs: [n_frames][n_symbols], from first_frame of the clip on; the decoder has seen
 * those before next_frame, and goes on as if it had not been asked. */
void sew_decoder_read_ahead (const SewDecoder *decoder, const float *log_probs, guint64 first_frame,
                             gsize n_frames, guint64 next_frame, GPtrArray *words);

/* Until the next frame: the readings that were best when it finished, best first, owned by the
 * decoder; none if none were asked for, or without a beam. */
const SewAlternative *sew_decoder_get_alternatives (const SewDecoder *decoder,
                                                    guint *n_alternatives);

/* Whether letters may be held that have not been handed out as words. */
gboolean sew_decoder_is_open (const SewDecoder *decoder);
/* No word to come begins before that sample of the stream. */
guint64 sew_decoder_get_position (const SewDecoder *decoder);
