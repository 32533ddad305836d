/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <string.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "math/activation.h"

/* Vectors as wide as the instruction set this is compiled for, in GCC's and clang's own notation,
 * and the elementary functions on them. Included by the files *-isa.c alone. */

#if defined __AVX512F__
#define LANES 16
#elif defined __AVX2__
#define LANES 8
#else
#define LANES 4
#endif

typedef float Vector __attribute__ ((vector_size (4 * LANES)));
typedef float LooseVector __attribute__ ((vector_size (4 * LANES), aligned (4), may_alias));
typedef gint32 Mask __attribute__ ((vector_size (4 * LANES)));

typedef guint32 Integers __attribute__ ((vector_size (4 * LANES)));
typedef gint32 LooseMask __attribute__ ((vector_size (4 * LANES), aligned (4), may_alias));
typedef guint32 LooseIntegers __attribute__ ((vector_size (4 * LANES), aligned (4), may_alias));
typedef guint8 Bytes __attribute__ ((vector_size (LANES)));
typedef guint16 Halves __attribute__ ((vector_size (2 * LANES)));
typedef gint16 Shorts __attribute__ ((vector_size (2 * LANES)));
typedef gint16 LooseShorts __attribute__ ((vector_size (2 * LANES), aligned (2), may_alias));
typedef gint8 LooseBytes __attribute__ ((vector_size (LANES), aligned (1), may_alias));
typedef guint16 LooseHalves __attribute__ ((vector_size (2 * LANES), aligned (2), may_alias));

#define INLINE static inline __attribute__ ((always_inline))

INLINE Vector
load (const float *from)
{
  return *(const LooseVector *) from;
}

INLINE void
store (float *to, Vector x)
{
  *(LooseVector *) to = x;
}

/* The first n lanes; the others are fill. */
INLINE Vector
load_some (const float *from, gsize n, float fill)
{
  float lanes[LANES];
  for (gsize i = 0; i < LANES; i++)
    lanes[i] = i < n ? from[i] : fill;
  return load (lanes);
}

INLINE void
store_some (float *to, gsize n, Vector x)
{
  memcpy (to, &x, n * sizeof (float));
}

INLINE Vector
splat (float x)
{
  return x - (Vector){ 0 };
}

/* a where the mask is set, b elsewhere. */
INLINE Vector
choose (Mask mask, Vector a, Vector b)
{
  return (Vector) ((mask & (Mask) a) | (~mask & (Mask) b));
}

/* a where it is less, b elsewhere, no numbers included; and the other way round. */
INLINE Vector
smaller (Vector a, Vector b)
{
#if defined __AVX512F__
  return (Vector) _mm512_min_ps ((__m512) a, (__m512) b);
#elif defined __AVX2__
  return (Vector) _mm256_min_ps ((__m256) a, (__m256) b);
#elif defined __SSE2__
  return (Vector) _mm_min_ps ((__m128) a, (__m128) b);
#else
  return choose (a < b, a, b);
#endif
}

INLINE Vector
greater (Vector a, Vector b)
{
#if defined __AVX512F__
  return (Vector) _mm512_max_ps ((__m512) a, (__m512) b);
#elif defined __AVX2__
  return (Vector) _mm256_max_ps ((__m256) a, (__m256) b);
#elif defined __SSE2__
  return (Vector) _mm_max_ps ((__m128) a, (__m128) b);
#else
  return choose (a > b, a, b);
#endif
}

INLINE Vector
magnitude (Vector x)
{
  return (Vector) ((Integers) x & 0x7fffffff);
}

/* Compilers make little of these conversions by themselves. The values fit. */
INLINE Shorts
narrow_to_shorts (Mask x)
{
#if defined __AVX512F__
  return (Shorts) _mm512_cvtepi32_epi16 ((__m512i) x);
#elif defined __AVX2__
  return (Shorts) _mm_packs_epi32 (_mm256_castsi256_si128 ((__m256i) x),
                                   _mm256_extracti128_si256 ((__m256i) x, 1));
#else
  return __builtin_convertvector(x, Shorts);
#endif
}

