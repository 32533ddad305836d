/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "stream/cue-timing.h"
#include "stream/segmenter.h"
#include "stream/text-width.h"

#define MS(ms) ((guint64) (ms) * (SEW_SAMPLE_RATE_HZ / 1000))
#define SECOND SEW_SAMPLE_RATE_HZ

static SewSegmenter *
make_segmenter (const char *separator, const SewCueLimits *limits)
{
  SewSegmenter *segmenter = sew_segmenter_new (separator, 15 * SECOND);

  sew_segmenter_set_granularity (segmenter, SEW_GRANULARITY_CUE);
  if (limits)
    sew_segmenter_set_cue_limits (segmenter, limits);
  return segmenter;
}

/* Says words of 14 characters a second, with a space of a character between them. "|" is a pause of
 * a second, a word in front of which stands "~" comes after 0.4 s. Returns the time after them. */
static guint64
say (SewSegmenter *segmenter, guint64 time, const char *text)
{
  const guint64 character = SECOND / 14;
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (char **word = words; *word; word++) {
    const char *letters = *word;
    if (g_str_equal (letters, "|")) {
      sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_PAUSE);
      time += SECOND;
      continue;
    }
    if (*letters == '~') {
      time += MS (400);
      letters++;
    }
    guint64 n_samples = character * sew_text_width_measure (letters);
    sew_segmenter_push (segmenter, sew_word_new (letters, time, n_samples, 0.5f));
    time += n_samples + character;
  }
  return time;
}

/* The texts of the cues: lines end with "/", cues with "|". */
static char *
pull_texts (SewSegmenter *segmenter)
{
  GString *log = g_string_new (NULL);
  SewSegment *cue;

  while ((cue = sew_segmenter_pull (segmenter))) {
    g_autofree char *text = g_strdelimit (g_strdup (sew_segment_get_text (cue)), "\n", '/');
    g_string_append_printf (log, "%s|", text);
    sew_segment_unref (cue);
  }
  return g_string_free (log, FALSE);
}

static void
assert_cues (const char *separator, const SewCueLimits *limits, const char *text,
             const char *expected)
{
  SewSegmenter *segmenter = make_segmenter (separator, limits);

  say (segmenter, MS (500), text);
  sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_DRAIN);
  g_autofree char *texts = pull_texts (segmenter);
  g_assert_cmpstr (texts, ==, expected);
  sew_segmenter_free (segmenter);
}

static void
test_breaks (void)
{
  assert_cues (" ", NULL, "THIS IS ALL", "THIS IS ALL|");
  /* before "with", not where the line is full */
  assert_cues (" ", NULL, "PRINTING IN THE ONLY SENSE WITH WHICH WE ARE AT PRESENT CONCERNED",
               "PRINTING IN THE ONLY SENSE/WITH WHICH WE ARE AT PRESENT CONCERNED|");
  /* at the pause inside of what would fit on one line */
  assert_cues (" ", NULL, "HE NEVER CAME BACK TO THE TOWN ~NOBODY EVER ASKED HIM WHY HE DID NOT",
               "HE NEVER CAME BACK TO THE TOWN/NOBODY EVER ASKED HIM WHY HE DID NOT|");
  /* no word is left alone */
  assert_cues (
      " ", NULL,
      "ALL OF THE WORDS THAT ARE IN THIS SENTENCE GO INTO A CUE OF TWO LINES BUT FOR ONE",
      "ALL OF THE WORDS THAT ARE IN THIS SENTENCE/GO INTO A CUE OF TWO LINES BUT FOR ONE|");
  /* after a sentence, with a model that writes marks */
  assert_cues (" ", NULL, "He was late, of course. We had been waiting for an hour or so.",
               "He was late, of course./We had been waiting for an hour or so.|");
  assert_cues (" ", NULL, "YES | NO", "YES|NO|");
}

static void
test_scripts (void)
{
  g_autoptr (SewCueLimits) limits = sew_cue_limits_new ();

  limits->line_length = 8;
  assert_cues ("", limits, "東 京 都 に 住 む 人 、 大 阪 の 人 。",
               "東京都に/住む人、|大阪/の人。|");
  /* a word wider than a line, and than a cue */
  assert_cues (" ", limits, "abcdefghijklm no", "abcdefgh/ijklm no|");
  assert_cues (" ", limits, "aaaaaaaabbbbbbbbccccccccd", "aaaaaaaa/bbbbbbbb|cccccccc/d|");
}

static void
assert_time (const SewCueLimits *limits, guint64 previous_end, SewCueSpeech speech, guint64 start,
             guint64 end)
{
  SewCueTime time = sew_cue_timing_place (limits, previous_end, &speech);

  g_assert_cmpuint (time.first_sample, ==, start);
  g_assert_cmpuint (time.end_sample, ==, end);
}

