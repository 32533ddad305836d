/* SPDX-License-Identifier: MIT */

/* The inner loops of matrix products, compiled once per instruction set like kernels-isa.c. */

#include "math/gemm-isa.h"

#include "math/format.h"
#include "math/vector.h"

/* A tile of the result stays in registers: of 16, 6 x 2 hold it, and the rest a row of the panel
 * and a value to multiply it with; of 32, 12 x 2. */
#if defined __AVX512F__
#define TILE_ROWS 12
#elif defined __aarch64__
#define TILE_ROWS 10
#else
#define TILE_ROWS 6
#endif
#define TILE_VECTORS 2
#define TILE_COLUMNS (TILE_VECTORS * LANES)

/* c := or += the product of n_rows rows of a and a panel. n_rows is a constant wherever this is
 * used. */
INLINE void
multiply_tile (const SewGemmStrip *strip, const float *a, float *c, guint n_rows)
{
  gsize a_stride = strip->a_stride;
  const float *b = strip->panel;
  Vector sums[TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      sums[i][v] = splat (0);

  for (gsize k = 0; k < strip->depth; k++) {
    Vector row[TILE_VECTORS];
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      row[v] = load (b + v * LANES);
#pragma GCC unroll 16
    for (guint i = 0; i < n_rows; i++) {
      Vector x = splat (a[i * a_stride + k]);
#pragma GCC unroll 16
      for (guint v = 0; v < TILE_VECTORS; v++)
        sums[i][v] += x * row[v];
    }
    b += TILE_COLUMNS;
  }

  if (strip->n_columns == TILE_COLUMNS) {
#pragma GCC unroll 16
    for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
      for (guint v = 0; v < TILE_VECTORS; v++) {
        float *to = c + i * strip->c_stride + v * LANES;
        store (to, strip->accumulate ? load (to) + sums[i][v] : sums[i][v]);
      }
    return;
  }
  float edge[TILE_ROWS][TILE_COLUMNS];
#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      store (&edge[i][v * LANES], sums[i][v]);
  for (guint i = 0; i < n_rows; i++)
    for (gsize j = 0; j < strip->n_columns; j++) {
      float *to = c + i * strip->c_stride + j;
      *to = strip->accumulate ? *to + edge[i][j] : edge[i][j];
    }
}

/* Rows that do not fill a tile. */
static void
multiply_last_rows (const SewGemmStrip *strip, const float *a, float *c, gsize n_rows)
{
  switch (n_rows) {
#define CASE(n)                                                                                    \
  case n:                                                                                          \
    multiply_tile (strip, a, c, n);                                                                \
    break;
    CASE (1)
    CASE (2)
    CASE (3)
    CASE (4)
    CASE (5)
#if TILE_ROWS > 6
    CASE (6)
    CASE (7)
    CASE (8)
    CASE (9)
#endif
#if TILE_ROWS > 10
    CASE (10)
    CASE (11)
#endif
#undef CASE
  }
}

static void
multiply_strip (const SewGemmStrip *strip)
{
  const float *a = strip->a;
  float *c = strip->c;
  gsize row = 0;
  for (; row + TILE_ROWS <= strip->n_rows; row += TILE_ROWS) {
    multiply_tile (strip, a, c, TILE_ROWS);
    a += TILE_ROWS * strip->a_stride;
    c += TILE_ROWS * strip->c_stride;
  }
  multiply_last_rows (strip, a, c, strip->n_rows - row);
}

/* --- integers --- */

INLINE void
multiply_integer_tile (const SewGemmIntegerStrip *strip, gsize row, guint n_rows)
{
  gsize a_stride = strip->a_stride / 2;
  const guint32 *a = (const guint32 *) (gconstpointer) strip->a + row * a_stride;
  const gint16 *b = strip->panel;
  Integers sums[TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      sums[i][v] = (Integers){ 0 };

  for (gsize k = 0; k < strip->n_pairs; k++) {
    Integers pairs[TILE_VECTORS];
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      pairs[v] = *(const LooseIntegers *) (b + v * 2 * LANES);
#pragma GCC unroll 16
    for (guint i = 0; i < n_rows; i++) {
      Integers x = a[i * a_stride + k] - (Integers){ 0 };
#pragma GCC unroll 16
      for (guint v = 0; v < TILE_VECTORS; v++)
        sums[i][v] += multiply_pairs (x, pairs[v]);
    }
    b += 2 * TILE_COLUMNS;
  }

#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++) {
      gsize first = v * LANES;
      float *to = strip->c + (row + i) * strip->c_stride + first;
      Vector scale = load (strip->column_scales + first) * strip->row_scales[row + i];
      Vector product = __builtin_convertvector((Mask) sums[i][v], Vector) * scale;
      if (strip->n_columns >= first + LANES) {
        store (to, strip->accumulate ? load (to) + product : product);
      } else if (strip->n_columns > first) {
        gsize n = strip->n_columns - first;
        store_some (to, n, strip->accumulate ? load_some (to, n, 0) + product : product);
      }
    }
}

static void
multiply_integer_strip (const SewGemmIntegerStrip *strip)
{
  gsize row = 0;
  for (; row + TILE_ROWS <= strip->n_rows; row += TILE_ROWS)
    multiply_integer_tile (strip, row, TILE_ROWS);
  for (; row + 2 <= strip->n_rows; row += 2)
    multiply_integer_tile (strip, row, 2);
  if (row < strip->n_rows)
    multiply_integer_tile (strip, row, 1);
}

/* --- dot products of words --- */

/* Of bytes where integers are asked for, else of bfloat16; a constant wherever this is used, like
 * n_rows. */
INLINE void
multiply_dot_tile (const SewGemmDotStrip *strip, gsize row, guint n_rows, gboolean of_bytes)
{
  const guint8 *a = strip->a + row * strip->a_stride;
  const guint32 *b = strip->panel;
  guint32 *c = (guint32 *) strip->c + row * TILE_COLUMNS;
  Integers sums[TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++) {
      sums[i][v] = (Integers){ 0 };
      if (strip->accumulate)
        sums[i][v] = *(const LooseIntegers *) (c + i * TILE_COLUMNS + v * LANES);
    }

  for (gsize k = 0; k < strip->n_words; k++) {
    Integers words[TILE_VECTORS];
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      words[v] = *(const LooseIntegers *) (b + v * LANES);
#pragma GCC unroll 16
    for (guint i = 0; i < n_rows; i++) {
      guint32 word;
      memcpy (&word, a + i * strip->a_stride + k * sizeof word, sizeof word);
      Integers x = word - (Integers){ 0 };
#pragma GCC unroll 16
      for (guint v = 0; v < TILE_VECTORS; v++)
        sums[i][v] = of_bytes ? add_byte_dots (sums[i][v], x, words[v])
                              : (Integers) add_bf16_dots ((Vector) sums[i][v], x, words[v]);
    }
    b += TILE_COLUMNS;
  }

#pragma GCC unroll 16
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 16
    for (guint v = 0; v < TILE_VECTORS; v++)
      *(LooseIntegers *) (c + i * TILE_COLUMNS + v * LANES) = sums[i][v];
}

INLINE void
multiply_dots (const SewGemmDotStrip *strip, gboolean of_bytes)
{
  gsize row = 0;
  for (; row + TILE_ROWS <= strip->n_rows; row += TILE_ROWS)
    multiply_dot_tile (strip, row, TILE_ROWS, of_bytes);
  for (; row + 2 <= strip->n_rows; row += 2)
    multiply_dot_tile (strip, row, 2, of_bytes);
  if (row < strip->n_rows)
    multiply_dot_tile (strip, row, 1, of_bytes);
}

static void
multiply_bf16_dots (const SewGemmDotStrip *strip)
{
#ifdef SEW_HAVE_AMX
  sew_gemm_tiles_multiply_bf16 (strip);
#else
  multiply_dots (strip, FALSE);
#endif
}

static void
multiply_byte_dots (const SewGemmDotStrip *strip)
{
#ifdef SEW_HAVE_AMX
  /* Fewer are no work for the matrix unit, whose tiles are full always. The sums are exact in
   * either way, which those of bfloat16 are not. */
  const gsize fewest_rows = 6;
  if (strip->n_rows >= fewest_rows) {
    sew_gemm_tiles_multiply_bytes (strip);
    return;
  }
#endif
  multiply_dots (strip, TRUE);
}

static void
scale_byte_dots (gint32 *rows, gsize n_rows, gsize n_columns, gsize stride, const gint32 *surplus,
                 const float *row_scales, const float *column_scales)
{
  for (gsize i = 0; i < n_rows; i++, rows += stride) {
    gsize j = 0;
    for (; j + LANES <= n_columns; j += LANES) {
      Integers sums = *(const LooseIntegers *) (rows + j) - *(const LooseIntegers *) (surplus + j);
      Vector scale = load (column_scales + j) * row_scales[i];
      store ((float *) (rows + j), __builtin_convertvector((Mask) sums, Vector) * scale);
    }
    for (; j < n_columns; j++) {
      float value = (float) (rows[j] - surplus[j]) * (column_scales[j] * row_scales[i]);
      memcpy (rows + j, &value, sizeof value);
    }
  }
}

/* --- conversions --- */

static void
widen_bf16 (const guint16 *from, gsize n, float *to)
{
  gsize i = 0;
  for (; i + LANES <= n; i += LANES) {
    Integers wide = __builtin_convertvector(*(const LooseHalves *) (from + i), Integers);
    store (to + i, (Vector) (wide << 16));
  }
  for (; i < n; i++) {
    guint32 bits = (guint32) from[i] << 16;
    memcpy (to + i, &bits, sizeof bits);
  }
}

static void
widen_int8 (const gint8 *from, gsize n, gint16 *to)
{
  gsize i = 0;
  for (; i + LANES <= n; i += LANES)
    *(LooseShorts *) (to + i) = __builtin_convertvector(*(const LooseBytes *) (from + i), Shorts);
  for (; i < n; i++)
    to[i] = from[i];
}

static void
widen_int16 (const gint16 *from, gsize n, float scale, float *to)
{
  gsize i = 0;
  for (; i + LANES <= n; i += LANES) {
    Integers wide = __builtin_convertvector(*(const LooseShorts *) (from + i), Integers);
    store (to + i, __builtin_convertvector((Mask) wide, Vector) * scale);
  }
  for (; i < n; i++)
    to[i] = (float) from[i] * scale;
}

/* The product by itself, not as a part of a multiplication and addition that rounds only once: so
 * all instruction sets round to the same integers. */
INLINE Vector
multiply_rounded (Vector x, float factor)
{
  Vector product = x * factor;
#if defined __x86_64__
  __asm__("" : "+x"(product));
#elif defined __aarch64__
  __asm__("" : "+w"(product));
#endif
  return product;
}

/* Below that everything is zero: its reciprocal would not be finite. */
#define SMALLEST_MAGNITUDE 1e-30f

INLINE float
find_magnitude (const float *row, gsize n)
{
  Vector most = splat (0), most_too = splat (0);
  gsize j = 0;
  for (; j + 2 * LANES <= n; j += 2 * LANES) {
    most = greater (magnitude (load (row + j)), most);
    most_too = greater (magnitude (load (row + j + LANES)), most_too);
  }
  for (; j < n; j += LANES) {
    gsize n_left = MIN (n - j, LANES);
    most = greater (magnitude (load_some (row + j, n_left, 0)), most);
  }
  return greatest_lane (greater (most, most_too));
}

/* Adding 1.5 x 2^23 rounds to an integer and leaves it in the low bits of the sum. */
INLINE Mask
round_to_integers (Vector x, float factor)
{
  const Vector magic = splat (0x1.8p23f);
  return (Mask) ((Integers) (multiply_rounded (x, factor) + magic) - (Integers) magic);
}

static float
quantize_row (const float *row, gsize n, gint16 *to)
{
  float most = find_magnitude (row, n);
  float factor = most > SMALLEST_MAGNITUDE ? 127.0f / most : 0;
  gsize j = 0;
  for (; j + LANES <= n; j += LANES)
    *(LooseShorts *) (to + j) = narrow_to_shorts (round_to_integers (load (row + j), factor));
  if (j < n) {
    Shorts narrow = narrow_to_shorts (round_to_integers (load_some (row + j, n - j, 0), factor));
    memcpy (to + j, &narrow, (n - j) * sizeof *to);
  }
  return factor > 0 ? most / 127.0f : 0;
}

static float
quantize_row_to_bytes (const float *row, gsize n, guint8 *to)
{
  float most = find_magnitude (row, n);
  float factor = most > SMALLEST_MAGNITUDE ? 127.0f / most : 0;
  gsize j = 0;
  for (; j + LANES <= n; j += LANES) {
    Bytes narrow = narrow_to_bytes (round_to_integers (load (row + j), factor) + 128);
    memcpy (to + j, &narrow, sizeof narrow);
  }
  if (j < n) {
    Bytes narrow = narrow_to_bytes (round_to_integers (load_some (row + j, n - j, 0), factor)
                                    + 128);
    memcpy (to + j, &narrow, n - j);
  }
  return factor > 0 ? most / 127.0f : 0;
}

static void
narrow_to_bf16 (const float *from, gsize n, guint16 *to)
{
  gsize i = 0;
  for (; i + LANES <= n; i += LANES)
    *(LooseHalves *) (to + i) = narrow (load (from + i));
  for (; i < n; i++)
    to[i] = sew_format_narrow_to_bf16 (from[i]);
}

static void
narrow_two_to_bf16 (const float *even, const float *odd, gsize n, guint16 *to)
{
  gsize i = 0;
  for (; i + LANES <= n; i += LANES)
    *(LooseIntegers *) (gpointer) (to + 2 * i) = round_to_bf16 (load (even + i)) >> 16
                                                 | (round_to_bf16 (load (odd + i)) & 0xffff0000);
  for (; i < n; i++) {
    to[2 * i] = sew_format_narrow_to_bf16 (even[i]);
    to[2 * i + 1] = sew_format_narrow_to_bf16 (odd[i]);
  }
}

#define TABLE_(isa) sew_gemm_kernels_##isa
#define TABLE(isa) TABLE_ (isa)

extern const SewGemmKernels TABLE (SEW_ISA);

const SewGemmKernels TABLE (SEW_ISA) = {
  .tile_rows = TILE_ROWS,
  .tile_columns = TILE_COLUMNS,
#ifdef __SSE2__
  .has_fast_integers = TRUE,
#endif
#ifdef __AVX512BF16__
  .has_bf16_dots = TRUE,
#endif
#if defined __AVX512VNNI__ || defined __AVXVNNI__
  .has_byte_dots = TRUE,
#endif
#ifdef SEW_HAVE_AMX
  .has_tiles = TRUE,
#endif
  .multiply_strip = multiply_strip,
  .multiply_integer_strip = multiply_integer_strip,
  .multiply_bf16_dots = multiply_bf16_dots,
  .multiply_byte_dots = multiply_byte_dots,
  .widen_bf16 = widen_bf16,
  .widen_int8 = widen_int8,
  .widen_int16 = widen_int16,
  .quantize_row = quantize_row,
  .quantize_row_to_bytes = quantize_row_to_bytes,
  .narrow_to_bf16 = narrow_to_bf16,
  .narrow_two_to_bf16 = narrow_two_to_bf16,
  .scale_byte_dots = scale_byte_dots,
};
