/* SPDX-License-Identifier: MIT */
#include "rolling-lines.h"

#include <string.h>

struct _SewRollingLines {
  guint max_lines;
  guint line_length;
  GPtrArray *lines; /* GString */
  gboolean broken;  /* the last line is full whatever its length */
};

static void
free_line (gpointer line)
{
  g_string_free (line, TRUE);
}

SewRollingLines *
sew_rolling_lines_new (void)
{
  SewRollingLines *self = g_new0 (SewRollingLines, 1);

  self->lines = g_ptr_array_new_with_free_func (free_line);
  sew_rolling_lines_set_limits (self, 1, G_MAXUINT);
  return self;
}

void
sew_rolling_lines_free (SewRollingLines *self)
{
  g_ptr_array_unref (self->lines);
  g_free (self);
}

static void
drop_first_lines (SewRollingLines *self)
{
  while (self->lines->len > self->max_lines)
    g_ptr_array_remove_index (self->lines, 0);
}

void
sew_rolling_lines_set_limits (SewRollingLines *self, guint max_lines, guint line_length)
{
  self->max_lines = MAX (max_lines, 1);
  self->line_length = MAX (line_length, 2);
  drop_first_lines (self);
}

static guint
count_columns (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

static guint
count_text_columns (const char *text)
{
  guint n_columns = 0;

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    n_columns += count_columns (g_utf8_get_char (c));
  return n_columns;
}

/* Scripts of wide characters have nothing between words. */
static gboolean
needs_space (const char *line, const char *word)
{
  const char *last = g_utf8_find_prev_char (line, line + strlen (line));

  return last != NULL
         && !(g_unichar_iswide (g_utf8_get_char (last))
              && g_unichar_iswide (g_utf8_get_char (word)));
}

static void
add_piece (SewRollingLines *self, const char *piece)
{
  GString *line = self->lines->len > 0 ? self->lines->pdata[self->lines->len - 1] : NULL;
  gboolean space = line != NULL && needs_space (line->str, piece);

  if (line == NULL || self->broken
      || count_text_columns (line->str) + space + count_text_columns (piece) > self->line_length) {
    line = g_string_new (NULL);
    space = FALSE;
    g_ptr_array_add (self->lines, line);
    drop_first_lines (self);
  }
  self->broken = FALSE;
  if (space)
    g_string_append_c (line, ' ');
  g_string_append (line, piece);
}

/* Where a text is as wide as a line. */
static const char *
find_line_end (const SewRollingLines *self, const char *text)
{
  guint n_columns = 0;

  while (*text != '\0') {
    n_columns += count_columns (g_utf8_get_char (text));
    if (n_columns > self->line_length)
      break;
    text = g_utf8_next_char (text);
  }
  return text;
}

void
sew_rolling_lines_add (SewRollingLines *self, const char *word)
{
  while (*word != '\0') {
    const char *end = find_line_end (self, word);
    g_autofree char *piece = g_strndup (word, (gsize) (end - word));
    add_piece (self, piece);
    word = end;
  }
}

void
sew_rolling_lines_break (SewRollingLines *self)
{
  self->broken = self->lines->len > 0;
}

void
sew_rolling_lines_clear (SewRollingLines *self)
{
  g_ptr_array_set_size (self->lines, 0);
  self->broken = FALSE;
}

char *
sew_rolling_lines_dup_text (const SewRollingLines *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->lines->len; i++) {
    const GString *line = self->lines->pdata[i];
    if (i > 0)
      g_string_append_c (text, '\n');
    g_string_append_len (text, line->str, (gssize) line->len);
  }
  return g_string_free (text, FALSE);
}
