/* SPDX-License-Identifier: MIT */
#include "stream/stitcher.h"

/* How far apart, in frames, two windows may see the same gap. */
#define ALIGN_REACH 50
/* What a letter of difference in the word before a gap weighs, in frames of distance. */
#define LETTER_COST 8
/* A gap of more frames is a pause, and no better than another one. */
#define WIDEST_GAP 25
/* A word's letters beyond these tell it apart no better. */
#define MAX_LETTERS 32

/* Frames of one window between two words. */
typedef struct {
  gsize start;
  gsize end;       /* one past the last */
  gsize n_letters; /* of the word before */
  guint16 letters[MAX_LETTERS];
} Gap;

struct _SewStitcher {
  SewStitching stitching;
  const SewVocabulary *vocabulary;
  gboolean entered; /* a window of this clip has been cut */
  guint64 position; /* the frame of the clip at which */
  gboolean in_gap;  /* ... and whether between two words */
  Gap left;         /* that gap */
  GArray *gaps;     /* Gap: those of the window at hand */
};

SewStitcher *
sew_stitcher_new (const SewStitching *stitching, const SewVocabulary *vocabulary)
{
  SewStitcher *stitcher = g_new0 (SewStitcher, 1);

  stitcher->stitching = *stitching;
  stitcher->vocabulary = vocabulary;
  stitcher->gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  return stitcher;
}

void
sew_stitcher_free (SewStitcher *stitcher)
{
  g_array_unref (stitcher->gaps);
  g_free (stitcher);
}

void
sew_stitcher_reset (SewStitcher *stitcher)
{
  stitcher->entered = FALSE;
}

static guint
find_best (const float *log_probs, guint n)
{
  guint best = 0;

  for (guint i = 1; i < n; i++)
    if (log_probs[i] > log_probs[best])
      best = i;
  return best;
}

static void
add_letter (Gap *gap, guint id)
{
  if (gap->n_letters < MAX_LETTERS)
    gap->letters[gap->n_letters++] = (guint16) id;
}

/* Reads the window greedily and lists its gaps. What stands before the first word and after the
 * last one is a gap too. Without word delimiters every letter is a word. */
static void
find_gaps (SewStitcher *stitcher, const float *log_probs, gsize n_frames)
{
  const SewVocabulary *vocabulary = stitcher->vocabulary;
  guint n_symbols = sew_vocabulary_get_size (vocabulary);
  gboolean spaced = sew_vocabulary_has_delimiter (vocabulary);
  Gap gap = { 0 };
  gboolean between_words = TRUE;
  guint previous = sew_vocabulary_get_blank (vocabulary);

  g_array_set_size (stitcher->gaps, 0);
  for (gsize t = 0; t < n_frames; t++) {
    guint id = find_best (log_probs + t * n_symbols, n_symbols);
    SewTokenKind kind = sew_vocabulary_get_kind (vocabulary, id);

    if (kind == SEW_TOKEN_TEXT) {
      if (id != previous) {
        if (between_words || !spaced) {
          gap.end = t;
          g_array_append_val (stitcher->gaps, gap);
          gap.n_letters = 0;
        }
        add_letter (&gap, id);
      }
      between_words = FALSE;
      gap.start = t + 1;
    } else if (kind == SEW_TOKEN_WORD_DELIMITER) {
      between_words = TRUE;
    }
    previous = id;
  }
  /* the last word has ended if its delimiter has come, or if it is long past */
  gap.end = n_frames;
  if (between_words || gap.end - gap.start > WIDEST_GAP)
    g_array_append_val (stitcher->gaps, gap);
}

/* Levenshtein distance of the words before two gaps. b_is_cut: b's word may have lost its
 * beginning, or all of it, to the edge of the window, which is no difference. */
