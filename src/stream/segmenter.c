/* SPDX-License-Identifier: MIT */
#include "stream/segmenter.h"

#include "stream/cue-layout.h"
#include "stream/word-pieces.h"
#include "word-private.h"

struct _SewSegmenter {
  const char *separator;
  guint64 longest;
  SewGranularity granularity;
  guint64 utterance;       /* the number of the current one */
  gboolean under_way;      /* it has a word */
  guint64 utterance_start; /* its first sample */
  guint64 earliest;        /* of the stream: nothing may begin before */
  GPtrArray *words;        /* SewWord: of the segment to be */
  SewCueLayout *cues;      /* holds the words instead, for cues */
  GQueue segments;         /* SewSegment: finished */
};

SewSegmenter *
sew_segmenter_new (const char *separator, guint64 longest)
{
  SewSegmenter *segmenter = g_new0 (SewSegmenter, 1);

  segmenter->separator = separator;
  segmenter->longest = longest;
  segmenter->words = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  g_queue_init (&segmenter->segments);
  segmenter->cues = sew_cue_layout_new (separator, &segmenter->segments);
  return segmenter;
}

void
sew_segmenter_free (SewSegmenter *segmenter)
{
  sew_cue_layout_free (segmenter->cues);
  g_queue_clear_full (&segmenter->segments, (GDestroyNotify) sew_segment_unref);
  g_ptr_array_unref (segmenter->words);
  g_free (segmenter);
}

SewGranularity
sew_segmenter_get_granularity (const SewSegmenter *segmenter)
{
  return segmenter->granularity;
}

void
sew_segmenter_reset (SewSegmenter *segmenter)
{
  g_queue_clear_full (&segmenter->segments, (GDestroyNotify) sew_segment_unref);
  g_ptr_array_set_size (segmenter->words, 0);
  sew_cue_layout_reset (segmenter->cues);
  segmenter->utterance += segmenter->under_way;
  segmenter->under_way = FALSE;
  segmenter->earliest = 0;
}

static void
finish_segment (SewSegmenter *segmenter, SewSegmentEnd end)
{
  SewSegment *segment = sew_segment_new (segmenter->utterance,
                                         (SewWord *const *) segmenter->words->pdata,
                                         segmenter->words->len, segmenter->separator, end);

  g_queue_push_tail (&segmenter->segments, segment);
  g_ptr_array_set_size (segmenter->words, 0);
}

gboolean
sew_segmenter_end_utterance (SewSegmenter *segmenter, SewSegmentEnd end)
{
  if (!segmenter->under_way)
    return FALSE;
  if (sew_cue_layout_get_pending (segmenter->cues) != G_MAXUINT64)
    sew_cue_layout_finish (segmenter->cues, end);
  else
    finish_segment (segmenter, end);
  segmenter->under_way = FALSE;
  segmenter->utterance++;
  return TRUE;
}

void
sew_segmenter_set_alternatives (SewSegmenter *segmenter, const SewTextCaser *caser,
                                const SewAlternative *alternatives, guint n_alternatives)
{
  SewSegment *last = g_queue_peek_tail (&segmenter->segments);
  g_autofree SewAlternative *spelled = g_new (SewAlternative, n_alternatives);

  if (last == NULL || n_alternatives == 0)
    return;
  for (guint i = 0; i < n_alternatives; i++)
    spelled[i] = (SewAlternative){ sew_text_caser_spell_text (caser, alternatives[i].text),
                                   alternatives[i].score };
  sew_segment_set_alternatives (last, spelled, n_alternatives);
  for (guint i = 0; i < n_alternatives; i++)
    g_free (spelled[i].text);
}

/* What is held is as long as it will get. */
static void
finish_words (SewSegmenter *segmenter)
{
  sew_cue_layout_finish (segmenter->cues, SEW_SEGMENT_END_NONE);
  if (segmenter->words->len > 0)
    finish_segment (segmenter, SEW_SEGMENT_END_NONE);
}

