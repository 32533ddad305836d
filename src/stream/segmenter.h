/* SPDX-License-Identifier: MIT */
#pragma once

#include "segment-private.h"
#include "sew/sew-recognizer.h"
#include "stream/text-caser.h"

/* Words to segments, by granularity. Words never overlap or go back: one that would is clamped to
 * the end of the one before, or to where all is said to be done. They are valid UTF-8 without
 * control characters: a newline in a segment's text ends a line of a cue. */
typedef struct _SewSegmenter SewSegmenter;

/* separator is borrowed; longest: samples after which an utterance is ended at the next
 * word, unless it is made into cues, which keep limits of their own. */
SewSegmenter *sew_segmenter_new (const char *separator, guint64 longest);
void sew_segmenter_free (SewSegmenter *segmenter);
void sew_segmenter_set_granularity (SewSegmenter *segmenter, SewGranularity granularity);
SewGranularity sew_segmenter_get_granularity (const SewSegmenter *segmenter);
void sew_segmenter_set_cue_limits (SewSegmenter *segmenter, const SewCueLimits *limits);
const SewCueLimits *sew_segmenter_get_cue_limits (const SewSegmenter *segmenter);
/* Whether cues are wanted soon. */
void sew_segmenter_set_live (SewSegmenter *segmenter, gboolean live);
/* Forgets words and segments; utterances count on. */
void sew_segmenter_reset (SewSegmenter *segmenter);

/* No word to come may begin before that sample of the stream. */
void sew_segmenter_advance (SewSegmenter *segmenter, guint64 sample);
/* word: (transfer full) */
void sew_segmenter_push (SewSegmenter *segmenter, SewWord *word);
/* The utterance ends, if one is under way; returns whether one was. */
gboolean sew_segmenter_end_utterance (SewSegmenter *segmenter, SewSegmentEnd end);

/* Right after an utterance ended: how it may be read, too; copied. */
void sew_segmenter_set_alternatives (SewSegmenter *segmenter, const SewTextCaser *caser,
                                     const SewAlternative *alternatives, guint n_alternatives);

/* (transfer full) the next finished segment, or NULL. */
SewSegment *sew_segmenter_pull (SewSegmenter *segmenter);
/* The words that are not yet in a segment: borrowed, of SewWord. */
const GPtrArray *sew_segmenter_get_words (const SewSegmenter *segmenter);
/* The number of the utterance that is under way, or of the next one. */
guint64 sew_segmenter_get_utterance (const SewSegmenter *segmenter);
/* Where the words that are not yet in a segment begin, or G_MAXUINT64 if there are none. */
guint64 sew_segmenter_get_pending (const SewSegmenter *segmenter);
