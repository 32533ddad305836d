/* SPDX-License-Identifier: MIT */
#include "decoder/greedy-decoder.h"

#include "math/matrix.h"

void
sew_greedy_decoder_init (SewGreedyDecoder *decoder, guint blank, guint n_symbols)
{
  *decoder = (SewGreedyDecoder){ .blank = blank, .n_symbols = n_symbols };
}

gboolean
sew_greedy_decoder_push (SewGreedyDecoder *decoder, guint64 frame, const float *log_probs,
                         SewToken *token)
{
  SewToken *current = &decoder->current;
  guint best = (guint) sew_row_find_greatest (log_probs, decoder->n_symbols);

  if (decoder->open && best == current->id && frame == current->first_frame + current->n_frames) {
    current->n_frames++;
    current->log_prob = MAX (current->log_prob, log_probs[best]);
    return FALSE;
  }

  gboolean ended = sew_greedy_decoder_finish (decoder, token);
  if (best != decoder->blank) {
    decoder->open = TRUE;
    *current = (SewToken){
      .id = best, .first_frame = frame, .n_frames = 1, .log_prob = log_probs[best]
    };
  }
  return ended;
}

gboolean
sew_greedy_decoder_finish (SewGreedyDecoder *decoder, SewToken *token)
{
  gboolean ended = decoder->open;
  if (ended)
    *token = decoder->current;
  decoder->open = FALSE;
  return ended;
}
