/* SPDX-License-Identifier: MIT */
#include "decoder/decoder.h"

#include "decoder/beam-decoder.h"
#include "decoder/greedy-decoder.h"
#include "decoder/word-builder.h"
#include "math/matrix.h"

/* Enough for hot words to be weighed against what is read without them. */
#define HOT_WORDS_BEAM_WIDTH 16

struct _SewDecoder {
  const SewVocabulary *vocabulary;
  guint samples_per_frame;
  SewDecoderOptions options;
  SewHotWords *hot_words;

  SewGreedyDecoder greedy;
  SewTextScorer *scorer; /* NULL: the best path */
  SewBeamDecoder *beam;  /* NULL: the best path */
  SewWordBuilder *word_builder;
  GQueue words; /* of SewWord */
  guint64 origin;
  guint64 next_frame;
};

static void
reset_search (SewDecoder *decoder)
{
  sew_greedy_decoder_init (&decoder->greedy, sew_vocabulary_get_blank (decoder->vocabulary),
                           sew_vocabulary_get_size (decoder->vocabulary));
  if (decoder->beam != NULL)
    sew_beam_decoder_reset (decoder->beam);
  sew_word_builder_reset (decoder->word_builder);
}

/* A beam, if one is needed. */
static void
make_search (SewDecoder *decoder)
{
  const SewDecoderOptions *options = &decoder->options;
  SewBeamOptions beam = SEW_BEAM_OPTIONS_INIT;

  g_clear_pointer (&decoder->beam, sew_beam_decoder_free);
  g_clear_pointer (&decoder->scorer, sew_text_scorer_free);
  beam.width = options->beam_width > 0 ? options->beam_width : HOT_WORDS_BEAM_WIDTH;
  beam.beam_threshold = options->beam_threshold;
  beam.token_threshold = options->token_threshold;
  beam.n_best = options->n_best;
  if (options->beam_width > 0 || decoder->hot_words != NULL) {
    const SewLanguageModel *model = options->beam_width > 0 ? options->language_model : NULL;
    decoder->scorer = sew_text_scorer_new (decoder->vocabulary, model);
    if (model != NULL)
      sew_text_scorer_set_weights (decoder->scorer, options->lm_weight, options->word_score);
    sew_text_scorer_set_hot_words (decoder->scorer, decoder->hot_words);
    decoder->beam = sew_beam_decoder_new (decoder->vocabulary, decoder->scorer, &beam);
  }
  reset_search (decoder);
}

SewDecoder *
sew_decoder_new (const SewVocabulary *vocabulary, guint samples_per_frame)
{
  SewDecoder *decoder = g_new0 (SewDecoder, 1);
  decoder->vocabulary = vocabulary;
  decoder->samples_per_frame = samples_per_frame;
  decoder->word_builder = sew_word_builder_new (vocabulary, samples_per_frame);
  decoder->options.beam_threshold = SEW_DEFAULT_BEAM_THRESHOLD;
  decoder->options.token_threshold = SEW_DEFAULT_TOKEN_THRESHOLD;
  g_queue_init (&decoder->words);
  make_search (decoder);
  return decoder;
}

void
sew_decoder_free (SewDecoder *decoder)
{
  g_queue_clear_full (&decoder->words, (GDestroyNotify) sew_word_unref);
  sew_word_builder_free (decoder->word_builder);
  g_clear_pointer (&decoder->beam, sew_beam_decoder_free);
  g_clear_pointer (&decoder->scorer, sew_text_scorer_free);
  g_clear_pointer (&decoder->hot_words, sew_hot_words_free);
  g_clear_object (&decoder->options.language_model);
  g_free (decoder);
}

void
sew_decoder_set_options (SewDecoder *decoder, const SewDecoderOptions *options)
{
  SewLanguageModel *old = decoder->options.language_model;

  decoder->options = *options;
  if (options->language_model != NULL)
    g_object_ref (options->language_model);
  make_search (decoder);
  g_clear_object (&old);
}

void
sew_decoder_set_hot_words (SewDecoder *decoder, SewHotWords *hot_words)
{
  SewHotWords *old = decoder->hot_words;

  decoder->hot_words = hot_words;
  if (decoder->options.beam_width > 0 || (old != NULL && hot_words != NULL)) {
    sew_text_scorer_set_hot_words (decoder->scorer, hot_words);
    sew_beam_decoder_forget_hot_words (decoder->beam);
  } else if (old != NULL || hot_words != NULL) {
    sew_decoder_finish (decoder);
    make_search (decoder);
  }
  g_clear_pointer (&old, sew_hot_words_free);
}

void
sew_decoder_begin (SewDecoder *decoder, guint64 first_sample)
{
  reset_search (decoder);
  g_queue_clear_full (&decoder->words, (GDestroyNotify) sew_word_unref);
  sew_word_builder_set_origin (decoder->word_builder, first_sample);
  decoder->origin = first_sample;
  decoder->next_frame = 0;
}

static void
add_word (SewDecoder *decoder, SewWord *word)
{
  if (word != NULL)
    g_queue_push_tail (&decoder->words, word);
}

