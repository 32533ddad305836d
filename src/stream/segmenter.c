/* SPDX-License-Identifier: MIT */
#include "stream/segmenter.h"

struct _SewSegmenter {
  const char *separator;
  guint64 longest;
  SewGranularity granularity;
  guint64 utterance;        /* the number of the current one */
  gboolean under_way;       /* it has a word */
  guint64 utterance_start;  /* its first sample */
  guint64 end_of_last_word; /* of the stream: nothing may begin before */
  GPtrArray *words;         /* SewWord: of the segment to be */
  GQueue segments;          /* SewSegment: finished */
};

SewSegmenter *
sew_segmenter_new (const char *separator, guint64 longest)
{
  SewSegmenter *segmenter = g_new0 (SewSegmenter, 1);

  segmenter->separator = separator;
  segmenter->longest = longest;
  segmenter->words = g_ptr_array_new_with_free_func ((GDestroyNotify) sew_word_unref);
  g_queue_init (&segmenter->segments);
  return segmenter;
}

void
sew_segmenter_free (SewSegmenter *segmenter)
{
  g_queue_clear_full (&segmenter->segments, (GDestroyNotify) sew_segment_unref);
  g_ptr_array_unref (segmenter->words);
  g_free (segmenter);
}

void
sew_segmenter_set_granularity (SewSegmenter *segmenter, SewGranularity granularity)
{
  segmenter->granularity = granularity;
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
  segmenter->utterance += segmenter->under_way;
  segmenter->under_way = FALSE;
  segmenter->end_of_last_word = 0;
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

void
sew_segmenter_end_utterance (SewSegmenter *segmenter, SewSegmentEnd end)
{
  if (!segmenter->under_way)
    return;
  finish_segment (segmenter, end);
  segmenter->under_way = FALSE;
  segmenter->utterance++;
}

/* The same word, begun no earlier than the word before it ended. */
static SewWord *
clamp_word (SewSegmenter *segmenter, SewWord *word)
{
  guint64 start = sew_word_get_first_sample (word);
  guint64 end = start + sew_word_get_n_samples (word);
  guint64 earliest = segmenter->end_of_last_word;

  if (start >= earliest)
    return word;
  SewWord *clamped = sew_word_new (sew_word_get_text (word), earliest,
                                   end > earliest ? end - earliest : 1,
                                   sew_word_get_confidence (word));
  sew_word_unref (word);
  return clamped;
}

void
sew_segmenter_push (SewSegmenter *segmenter, SewWord *word)
{
  word = clamp_word (segmenter, word);
  guint64 start = sew_word_get_first_sample (word);
  guint64 end = start + sew_word_get_n_samples (word);

  if (segmenter->under_way && end - segmenter->utterance_start > segmenter->longest)
    sew_segmenter_end_utterance (segmenter, SEW_SEGMENT_END_LIMIT);
  if (!segmenter->under_way)
    segmenter->utterance_start = start;
  segmenter->under_way = TRUE;
  segmenter->end_of_last_word = end;
  g_ptr_array_add (segmenter->words, word);
  if (segmenter->granularity == SEW_GRANULARITY_WORD)
    finish_segment (segmenter, SEW_SEGMENT_END_NONE);
}

SewSegment *
sew_segmenter_pull (SewSegmenter *segmenter)
{
  return g_queue_pop_head (&segmenter->segments);
}

guint64
sew_segmenter_get_pending (const SewSegmenter *segmenter)
{
  SewSegment *first = g_queue_peek_head ((GQueue *) &segmenter->segments);

  if (first && sew_segment_get_n_words (first) > 0)
    return sew_segment_get_first_sample (first);
  if (segmenter->words->len > 0)
    return sew_word_get_first_sample (segmenter->words->pdata[0]);
  return G_MAXUINT64;
}