/* 34 columns are 2 s. */
static void
test_timing (void)
{
  g_autoptr (SewCueLimits) limits = sew_cue_limits_new ();

  /* with the speech, and a little longer */
  assert_time (limits, 0, (SewCueSpeech){ MS (500), MS (3500), MS (9000), 34 }, MS (500),
               MS (3750));
  /* as long as it takes to read */
  assert_time (limits, 0, (SewCueSpeech){ MS (500), MS (1500), MS (9000), 34 }, MS (500),
               MS (2750));
  assert_time (limits, 0, (SewCueSpeech){ MS (500), MS (600), MS (9000), 2 }, MS (500), MS (1750));
  /* a short gap is closed, and one that is too short made */
  assert_time (limits, 0, (SewCueSpeech){ MS (500), MS (3500), MS (3800), 34 }, MS (500),
               MS (3720));
  assert_time (limits, 0, (SewCueSpeech){ MS (500), MS (3500), MS (3500), 34 }, MS (500),
               MS (3420));
  /* the next one waits until this one is read, but not for long */
  assert_time (limits, 0, (SewCueSpeech){ MS (500), MS (1500), MS (1500), 34 }, MS (500),
               MS (2500));
  assert_time (limits, 0, (SewCueSpeech){ MS (500), MS (1500), MS (1500), 84 }, MS (500),
               MS (3420));
  assert_time (limits, MS (1000), (SewCueSpeech){ MS (500), MS (1500), MS (9000), 17 }, MS (1080),
               MS (2330));
  /* never for longer than allowed */
  assert_time (limits, 0, (SewCueSpeech){ 0, MS (9000), MS (9000), 34 }, 0, MS (7000));
  limits->min_duration = MS (9000);
  assert_time (limits, 0, (SewCueSpeech){ 0, MS (500), MS (20000), 1 }, 0, MS (7000));
  /* a gap that nothing fits between gives way */
  limits->min_duration = MS (1000);
  limits->gap = MS (60000);
  assert_time (limits, MS (400), (SewCueSpeech){ MS (500), MS (600), MS (700), 1 }, MS (2500),
               MS (2540));
}

static void
check_lines (const SewSegment *cue, const SewCueLimits *limits)
{
  g_auto (GStrv) lines = g_strsplit (sew_segment_get_text (cue), "\n", -1);
  gsize n_letters = 0;

  g_assert_cmpuint (g_strv_length (lines), <=, limits->max_lines);
  for (char **line = lines; *line; line++) {
    guint width = sew_text_width_measure (*line);
    g_assert_cmpuint (width, >, 0);
    g_assert_false (g_str_has_prefix (*line, " ") || g_str_has_suffix (*line, " "));
    if (g_utf8_strlen (*line, -1) > 1)
      g_assert_cmpuint (width, <=, limits->line_length);
  }
  for (gsize i = 0; i < sew_segment_get_n_words (cue); i++)
    n_letters += strlen (sew_word_get_text (sew_segment_get_word (cue, i)));
  for (const char *c = sew_segment_get_text (cue); *c; c++)
    n_letters -= *c != ' ' && *c != '\n';
  g_assert_cmpuint (n_letters, ==, 0);
}

/* A pause ends a cue at once, long speech when there is enough for two. */
static void
test_delay (void)
{
  SewSegmenter *segmenter = make_segmenter (" ", NULL);
  guint64 time = say (segmenter, 0, "SOME WORDS |");

  g_autofree char *at_pause = pull_texts (segmenter);
  g_assert_cmpstr (at_pause, ==, "SOME WORDS|");
  for (guint64 start = time; time < start + 60 * SECOND;) {
    time = say (segmenter, time, "AND");
    g_autofree char *texts = pull_texts (segmenter);
    guint64 pending = sew_segmenter_get_pending (segmenter);
    g_assert_cmpuint (time - pending, <=, 15 * SECOND);
    if (*texts)
      g_assert_cmpuint (time - pending, >, 4 * SECOND);
  }
  sew_segmenter_free (segmenter);
}

