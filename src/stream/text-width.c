/* SPDX-License-Identifier: MIT */
#include "stream/text-width.h"

#define ZERO_WIDTH_JOINER 0x200d

static gboolean
is_emoji_modifier (gunichar c)
{
  return c >= 0x1f3fb && c <= 0x1f3ff;
}

/* Steps over one character as a reader sees it: a base and all that combines with it. */
static const char *
skip_character (const char *text, guint *columns)
{
  gunichar c = g_utf8_get_char (text);

  *columns = g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
  text = g_utf8_next_char (text);
  for (;;) {
    gboolean joined = c == ZERO_WIDTH_JOINER;
    c = g_utf8_get_char (text);
    if (c == 0 || !(joined || g_unichar_iszerowidth (c) || is_emoji_modifier (c)))
      return text;
    text = g_utf8_next_char (text);
  }
}

guint
sew_text_width_measure (const char *text)
{
  guint width = 0;

  while (*text != '\0') {
    guint columns;
    text = skip_character (text, &columns);
    width += columns;
  }
  return width;
}

gsize
sew_text_width_fit (const char *text, guint max_columns)
{
  const char *end = text;
  guint width = 0;

  while (*end != '\0') {
    guint columns;
    const char *next = skip_character (end, &columns);
    if (end > text && width + columns > max_columns)
      break;
    width += columns;
    end = next;
  }
  return (gsize) (end - text);
}
