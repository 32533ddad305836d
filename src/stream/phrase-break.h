/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* How much it disturbs a reader if a line or a cue ends between two words: 0 between sentences,
 * about 1 in the middle of a phrase, up to 4 between a word such as "the" and what it belongs to;
 * less where the speaker paused. Function words are known of English; in other languages the marks
 * of punctuation and the pauses decide. */
float sew_phrase_break_cost (const char *before, const char *after, guint64 pause_samples);
