/* SPDX-License-Identifier: MIT */
#include "decoder/word-trails.h"

static SewTrail *
get_trail (const SewWordTrails *trails, guint trail)
{
  return &g_array_index (trails->trails, SewTrail, trail);
}

void
sew_word_trails_init (SewWordTrails *trails)
{
  trails->trails = g_array_new (FALSE, FALSE, sizeof (SewTrail));
  trails->names = g_array_new (FALSE, FALSE, sizeof (guint));
  sew_word_trails_reset (trails);
}

void
sew_word_trails_clear (SewWordTrails *trails)
{
  g_array_unref (trails->trails);
  g_array_unref (trails->names);
}

void
sew_word_trails_reset (SewWordTrails *trails)
{
  const SewTrail root = { 0 };

  g_array_set_size (trails->trails, 0);
  g_array_append_val (trails->trails, root);
}

guint
sew_word_trails_add (SewWordTrails *trails, guint parent, const SewAlignedWord *said)
{
  const SewTrail trail = { .parent = parent, .said = *said };

  g_array_append_val (trails->trails, trail);
  return trails->trails->len - 1;
}

const SewTrail *
sew_word_trails_get (const SewWordTrails *trails, guint trail)
{
  return get_trail (trails, trail);
}

void
sew_word_trails_begin_marking (SewWordTrails *trails)
{
  for (guint i = 0; i < trails->trails->len; i++) {
    SewTrail *trail = get_trail (trails, i);
    trail->held = trail->marked = FALSE;
    trail->n_children = 0;
  }
}

void
sew_word_trails_hold (SewWordTrails *trails, guint trail)
{
  get_trail (trails, trail)->held = TRUE;
}

void
sew_word_trails_end_marking (SewWordTrails *trails)
{
  for (guint i = trails->trails->len - 1; i > 0; i--) {
    SewTrail *trail = get_trail (trails, i);
    if (!trail->held && trail->n_children == 0)
      continue;
    SewTrail *parent = get_trail (trails, trail->parent);
    trail->marked = TRUE;
    parent->n_children++;
    parent->last_child = i;
  }
  for (guint i = 1; i < trails->trails->len; i++) {
    SewTrail *trail = get_trail (trails, i);
    trail->oldest = trail->parent == 0 ? i : get_trail (trails, trail->parent)->oldest;
  }
}

void
sew_word_trails_commit (SewWordTrails *trails, GArray *words)
{
  guint root = 0;
  guint n_kept = 1;

  for (const SewTrail *trail = get_trail (trails, 0); !trail->held && trail->n_children == 1;
       trail = get_trail (trails, root)) {
    root = trail->last_child;
    g_array_append_val (words, get_trail (trails, root)->said);
  }
  g_array_set_size (trails->names, trails->trails->len);
  guint *names = (guint *) (gpointer) trails->names->data;
  names[root] = 0;
  for (guint i = root + 1; i < trails->trails->len; i++) {
    SewTrail trail = *get_trail (trails, i);
    if (!trail.marked)
      continue;
    trail.parent = names[trail.parent];
    names[i] = n_kept;
    *get_trail (trails, n_kept++) = trail;
  }
  g_array_set_size (trails->trails, n_kept);
}

guint
sew_word_trails_rename (const SewWordTrails *trails, guint trail)
{
  return g_array_index (trails->names, guint, trail);
}
