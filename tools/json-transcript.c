/* SPDX-License-Identifier: MIT */
#include "json-transcript.h"

#include <json-glib/json-glib.h>

/* As numbers are wanted with few digits, objects are written by hand; json-glib quotes strings. */
static void
write_string (FILE *file, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), valid);
  g_autofree char *quoted = json_to_string (node, FALSE);

  fputs (quoted, file);
}

static void
write_member (FILE *file, const char *name, const char *text)
{
  fprintf (file, "\"%s\": ", name);
  write_string (file, text);
}

static void
write_decoding (FILE *file, SewRecognizer *recognizer)
{
  SewDecoding decoding = sew_recognizer_get_decoding (recognizer);
  SewLanguageModel *model = sew_recognizer_get_language_model (recognizer);

  if (sew_recognizer_get_script (recognizer) != NULL) {
    write_member (file, "decoder", "script");
    return;
  }
  if (decoding == SEW_DECODING_GREEDY || (decoding == SEW_DECODING_AUTO && model == NULL)) {
    write_member (file, "decoder", "greedy");
    return;
  }
  write_member (file, "decoder", "beam");
  fprintf (file, ", \"beam_width\": %u", sew_recognizer_get_beam_width (recognizer));
  if (model == NULL)
    return;
  fputs (", ", file);
  write_member (file, "language_model", sew_language_model_get_location (model));
  fprintf (file, ", \"lm_weight\": %g, \"word_score\": %g",
           (double) sew_recognizer_get_lm_weight (recognizer),
           (double) sew_recognizer_get_word_score (recognizer));
}

void
json_transcript_begin (FILE *file, const char *location, SewRecognizer *recognizer)
{
  SewModel *model = sew_recognizer_get_model (recognizer);

  fputs ("{\n", file);
  write_member (file, "file", location);
  fputs (",\n", file);
  write_member (file, "generator", "sew-transcribe " SEW_VERSION_STRING);
  fputs (",\n\"model\": {", file);
  write_member (file, "folder", sew_model_get_folder (model));
  fputs (", ", file);
  write_member (file, "architecture", sew_model_get_architecture (model));
  fprintf (file, ", \"parameters\": %" G_GUINT64_FORMAT "},\n\"settings\": {",
           sew_model_get_n_parameters (model));
  write_member (file, "text_case",
                sew_text_case_get_name (sew_recognizer_get_text_case (recognizer)));
  fprintf (file, ", \"min_confidence\": %g, ",
           (double) sew_recognizer_get_min_confidence (recognizer));
  write_decoding (file, recognizer);
  fputs ("},\n\"segments\": [\n", file);
}

static double
to_seconds (const TranscriptClock *clock, guint64 sample)
{
  return (double) clock->time / GST_SECOND
         + (double) transcript_clock_count_samples (clock, sample) / SEW_SAMPLE_RATE_HZ;
}

static void
write_span (FILE *file, const TranscriptClock *clock, guint64 first_sample, guint64 n_samples)
{
  fprintf (file, "\"start\": %.3f, \"end\": %.3f, ", to_seconds (clock, first_sample),
           to_seconds (clock, first_sample + n_samples));
}

static void
write_word (FILE *file, const SewWord *word, const TranscriptClock *clock)
{
  fputc ('{', file);
  write_span (file, clock, sew_word_get_first_sample (word), sew_word_get_n_samples (word));
  fprintf (file, "\"confidence\": %.3f, ", (double) sew_word_get_confidence (word));
  write_member (file, "text", sew_word_get_text (word));
  if (!sew_word_is_spoken (word))
    fputs (", \"spoken\": false", file);
  fputc ('}', file);
}

/* Where an utterance ends, if the recognizer lists other ways to read it. */
static void
write_alternatives (FILE *file, const SewSegment *segment)
{
  guint n = sew_segment_get_n_alternatives (segment);

  if (n == 0)
    return;
  fputs (", \"alternatives\": [", file);
  for (guint i = 0; i < n; i++) {
    double score;
    const char *text = sew_segment_get_alternative (segment, i, &score);
    fprintf (file, "%s{\"score\": %.3f, ", i > 0 ? ", " : "", score);
    write_member (file, "text", text);
    fputc ('}', file);
  }
  fputc (']', file);
}

void
json_transcript_write (FILE *file, const SewSegment *segment, const TranscriptClock *clock,
                       gboolean first)
{
  gsize n_words = sew_segment_get_n_words (segment);

  fputs (first ? "{" : ", {", file);
  write_span (file, clock, sew_segment_get_first_sample (segment),
              sew_segment_get_n_samples (segment));
  fprintf (file, "\"utterance\": %" G_GUINT64_FORMAT ", ", sew_segment_get_utterance (segment));
  write_member (file, "ended_by", sew_segment_end_get_name (sew_segment_get_end (segment)));
  fputs (", ", file);
  write_member (file, "text", sew_segment_get_text (segment));
  fputs (", \"words\": [", file);
  for (gsize i = 0; i < n_words; i++) {
    if (i > 0)
      fputs (", ", file);
    write_word (file, sew_segment_get_word (segment, i), clock);
  }
  fputc (']', file);
  write_alternatives (file, segment);
  fputs ("}\n", file);
}

void
json_transcript_end (FILE *file, const GError *error)
{
  fprintf (file, "],\n\"complete\": %s", error == NULL ? "true" : "false");
  if (error != NULL) {
    fputs (",\n", file);
    write_member (file, "error", error->message);
  }
  fputs ("\n}\n", file);
}