void
sew_segmenter_set_granularity (SewSegmenter *segmenter, SewGranularity granularity)
{
  if (granularity != segmenter->granularity)
    finish_words (segmenter);
  segmenter->granularity = granularity;
}

void
sew_segmenter_set_cue_limits (SewSegmenter *segmenter, const SewCueLimits *limits)
{
  sew_cue_layout_set_limits (segmenter->cues, limits);
}

const SewCueLimits *
sew_segmenter_get_cue_limits (const SewSegmenter *segmenter)
{
  return sew_cue_layout_get_limits (segmenter->cues);
}

void
sew_segmenter_set_live (SewSegmenter *segmenter, gboolean live)
{
  sew_cue_layout_set_live (segmenter->cues, live);
}

/* (transfer full): the same word, begun no earlier than it may. */
static SewWord *
clamp_word (SewSegmenter *segmenter, SewWord *word)
{
  guint64 start = sew_word_get_first_sample (word);
  guint64 end = start + sew_word_get_n_samples (word);
  guint64 earliest = MAX (segmenter->earliest, start);

  if (start == earliest && end > start)
    return sew_word_ref (word);
  return sew_word_change (sew_word_ref (word), sew_word_get_text (word), earliest,
                          end > earliest ? end - earliest : 1);
}

static void
add_word (SewSegmenter *segmenter, SewWord *loose_word)
{
  SewWord *word = clamp_word (segmenter, loose_word);
  guint64 start = sew_word_get_first_sample (word);
  guint64 end = start + sew_word_get_n_samples (word);
  gboolean makes_cues = segmenter->granularity == SEW_GRANULARITY_CUE;

  if (segmenter->under_way && !makes_cues && end - segmenter->utterance_start > segmenter->longest)
    sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_LIMIT);
  if (!segmenter->under_way)
    segmenter->utterance_start = start;
  segmenter->under_way = TRUE;
  segmenter->earliest = end;
  if (makes_cues)
    sew_cue_layout_push (segmenter->cues, segmenter->utterance, word);
  else
    g_ptr_array_add (segmenter->words, word);
  if (segmenter->granularity == SEW_GRANULARITY_WORD)
    finish_segment (segmenter, SEW_SEGMENT_END_NONE);
}

void
sew_segmenter_advance (SewSegmenter *segmenter, guint64 sample)
{
  segmenter->earliest = MAX (segmenter->earliest, sample);
}

void
sew_segmenter_push (SewSegmenter *segmenter, SewWord *word)
{
  guint longest = segmenter->granularity == SEW_GRANULARITY_CUE
                      ? sew_segmenter_get_cue_limits (segmenter)->line_length
                      : G_MAXUINT;
  g_autoptr (GPtrArray) pieces = sew_word_pieces_cut (word, longest);

  for (guint i = 0; i < pieces->len; i++)
    add_word (segmenter, pieces->pdata[i]);
  sew_word_unref (word);
}

SewSegment *
sew_segmenter_pull (SewSegmenter *segmenter)
{
  return g_queue_pop_head (&segmenter->segments);
}

const GPtrArray *
sew_segmenter_get_words (const SewSegmenter *segmenter)
{
  return segmenter->words->len > 0 ? segmenter->words : sew_cue_layout_get_words (segmenter->cues);
}

guint64
sew_segmenter_get_utterance (const SewSegmenter *segmenter)
{
  return segmenter->utterance;
}

guint64
sew_segmenter_get_pending (const SewSegmenter *segmenter)
{
  SewSegment *first = g_queue_peek_head ((GQueue *) &segmenter->segments);

  if (first && sew_segment_get_n_words (first) > 0)
    return sew_segment_get_first_sample (first);
  if (segmenter->words->len > 0)
    return sew_word_get_first_sample (segmenter->words->pdata[0]);
  return sew_cue_layout_get_pending (segmenter->cues);
}
