/* SPDX-License-Identifier: MIT */
#include "stream/stitcher.h"

#include "math/matrix.h"

/* How far apart, in frames, two windows may see the same break. */
#define ALIGN_REACH 25
/* What weighs as much as a frame of distance: a letter of difference in what was said before, and
 * that a word goes on where the last window had it end. */
#define LETTER_COST 8
#define OPEN_COST 4
/* A gap of more frames is a pause, and no better than another one. */
#define WIDEST_GAP 25
/* What was said is told apart no better by more letters than these. */
#define TAIL_LETTERS 16

/* Frames of one window between two letters. */
typedef struct {
  gsize start;
  gsize end; /* one past the last */
  gboolean between_words;
  guint letter; /* before it; the first break of a window has none */
} Break;

/* A letter that was taken. */
typedef struct {
  guint id;
  guint64 end_frame; /* of the clip */
} TakenLetter;

struct _SewStitcher {
  SewStitching stitching;
  const SewVocabulary *vocabulary;
  gboolean entered; /* a window of this clip has been cut */
  guint64 position; /* the frame of the clip at which */
  gboolean in_gap;  /* ... and whether between two words */
  GArray *tail;     /* TakenLetter: the last ones before that gap */
  GArray *breaks;   /* Break: those of the window at hand */
};

SewStitcher *
sew_stitcher_new (const SewStitching *stitching, const SewVocabulary *vocabulary)
{
  SewStitcher *stitcher = g_new0 (SewStitcher, 1);

  stitcher->stitching = *stitching;
  stitcher->vocabulary = vocabulary;
  stitcher->tail = g_array_new (FALSE, FALSE, sizeof (TakenLetter));
  stitcher->breaks = g_array_new (FALSE, FALSE, sizeof (Break));
  return stitcher;
}

void
sew_stitcher_free (SewStitcher *stitcher)
{
  g_array_unref (stitcher->tail);
  g_array_unref (stitcher->breaks);
  g_free (stitcher);
}

void
sew_stitcher_reset (SewStitcher *stitcher)
{
  stitcher->entered = FALSE;
  stitcher->in_gap = FALSE;
  stitcher->position = 0;
}

guint64
sew_stitcher_get_position (const SewStitcher *stitcher)
{
  return stitcher->position;
}

guint64
sew_stitcher_get_certain (const SewStitcher *stitcher)
{
  guint64 certain = stitcher->position - MIN (stitcher->position, ALIGN_REACH);
  guint n_letters = stitcher->tail->len;

  if (!stitcher->in_gap)
    return stitcher->position;
  if (n_letters > 0)
    certain = MAX (certain, g_array_index (stitcher->tail, TakenLetter, n_letters - 1).end_frame);
  return certain;
}

static const Break *
get_break (const SewStitcher *stitcher, guint i)
{
  return &g_array_index (stitcher->breaks, Break, i);
}

/* Reads the window greedily and lists its breaks. What stands before the first letter and after the
 * last one is a break too. Without word delimiters every letter is a word. */
static void
find_breaks (SewStitcher *stitcher, const float *log_probs, gsize n_frames)
{
  const SewVocabulary *vocabulary = stitcher->vocabulary;
  guint n_symbols = sew_vocabulary_get_size (vocabulary);
  gboolean spaced = sew_vocabulary_has_delimiter (vocabulary);
  guint previous = sew_vocabulary_get_blank (vocabulary);
  Break open = { .between_words = TRUE };

  g_array_set_size (stitcher->breaks, 0);
  for (gsize t = 0; t < n_frames; t++) {
    guint id = (guint) sew_row_find_greatest (log_probs + t * n_symbols, n_symbols);
    SewTokenKind kind = sew_vocabulary_get_kind (vocabulary, id);

    if (kind == SEW_TOKEN_TEXT) {
      if (id != previous) {
        open.end = t;
        g_array_append_val (stitcher->breaks, open);
      }
      open = (Break){ .start = t + 1, .letter = id, .between_words = !spaced };
    } else if (kind == SEW_TOKEN_WORD_DELIMITER) {
      open.between_words = TRUE;
    }
    previous = id;
  }
  /* the last word has ended if its delimiter has come, or if it is long past */
  open.end = n_frames;
  open.between_words |= open.end - open.start > WIDEST_GAP;
  g_array_append_val (stitcher->breaks, open);
}

/* Levenshtein distance of the letters that were taken to those before a break; what the window has
 * before them is no difference, nor is what lies before the window. */
static guint
count_differences (const SewStitcher *stitcher, guint break_index, guint64 first_frame)
{
  guint n_before = MIN (break_index, 2 * TAIL_LETTERS);
  guint row[2 * TAIL_LETTERS + 1] = { 0 };

  for (guint i = 0; i < stitcher->tail->len; i++) {
    const TakenLetter *letter = &g_array_index (stitcher->tail, TakenLetter, i);
    guint diagonal = row[0];
    if (letter->end_frame <= first_frame)
      continue;
    row[0]++;
    for (guint j = 1; j <= n_before; j++) {
      const Break *after = get_break (stitcher, break_index - n_before + j);
      guint substitution = diagonal + (letter->id != after->letter);
      diagonal = row[j];
      row[j] = MIN (substitution, MIN (row[j], row[j - 1]) + 1);
    }
  }
  return row[n_before];
}

