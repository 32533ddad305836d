/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/vocabulary.h"

/* Joins the frames of overlapping windows without losing, doubling or cutting a word.
 *
 * Two windows see the same speech with other context, so a letter may move by a frame between them,
 * and a cut through a word would lose or double one. So a window is left in a gap between two
 * words, with enough audio after it to be sure, and the next window is entered near that place,
 * behind the letters that are most like those last taken. */

typedef struct {
  gsize right_context; /* frames at the end of a window that are not trusted yet */
  gsize search;        /* frames before those in which to leave the window; 0: leave it as late as
                          possible, and take nothing where there is no gap (live) */
  gsize longest_word;  /* frames after which a cut is made without a gap */
} SewStitching;

typedef struct {
  gsize from, to;         /* the frames of the window to decode next, maybe none */
  gboolean between_words; /* whether a word that is still open at `to` has ended there */
} SewCut;

typedef struct _SewStitcher SewStitcher;

/* vocabulary is borrowed. */
SewStitcher *sew_stitcher_new (const SewStitching *stitching, const SewVocabulary *vocabulary);
void sew_stitcher_free (SewStitcher *stitcher);
/* A new clip begins. */
void sew_stitcher_reset (SewStitcher *stitcher);

/* log_probs: [n_frames][vocabulary size] of a window whose first frame is frame first_frame of the
 * clip. last: the clip ends with it, so everything is taken. */
SewCut sew_stitcher_cut (SewStitcher *stitcher, const float *log_probs, guint64 first_frame,
                         gsize n_frames, gboolean last);

/* Nothing was said before that frame of the clip, so no window needs to be cut there. Does nothing
 * where later frames were taken. */
void sew_stitcher_skip (SewStitcher *stitcher, guint64 frame);

/* The frame of the clip up to which windows were taken. */
guint64 sew_stitcher_get_position (const SewStitcher *stitcher);
/* The frame of the clip before which no word to come begins: a little earlier, as the next window
 * may see one begin where the last one saw none, but not in the word taken last. */
guint64 sew_stitcher_get_certain (const SewStitcher *stitcher);
