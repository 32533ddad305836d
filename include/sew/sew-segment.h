/* SPDX-License-Identifier: MIT */
#pragma once

#include <sew/sew-word.h>

G_BEGIN_DECLS

#define SEW_TYPE_SEGMENT (sew_segment_get_type ())

typedef struct _SewSegment SewSegment;

/**
 * SewSegmentEnd:
 * @SEW_SEGMENT_END_NONE: the utterance goes on after this segment
 * @SEW_SEGMENT_END_PAUSE: the speaker paused after it
 * @SEW_SEGMENT_END_LIMIT: it had reached the greatest length of a segment
 * @SEW_SEGMENT_END_DRAIN: the audio ended or jumped after it
 * @SEW_SEGMENT_END_LINE: a line of the script ended with it
 *
 * Why a segment ended.
 */
typedef enum {
  SEW_SEGMENT_END_NONE,
  SEW_SEGMENT_END_PAUSE,
  SEW_SEGMENT_END_LIMIT,
  SEW_SEGMENT_END_DRAIN,
  SEW_SEGMENT_END_LINE,
} SewSegmentEnd;

SEW_API
const char *sew_segment_end_get_name (SewSegmentEnd end);

SEW_API
GType sew_segment_get_type (void);
SEW_API
SewSegment *sew_segment_new (guint64 utterance, SewWord *const *words, gsize n_words,
                             const char *separator, SewSegmentEnd end);
SEW_API
SewSegment *sew_segment_new_cue (guint64 utterance, SewWord *const *words, gsize n_words,
                                 const char *text, guint64 display_first_sample,
                                 guint64 display_n_samples, SewSegmentEnd end);
SEW_API
SewSegment *sew_segment_ref (SewSegment *self);
SEW_API
void sew_segment_unref (SewSegment *self);
SEW_API
guint64 sew_segment_get_utterance (const SewSegment *self);
SEW_API
SewSegmentEnd sew_segment_get_end (const SewSegment *self);
SEW_API
gboolean sew_segment_is_spoken (const SewSegment *self);
SEW_API
const char *sew_segment_get_text (const SewSegment *self);
SEW_API
gsize sew_segment_get_n_words (const SewSegment *self);
SEW_API
SewWord *sew_segment_get_word (const SewSegment *self, gsize index);
SEW_API
guint64 sew_segment_get_first_sample (const SewSegment *self);
SEW_API
guint64 sew_segment_get_n_samples (const SewSegment *self);
SEW_API
guint sew_segment_get_n_alternatives (const SewSegment *self);
SEW_API
const char *sew_segment_get_alternative (const SewSegment *self, guint index, double *score);
SEW_API
guint64 sew_segment_get_display_first_sample (const SewSegment *self);
SEW_API
guint64 sew_segment_get_display_n_samples (const SewSegment *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewSegment, sew_segment_unref)

G_END_DECLS
