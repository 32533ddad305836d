/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "decoder/beam-decoder.h"
#include "recognizer-private.h"

/* What users choose about the decoder of a recognizer. */

void
sew_recognizer_make_decoder (SewRecognizer *self)
{
  SewDecoderOptions options = self->options;

  if (self->decoding == SEW_DECODING_GREEDY
      || (self->decoding == SEW_DECODING_AUTO && self->options.language_model == NULL))
    options.beam_width = 0;
  sew_decoder_set_options (self->decoder, &options);
  self->options_changed = FALSE;
}

/**
 * sew_recognizer_set_decoding:
 * @self: a recognizer
 * @decoding: how to find words; [enum@Sew.Decoding.AUTO] at first
 *
 * Chooses between speed and a search that can use a language model. Takes effect with the next
 * clip: at once before the first sample, or after [method@Sew.Recognizer.drain] or
 * [method@Sew.Recognizer.reset].
 */
void
sew_recognizer_set_decoding (SewRecognizer *self, SewDecoding decoding)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  self->decoding = decoding;
  self->options_changed = TRUE;
}

/**
 * sew_recognizer_get_decoding:
 * @self: a recognizer
 *
 * Tells how words are found.
 *
 * Returns: how words are found
 */
SewDecoding
sew_recognizer_get_decoding (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), SEW_DECODING_AUTO);

  return self->decoding;
}

/**
 * sew_recognizer_set_beam_width:
 * @self: a recognizer
 * @n_texts: how many texts a beam holds, at least 1; 100 at first
 *
 * Chooses between speed and thoroughness of a beam search. Takes effect with the next clip, as
 * [method@Sew.Recognizer.set_decoding] does.
 */
void
sew_recognizer_set_beam_width (SewRecognizer *self, guint n_texts)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (n_texts >= 1);

  self->options.beam_width = n_texts;
  self->options_changed = TRUE;
}

/**
 * sew_recognizer_get_beam_width:
 * @self: a recognizer
 *
 * Tells how wide a beam is.
 *
 * Returns: a number of texts
 */
guint
sew_recognizer_get_beam_width (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0);

  return self->options.beam_width;
}

/**
 * sew_recognizer_set_beam_threshold:
 * @self: a recognizer
 * @threshold: how much worse than the best text one may be to stay in the beam, a natural logarithm
 *   above 0; 12 at first
 *
 * Chooses between speed and thoroughness of a beam search. Takes effect with the next clip, as
 * [method@Sew.Recognizer.set_decoding] does.
 */
void
sew_recognizer_set_beam_threshold (SewRecognizer *self, float threshold)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (threshold > 0.0f);

  self->options.beam_threshold = threshold;
  self->options_changed = TRUE;
}

/**
 * sew_recognizer_get_beam_threshold:
 * @self: a recognizer
 *
 * Tells how bad a text of the beam may be.
 *
 * Returns: a natural logarithm
 */
float
sew_recognizer_get_beam_threshold (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0.0f);

  return self->options.beam_threshold;
}

/**
 * sew_recognizer_set_token_threshold:
 * @self: a recognizer
 * @threshold: the natural logarithm of a probability, at most 0; -5 at first
 *
 * Letters that are less probable than this in a frame are not tried in a beam search. Takes effect
 * with the next clip, as [method@Sew.Recognizer.set_decoding] does.
 */
void
sew_recognizer_set_token_threshold (SewRecognizer *self, float threshold)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (threshold <= 0.0f);

  self->options.token_threshold = threshold;
  self->options_changed = TRUE;
}

/**
 * sew_recognizer_get_token_threshold:
 * @self: a recognizer
 *
 * Tells how improbable a letter may be to be tried.
 *
 * Returns: the natural logarithm of a probability
 */
float
sew_recognizer_get_token_threshold (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0.0f);

  return self->options.token_threshold;
}

/**
 * sew_recognizer_set_language_model:
 * @self: a recognizer
 * @language_model: (nullable): how likely words are, or %NULL, as at first, to go by the sound
 * alone
 *
 * Gives a beam search a language model, with the weight and the score for each word that it comes
 * with. A checkpoint may bring its own: [method@Sew.Model.dup_language_model_location]. Takes
 * effect with the next clip, as [method@Sew.Recognizer.set_decoding] does.
 */
void
sew_recognizer_set_language_model (SewRecognizer *self, SewLanguageModel *language_model)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (language_model == NULL || SEW_IS_LANGUAGE_MODEL (language_model));

  g_set_object (&self->options.language_model, language_model);
  if (language_model != NULL) {
    self->options.lm_weight = language_model->weight;
    self->options.word_score = language_model->word_score;
  }
  self->options_changed = TRUE;
  sew_recognizer_choose_spellings (self);
}