INLINE Bytes
narrow_to_bytes (Mask x)
{
#if defined __AVX512F__
  return (Bytes) _mm512_cvtepi32_epi8 ((__m512i) x);
#elif defined __AVX2__
  __m128i shorts = (__m128i) narrow_to_shorts (x);
  __m128i bytes = _mm_packus_epi16 (shorts, shorts);
  Bytes result;
  memcpy (&result, &bytes, sizeof result);
  return result;
#else
  return __builtin_convertvector(x, Bytes);
#endif
}

INLINE Vector
gather (const float *table, Mask indices)
{
#if defined __AVX512F__
  return (Vector) _mm512_i32gather_ps ((__m512i) indices, table, sizeof (float));
#elif defined __AVX2__
  return (Vector) _mm256_i32gather_ps (table, (__m256i) indices, sizeof (float));
#else
  Vector x = { 0 };
  for (guint i = 0; i < LANES; i++)
    x[i] = table[indices[i]];
  return x;
#endif
}

/* The same where the indices are less than LANES, of which all can be read. */
INLINE Vector
gather_near (const float *table, Mask indices)
{
#if defined __AVX512F__
  return (Vector) _mm512_permutexvar_ps ((__m512i) indices, (__m512) load (table));
#elif defined __AVX2__
  return (Vector) _mm256_permutevar8x32_ps ((__m256) load (table), (__m256i) indices);
#else
  return gather (table, indices);
#endif
}

