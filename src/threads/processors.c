/* SPDX-License-Identifier: MIT */
#include "threads/processors.h"

#include <sched.h>
#include <string.h>

static gboolean
read_number (const char *folder, const char *file, double *number)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *text = NULL;
  char *end;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  *number = g_ascii_strtod (text, &end);
  return end != text;
}

/* cpu.max: "QUOTA PERIOD" in microseconds, or "max PERIOD". */
static double
read_unified (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "cpu.max", NULL);
  g_autofree char *text = NULL;
  char *end;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  double quota = g_ascii_strtod (text, &end);
  double period = g_ascii_strtod (end, NULL);
  return end != text && period > 0 ? quota / period : 0;
}

/* The first version keeps them in two files; a quota of -1 is none. */
static double
read_legacy (const char *folder)
{
  double quota, period;

  if (!read_number (folder, "cpu.cfs_quota_us", &quota)
      || !read_number (folder, "cpu.cfs_period_us", &period) || period <= 0)
    return 0;
  return quota / period;
}

/* The least of a group and those around it. In a container the path may be one of the host, of
 * which only the end or nothing is there. */
static guint
read_groups (const char *root, const char *group, double (*read) (const char *folder))
{
  g_autofree char *path = g_strdup (group);
  guint limit = G_MAXUINT;

  while (TRUE) {
    g_autofree char *folder = g_build_filename (root, path, NULL);
    double n = read (folder);
    if (n > 0 && n < G_MAXUINT)
      limit = MIN (limit, (guint) n + (n > (guint) n));
    char *slash = strrchr (path, '/');
    if (slash == NULL)
      return limit;
    *slash = '\0';
  }
}

/* A line is "ID:CONTROLLERS:PATH"; the second version has no controllers there. */
guint
sew_processors_read_limit (const char *cgroups, const char *root)
{
  g_auto (GStrv) lines = g_strsplit (cgroups, "\n", -1);
  guint limit = G_MAXUINT;

  for (char **line = lines; *line != NULL; line++) {
    g_auto (GStrv) fields = g_strsplit (*line, ":", 3);
    if (g_strv_length (fields) < 3)
      continue;
    g_auto (GStrv) controllers = g_strsplit (fields[1], ",", -1);
    if (fields[1][0] == '\0') {
      limit = MIN (limit, read_groups (root, fields[2], read_unified));
    } else if (g_strv_contains ((const char *const *) controllers, "cpu")) {
      g_autofree char *legacy_root = g_build_filename (root, "cpu", NULL);
      limit = MIN (limit, read_groups (legacy_root, fields[2], read_legacy));
    }
  }
  return limit;
}

static guint
count (void)
{
  g_autofree char *cgroups = NULL;
  cpu_set_t allowed;
  guint n = g_get_num_processors ();

  if (sched_getaffinity (0, sizeof allowed, &allowed) == 0)
    n = (guint) CPU_COUNT (&allowed);
  if (g_file_get_contents ("/proc/self/cgroup", &cgroups, NULL, NULL))
    n = MIN (n, sew_processors_read_limit (cgroups, "/sys/fs/cgroup"));
  return MAX (n, 1);
}

guint
sew_processors_count (void)
{
  static gsize counted;

  if (g_once_init_enter (&counted))
    g_once_init_leave (&counted, count ());
  return (guint) counted;
}
