/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A word that was said. */
typedef struct {
  guint word; /* of a script */
  guint64 first_frame;
  guint64 n_frames;
  float confidence; /* geometric mean of its letters' highest posteriors, in [0, 1] */
} SewAlignedWord;

/* What the ways of a search have said so far, as a tree that shares their beginnings: a trail is a
 * word and the trail before it. Trail 0, the root, is what all agree on. */
typedef struct {
  guint parent;
  guint oldest; /* the first trail after the root on the way here; found by marking */
  guint n_children;
  guint last_child;
  gboolean marked;
  gboolean held;
  SewAlignedWord said;
} SewTrail;

typedef struct {
  GArray *trails; /* SewTrail; parents come before children */
  GArray *names;  /* guint: what the trails of before the last commit are called now */
} SewWordTrails;

void sew_word_trails_init (SewWordTrails *trails);
void sew_word_trails_clear (SewWordTrails *trails);
/* Only the root is left. */
void sew_word_trails_reset (SewWordTrails *trails);

guint sew_word_trails_add (SewWordTrails *trails, guint parent, const SewAlignedWord *said);
const SewTrail *sew_word_trails_get (const SewWordTrails *trails, guint trail);

/* Which trails are still in use: begin, hold each of those that a way ends in, end. */
void sew_word_trails_begin_marking (SewWordTrails *trails);
void sew_word_trails_hold (SewWordTrails *trails, guint trail);
void sew_word_trails_end_marking (SewWordTrails *trails);
/* After marking: appends to words what all that is held agrees on, moves the root there and drops
 * what is not held. A trail that was held has another number then. */
void sew_word_trails_commit (SewWordTrails *trails, GArray *words);
guint sew_word_trails_rename (const SewWordTrails *trails, guint trail);
