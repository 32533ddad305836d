/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/matrix.h"

/* Scratch memory of one thread, taken and given back like a stack. It grows where it must and is
 * one piece again from the next sew_arena_reset () on, so that windows of a length seen before
 * allocate nothing. */
typedef struct _SewArena SewArena;

SewArena *sew_arena_new (void);
void sew_arena_free (SewArena *arena);

/* Nothing is taken any more. */
void sew_arena_reset (SewArena *arena);

/* n floats, aligned for any vector, not initialised. */
float *sew_arena_take (SewArena *arena, gsize n);
/* [n_rows][n_columns] without gaps. */
SewMatrix sew_arena_take_matrix (SewArena *arena, gsize n_rows, gsize n_columns);
/* The same, an odd number of cache lines apart and with one behind the last: what is at the same
 * place of each row is then all over the cache. */
SewMatrix sew_arena_take_spread (SewArena *arena, gsize n_rows, gsize n_columns);

/* What has been taken so far; and back to there. */
gsize sew_arena_mark (const SewArena *arena);
void sew_arena_release (SewArena *arena, gsize mark);
