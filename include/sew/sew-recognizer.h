/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include <sew/sew-cue-limits.h>
#include <sew/sew-language-model.h>
#include <sew/sew-model.h>
#include <sew/sew-phrase-list.h>
#include <sew/sew-script.h>
#include <sew/sew-segment.h>
#include <sew/sew-text-case.h>

G_BEGIN_DECLS

#define SEW_TYPE_RECOGNIZER (sew_recognizer_get_type ())

SEW_API
G_DECLARE_FINAL_TYPE (SewRecognizer, sew_recognizer, SEW, RECOGNIZER, GObject)

/**
 * SewGranularity:
 * @SEW_GRANULARITY_WORD: one word a segment, as soon as it is certain
 * @SEW_GRANULARITY_UTTERANCE: the words up to a pause
 * @SEW_GRANULARITY_CUE: lines of text laid out for the screen, with the time to show them, within
 *   limits ([method@Sew.Recognizer.set_cue_limits])
 *
 * What a recognizer makes one segment of.
 */
typedef enum {
  SEW_GRANULARITY_WORD,
  SEW_GRANULARITY_UTTERANCE,
  SEW_GRANULARITY_CUE,
} SewGranularity;

/**
 * SewDecoding:
 * @SEW_DECODING_AUTO: by a beam if there is a language model, else greedily
 * @SEW_DECODING_GREEDY: the most probable letter of each frame, without a language model
 * @SEW_DECODING_BEAM: the best of many texts, weighed by a language model if there is one
 *
 * How a recognizer gets from the probabilities of letters to words.
 */
typedef enum {
  SEW_DECODING_AUTO,
  SEW_DECODING_GREEDY,
  SEW_DECODING_BEAM,
} SewDecoding;

SEW_API
SewRecognizer *sew_recognizer_new (SewModel *model);

SEW_API
SewModel *sew_recognizer_get_model (SewRecognizer *self);
SEW_API
void sew_recognizer_set_granularity (SewRecognizer *self, SewGranularity granularity);
SEW_API
SewGranularity sew_recognizer_get_granularity (SewRecognizer *self);
SEW_API
void sew_recognizer_set_cue_limits (SewRecognizer *self, const SewCueLimits *limits);
SEW_API
const SewCueLimits *sew_recognizer_get_cue_limits (SewRecognizer *self);
SEW_API
void sew_recognizer_set_text_case (SewRecognizer *self, SewTextCase text_case);
SEW_API
SewTextCase sew_recognizer_get_text_case (SewRecognizer *self);
SEW_API
void sew_recognizer_set_min_confidence (SewRecognizer *self, float confidence);
SEW_API
float sew_recognizer_get_min_confidence (SewRecognizer *self);
SEW_API
void sew_recognizer_set_latency (SewRecognizer *self, guint64 n_samples);
SEW_API
guint64 sew_recognizer_get_latency (SewRecognizer *self);
SEW_API
guint64 sew_recognizer_get_delay (SewRecognizer *self);
SEW_API
void sew_recognizer_set_pace (SewRecognizer *self, guint64 n_samples);
SEW_API
void sew_recognizer_set_n_threads (SewRecognizer *self, guint n_threads);
SEW_API
guint sew_recognizer_get_n_threads (SewRecognizer *self);

SEW_API
void sew_recognizer_set_decoding (SewRecognizer *self, SewDecoding decoding);
SEW_API
SewDecoding sew_recognizer_get_decoding (SewRecognizer *self);
SEW_API
void sew_recognizer_set_beam_width (SewRecognizer *self, guint n_texts);
SEW_API
guint sew_recognizer_get_beam_width (SewRecognizer *self);
SEW_API
void sew_recognizer_set_beam_threshold (SewRecognizer *self, float threshold);
SEW_API
float sew_recognizer_get_beam_threshold (SewRecognizer *self);
SEW_API
void sew_recognizer_set_token_threshold (SewRecognizer *self, float threshold);
SEW_API
float sew_recognizer_get_token_threshold (SewRecognizer *self);
SEW_API
void sew_recognizer_set_language_model (SewRecognizer *self, SewLanguageModel *language_model);
SEW_API
SewLanguageModel *sew_recognizer_get_language_model (SewRecognizer *self);
SEW_API
void sew_recognizer_set_lm_weight (SewRecognizer *self, float weight);
SEW_API
float sew_recognizer_get_lm_weight (SewRecognizer *self);
SEW_API
void sew_recognizer_set_word_score (SewRecognizer *self, float score);
SEW_API
float sew_recognizer_get_word_score (SewRecognizer *self);
SEW_API
void sew_recognizer_set_n_best (SewRecognizer *self, guint n_best);
SEW_API
guint sew_recognizer_get_n_best (SewRecognizer *self);
SEW_API
void sew_recognizer_set_hot_words (SewRecognizer *self, const SewPhraseList *phrases);
SEW_API
void sew_recognizer_set_script (SewRecognizer *self, SewScript *script);
SEW_API
SewScript *sew_recognizer_get_script (SewRecognizer *self);
SEW_API
void sew_recognizer_end_script (SewRecognizer *self);

SEW_API
gboolean sew_recognizer_push (SewRecognizer *self, const float *samples, gsize n_samples,
                              GCancellable *cancellable, GError **error);
SEW_API
gboolean sew_recognizer_drain (SewRecognizer *self, GCancellable *cancellable, GError **error);
SEW_API
SewSegment *sew_recognizer_pull (SewRecognizer *self);
SEW_API
SewSegment *sew_recognizer_read_ahead (SewRecognizer *self);
SEW_API
void sew_recognizer_reset (SewRecognizer *self);
SEW_API
guint64 sew_recognizer_get_position (SewRecognizer *self);

G_END_DECLS
