/* SPDX-License-Identifier: MIT */
#include "stream/word-pieces.h"

#include <string.h>

#include "stream/text-width.h"
#include "word-private.h"

static char *
tidy (const char *text)
{
  char *clean = g_utf8_make_valid (text, -1);

  for (char *c = clean; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_strstrip (clean);
}

GPtrArray *
sew_word_pieces_cut (SewWord *word, guint line_length)
{
  GPtrArray *pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  g_autofree char *text = tidy (sew_word_get_text (word));
  gsize length = strlen (text);
  guint64 n_samples = sew_word_get_n_samples (word);

  if (g_str_equal (text, sew_word_get_text (word))
      && sew_text_width_fit (text, line_length) == length) {
    g_ptr_array_add (pieces, sew_word_ref (word));
    return pieces;
  }
  for (gsize from = 0, to; from < length; from = to) {
    to = from + sew_text_width_fit (text + from, line_length);
    guint64 start = n_samples * from / length;
    g_autofree char *part = g_strndup (text + from, to - from);
    g_ptr_array_add (pieces, sew_word_change (sew_word_ref (word), part,
                                              sew_word_get_first_sample (word) + start,
                                              MAX (n_samples * to / length - start, 1)));
  }
  return pieces;
}