/* a0 b0 a1 b1 ..., and where that goes on. */
#if LANES == 16
#define INTERLEAVE_LOW(a, b)                                                                       \
  __builtin_shufflevector (a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_HIGH(a, b)                                                                      \
  __builtin_shufflevector (a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif LANES == 8
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector (a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector (a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector (a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector (a, b, 2, 6, 3, 7)
#endif

/* Rows become columns: a perfect shuffle of all values doubles the place of each, and as many as
 * multiply it by LANES exchange its row and its column (Stone 1971). */
INLINE void
transpose (Vector rows[LANES])
{
#pragma GCC unroll 4
  for (guint step = 1; step < LANES; step *= 2) {
    Vector shuffled[LANES];
#pragma GCC unroll 8
    for (guint i = 0; i < LANES / 2; i++) {
      shuffled[2 * i] = INTERLEAVE_LOW (rows[i], rows[i + LANES / 2]);
      shuffled[2 * i + 1] = INTERLEAVE_HIGH (rows[i], rows[i + LANES / 2]);
    }
#pragma GCC unroll 16
    for (guint i = 0; i < LANES; i++)
      rows[i] = shuffled[i];
  }
}

/* Each lane: the sum of the products of both halves, as signed 16-bit integers. */
INLINE Integers
multiply_pairs (Integers a, Integers b)
{
#if defined __AVX512BW__
  return (Integers) _mm512_madd_epi16 ((__m512i) a, (__m512i) b);
#elif defined __AVX2__
  return (Integers) _mm256_madd_epi16 ((__m256i) a, (__m256i) b);
#elif defined __SSE2__
  return (Integers) _mm_madd_epi16 ((__m128i) a, (__m128i) b);
#else
  Mask low_a = (Mask) (a << 16) >> 16, low_b = (Mask) (b << 16) >> 16;
  Mask high_a = (Mask) a >> 16, high_b = (Mask) b >> 16;
  return (Integers) (low_a * low_b + high_a * high_b);
#endif
}

/* sums plus, in each lane, the products of both halves, which are bfloat16. */
INLINE Vector
add_bf16_dots (Vector sums, Integers a, Integers b)
{
#if defined __AVX512BF16__
  return (Vector) _mm512_dpbf16_ps ((__m512) sums, (__m512bh) a, (__m512bh) b);
#else
  const Integers high = (Integers){ 0 } + 0xffff0000;
  sums += (Vector) (a << 16) * (Vector) (b << 16);
  return sums + (Vector) (a & high) * (Vector) (b & high);
#endif
}

/* The same of four bytes: unsigned ones of a, signed ones of b. */
INLINE Integers
add_byte_dots (Integers sums, Integers a, Integers b)
{
#if defined __AVX512VNNI__
  return (Integers) _mm512_dpbusd_epi32 ((__m512i) sums, (__m512i) a, (__m512i) b);
#elif defined __AVXVNNI__
  return (Integers) _mm256_dpbusd_avx_epi32 ((__m256i) sums, (__m256i) a, (__m256i) b);
#else
  const Integers even = (Integers){ 0 } + 0x00ff00ff;
  typedef gint16 Pairs __attribute__ ((vector_size (4 * LANES)));
  Integers even_b = (Integers) ((Pairs) (b << 8) >> 8), odd_b = (Integers) ((Pairs) b >> 8);
  return sums + multiply_pairs (a & even, even_b) + multiply_pairs (a >> 8 & even, odd_b);
#endif
}

/* In the high halves; the low ones are what is left over. */
INLINE Integers
round_to_bf16 (Vector x)
{
  Integers bits = (Integers) x;
  return bits + 0x7fff + (bits >> 16 & 1);
}

INLINE Halves
narrow (Vector x)
{
#if defined __AVX512BF16__
  return (Halves) _mm512_cvtneps_pbh ((__m512) x);
#else
  return __builtin_convertvector(round_to_bf16 (x) >> 16, Halves);
#endif
}

INLINE float
add_lanes (Vector x)
{
#if defined __AVX512F__
  return _mm512_reduce_add_ps ((__m512) x);
#else
  float sum = 0;
  for (guint i = 0; i < LANES; i++)
    sum += x[i];
  return sum;
#endif
}

INLINE float
greatest_lane (Vector x)
{
#if defined __AVX512F__
  return _mm512_reduce_max_ps ((__m512) x);
#else
  float most = x[0];
  for (guint i = 1; i < LANES; i++)
    most = x[i] > most ? x[i] : most;
  return most;
#endif
}

/* e^x within 2 ulp; 0 below the smallest normal number, and finite above the greatest. */
INLINE Vector
exponential (Vector x)
{
  /* Adding 1.5 x 2^23 rounds to an integer and leaves it in the low bits of the sum. */
  const Vector magic = splat (0x1.8p23f);
  Mask vanishes = x < splat (-87.33654f);
  x = smaller (x, splat (88.37626f));

  Vector shifted = x * 0x1.715476p+0f + magic;
  Vector n = shifted - magic;
  Vector r = x - n * 0x1.62e4p-1f; /* the high bits of ln 2: exact */
  r = r - n * 0x1.7f7d1cp-20f;     /* the rest of it */
  Vector p = splat (1.39337273e-3f);
  p = p * r + 8.36323539e-3f;
  p = p * r + 4.16664643e-2f;
  p = p * r + 1.66665766e-1f;
  p = p * r + 0.5f;
  Vector mantissa = p * (r * r) + r + 1.0f;
  Integers power = ((Integers) shifted - (Integers) magic) << 23;
  Vector result = (Vector) ((Integers) mantissa + power);
  return choose (vanishes, splat (0), result);
}

/* erf (x / sqrt (2)) / 2, within 1.5e-7: a quotient of polynomials, fitted for the least greatest
 * error up to where the result rounds to a half. */
INLINE Vector
half_erf (Vector x)
{
  x = greater (smaller (x, splat (5.4f)), splat (-5.4f));
  Vector z = x * x;
  Vector p = splat (2.35910141e-8f);
  p = p * z + 6.32369666e-6f;
  p = p * z + 1.60693799e-4f;
  p = p * z + 4.62895636e-3f;
  p = p * z + 3.30292706e-2f;
  p = p * z + 3.98942275e-1f;
  Vector q = splat (1.2198226e-6f);
  q = q * z + 7.11724395e-5f;
  q = q * z + 1.83864802e-3f;
  q = q * z + 2.81800359e-2f;
  q = q * z + 2.49458567e-1f;
  q = q * z + 1.0f;
  return x * p / q;
}

/* x Phi (x). Far out on the left not even the last bit of Phi may stay, which x would magnify. */
INLINE Vector
gelu (Vector x)
{
  Vector phi = half_erf (x) + 0.5f;
  return x * choose (x < splat (-5.4f), splat (0), phi);
}

/* About a / b, to 14 bits at least; b is neither tiny nor huge. */
INLINE Vector
divide_coarsely (Vector a, Vector b)
{
#if defined __AVX512F__
  return a * (Vector) _mm512_rcp14_ps ((__m512) b);
#else
  return a / b;
#endif
}

/* The same as gelu () within 2e-4, for results of 8 bits: half the work. */
INLINE Vector
gelu_coarse (Vector x)
{
  Vector near = greater (smaller (x, splat (4)), splat (-4));
  Vector z = near * near;
  Vector p = splat (2.79669e-3f);
  p = p * z + 3.70396e-2f;
  p = p * z + 3.9870783e-1f;
  Vector q = splat (4.49155e-4f);
  q = q * z + 2.61320645e-2f;
  q = q * z + 2.58116678e-1f;
  q = q * z + 1.0f;
  Vector phi = divide_coarsely (near * p, q) + 0.5f;
  return x * choose (x < splat (-4), splat (0), phi);
}

/* tanh (x) within 3e-7, and as exact relative to itself. */
INLINE Vector
hyperbolic_tangent (Vector x)
{
  Mask is_one = x > splat (8.8f);
  Mask is_minus_one = x < splat (-8.8f);
  x = greater (smaller (x, splat (8.8f)), splat (-8.8f));
  Vector z = x * x;
  Vector p = splat (3.77533084e-11f);
  p = p * z + 1.12767626e-7f;
  p = p * z + 4.25481638e-5f;
  p = p * z + 4.43654426e-3f;
  p = p * z + 1.41071481e-1f;
  p = p * z + 1.0f;
  Vector q = splat (3.01059774e-9f);
  q = q * z + 2.6294622e-6f;
  q = q * z + 5.02876305e-4f;
  q = q * z + 2.92381496e-2f;
  q = q * z + 4.74404814e-1f;
  q = q * z + 1.0f;
  return choose (is_one, splat (1), choose (is_minus_one, splat (-1), x * p / q));
}

INLINE Vector
logistic (Vector x)
{
  return 1.0f / (1.0f + exponential (-x));
}

/* x tanh (log (1 + e^x)), which is x n / (n + 2) with n = e^x (e^x + 2). */
INLINE Vector
mish (Vector x)
{
  Vector e = exponential (smaller (x, splat (20)));
  Vector n = e * (e + 2.0f);
  return x * (n / (n + 2.0f));
}

INLINE Vector
gelu_tanh (Vector x)
{
  Vector inner = x * (x * x * (0.044715f * 0.7978845608f) + 0.7978845608f);
  return 0.5f * x * (1.0f + hyperbolic_tangent (inner));
}

/* activation is a constant wherever this is used, and the switch falls away. */
INLINE Vector
activate (Vector x, SewActivation activation)
{
  const Vector zero = splat (0);
  switch (activation) {
  case SEW_ACTIVATION_LINEAR:
    return x;
  case SEW_ACTIVATION_GELU:
    return gelu (x);
  case SEW_ACTIVATION_GELU_TANH:
    return gelu_tanh (x);
  case SEW_ACTIVATION_GELU_QUICK:
    return x * logistic (1.702f * x);
  case SEW_ACTIVATION_RELU:
    return greater (x, zero);
  case SEW_ACTIVATION_RELU6:
    return smaller (greater (x, zero), splat (6));
  case SEW_ACTIVATION_LEAKY_RELU:
    return choose (x > zero, x, x * 0.01f);
  case SEW_ACTIVATION_RELU_SQUARED:
    x = greater (x, zero);
    return x * x;
  case SEW_ACTIVATION_SILU:
    return x * logistic (x);
  case SEW_ACTIVATION_MISH:
    return mish (x);
  case SEW_ACTIVATION_SIGMOID:
    return logistic (x);
  case SEW_ACTIVATION_TANH:
    return hyperbolic_tangent (x);
  }
  return x;
}