/* Where to enter a window so that it goes on after the letters that were taken last: near the place
 * where the last window was left, behind the letters that are most like them. Words do not matter
 * for that: what was two may be one now, and the other way round, and to enter by words would
 * double or lose one of the two. */
static gsize
find_entry (const SewStitcher *stitcher, guint64 first_frame, gsize n_frames)
{
  gsize wanted = (gsize) (MAX (stitcher->position, first_frame) - first_frame);
  gsize entry = MIN (wanted, n_frames);
  gsize least = G_MAXSIZE;

  if (!stitcher->in_gap)
    return entry;
  for (guint i = 0; i < stitcher->breaks->len; i++) {
    const Break *at = get_break (stitcher, i);
    gsize point = CLAMP (wanted, at->start, at->end);
    gsize distance = MAX (point, wanted) - MIN (point, wanted);

    if (distance > ALIGN_REACH)
      continue;
    gsize cost = distance + LETTER_COST * count_differences (stitcher, i, first_frame)
                 + (at->between_words ? 0 : OPEN_COST);
    if (cost < least) {
      least = cost;
      entry = point;
    }
  }
  /* Letters that were taken are not taken again, whatever this window makes of them. */
  guint64 certain = MAX (sew_stitcher_get_certain (stitcher), first_frame);
  return MIN (MAX (entry, (gsize) (certain - first_frame)), n_frames);
}

/* The gap in which to leave the window, between lowest and highest: as late as can be when live,
 * else the widest and, of equals, the most central one. Its break's index; -1 if there is none. */
static int
find_exit_gap (const SewStitcher *stitcher, gsize lowest, gsize highest, gsize *exit)
{
  gboolean live = stitcher->stitching.search == 0;
  double centre = (double) (lowest + highest) / 2.0;
  double best_score = -G_MAXDOUBLE;
  int best = -1;

  for (guint i = 0; i < stitcher->breaks->len; i++) {
    const Break *gap = get_break (stitcher, i);
    gsize start = MAX (gap->start, lowest), end = MIN (gap->end, highest);

    if (!gap->between_words || start > end)
      continue;
    gsize point = live ? end : start + (end - start) / 2;
    double off_centre = ABS ((double) point - centre) / (double) (highest - lowest + 1);
    double score = live ? (double) point : (double) MIN (end - start, WIDEST_GAP) - off_centre;
    if (score > best_score) {
      best_score = score;
      best = (int) i;
      *exit = point;
    }
  }
  return best;
}

/* No gap: the frame from lowest to highest that is most surely between two letters. */
static gsize
find_blank (const SewStitcher *stitcher, const float *log_probs, gsize lowest, gsize highest)
{
  guint n_symbols = sew_vocabulary_get_size (stitcher->vocabulary);
  const float *blank = log_probs + sew_vocabulary_get_blank (stitcher->vocabulary);
  gsize best = lowest;

  for (gsize t = lowest; t < highest; t++)
    if (blank[t * n_symbols] > blank[best * n_symbols])
      best = t;
  return best;
}

/* The letters before a break are the last ones that were taken. */
static void
keep_tail (SewStitcher *stitcher, guint break_index, guint64 first_frame)
{
  g_array_set_size (stitcher->tail, 0);
  for (guint i = break_index - MIN (break_index, TAIL_LETTERS) + 1; i <= break_index; i++) {
    const Break *after = get_break (stitcher, i);
    TakenLetter letter = { after->letter, first_frame + after->start };
    g_array_append_val (stitcher->tail, letter);
  }
}

void
sew_stitcher_skip (SewStitcher *stitcher, guint64 frame)
{
  if (stitcher->entered && frame <= stitcher->position)
    return; /* what was taken is not taken again */
  stitcher->position = frame;
  stitcher->in_gap = FALSE;
  stitcher->entered = TRUE;
}

SewCut
sew_stitcher_cut (SewStitcher *stitcher, const float *log_probs, guint64 first_frame,
                  gsize n_frames, gboolean last)
{
  const SewStitching *stitching = &stitcher->stitching;
  SewCut cut = { 0 };

  find_breaks (stitcher, log_probs, n_frames);
  if (stitcher->entered)
    cut.from = find_entry (stitcher, first_frame, n_frames);
  cut.to = cut.from;
  if (last) {
    cut.to = n_frames;
    cut.between_words = TRUE;
    sew_stitcher_skip (stitcher, first_frame + n_frames);
    return cut;
  }
  if (n_frames <= cut.from + stitching->right_context)
    return cut;

  gsize highest = n_frames - stitching->right_context, lowest = cut.from;
  if (stitching->search > 0)
    lowest = MAX (lowest, highest - MIN (highest, stitching->search));
  int gap = find_exit_gap (stitcher, lowest, highest, &cut.to);
  if (cut.to == cut.from) {
    if (stitching->search == 0 && highest - cut.from < stitching->longest_word)
      return cut;
    gap = -1;
  }
  if (gap >= 0)
    keep_tail (stitcher, (guint) gap, first_frame);
  else
    cut.to = find_blank (stitcher, log_probs, (lowest + highest) / 2, highest);
  cut.between_words = stitcher->in_gap = gap >= 0;
  stitcher->position = first_frame + cut.to;
  stitcher->entered = TRUE;
  return cut;
}
