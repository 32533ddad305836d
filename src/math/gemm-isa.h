/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A strip of a product: c [n_rows][n_columns] := or += a [n_rows][depth] times a panel. */
typedef struct {
  const float *a;
  gsize a_stride; /* from one row to the next; rows may overlap */
  gsize n_rows;
  gsize depth;
  const float *panel; /* [depth][tile_columns]; columns beyond n_columns are zero */
  gsize n_columns;    /* at most tile_columns */
  float *c;
  gsize c_stride;
  gboolean accumulate;
} SewGemmStrip;

/* The same of integers, two neighbouring values of a row at a time: c := or += scales times the
 * product, whose sums are exact. */
typedef struct {
  const gint16 *a; /* from -127 to 127 */
  gsize a_stride;  /* even */
  gsize n_rows;
  gsize n_pairs;
  const gint16 *panel;        /* [n_pairs][tile_columns][2] */
  const float *row_scales;    /* [n_rows] */
  const float *column_scales; /* [tile_columns] */
  gsize n_columns;
  float *c;
  gsize c_stride;
  gboolean accumulate;
} SewGemmIntegerStrip;

/* The same of words of 32 bits: two bfloat16 values, or four bytes. c := or += the dot products of
 * rows of words with the columns of a panel; floats of the first, integers of the second. */
typedef struct {
  const guint8 *a; /* whole units of rows and of words can be read; rows may overlap */
  gsize a_stride;  /* bytes */
  gsize n_rows;
  gsize n_words;        /* a multiple of SEW_GEMM_WORD_UNIT */
  const guint32 *panel; /* [n_words][tile_columns] */
  void *c;              /* [whole units of rows][tile_columns] */
  gboolean accumulate;
} SewGemmDotStrip;

/* What the tiles of a matrix unit take. */
#define SEW_GEMM_ROW_UNIT 32
#define SEW_GEMM_WORD_UNIT 16

typedef struct {
  guint tile_rows;
  guint tile_columns;
  gboolean has_fast_integers; /* than floats */
  gboolean has_bf16_dots;     /* units that multiply bfloat16 values, or bytes, and add them up */
  gboolean has_byte_dots;
  gboolean has_tiles; /* a matrix unit, for both */
  void (*multiply_strip) (const SewGemmStrip *strip);
  void (*multiply_integer_strip) (const SewGemmIntegerStrip *strip);
  void (*multiply_bf16_dots) (const SewGemmDotStrip *strip);
  /* Of bytes from 0 to 255 with bytes from -128 to 127. */
  void (*multiply_byte_dots) (const SewGemmDotStrip *strip);
  /* n bfloat16 values (the upper halves of floats) to floats. */
  void (*widen_bf16) (const guint16 *from, gsize n, float *to);
  void (*widen_int8) (const gint8 *from, gsize n, gint16 *to);
  void (*widen_int16) (const gint16 *from, gsize n, float scale, float *to);
  /* row [n] to integers from -127 to 127; returns what to multiply them with. */
  float (*quantize_row) (const float *row, gsize n, gint16 *to);
  /* The same, and 128 added to each. */
  float (*quantize_row_to_bytes) (const float *row, gsize n, guint8 *to);
  /* To nearest. */
  void (*narrow_to_bf16) (const float *from, gsize n, guint16 *to);
  /* Values of two rows in turns. */
  void (*narrow_two_to_bf16) (const float *even, const float *odd, gsize n, guint16 *to);
  /* Byte dots to floats in place: what the bytes of the left-hand side have too much is taken off,
   * and both scales applied. rows: [n_rows][n_columns], stride apart. */
  void (*scale_byte_dots) (gint32 *rows, gsize n_rows, gsize n_columns, gsize stride,
                           const gint32 *surplus, const float *row_scales,
                           const float *column_scales);
} SewGemmKernels;

/* gemm-tiles.c, for processors with AMX; the panels are of 32 columns. */
void sew_gemm_tiles_multiply_bf16 (const SewGemmDotStrip *strip);
void sew_gemm_tiles_multiply_bytes (const SewGemmDotStrip *strip);
