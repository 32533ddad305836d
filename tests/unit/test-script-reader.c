/* SPDX-License-Identifier: MIT */
#include "decoder/script-reader.h"

#include <math.h>

#include "find-token.h"

#define N_SYMBOLS 32
#define SAMPLES_PER_FRAME 320

typedef struct {
  SewVocabulary *vocabulary;
  SewScriptReader *reader;
  guint64 frame;
  guint64 position; /* the highest that was told */
  GString *words;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SewScript) script = sew_script_new (data, -1, &error);

  g_assert_no_error (error);
  fixture->vocabulary = sew_vocabulary_new_default (N_SYMBOLS);
  fixture->reader = sew_script_reader_new (script, fixture->vocabulary, SAMPLES_PER_FRAME);
  fixture->words = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  sew_script_reader_free (fixture->reader);
  sew_vocabulary_free (fixture->vocabulary);
  g_string_free (fixture->words, TRUE);
}

/* "text@frame+frames " of each word, with "!" before what was not said, "?" before that of a line
 * of which nothing was said, and "/" after the end of a line. No word begins before what was told.
 */
static void
take_words (Fixture *fixture)
{
  SewScriptWord next;

  while (sew_script_reader_pull (fixture->reader, &next)) {
    guint64 first = sew_word_get_first_sample (next.word);
    g_assert_cmpuint (first, >=, fixture->position);
    g_string_append_printf (fixture->words, "%s%s@%.4g+%.4g%s ",
                            sew_word_is_spoken (next.word) ? ""
                            : next.line_is_heard           ? "!"
                                                           : "?",
                            sew_word_get_text (next.word), (double) first / SAMPLES_PER_FRAME,
                            (double) sew_word_get_n_samples (next.word) / SAMPLES_PER_FRAME,
                            next.ends_line ? "/" : "");
    g_assert_cmpint (sew_word_is_spoken (next.word), ==,
                     sew_word_get_confidence (next.word) > 0.0f);
    sew_word_unref (next.word);
  }
  guint64 position = sew_script_reader_get_position (fixture->reader);
  g_assert_cmpuint (position, >=, fixture->position);
  fixture->position = position;
}

/* said: a symbol a frame. */
static void
say (Fixture *fixture, const char *said)
{
  float row[N_SYMBOLS];

  for (; *said != '\0'; said++) {
    guint token = find_letter (fixture->vocabulary, *said);
    for (guint i = 0; i < N_SYMBOLS; i++)
      row[i] = logf (i == token ? 0.99f : 0.01f / (N_SYMBOLS - 1));
    sew_script_reader_push (fixture->reader, fixture->frame++, row);
    take_words (fixture);
  }
}

static void
assert_words (Fixture *fixture, const char *expected)
{
  take_words (fixture);
  g_assert_cmpstr (fixture->words->str, ==, expected);
  g_string_truncate (fixture->words, 0);
}

static void
end (Fixture *fixture)
{
  sew_script_reader_end (fixture->reader, fixture->frame * SAMPLES_PER_FRAME);
}

static void
test_said (Fixture *fixture, gconstpointer data)
{
  say (fixture, ".THE.|.FAT.|CAT..|");
  sew_script_reader_finish (fixture->reader);
  assert_words (fixture, "“The@1+3 fat@7+3/ Cat.”@12+3/ ");
  end (fixture);
  assert_words (fixture, "");
  g_assert_cmpuint (sew_script_reader_get_position (fixture->reader), ==, G_MAXUINT64);
}

static void
test_not_said (Fixture *fixture, gconstpointer data)
{
  say (fixture, ".THE.|.......|CAT..|.SAT...");
  end (fixture);
  assert_words (fixture, "The@1+3 !big@4+2 !fat@6+2/ ?never@8+3.331 ?said@11.33+2.669/ Cat@14+3 "
                         "sat@21+3/ ?The@24+1.5 ?end@25.5+1.5/ ");
}

/* What has no letters was said with the words around it. */
static void
test_no_letters (Fixture *fixture, gconstpointer data)
{
  say (fixture, ".THE.|......CAT|..");
  end (fixture);
  assert_words (fixture, "—@0+1 The@1+3 —@4+2 日@6+2 本@8+2/ …@10+2 cat@12+3 —@15+3/ ");
}

static void
test_no_letters_and_not_said (Fixture *fixture, gconstpointer data)
{
  say (fixture, ".........TOGETHER.|.........");
  end (fixture);
  assert_words (fixture, "?一@0+3 ?no@3+6/ Together@9+8 !no@17+4.4/ ?—@21.4+2.2 ?no@23.6+4.4/ ");
}

static void
test_numbers (Fixture *fixture, gconstpointer data)
{
  say (fixture, "IN|NINE.TE.EN|EI.GHTY|FIVE|FIVE|DOL.LARS");
  end (fixture);
  assert_words (fixture, "In@0+2 1985@3+23 $5@27+13/ ");
}

static void
test_clips (Fixture *fixture, gconstpointer data)
{
  sew_script_reader_begin (fixture->reader, 0);
  say (fixture, ".THE.|.FAT.|");
  sew_script_reader_finish (fixture->reader);
  assert_words (fixture, "The@1+3 fat@7+3/ ");
  guint64 n_frames = fixture->frame;
  sew_script_reader_begin (fixture->reader, n_frames * SAMPLES_PER_FRAME);
  fixture->frame = 0;
  say (fixture, "..SAT");
  sew_script_reader_finish (fixture->reader);
  assert_words (fixture, "!cat@12+2 sat@14+3/ ");

  sew_script_reader_reset (fixture->reader, FALSE);
  sew_script_reader_begin (fixture->reader, 0);
  fixture->position = 0;
  fixture->frame = 0;
  say (fixture, ".THE.|.FAT.|");
  sew_script_reader_finish (fixture->reader);
  assert_words (fixture, "The@1+3 fat@7+3/ ");
}

/* Silence brings words and the position on, though no frames come. */
static void
test_silence (Fixture *fixture, gconstpointer data)
{
  say (fixture, ".THE.|.FAT.");
  assert_words (fixture, "");
  sew_script_reader_skip (fixture->reader, 3000);
  assert_words (fixture, "The@1+3 fat@7+3/ ");
  g_assert_cmpuint (fixture->position, >, 2000 * SAMPLES_PER_FRAME);
  fixture->frame = 3000;
  say (fixture, ".|CAT");
  end (fixture);
  assert_words (fixture, "Cat@3002+3/ ");
}

/* Live words do not wait to be beyond dispute. */
static void
test_live (Fixture *fixture, gconstpointer data)
{
  sew_script_reader_reset (fixture->reader, TRUE);
  say (fixture, ".THE.|.FAT.|...");
  for (guint i = 0; i < sew_script_reader_get_live_delay (); i++)
    say (fixture, ".");
  assert_words (fixture, "The@1+3 fat@7+3/ ");
}

int
main (int argc, char **argv)
{
#define ADD(name, script, function)                                                                \
  g_test_add ("/script-reader/" name, Fixture, script, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("said", "“The fat\nCat.”", test_said);
  ADD ("not-said", "The big fat\n\nnever said\nCat sat\nThe end", test_not_said);
  ADD ("no-letters", "— The — 日本\n… cat —", test_no_letters);
  ADD ("no-letters-and-not-said", "一 no\nTogether no\n— no", test_no_letters_and_not_said);
  ADD ("numbers", "In 1985 $5", test_numbers);
  ADD ("clips", "The fat\ncat sat", test_clips);
  ADD ("silence", "The fat\nCat", test_silence);
  ADD ("live", "The fat\nCat", test_live);
  return g_test_run ();
}
