/* SPDX-License-Identifier: MIT */
#include "stream/phrase-break.h"

#include <string.h>

#include "sew/sew-model.h"

/* A pause this long makes any place a good one; most of it counts, even after "the", as a speaker
 * may pause to search for a word. */
#define LONG_PAUSE_S 0.5f
#define LEAST_SHARE 0.1f

#define MID_PHRASE 1.0f
#define CLAUSE_END 0.1f
#define TORN_MARK 10.0f /* a line that begins with a comma, or ends with an opening bracket */

/* A word that belongs to what follows: what it costs to end with it, and to begin with it. */
typedef struct {
  const char *word;
  float end;
  float begin;
} FunctionWord;

#define ARTICLE(word)                                                                              \
  {                                                                                                \
    word, 3.0f, 0.7f                                                                               \
  }
#define PREPOSITION(word)                                                                          \
  {                                                                                                \
    word, 2.5f, 0.5f                                                                               \
  }
#define CONJUNCTION(word)                                                                          \
  {                                                                                                \
    word, 2.5f, 0.3f                                                                               \
  }
#define PRONOUN(word)                                                                              \
  {                                                                                                \
    word, 1.5f, 0.6f                                                                               \
  }
#define AUXILIARY(word)                                                                            \
  {                                                                                                \
    word, 1.2f, 0.9f                                                                               \
  }

static const FunctionWord function_words[] = {
  PREPOSITION ("about"),   PREPOSITION ("after"),
  PREPOSITION ("against"), CONJUNCTION ("although"),
  AUXILIARY ("am"),        PREPOSITION ("among"),
  ARTICLE ("a"),           ARTICLE ("an"),
  CONJUNCTION ("and"),     ARTICLE ("any"),
  AUXILIARY ("are"),       CONJUNCTION ("as"),
  PREPOSITION ("at"),      AUXILIARY ("be"),
  CONJUNCTION ("because"), AUXILIARY ("been"),
  PREPOSITION ("before"),  PREPOSITION ("between"),
  CONJUNCTION ("but"),     PREPOSITION ("by"),
  AUXILIARY ("can"),       AUXILIARY ("could"),
  AUXILIARY ("did"),       AUXILIARY ("do"),
  AUXILIARY ("does"),      PREPOSITION ("during"),
  ARTICLE ("each"),        ARTICLE ("every"),
  PREPOSITION ("for"),     PREPOSITION ("from"),
  AUXILIARY ("had"),       AUXILIARY ("has"),
  AUXILIARY ("have"),      PRONOUN ("he"),
  ARTICLE ("her"),         ARTICLE ("his"),
  CONJUNCTION ("how"),     PRONOUN ("i"),
  CONJUNCTION ("if"),      PREPOSITION ("in"),
  PREPOSITION ("into"),    AUXILIARY ("is"),
  PRONOUN ("it"),          ARTICLE ("its"),
  AUXILIARY ("may"),       AUXILIARY ("might"),
  ARTICLE ("mr"),          ARTICLE ("mrs"),
  AUXILIARY ("must"),      ARTICLE ("my"),
  ARTICLE ("no"),          CONJUNCTION ("nor"),
  AUXILIARY ("not"),       PREPOSITION ("of"),
  PREPOSITION ("on"),      CONJUNCTION ("or"),
  ARTICLE ("our"),         PREPOSITION ("over"),
  AUXILIARY ("shall"),     PRONOUN ("she"),
  AUXILIARY ("should"),    PREPOSITION ("since"),
  CONJUNCTION ("so"),      ARTICLE ("some"),
  CONJUNCTION ("than"),    CONJUNCTION ("that"),
  ARTICLE ("the"),         ARTICLE ("their"),
  PRONOUN ("there"),       ARTICLE ("these"),
  PRONOUN ("they"),        ARTICLE ("this"),
  ARTICLE ("those"),       CONJUNCTION ("though"),
  PREPOSITION ("through"), PREPOSITION ("to"),
  AUXILIARY ("very"),      PREPOSITION ("under"),
  CONJUNCTION ("unless"),  CONJUNCTION ("until"),
  PREPOSITION ("upon"),    AUXILIARY ("was"),
  PRONOUN ("we"),          AUXILIARY ("were"),
  CONJUNCTION ("when"),    CONJUNCTION ("where"),
  CONJUNCTION ("whether"), CONJUNCTION ("which"),
  CONJUNCTION ("while"),   CONJUNCTION ("who"),
  CONJUNCTION ("whose"),   AUXILIARY ("will"),
  PREPOSITION ("with"),    PREPOSITION ("within"),
  PREPOSITION ("without"), AUXILIARY ("would"),
  PRONOUN ("you"),         ARTICLE ("your"),
};

/* "it's" is looked up as "it". */
static const FunctionWord *
find_function_word (const char *word)
{
  gsize length = strcspn (word, "'");

  for (gsize i = 0; i < G_N_ELEMENTS (function_words); i++)
    if (strlen (function_words[i].word) == length
        && g_ascii_strncasecmp (function_words[i].word, word, length) == 0)
      return &function_words[i];
  return NULL;
}

static gboolean
is_one_of (gunichar c, const char *characters)
{
  return c != 0 && g_utf8_strchr (characters, -1, c) != NULL;
}

static gboolean
is_closing_mark (const char *word)
{
  gunichar c = g_utf8_get_char (word);
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CLOSE_PUNCTUATION || type == G_UNICODE_FINAL_PUNCTUATION
         || is_one_of (c, ".,;:!?…。、，．；：！？・ー");
}

static float
judge_words (const char *before, const char *after)
{
  gunichar last = *before != '\0' ? g_utf8_get_char (g_utf8_prev_char (before + strlen (before)))
                                  : 0;
  GUnicodeType last_type = g_unichar_type (last);

  if (is_closing_mark (after) || last_type == G_UNICODE_OPEN_PUNCTUATION
      || last_type == G_UNICODE_INITIAL_PUNCTUATION)
    return TORN_MARK;
  if (is_one_of (last, ".!?…。！？．"))
    return 0.0f;
  if (is_one_of (last, ",;:–—、，；："))
    return CLAUSE_END;

  const FunctionWord *ending = find_function_word (before);
  const FunctionWord *beginning = find_function_word (after);
  return (beginning ? beginning->begin : MID_PHRASE) + (ending ? ending->end : 0.0f);
}

float
sew_phrase_break_cost (const char *before, const char *after, guint64 pause_samples)
{
  float pause_s = (float) pause_samples / SEW_SAMPLE_RATE_HZ;

  return judge_words (before, after) * MAX (LEAST_SHARE, 1.0f - pause_s / LONG_PAUSE_S);
}
