/* SPDX-License-Identifier: MIT */

/* The products of matrix units, with a unit in plain C, against plain sums. */

#define SEW_EMULATE_TILES
#include "../../src/math/gemm-tiles.c"

#include <math.h>

enum { COLUMNS_A_PANEL = COLUMNS };

static guint32
make_word (guint32 *seed)
{
  *seed = *seed * 1664525 + 1013904223;
  return *seed;
}

/* From -2 to 2, neither too small nor no number. */
static guint32
make_halves (guint32 *seed)
{
  return (make_word (seed) & 0x807f807f) | 0x3f803f80;
}

/* Of one row and column. */
static double
add_up (const SewGemmDotStrip *strip, gsize row, gsize column, gboolean of_bytes)
{
  double sum = 0;
  for (gsize k = 0; k < strip->n_words; k++) {
    guint32 a, b = strip->panel[k * COLUMNS_A_PANEL + column];
    memcpy (&a, strip->a + row * strip->a_stride + k * 4, sizeof a);
    if (of_bytes)
      for (guint shift = 0; shift < 32; shift += 8)
        sum += (guint8) (a >> shift) * (gint8) (b >> shift);
    else
      sum += (double) widen_half (a, FALSE) * widen_half (b, FALSE)
             + (double) widen_half (a, TRUE) * widen_half (b, TRUE);
  }
  return sum;
}

/* A stride of fewer bytes than a row has: rows overlap. */
static void
check_strip (gsize n_rows, gsize n_words, gsize a_stride, gboolean of_bytes)
{
  gsize n_all_rows = (n_rows + SEW_GEMM_ROW_UNIT - 1) / SEW_GEMM_ROW_UNIT * SEW_GEMM_ROW_UNIT;
  gsize n_a = (n_all_rows * a_stride) / 4 + n_words + 1;
  g_autofree guint32 *a = g_new (guint32, n_a);
  g_autofree guint32 *panel = g_new (guint32, n_words * COLUMNS_A_PANEL);
  g_autofree guint32 *c = g_new0 (guint32, n_all_rows * COLUMNS_A_PANEL);
  guint32 seed = 1;
  for (gsize i = 0; i < n_a; i++)
    a[i] = of_bytes ? make_word (&seed) : make_halves (&seed);
  for (gsize i = 0; i < n_words * COLUMNS_A_PANEL; i++)
    panel[i] = of_bytes ? make_word (&seed) : make_halves (&seed);

  SewGemmDotStrip strip = { (const guint8 *) a, a_stride, n_rows, n_words, panel, c, FALSE };
  for (guint times = 1; times <= 2; times++, strip.accumulate = TRUE) {
    if (of_bytes)
      sew_gemm_tiles_multiply_bytes (&strip);
    else
      sew_gemm_tiles_multiply_bf16 (&strip);
    for (gsize i = 0; i < n_rows; i++)
      for (gsize j = 0; j < COLUMNS_A_PANEL; j++) {
        float value;
        memcpy (&value, &c[i * COLUMNS_A_PANEL + j], sizeof value);
        double result = of_bytes ? (double) (gint32) c[i * COLUMNS_A_PANEL + j] : (double) value;
        double expected = times * add_up (&strip, i, j, of_bytes);
        g_assert_cmpfloat (fabs (result - expected), <=,
                           of_bytes ? 0 : 1e-6 * (double) (n_words * times));
      }
  }
}

static void
test_strips (gconstpointer data)
{
  gboolean of_bytes = GPOINTER_TO_INT (data);
  for (gsize n_rows = 1; n_rows <= 70; n_rows += 3)
    for (gsize n_words = 16; n_words <= 64; n_words += 16)
      check_strip (n_rows, n_words, n_words * 4 + 64, of_bytes);
  check_strip (250, 96, 12, of_bytes);
  check_strip (33, 32, 128, of_bytes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/gemm-tiles/bf16", GINT_TO_POINTER (FALSE), test_strips);
  g_test_add_data_func ("/gemm-tiles/bytes", GINT_TO_POINTER (TRUE), test_strips);
  return g_test_run ();
}
