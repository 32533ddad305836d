/* SPDX-License-Identifier: MIT */
#include "transcript-writer.h"

#include <string.h>

#include "json-transcript.h"

struct _TranscriptWriter {
  TranscriptFormat format;
  FILE *file;
  char *location;
  SewRecognizer *recognizer;
  guint n_segments;
  guint64 end_ms; /* of what was written last: nothing is shown before */
};

/* What the formats are called and made of, in the order of the enum. */
static const struct {
  const char *name;
  const char *extension;
  SewGranularity granularity;
  gboolean may_be_joined;
} formats[N_TRANSCRIPT_FORMATS] = {
  [TRANSCRIPT_TXT] = { "txt", "txt", SEW_GRANULARITY_UTTERANCE, TRUE },
  [TRANSCRIPT_WORDS] = { "words", "words", SEW_GRANULARITY_UTTERANCE, TRUE },
  [TRANSCRIPT_SRT] = { "srt", "srt", SEW_GRANULARITY_CUE, FALSE },
  [TRANSCRIPT_VTT] = { "vtt", "vtt", SEW_GRANULARITY_CUE, FALSE },
  [TRANSCRIPT_JSON] = { "json", "json", SEW_GRANULARITY_UTTERANCE, FALSE },
  [TRANSCRIPT_TSV] = { "tsv", "tsv", SEW_GRANULARITY_UTTERANCE, FALSE },
  [TRANSCRIPT_CTM] = { "ctm", "ctm", SEW_GRANULARITY_UTTERANCE, TRUE },
  [TRANSCRIPT_LRC] = { "lrc", "lrc", SEW_GRANULARITY_CUE, FALSE },
};

gboolean
transcript_format_parse (const char *name, TranscriptFormat *format)
{
  for (guint i = 0; i < N_TRANSCRIPT_FORMATS; i++)
    if (g_str_equal (formats[i].name, name)) {
      *format = (TranscriptFormat) i;
      return TRUE;
    }
  return FALSE;
}

void
transcript_format_guess (const char *path, TranscriptFormat *format)
{
  const char *dot = strrchr (path, '.');

  for (guint i = 0; dot != NULL && i < N_TRANSCRIPT_FORMATS; i++)
    if (g_ascii_strcasecmp (formats[i].extension, dot + 1) == 0)
      *format = (TranscriptFormat) i;
}

const char *
transcript_format_get_extension (TranscriptFormat format)
{
  return formats[format].extension;
}

void
transcript_format_prepare (TranscriptFormat format, SewRecognizer *recognizer)
{
  sew_recognizer_set_granularity (recognizer, formats[format].granularity);
  if (format == TRANSCRIPT_LRC) {
    g_autoptr (SewCueLimits) limits = sew_cue_limits_copy (
        sew_recognizer_get_cue_limits (recognizer));
    limits->max_lines = 1;
    sew_recognizer_set_cue_limits (recognizer, limits);
  }
}

gboolean
transcript_format_may_be_joined (TranscriptFormat format)
{
  return formats[format].may_be_joined;
}

/* What was not said is no text, but a word all the same. */
gboolean
transcript_format_shows (TranscriptFormat format, const SewSegment *segment)
{
  if (format == TRANSCRIPT_WORDS || format == TRANSCRIPT_JSON)
    return sew_segment_get_n_words (segment) > 0;
  return sew_segment_is_spoken (segment);
}

TranscriptWriter *
transcript_writer_new (TranscriptFormat format, FILE *file, const char *location,
                       SewRecognizer *recognizer)
{
  TranscriptWriter *writer = g_new0 (TranscriptWriter, 1);

  writer->format = format;
  writer->file = file;
  writer->location = g_strdup (location);
  writer->recognizer = recognizer;
  switch (format) {
  case TRANSCRIPT_VTT:
    fputs ("WEBVTT\n", file);
    break;
  case TRANSCRIPT_JSON:
    json_transcript_begin (file, location, recognizer);
    break;
  case TRANSCRIPT_TSV:
    fputs ("start\tend\ttext\n", file);
    break;
  case TRANSCRIPT_LRC:
    fprintf (file, "[re:sew-transcribe]\n[ve:%s]\n", sew_get_version ());
    break;
  case TRANSCRIPT_TXT:
  case TRANSCRIPT_WORDS:
  case TRANSCRIPT_SRT:
  case TRANSCRIPT_CTM:
  case N_TRANSCRIPT_FORMATS:
    break;
  }
  return writer;
}

void
transcript_writer_free (TranscriptWriter *writer)
{
  g_free (writer->location);
  g_free (writer);
}

static guint64
to_ms (const TranscriptClock *clock, guint64 sample)
{
  GstClockTime offset = gst_util_uint64_scale (transcript_clock_count_samples (clock, sample),
                                               GST_SECOND, SEW_SAMPLE_RATE_HZ);
  return (clock->time + offset) / GST_MSECOND;
}

static double
to_seconds (const TranscriptClock *clock, guint64 sample)
{
  return (double) to_ms (clock, sample) / 1000.0;
}

static void
write_words (TranscriptWriter *writer, const SewSegment *segment, const TranscriptClock *clock)
{
  for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
    SewWord *word = sew_segment_get_word (segment, i);
    guint64 first_sample = sew_word_get_first_sample (word);
    fprintf (writer->file, "%.3f\t%.3f\t", to_seconds (clock, first_sample),
             to_seconds (clock, first_sample + sew_word_get_n_samples (word)));
    if (sew_word_is_spoken (word))
      fprintf (writer->file, "%.3f", (double) sew_word_get_confidence (word));
    else
      fputc ('-', writer->file);
    fprintf (writer->file, "\t%s\n", sew_word_get_text (word));
  }
}

