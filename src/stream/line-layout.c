/* SPDX-License-Identifier: MIT */
#include "stream/line-layout.h"

#include <math.h>

/* A line end that tears a phrase (1.0) is as bad as lines of which one is twice the other. */
#define UNEVENNESS_WEIGHT 10.0f
/* The lower line had better be the longer one. */
#define TOP_HEAVINESS 0.1f
/* A line of one word, if it takes less than a third of the line. */
#define LONE_WORD 1.5f
#define LONE_WORD_SHARE 3

/* The best layout of the words before an index in a number of lines. */
typedef struct {
  float cost;      /* without what all layouts of these words in as many lines have in common */
  guint last_line; /* the index of the first word of the last line */
} Layout;

struct _SewLineLayout {
  SewLineRules rules;
  const SewLineWord *words;
  gsize n_words;
  GArray *layouts; /* Layout [max_lines][n_words + 1] */
  GArray *widths;  /* guint [n_words + 1]: of the words before, each with a separator */
};

SewLineLayout *
sew_line_layout_new (void)
{
  SewLineLayout *layout = g_new0 (SewLineLayout, 1);

  layout->layouts = g_array_new (FALSE, FALSE, sizeof (Layout));
  layout->widths = g_array_new (FALSE, FALSE, sizeof (guint));
  return layout;
}

void
sew_line_layout_free (SewLineLayout *layout)
{
  g_array_unref (layout->layouts);
  g_array_unref (layout->widths);
  g_free (layout);
}

static Layout *
get_layout (const SewLineLayout *layout, guint line, gsize n_words)
{
  return &g_array_index (layout->layouts, Layout, line * (layout->n_words + 1) + n_words);
}

/* Of the words [first, end) on one line. */
static guint
measure_line (const SewLineLayout *layout, gsize first, gsize end)
{
  return g_array_index (layout->widths, guint, end) - g_array_index (layout->widths, guint, first)
         - layout->rules.separator_width;
}

static float
judge_line (const SewLineLayout *layout, guint line, gsize first, gsize end)
{
  guint width = measure_line (layout, first, end);
  float share = (float) width / (float) layout->rules.line_length;
  float cost = UNEVENNESS_WEIGHT * share * share - TOP_HEAVINESS * (float) line * share;

  if (line > 0)
    cost += layout->words[first - 1].break_cost;
  if (end - first == 1 && width * LONE_WORD_SHARE < layout->rules.line_length)
    cost += LONE_WORD;
  return cost;
}

/* All layouts in line + 1 lines, from those in one line less. Returns the most words they hold. */
static gsize
fill_line (SewLineLayout *layout, guint line, gsize n_before)
{
  gsize n_fit = n_before;

  for (gsize end = 0; end <= layout->n_words; end++)
    get_layout (layout, line, end)->cost = INFINITY;
  for (gsize end = line + 1; end <= layout->n_words; end++) {
    Layout *best = get_layout (layout, line, end);
    for (gsize first = end; first-- > line;) {
      if (end - first > 1 && measure_line (layout, first, end) > layout->rules.line_length)
        break;
      if (line == 0 && first > 0)
        continue;
      float before = line == 0 ? 0.0f : get_layout (layout, line - 1, first)->cost;
      float cost = before + judge_line (layout, line, first, end);
      if (cost < best->cost)
        *best = (Layout){ cost, (guint) first };
    }
    if (isfinite (best->cost))
      n_fit = MAX (n_fit, end);
  }
  return n_fit;
}

gsize
sew_line_layout_fill (SewLineLayout *layout, const SewLineRules *rules, const SewLineWord *words,
                      gsize n_words)
{
  guint width = 0;
  guint most = rules->max_lines * (rules->line_length + rules->separator_width);

  layout->rules = *rules;
  layout->words = words;
  g_array_set_size (layout->widths, 0);
  g_array_append_val (layout->widths, width);
  for (layout->n_words = 0; layout->n_words < n_words && width <= most; layout->n_words++) {
    width += words[layout->n_words].width + rules->separator_width;
    g_array_append_val (layout->widths, width);
  }
  g_array_set_size (layout->layouts, (guint) (rules->max_lines * (layout->n_words + 1)));

  gsize n_fit = 0;
  for (guint line = 0; line < rules->max_lines; line++)
    n_fit = fill_line (layout, line, n_fit);
  return n_fit;
}

/* Subtitlers use a second line only for what does not fit on the first. */
guint
sew_line_layout_count_lines (const SewLineLayout *layout, gsize n_words)
{
  guint n_lines = 1;

  while (n_lines < layout->rules.max_lines
         && !isfinite (get_layout (layout, n_lines - 1, n_words)->cost))
    n_lines++;
  return n_lines;
}

float
sew_line_layout_get_cost (const SewLineLayout *layout, gsize n_words)
{
  guint n_lines = sew_line_layout_count_lines (layout, n_words);
  float width = (float) (g_array_index (layout->widths, guint, n_words)
                         - n_lines * layout->rules.separator_width);
  float share = width / (float) layout->rules.line_length;

  if (n_lines == 1)
    return 0.0f;
  return get_layout (layout, n_lines - 1, n_words)->cost
         - UNEVENNESS_WEIGHT * share * share / (float) n_lines;
}

GArray *
sew_line_layout_get_lines (const SewLineLayout *layout, gsize n_words)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint n_lines = sew_line_layout_count_lines (layout, n_words); n_lines > 0; n_lines--) {
    guint first = get_layout (layout, n_lines - 1, n_words)->last_line;
    g_array_prepend_val (lines, first);
    n_words = first;
  }
  return lines;
}
