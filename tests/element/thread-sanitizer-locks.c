/* SPDX-License-Identifier: MIT */

/* GLib's locks are futexes, which the thread sanitizer knows nothing about unless GLib is built
 * with it. Tests built with -Db_sanitize=thread link these instead: the same functions over POSIX
 * locks, which it does know. */
#include <errno.h>
#include <pthread.h>
#include <glib.h>

static gpointer
get_lock (gpointer *place, int type)
{
  pthread_mutex_t *lock = g_atomic_pointer_get (place);

  if (lock != NULL)
    return lock;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init (&attributes);
  pthread_mutexattr_settype (&attributes, type);
  lock = malloc (sizeof *lock);
  pthread_mutex_init (lock, &attributes);
  pthread_mutexattr_destroy (&attributes);
  if (!g_atomic_pointer_compare_and_exchange (place, NULL, lock)) {
    pthread_mutex_destroy (lock);
    free (lock);
  }
  return g_atomic_pointer_get (place);
}

static pthread_cond_t *
get_cond (GCond *cond)
{
  pthread_cond_t *real = g_atomic_pointer_get (&cond->p);

  if (real != NULL)
    return real;
  pthread_condattr_t attributes;
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  real = malloc (sizeof *real);
  pthread_cond_init (real, &attributes);
  pthread_condattr_destroy (&attributes);
  if (!g_atomic_pointer_compare_and_exchange (&cond->p, NULL, real)) {
    pthread_cond_destroy (real);
    free (real);
  }
  return g_atomic_pointer_get (&cond->p);
}

static void
clear_lock (gpointer *place)
{
  if (*place != NULL)
    pthread_mutex_destroy (*place);
  free (*place);
  *place = NULL;
}

void
g_mutex_init (GMutex *mutex)
{
  mutex->p = NULL;
}

void
g_mutex_clear (GMutex *mutex)
{
  clear_lock (&mutex->p);
}

void
g_mutex_lock (GMutex *mutex)
{
  pthread_mutex_lock (get_lock (&mutex->p, PTHREAD_MUTEX_NORMAL));
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  return pthread_mutex_trylock (get_lock (&mutex->p, PTHREAD_MUTEX_NORMAL)) == 0;
}

void
g_mutex_unlock (GMutex *mutex)
{
  pthread_mutex_unlock (get_lock (&mutex->p, PTHREAD_MUTEX_NORMAL));
}

void
g_rec_mutex_init (GRecMutex *mutex)
{
  mutex->p = NULL;
}

void
g_rec_mutex_clear (GRecMutex *mutex)
{
  clear_lock (&mutex->p);
}

void
g_rec_mutex_lock (GRecMutex *mutex)
{
  pthread_mutex_lock (get_lock (&mutex->p, PTHREAD_MUTEX_RECURSIVE));
}

gboolean
g_rec_mutex_trylock (GRecMutex *mutex)
{
  return pthread_mutex_trylock (get_lock (&mutex->p, PTHREAD_MUTEX_RECURSIVE)) == 0;
}

void
g_rec_mutex_unlock (GRecMutex *mutex)
{
  pthread_mutex_unlock (get_lock (&mutex->p, PTHREAD_MUTEX_RECURSIVE));
}

void
g_cond_init (GCond *cond)
{
  cond->p = NULL;
}

void
g_cond_clear (GCond *cond)
{
  if (cond->p != NULL)
    pthread_cond_destroy (cond->p);
  free (cond->p);
  cond->p = NULL;
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  pthread_cond_wait (get_cond (cond), get_lock (&mutex->p, PTHREAD_MUTEX_NORMAL));
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  struct timespec end = { end_time / G_USEC_PER_SEC, end_time % G_USEC_PER_SEC * 1000 };

  return pthread_cond_timedwait (get_cond (cond), get_lock (&mutex->p, PTHREAD_MUTEX_NORMAL), &end)
         != ETIMEDOUT;
}

void
g_cond_signal (GCond *cond)
{
  pthread_cond_signal (get_cond (cond));
}

void
g_cond_broadcast (GCond *cond)
{
  pthread_cond_broadcast (get_cond (cond));
}
