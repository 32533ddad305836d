/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <sew/sew.h>

#include "stream-timeline.h"

G_BEGIN_DECLS

/* The words behind a buffer, as a GstCustomMeta of this name. What its structure holds is written
 * down in docs/elements.md. */
#define SEW_TRANSCRIPT_META "SewTranscriptMeta"

/* The names of the element messages with the same content: of words that are final, and that are
 * not. */
#define SEW_TRANSCRIPT_MESSAGE "sew-transcript"
#define SEW_PARTIAL_TRANSCRIPT_MESSAGE "sew-partial-transcript"

/* Registers the meta; may be called again. */
void sew_transcript_meta_register (void);

/* What meta and messages share. Times are PTS on the timeline, which lies in the segment. final:
 * the words will not change. Returns: (transfer full) */
GstStructure *sew_transcript_meta_describe (const SewSegment *words,
                                            const SewStreamTimeline *timeline,
                                            const GstSegment *segment, gboolean final);

/* Whether there is something to tell, words or readings. Otherwise, only an utterance has ended. */
gboolean sew_transcript_meta_has_content (const SewSegment *segment);

/* When the segment's text should be shown; GST_CLOCK_TIME_NONE if it has no words. */
void sew_transcript_meta_get_display (const SewSegment *segment, const SewStreamTimeline *timeline,
                                      GstClockTime *pts, GstClockTime *duration);

/* Puts a copy of the description's fields on a writable buffer. */
void sew_transcript_meta_add (GstBuffer *buffer, const GstStructure *description);

/* Puts words alone (structures of a description; transfer full) on a writable buffer. */
void sew_transcript_meta_add_words (GstBuffer *buffer, GPtrArray *words);

/* Posts a message of that name. pts, duration: where the text lies in the segment. now: running
 * time. */
void sew_transcript_meta_post (GstElement *element, const char *name,
                               const GstStructure *description, const GstSegment *segment,
                               GstClockTime pts, GstClockTime duration, GstClockTime now);

/* Posts the message about words that are not final. words: NULL for none any more. Returns:
 * (transfer full): the description. */
GstStructure *sew_transcript_meta_post_partial (GstElement *element, const SewSegment *words,
                                                const SewStreamTimeline *timeline,
                                                const GstSegment *segment);

G_END_DECLS
