/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The threads that everything in the process shares. There are as many as the largest number that
 * anybody asked for, however many ask; they come when there is work and go when there is none. */

/* From now on up to so many. */
void sew_pool_reserve (guint n_threads);

/* Runs work (data) in one of them; urgent work is begun before other work that waits. */
void sew_pool_push (void (*work) (gpointer data), gpointer data, gboolean urgent);
