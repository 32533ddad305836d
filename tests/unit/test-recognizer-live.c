/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "checkpoint-fixture.h"
#include "sew/sew.h"
#include "tone-model.h"

#define CHUNK_SAMPLES 320
#define TEXT "...HELLO WORLD THIS IS A TEST .......AFTER A PAUSE IT GOES ON ....TO ITS END "

static SewModel *model;

typedef struct {
  GString *text; /* of the words so far */
  guint n_words;
  guint64 n_pushed;
  guint64 longest_delay; /* from a word's end to its handing out */
  guint n_pauses;
} Listener;

static void
take_segments (SewRecognizer *recognizer, Listener *listener)
{
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    listener->n_pauses += sew_segment_get_end (segment) == SEW_SEGMENT_END_PAUSE;
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
      SewWord *word = sew_segment_get_word (segment, i);
      guint64 end = sew_word_get_first_sample (word) + sew_word_get_n_samples (word);
      g_string_append_printf (listener->text, "%s@%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT " ",
                              sew_word_get_text (word), sew_word_get_first_sample (word),
                              sew_word_get_n_samples (word));
      listener->longest_delay = MAX (listener->longest_delay, listener->n_pushed - end);
      listener->n_words++;
    }
    sew_segment_unref (segment);
  }
}

/* Words with their places, as they must come out. */
static char *
expect_words (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, " .", -1);
  GString *expected = g_string_new (NULL);
  gsize slot = 0;

  for (guint i = 0; parts[i] != NULL; i++) {
    gsize n = strlen (parts[i]);
    if (n > 0)
      g_string_append_printf (expected, "%s@%" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT " ", parts[i],
                              slot * TONE_LETTER_SAMPLES,
                              (n - 1) * TONE_LETTER_SAMPLES + TONE_SAMPLES);
    slot += n + 1;
  }
  return g_string_free (expected, FALSE);
}

static void
listen (SewRecognizer *recognizer, const float *samples, gsize n_samples, Listener *listener)
{
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
    gsize n = MIN (CHUNK_SAMPLES, n_samples - i);
    sew_recognizer_push (recognizer, samples + i, n, NULL, &error);
    g_assert_no_error (error);
    listener->n_pushed += n;
    take_segments (recognizer, listener);
  }
}

static void
finish (SewRecognizer *recognizer, Listener *listener)
{
  sew_recognizer_drain (recognizer, NULL, NULL);
  take_segments (recognizer, listener);
}

/* Each word, once, in its place and in time, at any latency. */
static void
test_words (void)
{
  static const guint latencies_ms[] = { 200, 500, 1000, 1500, 3000 };
  gsize n_samples;
  g_autofree float *speech = tone_model_speak (TEXT, &n_samples);
  g_autofree char *expected = expect_words (TEXT);

  for (guint i = 0; i < G_N_ELEMENTS (latencies_ms); i++) {
    g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
    g_autoptr (GString) text = g_string_new (NULL);
    Listener listener = { .text = text };
    guint64 latency = latencies_ms[i] * (SEW_SAMPLE_RATE_HZ / 1000);
    sew_recognizer_set_latency (recognizer, latency);
    g_assert_cmpuint (sew_recognizer_get_delay (recognizer), <=, latency);
    listen (recognizer, speech, n_samples, &listener);
    finish (recognizer, &listener);
    g_assert_cmpstr (text->str, ==, expected);
    g_assert_cmpuint (listener.longest_delay, <=,
                      sew_recognizer_get_delay (recognizer) + TONE_LETTER_SAMPLES + CHUNK_SAMPLES);
  }
}

/* A slower pace loses nothing, and says what it costs; a new latency forgets it. */
static void
test_pace (void)
{
  gsize n_samples;
  g_autofree float *speech = tone_model_speak (TEXT, &n_samples);
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autoptr (GString) wanted = g_string_new (NULL);
  g_autoptr (GString) found = g_string_new (NULL);
  Listener usual = { .text = wanted };
  Listener slow = { .text = found };

  sew_recognizer_set_latency (recognizer, SEW_SAMPLE_RATE_HZ);
  guint64 delay = sew_recognizer_get_delay (recognizer);
  listen (recognizer, speech, n_samples, &usual);
  finish (recognizer, &usual);
  sew_recognizer_reset (recognizer);
  sew_recognizer_set_pace (recognizer, 2 * SEW_SAMPLE_RATE_HZ);
  g_assert_cmpuint (sew_recognizer_get_delay (recognizer), >, delay + SEW_SAMPLE_RATE_HZ);
  listen (recognizer, speech, n_samples, &slow);
  finish (recognizer, &slow);
  g_assert_cmpuint (usual.n_words, >, 8);
  g_assert_cmpstr (found->str, ==, wanted->str);
  g_assert_cmpuint (slow.longest_delay, >, usual.longest_delay);

  sew_recognizer_set_pace (recognizer, G_MAXUINT64);
  g_assert_cmpuint (sew_recognizer_get_delay (recognizer), <, 8 * SEW_SAMPLE_RATE_HZ);
  sew_recognizer_set_pace (recognizer, 0);
  g_assert_cmpuint (sew_recognizer_get_delay (recognizer), ==, delay);
}

