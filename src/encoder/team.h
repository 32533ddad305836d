/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/arena.h"
#include "threads/crew.h"

/* The threads that work on a window together, and the scratch memory of each. What a value of the
 * result is made of does not depend on how the work is cut, so it is the same with any number. */
typedef struct {
  SewCrew *crew;
  SewArena **arenas; /* [members]; that of the caller has what all of them read and write */
} SewTeam;

void sew_team_init (SewTeam *team, guint n_threads);
void sew_team_clear (SewTeam *team);

/* Nothing is taken of any arena any more; and the helpers come. */
void sew_team_begin (SewTeam *team);
void sew_team_end (SewTeam *team);

/* The caller's. */
static inline SewArena *
sew_team_get_arena (const SewTeam *team)
{
  return team->arenas[0];
}

/* arena: to take scratch from and give it back to. */
typedef void (*SewTeamWork) (gpointer data, SewArena *arena, gsize part);
void sew_team_run (const SewTeam *team, gsize n_parts, SewTeamWork work, gpointer data);

/* The same for rows: each part is some that follow each other. */
typedef void (*SewTeamRowsWork) (gpointer data, SewArena *arena, gsize first, gsize n_rows);
void sew_team_run_rows (const SewTeam *team, gsize n_rows, SewTeamRowsWork work, gpointer data);
