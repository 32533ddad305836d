/* SPDX-License-Identifier: MIT */
#include "transcript-meta.h"

void
sew_transcript_meta_register (void)
{
  static const char *no_tags[] = { NULL };

  /* Without tags the meta depends on nothing that a conversion changes, so that converters keep
   * it. */
  if (gst_meta_get_info (SEW_TRANSCRIPT_META) == NULL)
    gst_meta_register_custom (SEW_TRANSCRIPT_META, no_tags, NULL, NULL, NULL);
}

/* A word stands for itself, as on audio it may be apart from the others. */
static GstStructure *
describe_word (const SewSegment *words, gsize index, const SewStreamTimeline *timeline,
               const GstSegment *segment, gboolean final)
{
  const SewWord *word = sew_segment_get_word (words, index);
  gboolean last = index + 1 == sew_segment_get_n_words (words);
  SewSegmentEnd end = last ? sew_segment_get_end (words) : SEW_SEGMENT_END_NONE;
  guint64 first_sample = sew_word_get_first_sample (word);
  GstClockTime start = sew_stream_timeline_get_pts (timeline, first_sample);
  GstClockTime duration = sew_stream_timeline_get_duration (timeline, first_sample,
                                                            sew_word_get_n_samples (word));

  return gst_structure_new (
      "word", "text", G_TYPE_STRING, sew_word_get_text (word), "start", G_TYPE_UINT64, start,
      "duration", G_TYPE_UINT64, duration, "running-time", G_TYPE_UINT64,
      gst_segment_to_running_time (segment, GST_FORMAT_TIME, start), "confidence", G_TYPE_DOUBLE,
      (double) sew_word_get_confidence (word), "spoken", G_TYPE_BOOLEAN, sew_word_is_spoken (word),
      "utterance", G_TYPE_UINT64, sew_segment_get_utterance (words), "end", G_TYPE_STRING,
      sew_segment_end_get_name (end), "final", G_TYPE_BOOLEAN, final, NULL);
}

static void
append_structure (GValue *array, GstStructure *structure)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed (&value, structure);
  gst_value_array_append_and_take_value (array, &value);
}

static void
add_alternatives (GstStructure *description, const SewSegment *segment)
{
  GValue alternatives = G_VALUE_INIT;
  guint n_alternatives = sew_segment_get_n_alternatives (segment);

  if (n_alternatives == 0)
    return;
  gst_value_array_init (&alternatives, n_alternatives);
  for (guint i = 0; i < n_alternatives; i++) {
    double score;
    const char *text = sew_segment_get_alternative (segment, i, &score);
    append_structure (&alternatives, gst_structure_new ("alternative", "text", G_TYPE_STRING, text,
                                                        "score", G_TYPE_DOUBLE, score, NULL));
  }
  gst_structure_take_value (description, "alternatives", &alternatives);
}

GstStructure *
sew_transcript_meta_describe (const SewSegment *words, const SewStreamTimeline *timeline,
                              const GstSegment *segment, gboolean final)
{
  GstStructure *description = gst_structure_new (
      SEW_TRANSCRIPT_META, "text", G_TYPE_STRING, sew_segment_get_text (words), "utterance",
      G_TYPE_UINT64, sew_segment_get_utterance (words), "end", G_TYPE_STRING,
      sew_segment_end_get_name (sew_segment_get_end (words)), NULL);
  GValue array = G_VALUE_INIT;
  gsize n_words = sew_segment_get_n_words (words);

  gst_value_array_init (&array, (guint) n_words);
  for (gsize i = 0; i < n_words; i++)
    append_structure (&array, describe_word (words, i, timeline, segment, final));
  gst_structure_take_value (description, "words", &array);
  add_alternatives (description, words);
  return description;
}

gboolean
sew_transcript_meta_has_content (const SewSegment *segment)
{
  return sew_segment_get_n_words (segment) > 0 || sew_segment_get_n_alternatives (segment) > 0;
}

static GstClockTime
to_time (guint64 n_samples)
{
  return gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

/* A cue is shown by the clock from its first word on, as it may last into samples that are of
 * another time or yet to come. */
void
sew_transcript_meta_get_display (const SewSegment *segment, const SewStreamTimeline *timeline,
                                 GstClockTime *pts, GstClockTime *duration)
{
  guint64 first_sample = sew_segment_get_first_sample (segment);
  guint64 n_samples = sew_segment_get_n_samples (segment);
  guint64 display_first_sample = sew_segment_get_display_first_sample (segment);
  guint64 display_n_samples = sew_segment_get_display_n_samples (segment);

  *pts = *duration = GST_CLOCK_TIME_NONE;
  if (sew_segment_get_n_words (segment) == 0)
    return;
  *pts = sew_stream_timeline_get_pts (timeline, first_sample)
         + to_time (display_first_sample - first_sample);
  if (display_first_sample == first_sample && display_n_samples == n_samples)
    *duration = sew_stream_timeline_get_duration (timeline, first_sample, n_samples);
  else
    *duration = to_time (display_n_samples);
}

static gboolean
copy_field (GQuark field, const GValue *value, gpointer data)
{
  gst_structure_id_set_value (data, field, value);
  return TRUE;
}

void
sew_transcript_meta_add (GstBuffer *buffer, const GstStructure *description)
{
  GstCustomMeta *meta = gst_buffer_add_custom_meta (buffer, SEW_TRANSCRIPT_META);

  gst_structure_foreach (description, copy_field, gst_custom_meta_get_structure (meta));
}

void
sew_transcript_meta_add_words (GstBuffer *buffer, GPtrArray *words)
{
  GstCustomMeta *meta = gst_buffer_add_custom_meta (buffer, SEW_TRANSCRIPT_META);
  GValue array = G_VALUE_INIT;

  gst_value_array_init (&array, words->len);
  for (guint i = 0; i < words->len; i++)
    append_structure (&array, words->pdata[i]);
  gst_structure_take_value (gst_custom_meta_get_structure (meta), "words", &array);
}

void
sew_transcript_meta_post (GstElement *element, const char *name, const GstStructure *description,
                          const GstSegment *segment, GstClockTime pts, GstClockTime duration,
                          GstClockTime now)
{
  GstStructure *content = gst_structure_copy (description);

  gst_structure_set_name (content, name);
  gst_structure_set (content, "timestamp", G_TYPE_UINT64, pts, "duration", G_TYPE_UINT64, duration,
                     "stream-time", G_TYPE_UINT64,
                     gst_segment_to_stream_time (segment, GST_FORMAT_TIME, pts), "running-time",
                     G_TYPE_UINT64, gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts),
                     "arrival-time", G_TYPE_UINT64, now, NULL);
  gst_element_post_message (element, gst_message_new_element (GST_OBJECT (element), content));
}

GstStructure *
sew_transcript_meta_post_partial (GstElement *element, const SewSegment *words,
                                  const SewStreamTimeline *timeline, const GstSegment *segment)
{
  GstStructure *description;
  GstClockTime pts = GST_CLOCK_TIME_NONE, duration = GST_CLOCK_TIME_NONE;

  if (words != NULL) {
    description = sew_transcript_meta_describe (words, timeline, segment, FALSE);
    sew_transcript_meta_get_display (words, timeline, &pts, &duration);
  } else {
    description = gst_structure_new (SEW_PARTIAL_TRANSCRIPT_MESSAGE, "text", G_TYPE_STRING, "",
                                     NULL);
  }
  sew_transcript_meta_post (element, SEW_PARTIAL_TRANSCRIPT_MESSAGE, description, segment, pts,
                            duration, gst_element_get_current_running_time (element));
  return description;
}
