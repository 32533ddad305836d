/* SPDX-License-Identifier: MIT */
#include "encoder/arena.h"

#define ALIGNMENT 64
#define ALIGNMENT_FLOATS (ALIGNMENT / sizeof (float))

typedef struct {
  float *data;
  gsize start; /* the mark at which this piece begins */
  gsize size;
} Piece;

struct _SewArena {
  GArray *pieces; /* in rising order; all but the last are full */
  gsize used;
  gsize peak;
};

SewArena *
sew_arena_new (void)
{
  SewArena *arena = g_new0 (SewArena, 1);
  arena->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  return arena;
}

static void
free_pieces (SewArena *arena)
{
  for (guint i = 0; i < arena->pieces->len; i++)
    g_aligned_free (g_array_index (arena->pieces, Piece, i).data);
  g_array_set_size (arena->pieces, 0);
}

void
sew_arena_free (SewArena *arena)
{
  if (arena == NULL)
    return;
  free_pieces (arena);
  g_array_unref (arena->pieces);
  g_free (arena);
}

static Piece *
add_piece (SewArena *arena, gsize start, gsize size)
{
  Piece piece = { .start = start, .size = size };
  piece.data = g_aligned_alloc (size, sizeof (float), ALIGNMENT);
  g_array_append_val (arena->pieces, piece);
  return &g_array_index (arena->pieces, Piece, arena->pieces->len - 1);
}

void
sew_arena_reset (SewArena *arena)
{
  arena->used = 0;
  if (arena->pieces->len > 1) {
    free_pieces (arena);
    add_piece (arena, 0, arena->peak);
  }
}

/* The piece that holds [mark, mark + n), or NULL. Marks rise from piece to piece, and a piece that
 * was too short for a request was left behind with its end unused. */
static Piece *
find_piece (SewArena *arena, gsize n)
{
  for (guint i = 0; i < arena->pieces->len; i++) {
    Piece *piece = &g_array_index (arena->pieces, Piece, i);
    gsize first = MAX (arena->used, piece->start);
    if (first + n <= piece->start + piece->size) {
      arena->used = first;
      return piece;
    }
  }
  return NULL;
}

float *
sew_arena_take (SewArena *arena, gsize n)
{
  n = (n + ALIGNMENT_FLOATS - 1) / ALIGNMENT_FLOATS * ALIGNMENT_FLOATS;
  n = MAX (n, ALIGNMENT_FLOATS);
  Piece *piece = find_piece (arena, n);
  if (piece == NULL) {
    gsize end = 0;
    if (arena->pieces->len > 0) {
      Piece *last = &g_array_index (arena->pieces, Piece, arena->pieces->len - 1);
      end = last->start + last->size;
    }
    piece = add_piece (arena, end, n);
    arena->used = end;
  }
  float *data = piece->data + (arena->used - piece->start);
  arena->used += n;
  arena->peak = MAX (arena->peak, arena->used);
  return data;
}

SewMatrix
sew_arena_take_matrix (SewArena *arena, gsize n_rows, gsize n_columns)
{
  return sew_matrix (sew_arena_take (arena, n_rows * n_columns), n_rows, n_columns);
}

SewMatrix
sew_arena_take_spread (SewArena *arena, gsize n_rows, gsize n_columns)
{
  gsize n_lines = (n_columns + ALIGNMENT_FLOATS - 1) / ALIGNMENT_FLOATS | 1;
  gsize stride = n_lines * ALIGNMENT_FLOATS;
  float *data = sew_arena_take (arena, n_rows * stride + ALIGNMENT_FLOATS);
  return (SewMatrix){ data, n_rows, n_columns, stride };
}

gsize
sew_arena_mark (const SewArena *arena)
{
  return arena->used;
}

void
sew_arena_release (SewArena *arena, gsize mark)
{
  arena->used = mark;
}
