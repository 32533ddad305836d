/* SPDX-License-Identifier: MIT */
#include "stream/cue-layout.h"

#include <math.h>

#include "sew/sew-model.h"
#include "stream/cue-timing.h"
#include "stream/line-layout.h"
#include "stream/phrase-break.h"
#include "stream/text-width.h"

/* What makes a cue a bad one, in units of a line that ends in the middle of a phrase. */
#define CUE_COST 1.5f       /* each: fewer are better */
#define BREAK_WEIGHT 2.0f   /* the end of a cue disturbs more than that of a line */
#define PAUSE_COST 1.5f     /* a pause of half a second inside */
#define LONE_WORD_COST 3.0f /* it has one word, of several */
#define SHORT_COST 2.0f     /* it has next to no text; nothing from a third of a line on */
#define LAG_COST 2.0f       /* a second late */
#define UNREAD_COST 20.0f   /* a second too short to read */
#define PAUSE_S 0.5f
#define SHORT_SHARE 3

/* Silence that is known to follow the last word before a pause. */
#define SILENCE (SEW_SAMPLE_RATE_HZ / 2)

/* The longest that words of live audio wait for those that belong with them. */
#define LIVE_WAIT (2 * SEW_SAMPLE_RATE_HZ)

typedef struct {
  guint64 first_sample;
  guint64 end_sample;
} WordTime;

/* The best way to make cues of the words before an index. */
typedef struct {
  float cost;
  guint first_word; /* of the last cue */
  SewCueTime time;  /* of the last cue */
} Step;

struct _SewCueLayout {
  const char *separator;
  GQueue *cues;
  SewCueLimits limits;
  gboolean live;
  guint64 utterance;
  guint64 previous_end; /* of the last finished cue, or 0 */

  /* what is held, word by word */
  GPtrArray *words;     /* SewWord */
  GArray *line_words;   /* SewLineWord */
  GArray *times;        /* WordTime */
  guint width;          /* columns of it all */
  SewLineLayout *lines; /* scratch */
  GArray *steps;        /* Step [words + 1]; scratch */
};

SewCueLayout *
sew_cue_layout_new (const char *separator, GQueue *cues)
{
  SewCueLayout *layout = g_new0 (SewCueLayout, 1);
  g_autoptr (SewCueLimits) limits = sew_cue_limits_new ();

  layout->separator = separator;
  layout->cues = cues;
  layout->limits = *limits;
  layout->words = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  layout->line_words = g_array_new (FALSE, FALSE, sizeof (SewLineWord));
  layout->times = g_array_new (FALSE, FALSE, sizeof (WordTime));
  layout->lines = sew_line_layout_new ();
  layout->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  return layout;
}

void
sew_cue_layout_free (SewCueLayout *layout)
{
  g_ptr_array_unref (layout->words);
  g_array_unref (layout->line_words);
  g_array_unref (layout->times);
  sew_line_layout_free (layout->lines);
  g_array_unref (layout->steps);
  g_free (layout);
}

void
sew_cue_layout_set_limits (SewCueLayout *layout, const SewCueLimits *limits)
{
  sew_cue_layout_finish (layout, SEW_SEGMENT_END_NONE);
  layout->limits = *limits;
}

const SewCueLimits *
sew_cue_layout_get_limits (const SewCueLayout *layout)
{
  return &layout->limits;
}

void
sew_cue_layout_set_live (SewCueLayout *layout, gboolean live)
{
  sew_cue_layout_finish (layout, SEW_SEGMENT_END_NONE);
  layout->live = live;
}

static void
drop_words (SewCueLayout *layout, guint n_words)
{
  g_ptr_array_remove_range (layout->words, 0, n_words);
  g_array_remove_range (layout->line_words, 0, n_words);
  g_array_remove_range (layout->times, 0, n_words);
  layout->width = 0;
  for (guint i = 0; i < layout->words->len; i++)
    layout->width += g_array_index (layout->line_words, SewLineWord, i).width;
}

void
sew_cue_layout_reset (SewCueLayout *layout)
{
  drop_words (layout, layout->words->len);
  layout->previous_end = 0;
}

static WordTime *
get_time (const SewCueLayout *layout, guint index)
{
  return &g_array_index (layout->times, WordTime, index);
}

static SewLineWord *
get_line_word (const SewCueLayout *layout, guint index)
{
  return &g_array_index (layout->line_words, SewLineWord, index);
}

static Step *
get_step (const SewCueLayout *layout, guint n_words)
{
  return &g_array_index (layout->steps, Step, n_words);
}

