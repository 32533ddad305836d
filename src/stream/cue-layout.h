/* SPDX-License-Identifier: MIT */
#pragma once

#include "sew/sew-cue-limits.h"
#include "sew/sew-segment.h"

/* Words to cues that people can read, as they come. Where the cues of an utterance begin is chosen
 * by dynamic programming: the cost of a cue is that of its lines (line-layout.h), of ending where
 * it does (phrase-break.h), of pauses and of too few words in it, of appearing late and of too
 * little time to read (cue-timing.h).
 *
 * A cue is finished at a pause, or else once the words from its beginning on would fill two cues of
 * the greatest size: so its words wait for no more than twice the longest duration. Live, where
 * there is no time for that, a cue is what was said in two seconds at most, and is shown once it
 * has been said, for as long as that took or it takes to read. What cues come out depends on the
 * words alone, not on when they are pushed. */
typedef struct _SewCueLayout SewCueLayout;

/* separator: what stands between two words of a line. cues: finished cues are appended to it, as
 * SewSegment. Both are borrowed. */
SewCueLayout *sew_cue_layout_new (const char *separator, GQueue *cues);
void sew_cue_layout_free (SewCueLayout *layout);
/* Takes effect with the next cue. */
void sew_cue_layout_set_limits (SewCueLayout *layout, const SewCueLimits *limits);
const SewCueLimits *sew_cue_layout_get_limits (const SewCueLayout *layout);
/* FALSE at first. Takes effect with the next cue. */
void sew_cue_layout_set_live (SewCueLayout *layout, gboolean live);
/* Forgets all words; samples count from 0 again. */
void sew_cue_layout_reset (SewCueLayout *layout);

/* word: (transfer full): begins no earlier than the one before ends, lasts a sample at least, and
 * goes into one line. */
void sew_cue_layout_push (SewCueLayout *layout, guint64 utterance, SewWord *word);
/* What is held becomes cues; the last one ends its utterance like that. */
void sew_cue_layout_finish (SewCueLayout *layout, SewSegmentEnd end);
/* The words that are held: borrowed, of SewWord. */
const GPtrArray *sew_cue_layout_get_words (const SewCueLayout *layout);
/* Where the words that are held begin, or G_MAXUINT64 if there are none. */
guint64 sew_cue_layout_get_pending (const SewCueLayout *layout);