/* Words of live audio wait for two seconds at most, and appear when they have been said. */
static void
test_live (void)
{
  static const char *const words[] = { "AND", "THE", "NEXT", "YEAR", "PRINTING", "|", "DECLINED" };
  SewSegmenter *segmenter = make_segmenter (" ", NULL);
  guint64 time = 0, end = 0;
  guint n_cues = 0;
  SewSegment *cue;

  sew_segmenter_set_live (segmenter, TRUE);
  for (guint i = 0; i < 200; i++) {
    time = say (segmenter, time, words[i * i % 23 % G_N_ELEMENTS (words)]);
    for (; (cue = sew_segmenter_pull (segmenter)); n_cues++) {
      guint64 said = sew_segment_get_first_sample (cue) + sew_segment_get_n_samples (cue);
      guint64 start = sew_segment_get_display_first_sample (cue);
      guint64 shown = sew_segment_get_display_n_samples (cue);
      g_assert_cmpuint (start, >=, said);
      g_assert_cmpuint (start, >=, n_cues > 0 ? end + MS (80) : 0);
      g_assert_cmpuint (start, <=, said + SEW_CUE_TIMING_MAX_LAG);
      g_assert_cmpuint (shown, >=, SECOND);
      g_assert_cmpfloat (17.0 * (double) shown / SECOND, >=,
                         (double) strlen (sew_segment_get_text (cue)));
      end = start + shown;
      check_lines (cue, sew_segmenter_get_cue_limits (segmenter));
      sew_segment_unref (cue);
    }
    guint64 pending = sew_segmenter_get_pending (segmenter);
    g_assert_true (pending == G_MAXUINT64 || time - pending <= 2 * SECOND + MS (100));
  }
  g_assert_cmpuint (n_cues, >, 30);
  sew_segmenter_free (segmenter);
}

/* The last cue of an utterance says why it ended; what was held when the granularity changes is not
 * lost, nor is the end of its utterance. */
static void
test_ends (void)
{
  SewSegmenter *segmenter = make_segmenter (" ", NULL);
  SewSegment *cue;

  say (segmenter, 0, "ONE TWO | THREE");
  cue = sew_segmenter_pull (segmenter);
  g_assert_cmpint (sew_segment_get_end (cue), ==, SEW_SEGMENT_END_PAUSE);
  g_assert_cmpuint (sew_segment_get_utterance (cue), ==, 0);
  g_assert_cmpuint (sew_segment_get_n_words (cue), ==, 2);
  sew_segment_unref (cue);
  g_assert_null (sew_segmenter_pull (segmenter));

  sew_segmenter_set_granularity (segmenter, SEW_GRANULARITY_WORD);
  cue = sew_segmenter_pull (segmenter);
  g_assert_cmpstr (sew_segment_get_text (cue), ==, "THREE");
  g_assert_cmpint (sew_segment_get_end (cue), ==, SEW_SEGMENT_END_NONE);
  g_assert_cmpuint (sew_segment_get_utterance (cue), ==, 1);
  sew_segment_unref (cue);
  sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_DRAIN);
  cue = sew_segmenter_pull (segmenter);
  g_assert_cmpuint (sew_segment_get_n_words (cue), ==, 0);
  g_assert_cmpint (sew_segment_get_end (cue), ==, SEW_SEGMENT_END_DRAIN);
  sew_segment_unref (cue);
  sew_segmenter_free (segmenter);
}

/* Whether the cue stayed until the next one had to appear, or, at the end of an utterance, for as
 * long after its last word as it may. */
static gboolean
gave_way (const SewSegment *cue, const SewSegment *next, const SewCueLimits *limits)
{
  guint64 end = sew_segment_get_display_first_sample (cue)
                + sew_segment_get_display_n_samples (cue);
  guint64 speech_end = sew_segment_get_first_sample (cue) + sew_segment_get_n_samples (cue);

  if (sew_segment_get_end (cue) != SEW_SEGMENT_END_NONE)
    return end >= speech_end + SEW_CUE_TIMING_MAX_LAG;
  return end + limits->gap >= sew_segment_get_first_sample (next) + SEW_CUE_TIMING_MAX_LAG;
}

/* What must hold of a cue and the next, whatever was said and whatever the limits. Returns whether
 * all of the limits are kept. */
static gboolean
check_times (const SewSegment *cue, const SewSegment *next, const SewCueLimits *limits)
{
  guint64 shown = sew_segment_get_display_n_samples (cue);
  guint64 end = sew_segment_get_display_first_sample (cue) + shown;
  guint64 next_start = sew_segment_get_display_first_sample (next);
  guint64 next_said = sew_segment_get_first_sample (next);
  const char *text = sew_segment_get_text (cue);
  double width = sew_text_width_measure (text); /* counts a line's end as one */
  double reading = limits->reading_speed > 0 ? width * SECOND / limits->reading_speed : 0;
  guint64 least = MAX (limits->min_duration, (guint64) reading);
  gboolean stays = shown >= MIN (least, limits->max_duration);
  gboolean leaves_gap = next_start - end >= limits->gap;

  g_assert_cmpuint (shown, >, 0);
  g_assert_cmpuint (shown, <=, limits->max_duration);
  g_assert_cmpuint (end, <=, next_start);
  g_assert_cmpuint (next_start, >=, next_said);
  g_assert_cmpuint (next_start, <=, next_said + SEW_CUE_TIMING_MAX_LAG);
  g_assert_true (stays || gave_way (cue, next, limits));
  g_assert_true (leaves_gap || next_start == next_said + SEW_CUE_TIMING_MAX_LAG);
  /* a cue is late only for the sake of the one before */
  if (next_start > next_said)
    g_assert_cmpuint (next_start, <=, end + limits->gap);
  return stays && leaves_gap;
}

