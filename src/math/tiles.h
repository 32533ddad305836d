/* SPDX-License-Identifier: MIT */
#pragma once

/* The instructions of AMX that gemm-tiles.c needs, or what they do in plain C: a test compiles it
 * with SEW_EMULATE_TILES for processors without. All tiles are of 16 rows of 16 words. */

#include <glib.h>
#include <string.h>

#ifndef SEW_EMULATE_TILES
#include <immintrin.h>

static inline void
configure_tiles (void)
{
  struct {
    guint8 palette;
    guint8 start_row;
    guint8 reserved[14];
    guint16 bytes_a_row[16];
    guint8 n_rows[16];
  } configuration = { .palette = 1 };
  G_STATIC_ASSERT (sizeof configuration == 64);
  for (guint i = 0; i < 8; i++) {
    configuration.bytes_a_row[i] = 64;
    configuration.n_rows[i] = 16;
  }
  _tile_loadconfig (&configuration);
}

#define TILE_CONFIGURE() configure_tiles ()
#define TILE_RELEASE() _tile_release ()
#define TILE_ZERO(tile) _tile_zero (tile)
#define TILE_LOAD(tile, from, stride) _tile_loadd (tile, from, stride)
#define TILE_STORE(tile, to, stride) _tile_stored (tile, to, stride)
#define TILE_ADD_BF16_DOTS(c, a, b) _tile_dpbf16ps (c, a, b)
#define TILE_ADD_BYTE_DOTS(c, a, b) _tile_dpbusd (c, a, b)

#else

static guint32 tiles[8][16][16];

static inline void
load_tile (guint tile, const void *from, gsize stride)
{
  for (gsize i = 0; i < 16; i++)
    memcpy (tiles[tile][i], (const guint8 *) from + i * stride, 64);
}

static inline void
store_tile (guint tile, void *to, gsize stride)
{
  for (gsize i = 0; i < 16; i++)
    memcpy ((guint8 *) to + i * stride, tiles[tile][i], 64);
}

static inline float
widen_half (guint32 word, gboolean high)
{
  guint32 bits = high ? word & 0xffff0000 : word << 16;
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline guint32
add_bf16_dot (guint32 sum, guint32 a, guint32 b)
{
  float value;
  memcpy (&value, &sum, sizeof value);
  value += widen_half (a, FALSE) * widen_half (b, FALSE);
  value += widen_half (a, TRUE) * widen_half (b, TRUE);
  memcpy (&sum, &value, sizeof sum);
  return sum;
}

static inline guint32
add_byte_dot (guint32 sum, guint32 a, guint32 b)
{
  for (guint shift = 0; shift < 32; shift += 8)
    sum += (guint32) ((gint32) (guint8) (a >> shift) * (gint8) (b >> shift));
  return sum;
}

static inline void
add_dots (guint c, guint a, guint b, guint32 (*add_dot) (guint32, guint32, guint32))
{
  for (gsize i = 0; i < 16; i++)
    for (gsize j = 0; j < 16; j++)
      for (gsize k = 0; k < 16; k++)
        tiles[c][i][j] = add_dot (tiles[c][i][j], tiles[a][i][k], tiles[b][k][j]);
}

#define TILE_CONFIGURE() memset (tiles, 0xff, sizeof tiles)
#define TILE_RELEASE() memset (tiles, 0xff, sizeof tiles)
#define TILE_ZERO(tile) memset (tiles[tile], 0, sizeof tiles[tile])
#define TILE_LOAD(tile, from, stride) load_tile (tile, from, stride)
#define TILE_STORE(tile, to, stride) store_tile (tile, to, stride)
#define TILE_ADD_BF16_DOTS(c, a, b) add_dots (c, a, b, add_bf16_dot)
#define TILE_ADD_BYTE_DOTS(c, a, b) add_dots (c, a, b, add_byte_dot)

#endif