static SewLineRules
get_rules (const SewCueLayout *layout)
{
  return (SewLineRules){
    .max_lines = layout->limits.max_lines,
    .line_length = layout->limits.line_length,
    .separator_width = sew_text_width_measure (layout->separator),
  };
}

/* What the words [first, end) say in the lines just laid out, and what is known about what follows.
 */
static SewCueSpeech
describe_speech (const SewCueLayout *layout, guint first, guint end, gboolean silence_follows)
{
  guint n_lines = sew_line_layout_count_lines (layout->lines, end - first);
  SewCueSpeech speech = {
    .first_sample = get_time (layout, first)->first_sample,
    .end_sample = get_time (layout, end - 1)->end_sample,
    .width = (end - first - n_lines) * get_rules (layout).separator_width + n_lines - 1,
  };

  for (guint i = first; i < end; i++)
    speech.width += get_line_word (layout, i)->width;
  if (end < layout->words->len)
    speech.next_sample = get_time (layout, end)->first_sample;
  else
    speech.next_sample = speech.end_sample + (silence_follows ? SILENCE : 0) + layout->limits.gap;
  return speech;
}

/* From the first word of a cue to the end of the last one. */
static guint64
get_span (const SewCueLayout *layout, guint first, guint end)
{
  return get_time (layout, end - 1)->end_sample - get_time (layout, first)->first_sample;
}

static guint64
get_longest_span (const SewCueLayout *layout)
{
  return layout->live ? MIN (LIVE_WAIT, layout->limits.max_duration) : layout->limits.max_duration;
}

/* As if a cue of live audio were said once all that is held has been. */
static void
delay_speech (const SewCueLayout *layout, SewCueSpeech *speech)
{
  guint64 now = get_time (layout, layout->words->len - 1)->end_sample;
  guint64 delay = now - speech->first_sample;

  speech->first_sample += delay;
  speech->end_sample += delay;
  speech->next_sample += delay;
}

static float
judge_pauses (const SewCueLayout *layout, guint first, guint end)
{
  float cost = 0.0f;

  for (guint i = first + 1; i < end; i++) {
    guint64 pause = get_time (layout, i)->first_sample - get_time (layout, i - 1)->end_sample;
    float pause_s = (float) pause / SEW_SAMPLE_RATE_HZ;
    cost += PAUSE_COST * (pause_s / PAUSE_S) * (pause_s / PAUSE_S);
  }
  return cost;
}

/* What a cue costs that is not about its lines. open: more words may join its last one. */
static float
judge_cue (const SewCueLayout *layout, guint first, guint end, const SewCueSpeech *speech,
           const SewCueTime *time, gboolean open)
{
  float lag_s = (float) (time->first_sample - speech->first_sample) / SEW_SAMPLE_RATE_HZ;
  float cost = CUE_COST + LAG_COST * lag_s * (1.0f + lag_s) + judge_pauses (layout, first, end);

  if (open)
    return cost;
  guint64 least = sew_cue_timing_get_least (&layout->limits, speech->width);
  guint64 duration = time->end_sample - time->first_sample;
  if (duration < least)
    cost += UNREAD_COST * (float) (least - duration) / SEW_SAMPLE_RATE_HZ;
  if (end < layout->words->len)
    cost += BREAK_WEIGHT * get_line_word (layout, end - 1)->break_cost;
  if (end - first == 1 && layout->words->len > 1)
    cost += LONE_WORD_COST;
  float share = (float) (speech->width * SHORT_SHARE) / (float) layout->limits.line_length;
  return cost + SHORT_COST * MAX (0.0f, 1.0f - share);
}

/* All cues that begin with that word. finished: no more words will come. */
static void
try_cues (SewCueLayout *layout, guint first, gboolean finished, gboolean silence_follows)
{
  const Step *before = get_step (layout, first);
  guint64 previous_end = first > 0 ? before->time.end_sample : layout->previous_end;
  SewLineRules rules = get_rules (layout);
  gsize n_fit = sew_line_layout_fill (layout->lines, &rules, get_line_word (layout, first),
                                      layout->words->len - first);

  for (guint n = 1; n <= n_fit; n++) {
    guint end = first + n;
    SewCueSpeech speech = describe_speech (layout, first, end, silence_follows);
    if (layout->live)
      delay_speech (layout, &speech);
    SewCueTime time = sew_cue_timing_place (&layout->limits, previous_end, &speech);
    if (n > 1
        && (get_span (layout, first, end) > get_longest_span (layout)
            || speech.end_sample > time.first_sample + layout->limits.max_duration))
      break;
    gboolean open = !finished && end == layout->words->len;
    float cost = before->cost + sew_line_layout_get_cost (layout->lines, n)
                 + judge_cue (layout, first, end, &speech, &time, open);
    if (cost < get_step (layout, end)->cost)
      *get_step (layout, end) = (Step){ cost, first, time };
  }
}

