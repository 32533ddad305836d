/* SPDX-License-Identifier: MIT */
#include "threads/pool.h"

typedef struct {
  void (*work) (gpointer data);
  gpointer data;
} Task;

static GMutex pool_lock;
static GThreadPool *pool;           /* lives as long as the process */
static GQueue tasks = G_QUEUE_INIT; /* under the lock */

/* As often as there are tasks; takes the first of those that are left. */
static void
run (gpointer data, gpointer user_data)
{
  g_mutex_lock (&pool_lock);
  g_autofree Task *task = g_queue_pop_head (&tasks);
  g_mutex_unlock (&pool_lock);
  task->work (task->data);
}

void
sew_pool_reserve (guint n_threads)
{
  g_mutex_lock (&pool_lock);
  if (pool == NULL)
    pool = g_thread_pool_new (run, NULL, (gint) n_threads, FALSE, NULL);
  else if ((guint) g_thread_pool_get_max_threads (pool) < n_threads)
    g_thread_pool_set_max_threads (pool, (gint) n_threads, NULL);
  g_mutex_unlock (&pool_lock);
}

/* A pool that shares its threads takes everything: where no thread can be made it waits for one
 * that there is. */
void
sew_pool_push (void (*work) (gpointer data), gpointer data, gboolean urgent)
{
  Task *task = g_new (Task, 1);

  *task = (Task){ work, data };
  g_mutex_lock (&pool_lock);
  if (urgent)
    g_queue_push_head (&tasks, task);
  else
    g_queue_push_tail (&tasks, task);
  g_thread_pool_push (pool, &tasks, NULL);
  g_mutex_unlock (&pool_lock);
}
