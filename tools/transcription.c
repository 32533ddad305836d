/* SPDX-License-Identifier: MIT */
#include "transcription.h"

#include <unistd.h>

#include "media-reader.h"
#include "output-file.h"

#define BAR_WIDTH 30

/* One file on its way from samples to text. */
typedef struct {
  const char *location;
  const TranscriptionOptions *options;
  GCancellable *cancellable;
  MediaReader *reader;
  SewRecognizer *recognizer;
  FILE *file;               /* NULL until there is something to write */
  TranscriptWriter *writer; /* as well */
  TranscriptClock clock;
  guint64 n_samples; /* pushed */
  gint64 started;    /* monotonic microseconds */
  gint64 bar_drawn;
} Job;

static void
erase_bar (Job *job)
{
  if (job->bar_drawn)
    g_printerr ("\r\033[K");
  job->bar_drawn = 0;
}

static void
draw_bar (Job *job)
{
  gint64 now = g_get_monotonic_time ();
  GstClockTime duration = media_reader_get_duration (job->reader);

  if (!job->options->show_progress || !isatty (STDERR_FILENO)
      || now - job->bar_drawn < G_USEC_PER_SEC / 10)
    return;
  double done = (double) job->n_samples / SEW_SAMPLE_RATE_HZ;
  double speed = done / MAX ((double) (now - job->started) / G_USEC_PER_SEC, 1e-3);
  g_printerr ("\r\033[K");
  if (GST_CLOCK_TIME_IS_VALID (duration)) {
    double share = CLAMP (done / ((double) duration / GST_SECOND), 0.0, 1.0);
    g_printerr ("[");
    for (int i = 0; i < BAR_WIDTH; i++)
      g_printerr ("%c", i < (int) (share * BAR_WIDTH) ? '#' : '.');
    g_printerr ("] %3.0f %%  ", 100.0 * share);
  }
  g_printerr ("%.0f s of audio, %.0f times real time", done, speed);
  job->bar_drawn = now;
}

static gboolean
ensure_writer (Job *job, GError **error)
{
  if (job->writer)
    return TRUE;
  job->file = output_file_open (job->options->path, error);
  if (!job->file)
    return FALSE;
  job->writer = transcript_writer_new (job->options->format, job->file, job->location,
                                       job->recognizer);
  return TRUE;
}

static gboolean
write_segments (Job *job, GError **error)
{
  gboolean good = TRUE;
  SewSegment *segment;

  while (good && (segment = sew_recognizer_pull (job->recognizer))) {
    erase_bar (job);
    if (transcript_format_shows (job->options->format, segment)
        && (good = ensure_writer (job, error))) {
      transcript_writer_write (job->writer, segment, &job->clock);
      good = output_file_check (job->file, job->options->path, error);
    }
    sew_segment_unref (segment);
  }
  return good;
}

static gboolean
drain (Job *job, GError **error)
{
  return sew_recognizer_drain (job->recognizer, job->cancellable, error)
         && write_segments (job, error);
}

/* What is left of a script was not said. */
static gboolean
finish (Job *job, GError **error)
{
  if (!drain (job, error))
    return FALSE;
  sew_recognizer_end_script (job->recognizer);
  return write_segments (job, error) && ensure_writer (job, error);
}

static gboolean
push_chunk (Job *job, const MediaChunk *chunk, GError **error)
{
  if (chunk->discontinuous) {
    if (job->n_samples > 0 && !drain (job, error))
      return FALSE;
    job->clock.time = chunk->time;
    job->clock.first_sample = job->n_samples;
  }
  if (!sew_recognizer_push (job->recognizer, chunk->samples, chunk->n_samples, job->cancellable,
                            error)) {
    if (!g_cancellable_is_cancelled (job->cancellable))
      drain (job, NULL);
    return FALSE;
  }
  job->n_samples += chunk->n_samples;
  if (!write_segments (job, error))
    return FALSE;
  draw_bar (job);
  return TRUE;
}

/* Everything from the first chunk to the last word. What was recognized before an error is
 * written. */
static gboolean
run_job (Job *job, GError **error)
{
  MediaChunk chunk;

  while (!g_cancellable_set_error_if_cancelled (job->cancellable, error)) {
    switch (media_reader_read (job->reader, &chunk, error)) {
    case MEDIA_CHUNK:
      if (!push_chunk (job, &chunk, error))
        return FALSE;
      break;
    case MEDIA_END:
      return finish (job, error);
    case MEDIA_WAIT:
      draw_bar (job);
      break;
    case MEDIA_ERROR:
      drain (job, NULL);
      return FALSE;
    }
  }
  return FALSE;
}

gboolean
transcription_run (SewRecognizer *recognizer, const char *location,
                   const TranscriptionOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) job_error = NULL;
  Job job = {
    .location = location,
    .options = options,
    .cancellable = cancellable,
    .recognizer = recognizer,
    .started = g_get_monotonic_time (),
  };

  transcript_format_prepare (options->format, recognizer);
  job.reader = media_reader_new (location, error);
  if (!job.reader)
    return FALSE;
  gboolean done = run_job (&job, &job_error);
  erase_bar (&job);
  if (job.writer) {
    transcript_writer_finish (job.writer, job_error);
    transcript_writer_free (job.writer);
    done = output_file_close (job.file, options->path, done ? &job_error : NULL) && done;
  }
  media_reader_free (job.reader);
  if (job_error)
    g_propagate_error (error, g_steal_pointer (&job_error));
  return done;
}