static char *
make_word (GRand *random, const char *alphabet, guint longest)
{
  GString *word = g_string_new (NULL);
  glong n_characters = g_utf8_strlen (alphabet, -1);
  int length = g_rand_int_range (random, 1, (gint32) longest + 1);

  for (int i = 0; i < length; i++) {
    int index = g_rand_int_range (random, 0, (gint32) n_characters);
    g_string_append_unichar (word, g_utf8_get_char (g_utf8_offset_to_pointer (alphabet, index)));
  }
  return g_string_free (word, FALSE);
}

/* Says random words, and checks their cues, and that no word is lost. Returns how many of the cues
 * did not keep all of the limits. */
static guint
run_random (guint32 seed, const SewCueLimits *limits, const char *separator, const char *alphabet,
            guint longest_word, guint fastest_ms)
{
  GRand *random = g_rand_new_with_seed (seed);
  SewSegmenter *segmenter = make_segmenter (separator, limits);
  g_autoptr (SewSegment) before = NULL;
  g_autoptr (GString) said = g_string_new (NULL), shown = g_string_new (NULL);
  guint64 time = 0;
  guint n_broken = 0;

  for (guint i = 0; i < 400; i++) {
    g_autofree char *word = make_word (random, alphabet, longest_word);
    guint64 n = MS (20) * (guint64) g_rand_int_range (random, 1, 6)
                + strlen (word) * MS (fastest_ms);
    g_string_append (said, word);
    sew_segmenter_push (segmenter, sew_word_new (word, time, n, 0.5f));
    time += n + MS (20) * (guint64) g_rand_int_range (random, 0, g_rand_boolean (random) ? 3 : 30);
    if (i == 399)
      sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_DRAIN);
    else if (g_rand_int_range (random, 0, 15) == 0) {
      sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_PAUSE);
      time += MS (700);
    }
    for (SewSegment *cue; (cue = sew_segmenter_pull (segmenter));) {
      check_lines (cue, limits);
      if (before)
        n_broken += !check_times (before, cue, limits);
      for (gsize j = 0; j < sew_segment_get_n_words (cue); j++)
        g_string_append (shown, sew_word_get_text (sew_segment_get_word (cue, j)));
      g_clear_pointer (&before, sew_segment_unref);
      before = cue;
    }
  }
  g_assert_cmpstr (shown->str, ==, said->str);
  sew_segmenter_free (segmenter);
  g_rand_free (random);
  return n_broken;
}

/* Speech at an ordinary pace keeps all the limits, without exception. */
static void
test_random_speech (void)
{
  g_autoptr (SewCueLimits) limits = sew_cue_limits_new ();

  for (guint32 seed = 0; seed < 50; seed++)
    g_assert_cmpuint (run_random (seed, limits, " ", "ABCDEFGHIÉÖ", 12, 55), ==, 0);
}

/* Speech that is far too fast, in scripts with and without spaces, within limits that may
 * contradict each other, keeps them but for what is written down to give way. */
static void
test_random_limits (void)
{
  GRand *random = g_rand_new_with_seed (7);

  for (guint32 seed = 0; seed < 80; seed++) {
    SewCueLimits limits = {
      .max_lines = (guint) g_rand_int_range (random, 1, 5),
      .line_length = (guint) g_rand_int_range (random, 1, 60),
      .min_duration = MS (g_rand_int_range (random, 0, 3000)),
      .max_duration = MS (g_rand_int_range (random, 1, 9000)),
      .reading_speed = g_rand_int_range (random, 0, 30),
      .gap = MS (g_rand_int_range (random, 0, g_rand_boolean (random) ? 200 : 3000)),
    };
    gboolean spaces = g_rand_boolean (random);
    const char *alphabet = spaces ? "abcdefghi" : "東京都に住む人、。大阪のabc";
    run_random (seed, &limits, spaces ? " " : "", alphabet, spaces ? 70 : 1,
                (guint) g_rand_int_range (random, 0, 60));
  }
  g_rand_free (random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cue-layout/breaks", test_breaks);
  g_test_add_func ("/cue-layout/scripts", test_scripts);
  g_test_add_func ("/cue-layout/timing", test_timing);
  g_test_add_func ("/cue-layout/delay", test_delay);
  g_test_add_func ("/cue-layout/live", test_live);
  g_test_add_func ("/cue-layout/ends", test_ends);
  g_test_add_func ("/cue-layout/random-speech", test_random_speech);
  g_test_add_func ("/cue-layout/random-limits", test_random_limits);
  return g_test_run ();
}
