/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The thread that calls, and helpers out of the pool that it shares its work with. The work is cut
 * into parts that any member may take, so that it gets done with however many helpers come: none,
 * where the pool is busy. */
typedef struct _SewCrew SewCrew;

/* More members than that have nothing to do in a window. */
#define SEW_CREW_LIMIT 64

/* n_members: with the caller; from 1 to SEW_CREW_LIMIT. */
SewCrew *sew_crew_new (guint n_members);
/* Not while it is gathered. */
void sew_crew_free (SewCrew *crew);
guint sew_crew_get_size (const SewCrew *crew);

/* Calls the helpers, who then wait for work until they are dismissed. */
void sew_crew_gather (SewCrew *crew);
void sew_crew_dismiss (SewCrew *crew);

/* member: who does it, less than the size; no two at the same time have the same. The caller is
 * 0. */
typedef void (*SewCrewWork) (gpointer data, guint member, gsize part);
/* Does parts 0 ... n_parts - 1, in any order, and returns when all are done. */
void sew_crew_run (SewCrew *crew, gsize n_parts, SewCrewWork work, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewCrew, sew_crew_free)
