/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Words that are recognized and on no buffer yet, in order. Any thread. */
typedef struct _SewPendingWords SewPendingWords;

SewPendingWords *sew_pending_words_new (void);
void sew_pending_words_free (SewPendingWords *self);
void sew_pending_words_clear (SewPendingWords *self);

/* Adds the words of a transcript (as sew_transcript_meta_describe makes it). One without words
 * tells the last one that its utterance has ended. */
void sew_pending_words_add (SewPendingWords *self, const GstStructure *transcript);

/* What is not final of the words to come, instead of what that was before. */
void sew_pending_words_set_partial (SewPendingWords *self, const GstStructure *transcript);

/* Puts on a buffer the words that begin before end (running time), or all of them if that is
 * GST_CLOCK_TIME_NONE; then those that are not final too, once. buffer, result: (transfer full) */
GstBuffer *sew_pending_words_put (SewPendingWords *self, GstBuffer *buffer, GstClockTime end);

G_END_DECLS
