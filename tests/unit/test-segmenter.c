/* SPDX-License-Identifier: MIT */
#include "stream/endpointer.h"
#include "stream/segmenter.h"

static void
push (SewSegmenter *segmenter, const char *text, guint64 first_sample, guint64 n_samples)
{
  sew_segmenter_push (segmenter, sew_word_new (text, first_sample, n_samples, 0.5f));
}

/* "text@start+length/end utterance" of each segment that is ready. */
static char *
pull_all (SewSegmenter *segmenter)
{
  static const char ends[] = "-PLD";
  GString *log = g_string_new (NULL);
  SewSegment *segment;

  while ((segment = sew_segmenter_pull (segmenter))) {
    g_string_append_printf (
        log, "%s@%u+%u/%c%u ", sew_segment_get_text (segment),
        (guint) sew_segment_get_first_sample (segment), (guint) sew_segment_get_n_samples (segment),
        ends[sew_segment_get_end (segment)], (guint) sew_segment_get_utterance (segment));
    sew_segment_unref (segment);
  }
  return g_string_free (log, FALSE);
}

static void
assert_pulls (SewSegmenter *segmenter, const char *expected)
{
  g_autofree char *log = pull_all (segmenter);
  g_assert_cmpstr (log, ==, expected);
}

static void
test_words (void)
{
  SewSegmenter *segmenter = sew_segmenter_new (" ", 1000);

  push (segmenter, "A", 10, 5);
  assert_pulls (segmenter, "A@10+5/-0 ");
  push (segmenter, "B", 20, 5);
  sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_PAUSE);
  sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_PAUSE);
  push (segmenter, "C", 100, 5);
  assert_pulls (segmenter, "B@20+5/-0 @0+0/P0 C@100+5/-1 ");
  sew_segmenter_free (segmenter);
}

static void
test_utterances (void)
{
  SewSegmenter *segmenter = sew_segmenter_new (" ", 1000);

  sew_segmenter_set_granularity (segmenter, SEW_GRANULARITY_UTTERANCE);
  push (segmenter, "A", 10, 5);
  push (segmenter, "B", 20, 5);
  assert_pulls (segmenter, "");
  g_assert_cmpuint (sew_segmenter_get_pending (segmenter), ==, 10);
  sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_PAUSE);
  push (segmenter, "C", 1100, 5);
  sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_DRAIN);
  assert_pulls (segmenter, "A B@10+15/P0 C@1100+5/D1 ");
  g_assert_cmpuint (sew_segmenter_get_pending (segmenter), ==, G_MAXUINT64);
  sew_segmenter_free (segmenter);
}

static void
test_limit (void)
{
  SewSegmenter *segmenter = sew_segmenter_new ("", 100);

  sew_segmenter_set_granularity (segmenter, SEW_GRANULARITY_UTTERANCE);
  push (segmenter, "A", 0, 50);
  push (segmenter, "B", 50, 50);
  push (segmenter, "C", 100, 50);
  sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_DRAIN);
  assert_pulls (segmenter, "AB@0+100/L0 C@100+50/D1 ");
  sew_segmenter_free (segmenter);
}

static void
test_never_back (void)
{
  SewSegmenter *segmenter = sew_segmenter_new (" ", 1000);

  push (segmenter, "A", 10, 20);
  push (segmenter, "B", 25, 20);
  push (segmenter, "C", 12, 5);
  assert_pulls (segmenter, "A@10+20/-0 B@30+15/-0 C@45+1/-0 ");
  sew_segmenter_free (segmenter);
}

/* What a vocabulary file may hold is text afterwards. */
static void
test_odd_text (void)
{
  SewSegmenter *segmenter = sew_segmenter_new (" ", 1000);

  push (segmenter, "A\nB", 10, 20);
  push (segmenter, "\xff", 30, 20);
  assert_pulls (segmenter, "A B@10+20/-0 \xef\xbf\xbd@30+20/-0 ");
  sew_segmenter_free (segmenter);
}

static void
test_reset (void)
{
  SewSegmenter *segmenter = sew_segmenter_new (" ", 1000);

  push (segmenter, "A", 500, 20);
  sew_segmenter_reset (segmenter);
  assert_pulls (segmenter, "");
  push (segmenter, "B", 0, 20);
  assert_pulls (segmenter, "B@0+20/-1 ");
  sew_segmenter_free (segmenter);
}

static void
test_endpointer (void)
{
  SewEndpointer endpointer;

  sew_endpointer_init (&endpointer, 10);
  g_assert_false (sew_endpointer_advance (&endpointer, 100));
  sew_endpointer_push_letter (&endpointer, 105);
  g_assert_false (sew_endpointer_advance (&endpointer, 114));
  g_assert_true (sew_endpointer_advance (&endpointer, 115));
  g_assert_false (sew_endpointer_advance (&endpointer, 116));
  sew_endpointer_push_letter (&endpointer, 120);
  g_assert_true (sew_endpointer_advance (&endpointer, 200));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/segmenter/words", test_words);
  g_test_add_func ("/segmenter/utterances", test_utterances);
  g_test_add_func ("/segmenter/limit", test_limit);
  g_test_add_func ("/segmenter/never-back", test_never_back);
  g_test_add_func ("/segmenter/odd-text", test_odd_text);
  g_test_add_func ("/segmenter/reset", test_reset);
  g_test_add_func ("/endpointer/pause", test_endpointer);
  return g_test_run ();
}