static guint
count_differences (const Gap *a, const Gap *b, gboolean b_is_cut)
{
  guint row[MAX_LETTERS + 1];

  for (guint j = 0; j <= b->n_letters; j++)
    row[j] = j;
  for (guint i = 1; i <= a->n_letters; i++) {
    guint diagonal = row[0];
    row[0] = b_is_cut ? 0 : i;
    for (guint j = 1; j <= b->n_letters; j++) {
      guint substitution = diagonal + (a->letters[i - 1] != b->letters[j - 1]);
      diagonal = row[j];
      row[j] = MIN (substitution, MIN (row[j], row[j - 1]) + 1);
    }
  }
  return row[b->n_letters];
}

/* Where to enter a window so that it goes on after the word that was taken last. */
static gsize
find_entry (const SewStitcher *stitcher, guint64 first_frame, gsize n_frames)
{
  gsize wanted = (gsize) (MAX (stitcher->position, first_frame) - first_frame);
  gsize entry = MIN (wanted, n_frames);
  gsize least = G_MAXSIZE;

  if (!stitcher->in_gap)
    return entry;
  for (guint i = 0; i < stitcher->gaps->len; i++) {
    const Gap *gap = &g_array_index (stitcher->gaps, Gap, i);
    gsize point = CLAMP (wanted, gap->start, gap->end);
    gsize distance = MAX (point, wanted) - MIN (point, wanted);

    if (distance > ALIGN_REACH)
      continue;
    gboolean is_cut = i <= 1 && first_frame > 0;
    gsize cost = distance + LETTER_COST * count_differences (&stitcher->left, gap, is_cut);
    if (cost < least) {
      least = cost;
      entry = point;
    }
  }
  return entry;
}

/* The gap in which to leave the window, between lowest and highest: as late as can be when live,
 * else the widest and, of equals, the most central one. NULL if there is none. */
static const Gap *
find_exit_gap (const SewStitcher *stitcher, gsize lowest, gsize highest, gsize *exit)
{
  gboolean live = stitcher->stitching.search == 0;
  double centre = (double) (lowest + highest) / 2.0;
  double best_score = -G_MAXDOUBLE;
  const Gap *best = NULL;

  for (guint i = 0; i < stitcher->gaps->len; i++) {
    const Gap *gap = &g_array_index (stitcher->gaps, Gap, i);
    gsize start = MAX (gap->start, lowest), end = MIN (gap->end, highest);

    if (start > end)
      continue;
    gsize point = live ? end : start + (end - start) / 2;
    double off_centre = ABS ((double) point - centre) / (double) (highest - lowest + 1);
    double score = live ? (double) point : (double) MIN (end - start, WIDEST_GAP) - off_centre;
    if (score > best_score) {
      best_score = score;
      best = gap;
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

void
sew_stitcher_skip (SewStitcher *stitcher, guint64 frame)
{
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

  find_gaps (stitcher, log_probs, n_frames);
  if (stitcher->entered)
    cut.from = find_entry (stitcher, first_frame, n_frames);
  cut.to = cut.from;
  if (last) {
    cut.to = n_frames;
    cut.between_words = TRUE;
    stitcher->entered = FALSE;
    return cut;
  }
  if (n_frames <= cut.from + stitching->right_context)
    return cut;

  gsize highest = n_frames - stitching->right_context, lowest = cut.from;
  if (stitching->search > 0)
    lowest = MAX (lowest, highest - MIN (highest, stitching->search));
  const Gap *gap = find_exit_gap (stitcher, lowest, highest, &cut.to);
  if (cut.to == cut.from) {
    if (stitching->search == 0 && highest - cut.from < stitching->longest_word)
      return cut;
    gap = NULL;
  }
  if (gap)
    stitcher->left = *gap;
  else
    cut.to = find_blank (stitcher, log_probs, (lowest + highest) / 2, highest);
  cut.between_words = stitcher->in_gap = gap != NULL;
  stitcher->position = first_frame + cut.to;
  stitcher->entered = TRUE;
  return cut;
}
