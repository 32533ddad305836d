/* SPDX-License-Identifier: MIT */
#include "encoder/team.h"

/* A multiple of the rows of a tile of any instruction set but one, where it does not matter much.
 * Fewer rows than that are not worth reading all the weights for. */
#define ROWS_UNIT 24
/* Parts for each member, so that one who was held up leaves some to the others. */
#define PARTS_A_MEMBER 2

void
sew_team_init (SewTeam *team, guint n_threads)
{
  guint n_members = CLAMP (n_threads, 1, SEW_CREW_LIMIT);

  team->crew = sew_crew_new (n_members);
  team->arenas = g_new (SewArena *, n_members);
  for (guint i = 0; i < n_members; i++)
    team->arenas[i] = sew_arena_new ();
}

void
sew_team_clear (SewTeam *team)
{
  for (guint i = 0; i < sew_crew_get_size (team->crew); i++)
    sew_arena_free (team->arenas[i]);
  g_clear_pointer (&team->arenas, g_free);
  g_clear_pointer (&team->crew, sew_crew_free);
}

void
sew_team_begin (SewTeam *team)
{
  guint n_members = sew_crew_get_size (team->crew);

  for (guint i = 0; i < n_members; i++)
    sew_arena_reset (team->arenas[i]);
  if (n_members > 1)
    sew_crew_gather (team->crew);
}

void
sew_team_end (SewTeam *team)
{
  if (sew_crew_get_size (team->crew) > 1)
    sew_crew_dismiss (team->crew);
}

typedef struct {
  const SewTeam *team;
  SewTeamWork work;
  SewTeamRowsWork rows_work;
  gpointer data;
  gsize n_rows;
  gsize n_rows_a_part;
} Call;

static void
do_part (gpointer data, guint member, gsize part)
{
  const Call *call = data;
  call->work (call->data, call->team->arenas[member], part);
}

static void
do_rows (gpointer data, guint member, gsize part)
{
  const Call *call = data;
  gsize first = part * call->n_rows_a_part;
  call->rows_work (call->data, call->team->arenas[member], first,
                   MIN (call->n_rows_a_part, call->n_rows - first));
}

void
sew_team_run (const SewTeam *team, gsize n_parts, SewTeamWork work, gpointer data)
{
  Call call = { .team = team, .work = work, .data = data };
  sew_crew_run (team->crew, n_parts, do_part, &call);
}

void
sew_team_run_rows (const SewTeam *team, gsize n_rows, SewTeamRowsWork work, gpointer data)
{
  guint n_members = sew_crew_get_size (team->crew);
  gsize n_wanted = n_members == 1 ? 1 : n_members * PARTS_A_MEMBER;
  gsize n_units = (n_rows + ROWS_UNIT - 1) / ROWS_UNIT;
  Call call = {
    .team = team,
    .rows_work = work,
    .data = data,
    .n_rows = n_rows,
    .n_rows_a_part = MAX ((n_units + n_wanted - 1) / n_wanted, 1) * ROWS_UNIT,
  };
  sew_crew_run (team->crew, (n_rows + call.n_rows_a_part - 1) / call.n_rows_a_part, do_rows, &call);
}