static void
take_tokens (SewDecoder *decoder)
{
  SewToken token;
  while (sew_beam_decoder_pull (decoder->beam, &token))
    add_word (decoder, sew_word_builder_push (decoder->word_builder, &token));
}

gboolean
sew_decoder_push (SewDecoder *decoder, guint64 frame, const float *log_probs)
{
  guint n_symbols = sew_vocabulary_get_size (decoder->vocabulary);
  guint best = (guint) sew_row_find_greatest (log_probs, n_symbols);
  SewToken token;

  decoder->next_frame = frame + 1;
  if (decoder->beam != NULL) {
    sew_beam_decoder_push (decoder->beam, frame, log_probs);
    take_tokens (decoder);
  } else if (sew_greedy_decoder_push (&decoder->greedy, frame, log_probs, &token)) {
    add_word (decoder, sew_word_builder_push (decoder->word_builder, &token));
  }
  return sew_vocabulary_get_kind (decoder->vocabulary, best) == SEW_TOKEN_TEXT;
}

void
sew_decoder_end_word (SewDecoder *decoder)
{
  if (decoder->beam == NULL) {
    sew_decoder_finish (decoder);
    return;
  }
  sew_beam_decoder_end_word (decoder->beam);
  take_tokens (decoder);
}

void
sew_decoder_commit (SewDecoder *decoder, const float *log_probs, gsize n_frames,
                    gboolean between_words)
{
  if (decoder->beam == NULL) {
    if (between_words)
      sew_decoder_finish (decoder);
    return;
  }
  sew_beam_decoder_commit (decoder->beam, log_probs, n_frames);
  take_tokens (decoder);
}

void
sew_decoder_finish (SewDecoder *decoder)
{
  SewToken token;

  if (decoder->beam != NULL) {
    sew_beam_decoder_finish (decoder->beam);
    take_tokens (decoder);
  } else if (sew_greedy_decoder_finish (&decoder->greedy, &token)) {
    add_word (decoder, sew_word_builder_push (decoder->word_builder, &token));
  }
  add_word (decoder, sew_word_builder_finish (decoder->word_builder));
}

SewWord *
sew_decoder_pull (SewDecoder *decoder)
{
  return g_queue_pop_head (&decoder->words);
}

/* A beam goes on from a copy of itself; the best path reads the word that is open once more. */
void
sew_decoder_read_ahead (const SewDecoder *decoder, const float *log_probs, guint64 first_frame,
                        gsize n_frames, guint64 next_frame, GPtrArray *words)
{
  guint n_symbols = sew_vocabulary_get_size (decoder->vocabulary);
  SewDecoder ahead = *decoder;
  SewWord *word;

  g_queue_init (&ahead.words);
  ahead.word_builder = sew_word_builder_new (decoder->vocabulary, decoder->samples_per_frame);
  sew_word_builder_set_origin (ahead.word_builder, decoder->origin);
  if (decoder->beam != NULL) {
    ahead.beam = sew_beam_decoder_fork (decoder->beam);
  } else {
    sew_greedy_decoder_init (&ahead.greedy, sew_vocabulary_get_blank (decoder->vocabulary),
                             n_symbols);
    if (sew_decoder_is_open (decoder))
      next_frame = MIN (next_frame, (sew_decoder_get_position (decoder) - decoder->origin)
                                        / decoder->samples_per_frame);
  }
  for (guint64 frame = MAX (next_frame, first_frame); frame < first_frame + n_frames; frame++)
    sew_decoder_push (&ahead, frame, log_probs + (frame - first_frame) * n_symbols);
  sew_decoder_finish (&ahead);
  while ((word = sew_decoder_pull (&ahead)) != NULL)
    g_ptr_array_add (words, word);
  g_clear_pointer (&ahead.beam, sew_beam_decoder_free);
  sew_word_builder_free (ahead.word_builder);
}

const SewAlternative *
sew_decoder_get_alternatives (const SewDecoder *decoder, guint *n_alternatives)
{
  *n_alternatives = 0;
  if (decoder->beam == NULL || decoder->options.n_best == 0)
    return NULL;
  return sew_beam_decoder_get_n_best (decoder->beam, n_alternatives);
}

gboolean
sew_decoder_is_open (const SewDecoder *decoder)
{
  if (!g_queue_is_empty ((GQueue *) &decoder->words)
      || sew_word_builder_is_open (decoder->word_builder))
    return TRUE;
  return decoder->beam != NULL ? sew_beam_decoder_is_open (decoder->beam) : decoder->greedy.open;
}

guint64
sew_decoder_get_position (const SewDecoder *decoder)
{
  SewWord *word = g_queue_peek_head ((GQueue *) &decoder->words);
  guint64 frame = decoder->next_frame;

  if (word != NULL)
    return sew_word_get_first_sample (word);
  if (sew_word_builder_is_open (decoder->word_builder))
    return sew_word_builder_get_first_sample (decoder->word_builder);
  if (decoder->beam != NULL)
    frame = MIN (frame, sew_beam_decoder_get_pending_frame (decoder->beam));
  else if (decoder->greedy.open)
    frame = decoder->greedy.current.first_frame;
  return decoder->origin + frame * decoder->samples_per_frame;
}