/* A file's name without folder and extension, as one word. */
static char *
make_recording_name (const char *location)
{
  char *name = g_str_equal (location, "-") ? g_strdup ("stdin") : g_path_get_basename (location);
  char *dot = strrchr (name, '.');

  if (dot != NULL && dot > name)
    *dot = '\0';
  return g_strdelimit (name, " \t\n\r;", '_');
}

static void
write_ctm (TranscriptWriter *writer, const SewSegment *segment, const TranscriptClock *clock)
{
  g_autofree char *recording = make_recording_name (writer->location);

  for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
    SewWord *word = sew_segment_get_word (segment, i);
    if (!sew_word_is_spoken (word))
      continue;
    g_autofree char *text = g_strdelimit (g_strdup (sew_word_get_text (word)), " ", '_');
    fprintf (writer->file, "%s 1 %.3f %.3f %s %.3f\n", recording,
             to_seconds (clock, sew_word_get_first_sample (word)),
             (double) sew_word_get_n_samples (word) / SEW_SAMPLE_RATE_HZ, text,
             (double) sew_word_get_confidence (word));
  }
}

static void
write_tsv (TranscriptWriter *writer, const SewSegment *segment, const TranscriptClock *clock)
{
  guint64 first_sample = sew_segment_get_first_sample (segment);
  guint64 end_sample = first_sample + sew_segment_get_n_samples (segment);

  fprintf (writer->file, "%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT "\t%s\n",
           to_ms (clock, first_sample), to_ms (clock, end_sample), sew_segment_get_text (segment));
}

static void
write_time (FILE *file, guint64 ms, char mark)
{
  fprintf (file, "%02u:%02u:%02u%c%03u", (guint) (ms / 3600000), (guint) (ms / 60000 % 60),
           (guint) (ms / 1000 % 60), mark, (guint) (ms % 1000));
}

/* Cues of two clips may meet where the audio jumps. */
static void
write_times (TranscriptWriter *writer, const SewSegment *cue, const TranscriptClock *clock,
             char mark)
{
  guint64 first_sample = sew_segment_get_display_first_sample (cue);
  guint64 start_ms = MAX (to_ms (clock, first_sample), writer->end_ms);

  writer->end_ms = MAX (to_ms (clock, first_sample + sew_segment_get_display_n_samples (cue)),
                        start_ms + 1);
  write_time (writer->file, start_ms, mark);
  fputs (" --> ", writer->file);
  write_time (writer->file, writer->end_ms, mark);
  fputc ('\n', writer->file);
}

static void
write_srt (TranscriptWriter *writer, const SewSegment *cue, const TranscriptClock *clock)
{
  fprintf (writer->file, "%s%u\n", writer->n_segments > 0 ? "\n" : "", writer->n_segments + 1);
  write_times (writer, cue, clock, ',');
  fprintf (writer->file, "%s\n", sew_segment_get_text (cue));
}

static void
write_vtt (TranscriptWriter *writer, const SewSegment *cue, const TranscriptClock *clock)
{
  fputc ('\n', writer->file);
  write_times (writer, cue, clock, '.');
  for (const char *c = sew_segment_get_text (cue); *c != '\0'; c++)
    switch (*c) {
    case '&':
      fputs ("&amp;", writer->file);
      break;
    case '<':
      fputs ("&lt;", writer->file);
      break;
    case '>':
      fputs ("&gt;", writer->file);
      break;
    default:
      fputc (*c, writer->file);
    }
  fputc ('\n', writer->file);
}

static void
write_lrc (TranscriptWriter *writer, const SewSegment *cue, const TranscriptClock *clock)
{
  guint64 ms = to_ms (clock, sew_segment_get_display_first_sample (cue));

  fprintf (writer->file, "[%02u:%02u.%02u]%s\n", (guint) (ms / 60000), (guint) (ms / 1000 % 60),
           (guint) (ms / 10 % 100), sew_segment_get_text (cue));
}

void
transcript_writer_write (TranscriptWriter *writer, const SewSegment *segment,
                         const TranscriptClock *clock)
{
  switch (writer->format) {
  case TRANSCRIPT_TXT:
    fprintf (writer->file, "%s\n", sew_segment_get_text (segment));
    break;
  case TRANSCRIPT_WORDS:
    write_words (writer, segment, clock);
    break;
  case TRANSCRIPT_SRT:
    write_srt (writer, segment, clock);
    break;
  case TRANSCRIPT_VTT:
    write_vtt (writer, segment, clock);
    break;
  case TRANSCRIPT_JSON:
    json_transcript_write (writer->file, segment, clock, writer->n_segments == 0);
    break;
  case TRANSCRIPT_TSV:
    write_tsv (writer, segment, clock);
    break;
  case TRANSCRIPT_CTM:
    write_ctm (writer, segment, clock);
    break;
  case TRANSCRIPT_LRC:
    write_lrc (writer, segment, clock);
    break;
  case N_TRANSCRIPT_FORMATS:
    break;
  }
  writer->n_segments++;
  fflush (writer->file);
}

void
transcript_writer_finish (TranscriptWriter *writer, const GError *error)
{
  if (writer->format == TRANSCRIPT_JSON)
    json_transcript_end (writer->file, error);
  fflush (writer->file);
}
