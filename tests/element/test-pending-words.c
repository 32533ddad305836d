/* SPDX-License-Identifier: MIT */
#include "pending-words.h"
#include "transcript-meta.h"

/* A transcript of words "a", "b"... one a second from start on; n_words may be 0. */
static GstStructure *
make_transcript (const char *texts, guint start_s, const char *end, gboolean final)
{
  GstStructure *transcript = gst_structure_new ("transcript", "end", G_TYPE_STRING, end, NULL);
  GValue words = G_VALUE_INIT;

  gst_value_array_init (&words, 0);
  for (guint i = 0; texts[i] != '\0'; i++) {
    char text[] = { texts[i], '\0' };
    GValue word = G_VALUE_INIT;
    g_value_init (&word, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&word, gst_structure_new ("word", "text", G_TYPE_STRING, text,
                                                  "running-time", G_TYPE_UINT64,
                                                  (start_s + i) * GST_SECOND, "end", G_TYPE_STRING,
                                                  "none", "final", G_TYPE_BOOLEAN, final, NULL));
    gst_value_array_append_and_take_value (&words, &word);
  }
  gst_structure_take_value (transcript, "words", &words);
  return transcript;
}

/* That these words are put on the next buffer; lower case ones are final. */
static void
assert_put (SewPendingWords *words, GstClockTime end, const char *expected)
{
  g_autoptr (GstBuffer) buffer = sew_pending_words_put (words, gst_buffer_new (), end);
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, SEW_TRANSCRIPT_META);
  g_autoptr (GString) found = g_string_new (NULL);
  const GValue *array = meta != NULL ? gst_structure_get_value (
                            gst_custom_meta_get_structure (meta), "words")
                                     : NULL;

  for (guint i = 0; array != NULL && i < gst_value_array_get_size (array); i++) {
    const GstStructure *word = gst_value_get_structure (gst_value_array_get_value (array, i));
    const char *text = gst_structure_get_string (word, "text");
    gboolean final;
    g_assert_true (gst_structure_get_boolean (word, "final", &final));
    g_assert_cmpint (final, ==, g_ascii_islower (text[0]));
    g_string_append (found, text);
    if (g_strcmp0 (gst_structure_get_string (word, "end"), "none") != 0)
      g_string_append_c (found, '.');
  }
  g_assert_cmpint (meta != NULL, ==, expected[0] != '\0');
  g_assert_cmpstr (found->str, ==, expected);
}

static void
add (SewPendingWords *words, const char *texts, guint start_s, const char *end)
{
  g_autoptr (GstStructure) transcript = make_transcript (texts, start_s, end, TRUE);

  sew_pending_words_add (words, transcript);
}

static void
set_partial (SewPendingWords *words, const char *texts, guint start_s)
{
  g_autoptr (GstStructure) transcript = make_transcript (texts, start_s, "none", FALSE);

  sew_pending_words_set_partial (words, transcript);
}

/* Those that begin before the end of the buffer, or all. */
static void
test_order (void)
{
  SewPendingWords *words = sew_pending_words_new ();

  assert_put (words, GST_CLOCK_TIME_NONE, "");
  add (words, "abc", 1, "none");
  assert_put (words, GST_SECOND, "");
  assert_put (words, GST_SECOND + 1, "a");
  add (words, "", 0, "pause");
  add (words, "d", 7, "none");
  assert_put (words, 4 * GST_SECOND, "bc.");
  add (words, "e", 8, "none");
  assert_put (words, GST_CLOCK_TIME_NONE, "de");
  add (words, "", 0, "pause");
  assert_put (words, GST_CLOCK_TIME_NONE, "");
  add (words, "f", 9, "none");
  sew_pending_words_clear (words);
  assert_put (words, GST_CLOCK_TIME_NONE, "");
  sew_pending_words_free (words);
}

/* Once, the last ones that were told, and not where a word has its place. */
static void
test_partial (void)
{
  SewPendingWords *words = sew_pending_words_new ();

  set_partial (words, "XY", 1);
  assert_put (words, 10 * GST_SECOND, "");
  set_partial (words, "YZ", 2);
  add (words, "x", 1, "none");
  assert_put (words, GST_CLOCK_TIME_NONE, "xYZ");
  assert_put (words, GST_CLOCK_TIME_NONE, "");
  set_partial (words, "Z", 3);
  set_partial (words, "", 3);
  assert_put (words, GST_CLOCK_TIME_NONE, "");
  sew_pending_words_free (words);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  sew_transcript_meta_register ();
  g_test_add_func ("/pending-words/order", test_order);
  g_test_add_func ("/pending-words/partial", test_partial);
  return g_test_run ();
}