static char *
get_text (SewSegment *segment)
{
  char *text = g_strdup (segment != NULL ? sew_segment_get_text (segment) : "");

  g_clear_pointer (&segment, sew_segment_unref);
  return text;
}

/* What is read ahead are the words that come next, as far as they have been said. */
static void
test_read_ahead (void)
{
  const char *words = "HELLO WORLD THIS IS A TEST ";
  gsize n_samples;
  g_autofree float *speech = tone_model_speak (words, &n_samples);

  for (SewGranularity granularity = SEW_GRANULARITY_WORD; granularity <= SEW_GRANULARITY_CUE;
       granularity++) {
    g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
    g_autoptr (GString) said = g_string_new (NULL);
    gsize longest = 0;
    sew_recognizer_set_latency (recognizer, SEW_SAMPLE_RATE_HZ);
    sew_recognizer_set_granularity (recognizer, granularity);
    g_assert_null (sew_recognizer_read_ahead (recognizer));
    for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
      SewSegment *segment;
      sew_recognizer_push (recognizer, speech + i, CHUNK_SAMPLES, NULL, NULL);
      while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
        g_string_append_printf (said, "%s ", sew_segment_get_text (segment));
        sew_segment_unref (segment);
      }
      g_autofree char *ahead = get_text (sew_recognizer_read_ahead (recognizer));
      g_autofree char *all = g_strconcat (said->str, ahead, NULL);
      g_assert_true (g_str_has_prefix (words, all));
      longest = MAX (longest, strlen (ahead));
    }
    g_assert_cmpuint (longest, >, 3);
    if (granularity == SEW_GRANULARITY_UTTERANCE) /* it holds them all */
      g_assert_cmpuint (longest, >, strlen (words) - 6);
    sew_recognizer_drain (recognizer, NULL, NULL);
    g_assert_null (sew_recognizer_read_ahead (recognizer));
  }
}

/* The encoder, which would notice that it is cancelled, does not run on noise at one level, and
 * words after hours of it are heard. */
static void
test_noise (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autoptr (GString) text = g_string_new (NULL);
  Listener listener = { .text = text };
  const gsize n_noise = 64 * SEW_SAMPLE_RATE_HZ;
  g_autofree float *noise = g_new (float, n_noise);
  gsize n_samples;
  g_autofree float *speech = tone_model_speak ("HELLO WORLD ", &n_samples);

  for (gsize i = 0; i < n_noise; i++)
    noise[i] = (float) g_rand_double_range (random, -0.02, 0.02);
  sew_recognizer_set_latency (recognizer, SEW_SAMPLE_RATE_HZ);
  g_cancellable_cancel (cancellable);
  g_assert_true (sew_recognizer_push (recognizer, noise, n_noise, cancellable, NULL));
  g_assert_null (sew_recognizer_pull (recognizer));
  g_assert_cmpuint (sew_recognizer_get_position (recognizer), >, n_noise - SEW_SAMPLE_RATE_HZ);

  for (gsize i = 0; i < n_samples; i++)
    speech[i] += noise[i];
  listen (recognizer, speech, n_samples, &listener);
  listen (recognizer, noise, 2 * SEW_SAMPLE_RATE_HZ, &listener);
  g_autofree char *place = g_strdup_printf ("HELLO@%" G_GSIZE_FORMAT "+", n_noise);
  g_assert_true (g_str_has_prefix (text->str, place));
  g_assert_cmpuint (listener.n_words, ==, 2);
  g_assert_cmpuint (listener.n_pauses, ==, 1);
}

/* Where nothing is heard, the end of an utterance is known as soon as the pause is long enough. */
static void
test_pause (void)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  g_autoptr (GString) text = g_string_new (NULL);
  Listener listener = { .text = text };
  g_autofree float *silence = g_new0 (float, SEW_SAMPLE_RATE_HZ);
  gsize n_samples;
  g_autofree float *speech = tone_model_speak ("YES ", &n_samples);
  const guint64 latency = 3 * SEW_SAMPLE_RATE_HZ;
  const guint64 pause = 7 * SEW_SAMPLE_RATE_HZ / 10;

  sew_recognizer_set_latency (recognizer, latency);
  listen (recognizer, speech, n_samples, &listener);
  while (listener.n_pauses == 0 && listener.n_pushed < 10 * SEW_SAMPLE_RATE_HZ)
    listen (recognizer, silence, CHUNK_SAMPLES, &listener);
  g_assert_cmpuint (listener.n_pushed, >, n_samples + pause - 2 * TONE_LETTER_SAMPLES);
  g_assert_cmpuint (listener.n_pushed, <,
                    n_samples + sew_recognizer_get_delay (recognizer) + latency / 4 + pause / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  char *folder = tone_model_new_folder (1);
  model = sew_model_new (folder, NULL);
  g_assert_nonnull (model);
  g_test_add_func ("/recognizer-live/words", test_words);
  g_test_add_func ("/recognizer-live/pace", test_pace);
  g_test_add_func ("/recognizer-live/read-ahead", test_read_ahead);
  g_test_add_func ("/recognizer-live/noise", test_noise);
  g_test_add_func ("/recognizer-live/pause", test_pause);
  int result = g_test_run ();
  g_object_unref (model);
  fixture_remove_folder (folder);
  return result;
}
