/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>

#include "threads/crew.h"
#include "threads/pool.h"
#include "threads/processors.h"

/* --- processors --- */

static void
write_file (const char *root, const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (root, folder, NULL);
  g_autofree char *file = g_build_filename (path, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

static void
remove_tree (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static void
test_processors (void)
{
  g_autofree char *root = g_dir_make_tmp ("sew-cgroup-XXXXXX", NULL);

  write_file (root, "free", "cpu.max", "max 100000\n");
  write_file (root, "slice", "cpu.max", "250000 100000\n");
  write_file (root, "slice/inner", "cpu.max", "800000 100000\n");
  write_file (root, "slice/tight", "cpu.max", "50000 100000\n");
  write_file (root, "odd", "cpu.max", "many\n");
  write_file (root, "cpu/docker", "cpu.cfs_quota_us", "400000\n");
  write_file (root, "cpu/docker", "cpu.cfs_period_us", "100000\n");
  write_file (root, "cpu/unlimited", "cpu.cfs_quota_us", "-1\n");
  write_file (root, "cpu/unlimited", "cpu.cfs_period_us", "100000\n");

  g_assert_cmpuint (sew_processors_count (), >=, 1);
  g_assert_cmpuint (sew_processors_count (), <=, g_get_num_processors ());
#define CHECK(text, expected)                                                                      \
  g_assert_cmpuint (sew_processors_read_limit (text, root), ==, expected)
  CHECK ("", G_MAXUINT);
  CHECK ("nonsense", G_MAXUINT);
  CHECK ("0::/free\n", G_MAXUINT);
  CHECK ("0::/nowhere/at/all\n", G_MAXUINT);
  CHECK ("0::/odd\n", G_MAXUINT);
  CHECK ("0::/slice\n", 3);
  CHECK ("0::/slice/inner\n", 3);
  CHECK ("0::/slice/tight\n", 1);
  CHECK ("4:cpuset:/\n3:cpu,cpuacct:/docker\n0::/\n", 4);
  CHECK ("3:cpu,cpuacct:/docker/0123456789\n", 4);
  CHECK ("3:cpuacct,cpu:/unlimited\n", G_MAXUINT);
#undef CHECK
  remove_tree (root);
}

/* --- crews --- */

#define N_PARTS 100

typedef struct {
  guint n_members;
  int times[N_PARTS];
  int busy[SEW_CREW_LIMIT]; /* members at work */
  int n_sum;
} Work;

static void
do_part (gpointer data, guint member, gsize part)
{
  Work *work = data;

  g_assert_cmpuint (member, <, work->n_members);
  g_assert_cmpint (g_atomic_int_add (&work->busy[member], 1), ==, 0);
  g_atomic_int_inc (&work->times[part]);
  g_atomic_int_add (&work->n_sum, (int) part);
  g_atomic_int_add (&work->busy[member], -1);
}

static void
run_crew (guint n_members)
{
  g_autoptr (SewCrew) crew = sew_crew_new (n_members);

  for (guint round = 0; round < 20; round++) {
    sew_crew_gather (crew);
    for (gsize n_parts = 0; n_parts <= N_PARTS; n_parts += 5) {
      Work work = { .n_members = n_members };
      sew_crew_run (crew, n_parts, do_part, &work);
      for (gsize i = 0; i < N_PARTS; i++)
        g_assert_cmpint (work.times[i], ==, i < n_parts ? 1 : 0);
      g_assert_cmpint (work.n_sum, ==, (int) (n_parts * (MAX (n_parts, 1) - 1) / 2));
    }
    sew_crew_dismiss (crew);
  }
}

static void
test_crew (void)
{
  run_crew (1);
  run_crew (2);
  run_crew (5);
}

static gpointer
run_crew_in_thread (gpointer data)
{
  run_crew (4);
  return NULL;
}

static void
test_crews_share_the_pool (void)
{
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("crew", run_crew_in_thread, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* --- the pool --- */

typedef struct {
  GMutex lock;
  GCond changed;
  gboolean open;
  guint n_running;
  guint n_most;
  guint n_done;
} Gate;

static void
pass (gpointer data)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  gate->n_running++;
  gate->n_most = MAX (gate->n_most, gate->n_running);
  g_cond_broadcast (&gate->changed);
  while (!gate->open)
    g_cond_wait (&gate->changed, &gate->lock);
  gate->n_running--;
  gate->n_done++;
  g_cond_broadcast (&gate->changed);
  g_mutex_unlock (&gate->lock);
}

/* Where the pool is busy, the caller does all the work; and there are never more threads than one
 * of the users asked for. */
static void
test_busy_pool (void)
{
  enum { N_RESERVED = 6, N_TASKS = 20 };
  Gate gate = { 0 };

  g_mutex_init (&gate.lock);
  g_cond_init (&gate.changed);
  sew_pool_reserve (2);
  sew_pool_reserve (N_RESERVED);
  sew_pool_reserve (3);
  for (guint i = 0; i < N_TASKS; i++)
    sew_pool_push (pass, &gate, FALSE);
  g_mutex_lock (&gate.lock);
  while (gate.n_running < N_RESERVED)
    g_cond_wait (&gate.changed, &gate.lock);
  g_mutex_unlock (&gate.lock);

  run_crew (4);

  g_mutex_lock (&gate.lock);
  gate.open = TRUE;
  g_cond_broadcast (&gate.changed);
  while (gate.n_done < N_TASKS)
    g_cond_wait (&gate.changed, &gate.lock);
  g_mutex_unlock (&gate.lock);
  g_assert_cmpuint (gate.n_most, ==, N_RESERVED);
  g_mutex_clear (&gate.lock);
  g_cond_clear (&gate.changed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/threads/processors", test_processors);
  g_test_add_func ("/threads/crew", test_crew);
  g_test_add_func ("/threads/crews-share-the-pool", test_crews_share_the_pool);
  g_test_add_func ("/threads/busy-pool", test_busy_pool);
  return g_test_run ();
}
