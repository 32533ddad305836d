/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* How many threads can run at the same time: the processors that this process may use, and no more
 * than its control group pays for. At least 1; looked up once. */
guint sew_processors_count (void);

/* The limit of the control group that cgroups (the text of /proc/self/cgroup) names, whose files
 * are below root (/sys/fs/cgroup), or of any group around it: processors, rounded up. G_MAXUINT
 * where there is none. */
guint sew_processors_read_limit (const char *cgroups, const char *root);
