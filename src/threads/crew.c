/* SPDX-License-Identifier: MIT */
#include "threads/crew.h"

#include "threads/pool.h"

struct _SewCrew {
  int n_references; /* atomic: the owner's and those of helpers on their way */
  guint n_members;

  GMutex lock;
  GCond called; /* there are parts, or the crew is dismissed */
  GCond done;

  /* under the lock */
  gboolean gathered;
  guint n_helpers; /* here or on their way */
  guint64 present; /* bit by member */
  SewCrewWork work;
  gpointer data;
  gsize n_parts;
  gsize next_part;
  guint n_running;
};

SewCrew *
sew_crew_new (guint n_members)
{
  g_assert (n_members >= 1 && n_members <= SEW_CREW_LIMIT);

  SewCrew *crew = g_new0 (SewCrew, 1);
  crew->n_references = 1;
  crew->n_members = n_members;
  crew->present = 1;
  g_mutex_init (&crew->lock);
  g_cond_init (&crew->called);
  g_cond_init (&crew->done);
  if (n_members > 1)
    sew_pool_reserve (n_members - 1);
  return crew;
}

void
sew_crew_free (SewCrew *crew)
{
  if (crew == NULL || !g_atomic_int_dec_and_test (&crew->n_references))
    return;
  g_mutex_clear (&crew->lock);
  g_cond_clear (&crew->called);
  g_cond_clear (&crew->done);
  g_free (crew);
}

guint
sew_crew_get_size (const SewCrew *crew)
{
  return crew->n_members;
}

/* Under the lock, which is let go of meanwhile. */
static void
do_part (SewCrew *crew, guint member)
{
  gsize part = crew->next_part++;
  SewCrewWork work = crew->work;
  gpointer data = crew->data;

  crew->n_running++;
  g_mutex_unlock (&crew->lock);
  work (data, member, part);
  g_mutex_lock (&crew->lock);
  crew->n_running--;
  if (crew->n_running == 0 && crew->next_part == crew->n_parts)
    g_cond_signal (&crew->done);
}

static void
help (gpointer data)
{
  SewCrew *crew = data;

  g_mutex_lock (&crew->lock);
  guint member = (guint) __builtin_ctzll (~crew->present);
  crew->present |= G_GUINT64_CONSTANT (1) << member;
  while (crew->gathered) {
    if (crew->next_part < crew->n_parts)
      do_part (crew, member);
    else
      g_cond_wait (&crew->called, &crew->lock);
  }
  crew->present &= ~(G_GUINT64_CONSTANT (1) << member);
  crew->n_helpers--;
  g_mutex_unlock (&crew->lock);
  sew_crew_free (crew);
}

void
sew_crew_gather (SewCrew *crew)
{
  g_mutex_lock (&crew->lock);
  guint n_missing = crew->n_members - 1 - crew->n_helpers;
  crew->gathered = TRUE;
  crew->n_helpers += n_missing;
  g_mutex_unlock (&crew->lock);
  for (guint i = 0; i < n_missing; i++) {
    g_atomic_int_inc (&crew->n_references);
    sew_pool_push (help, crew, TRUE);
  }
}

void
sew_crew_dismiss (SewCrew *crew)
{
  g_mutex_lock (&crew->lock);
  crew->gathered = FALSE;
  g_cond_broadcast (&crew->called);
  g_mutex_unlock (&crew->lock);
}

void
sew_crew_run (SewCrew *crew, gsize n_parts, SewCrewWork work, gpointer data)
{
  if (crew->n_members == 1 || n_parts <= 1) {
    for (gsize part = 0; part < n_parts; part++)
      work (data, 0, part);
    return;
  }
  g_mutex_lock (&crew->lock);
  crew->work = work;
  crew->data = data;
  crew->n_parts = n_parts;
  crew->next_part = 0;
  g_cond_broadcast (&crew->called);
  while (crew->next_part < n_parts)
    do_part (crew, 0);
  while (crew->n_running > 0)
    g_cond_wait (&crew->done, &crew->lock);
  g_mutex_unlock (&crew->lock);
}
