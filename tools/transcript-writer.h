/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include <gst/gst.h>
#include <sew/sew.h>

/* The file formats of transcripts. What is written of a segment is complete, and flushed, when the
 * call returns; what comes at the end of a file makes it valid, however early that is. */
typedef enum {
  TRANSCRIPT_TXT,   /* a line an utterance */
  TRANSCRIPT_WORDS, /* a line a word: begin and end in seconds, confidence, word */
  TRANSCRIPT_SRT,
  TRANSCRIPT_VTT,
  TRANSCRIPT_JSON,
  TRANSCRIPT_TSV, /* begin and end in milliseconds and the text of an utterance */
  TRANSCRIPT_CTM, /* NIST's: a line a word */
  TRANSCRIPT_LRC, /* lines as for songs */
  N_TRANSCRIPT_FORMATS,
} TranscriptFormat;

/* FALSE if there is none of that name. */
gboolean transcript_format_parse (const char *name, TranscriptFormat *format);
/* The one whose files have a name that ends like the path; format stays if there is none. */
void transcript_format_guess (const char *path, TranscriptFormat *format);
/* What a file's name ends with, without the dot. */
const char *transcript_format_get_extension (TranscriptFormat format);
/* Makes a recognizer hand out what the format is made of. */
void transcript_format_prepare (TranscriptFormat format, SewRecognizer *recognizer);
/* Whether transcripts may follow each other in one file. */
gboolean transcript_format_may_be_joined (TranscriptFormat format);

/* Whether a segment is written at all. */
gboolean transcript_format_shows (TranscriptFormat format, const SewSegment *segment);

/* When the samples of a recognizer are heard. */
typedef struct {
  GstClockTime time;    /* stream time of ... */
  guint64 first_sample; /* ... this one */
} TranscriptClock;

/* From its first sample on; none for what a script has before there. */
static inline guint64
transcript_clock_count_samples (const TranscriptClock *clock, guint64 sample)
{
  return sample > clock->first_sample ? sample - clock->first_sample : 0;
}

typedef struct _TranscriptWriter TranscriptWriter;

/* location: of the media file. The file and the recognizer are borrowed. */
TranscriptWriter *transcript_writer_new (TranscriptFormat format, FILE *file, const char *location,
                                         SewRecognizer *recognizer);
void transcript_writer_free (TranscriptWriter *writer);

/* segment: with words. */
void transcript_writer_write (TranscriptWriter *writer, const SewSegment *segment,
                              const TranscriptClock *clock);
/* error: why there is not more, or NULL if it is complete. Nothing may be written afterwards. */
void transcript_writer_finish (TranscriptWriter *writer, const GError *error);