/**
 * sew_recognizer_get_language_model:
 * @self: a recognizer
 *
 * Tells which language model a beam search uses.
 *
 * Returns: (transfer none) (nullable): the language model, or %NULL
 */
SewLanguageModel *
sew_recognizer_get_language_model (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), NULL);

  return self->options.language_model;
}

/**
 * sew_recognizer_set_lm_weight:
 * @self: a recognizer
 * @weight: the factor of the language model's logarithmic probabilities, finite and at least 0;
 * what [method@Sew.LanguageModel.get_weight] says at first
 *
 * Chooses between what is likely to be said and what is heard. Takes effect with the next clip, as
 * [method@Sew.Recognizer.set_decoding] does.
 */
void
sew_recognizer_set_lm_weight (SewRecognizer *self, float weight)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (isfinite (weight) && weight >= 0.0f);

  self->options.lm_weight = weight;
  self->options_changed = TRUE;
}

/**
 * sew_recognizer_get_lm_weight:
 * @self: a recognizer
 *
 * Tells how much the language model counts.
 *
 * Returns: a factor; 0 as long as there is no language model
 */
float
sew_recognizer_get_lm_weight (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0.0f);

  return self->options.lm_weight;
}

/**
 * sew_recognizer_set_word_score:
 * @self: a recognizer
 * @score: a natural logarithm, finite; what [method@Sew.LanguageModel.get_word_score] says at first
 *
 * Sets what is added to a text for each of its words, with a language model: higher for more and
 * shorter words. Takes effect with the next clip, as [method@Sew.Recognizer.set_decoding] does.
 */
void
sew_recognizer_set_word_score (SewRecognizer *self, float score)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (isfinite (score));

  self->options.word_score = score;
  self->options_changed = TRUE;
}

/**
 * sew_recognizer_get_word_score:
 * @self: a recognizer
 *
 * Tells what is added for each word.
 *
 * Returns: a natural logarithm; 0 as long as there is no language model
 */
float
sew_recognizer_get_word_score (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0.0f);

  return self->options.word_score;
}

/**
 * sew_recognizer_set_n_best:
 * @self: a recognizer
 * @n_best: how many readings to list; 0, as at first, for none
 *
 * Lists the best readings of what was said between two pauses, on the segment that ends there
 * ([method@Sew.Segment.get_alternative]). It takes a beam search. Words then come no earlier than
 * the pause, as until then the readings are compared. Takes effect with the next clip, as
 * [method@Sew.Recognizer.set_decoding] does.
 */
void
sew_recognizer_set_n_best (SewRecognizer *self, guint n_best)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  self->options.n_best = n_best;
  self->options_changed = TRUE;
}

/**
 * sew_recognizer_get_n_best:
 * @self: a recognizer
 *
 * Tells how many readings are listed.
 *
 * Returns: how many readings are listed
 */
guint
sew_recognizer_get_n_best (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), 0);

  return self->options.n_best;
}

/**
 * sew_recognizer_set_hot_words:
 * @self: a recognizer
 * @phrases: (nullable): words and phrases that are expected, or %NULL for none, as at first
 *
 * Makes a recognizer listen for words that it would otherwise rarely find, such as names. With
 * greedy decoding a small beam is used for them. The list is copied; how long it is makes no
 * difference to the speed.
 *
 * Takes effect with the next letter that is decoded, so it may be changed while the recognizer
 * runs.
 */
void
sew_recognizer_set_hot_words (SewRecognizer *self, const SewPhraseList *phrases)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  const SewVocabulary *vocabulary = sew_model_get_vocabulary (self->model);
  guint n_phrases = phrases != NULL ? sew_phrase_list_get_n_phrases (phrases) : 0;
  g_autofree const char **texts = g_new (const char *, n_phrases);
  g_autofree float *weights = g_new (float, n_phrases);

  for (guint i = 0; i < n_phrases; i++) {
    texts[i] = sew_phrase_list_get_phrase (phrases, i);
    weights[i] = sew_phrase_list_get_weight (phrases, i);
  }
  sew_recognizer_finish_windows (self);
  sew_decoder_set_hot_words (
      self->decoder, n_phrases > 0 ? sew_hot_words_new (texts, weights, n_phrases,
                                                        sew_vocabulary_has_delimiter (vocabulary))
                                   : NULL);
}
