/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The best way to lay words out in lines: as few lines as they need, of about the same length, that
 * end where a phrase does. The cost of a layout is the sum of what its line ends cost, plus how
 * uneven the lines are, plus what a word that stands alone costs; dynamic programming finds the
 * least, for all beginnings of a run of words at once. */
typedef struct _SewLineLayout SewLineLayout;

typedef struct {
  guint width;      /* columns */
  float break_cost; /* of ending a line after it */
} SewLineWord;

typedef struct {
  guint max_lines;
  guint line_length;     /* columns */
  guint separator_width; /* columns between two words of a line */
} SewLineRules;

SewLineLayout *sew_line_layout_new (void);
void sew_line_layout_free (SewLineLayout *layout);

/* words: [n_words], borrowed until the next call. Returns how many of them fit: one at least, as a
 * word that is wider than a line is let stand out. */
gsize sew_line_layout_fill (SewLineLayout *layout, const SewLineRules *rules,
                            const SewLineWord *words, gsize n_words);
/* Of the best layout of the first n_words, which fit: */
float sew_line_layout_get_cost (const SewLineLayout *layout, gsize n_words);
guint sew_line_layout_count_lines (const SewLineLayout *layout, gsize n_words);
/* The index of each line's first word. Returns: (transfer full): guint */
GArray *sew_line_layout_get_lines (const SewLineLayout *layout, gsize n_words);