static char *
write_lines (const SewCueLayout *layout, guint first, guint end)
{
  GString *text = g_string_new (NULL);
  SewLineRules rules = get_rules (layout);

  sew_line_layout_fill (layout->lines, &rules, get_line_word (layout, first), end - first);
  g_autoptr (GArray) starts = sew_line_layout_get_lines (layout->lines, end - first);
  for (guint i = first, line = 0; i < end; i++) {
    gboolean begins_line = line < starts->len && g_array_index (starts, guint, line) == i - first;
    if (i > first)
      g_string_append (text, begins_line ? "\n" : layout->separator);
    line += begins_line;
    g_string_append (text, sew_word_get_text (layout->words->pdata[i]));
  }
  return g_string_free (text, FALSE);
}

static void
emit_cue (SewCueLayout *layout, guint first, guint end, const SewCueTime *time, SewSegmentEnd why)
{
  g_autofree char *text = write_lines (layout, first, end);
  SewSegment *cue = sew_segment_new_cue (
      layout->utterance, (SewWord *const *) layout->words->pdata + first, end - first, text,
      time->first_sample, time->end_sample - time->first_sample, why);

  g_queue_push_tail (layout->cues, cue);
  layout->previous_end = time->end_sample;
}

/* Makes the best cues of the words that are held, and hands out the first of them, or all if there
 * will be no more words. */
static void
lay_out (SewCueLayout *layout, gboolean finished, SewSegmentEnd why)
{
  guint n_words = layout->words->len;
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (guint));

  g_array_set_size (layout->steps, n_words + 1);
  for (guint i = 0; i <= n_words; i++)
    *get_step (layout, i) = (Step){ .cost = i == 0 ? 0.0f : INFINITY };
  for (guint first = 0; first < n_words; first++)
    try_cues (layout, first, finished, why == SEW_SEGMENT_END_PAUSE);

  for (guint end = n_words; end > 0; end = get_step (layout, end)->first_word)
    g_array_prepend_val (ends, end);
  guint n_cues = finished ? ends->len : MIN (1, ends->len - 1);
  for (guint i = 0, first = 0; i < n_cues; i++) {
    guint end = g_array_index (ends, guint, i);
    emit_cue (layout, first, end, &get_step (layout, end)->time,
              end == n_words ? why : SEW_SEGMENT_END_NONE);
    first = end;
  }
  if (n_cues > 0)
    drop_words (layout, g_array_index (ends, guint, n_cues - 1));
}

/* Whether what is held is enough for two cues, so that the first can be chosen with an eye on the
 * second; live, for more than one. */
static gboolean
is_full (const SewCueLayout *layout)
{
  if (layout->words->len < 2)
    return FALSE;
  return get_span (layout, 0, layout->words->len)
             > get_longest_span (layout) * (layout->live ? 1 : 2)
         || layout->width > 2 * layout->limits.max_lines * layout->limits.line_length;
}

void
sew_cue_layout_push (SewCueLayout *layout, guint64 utterance, SewWord *word)
{
  SewLineWord line_word = { .width = sew_text_width_measure (sew_word_get_text (word)) };
  WordTime time = { .first_sample = sew_word_get_first_sample (word) };

  layout->utterance = utterance;
  time.end_sample = time.first_sample + sew_word_get_n_samples (word);
  if (layout->words->len > 0) {
    guint last = layout->words->len - 1;
    get_line_word (layout, last)->break_cost = sew_phrase_break_cost (
        sew_word_get_text (layout->words->pdata[last]), sew_word_get_text (word),
        time.first_sample - get_time (layout, last)->end_sample);
  }
  g_ptr_array_add (layout->words, word);
  g_array_append_val (layout->line_words, line_word);
  g_array_append_val (layout->times, time);
  layout->width += line_word.width;
  while (is_full (layout)) {
    guint n_before = layout->words->len;
    lay_out (layout, FALSE, SEW_SEGMENT_END_NONE);
    if (layout->words->len == n_before)
      break;
  }
}

void
sew_cue_layout_finish (SewCueLayout *layout, SewSegmentEnd end)
{
  if (layout->words->len > 0)
    lay_out (layout, TRUE, end);
}

const GPtrArray *
sew_cue_layout_get_words (const SewCueLayout *layout)
{
  return layout->words;
}

guint64
sew_cue_layout_get_pending (const SewCueLayout *layout)
{
  return layout->words->len > 0 ? get_time (layout, 0)->first_sample : G_MAXUINT64;
}
