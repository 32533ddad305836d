/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#include <sew/sew.h>

#include "media-reader.h"

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130

#define BAR_WIDTH 30
#define MAX_THREADS 64

/* What the command line asks for. */
static char *model_folder;
static char *language;
static gboolean print_words;
static gboolean quiet;
static int n_threads;
static gboolean print_version;
static char **locations;

static const GOptionEntry entries[] = {
  { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model_folder,
    "A checkpoint folder in the Hugging Face layout (default: the bundled English model)", "DIR" },
  { "language", 'l', 0, G_OPTION_ARG_STRING, &language,
    "The language, for checkpoints with several (default: the checkpoint's own)", "CODE" },
  { "words", 'w', 0, G_OPTION_ARG_NONE, &print_words,
    "One word a line: begin and end in seconds, confidence from 0 to 1, and the word", NULL },
  { "threads", 't', 0, G_OPTION_ARG_INT, &n_threads,
    "How many threads to use, up to 64 (default: 0, as many as there are processors for)", "N" },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "No progress bar", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &print_version, "Print the version", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &locations, NULL, "FILE…" },
  { NULL },
};

static GCancellable *interrupted; /* cancelled by Ctrl-C */

/* One file on its way from samples to text. */
typedef struct {
  MediaReader *reader;
  SewRecognizer *recognizer;
  GstClockTime clip_time;    /* stream time of ... */
  guint64 clip_first_sample; /* ... this sample of the recognizer */
  guint64 n_samples;         /* pushed */
  gint64 started;            /* monotonic microseconds */
  gint64 bar_drawn;
} Job;

static gboolean
interrupt (gpointer user_data)
{
  g_cancellable_cancel (interrupted);
  return G_SOURCE_CONTINUE;
}

static double
to_seconds (const Job *job, guint64 sample)
{
  double offset = (double) (sample - job->clip_first_sample) / SEW_SAMPLE_RATE_HZ;
  return (double) job->clip_time / GST_SECOND + offset;
}

static void
print_segment (const Job *job, const SewSegment *segment)
{
  if (!print_words) {
    printf ("%s\n", sew_segment_get_text (segment));
    return;
  }
  for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
    SewWord *word = sew_segment_get_word (segment, i);
    guint64 first_sample = sew_word_get_first_sample (word);
    printf ("%.3f\t%.3f\t%.3f\t%s\n", to_seconds (job, first_sample),
            to_seconds (job, first_sample + sew_word_get_n_samples (word)),
            (double) sew_word_get_confidence (word), sew_word_get_text (word));
  }
}

static void
erase_bar (Job *job)
{
  if (job->bar_drawn)
    g_printerr ("\r\033[K");
  job->bar_drawn = 0;
}

static void
print_segments (Job *job)
{
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (job->recognizer))) {
    erase_bar (job);
    if (sew_segment_get_n_words (segment) > 0)
      print_segment (job, segment);
    sew_segment_unref (segment);
  }
  fflush (stdout);
}

static void
draw_bar (Job *job)
{
  gint64 now = g_get_monotonic_time ();
  GstClockTime duration = media_reader_get_duration (job->reader);

  if (quiet || !isatty (STDERR_FILENO) || now - job->bar_drawn < G_USEC_PER_SEC / 10)
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
drain (Job *job, GError **error)
{
  if (!sew_recognizer_drain (job->recognizer, interrupted, error))
    return FALSE;
  print_segments (job);
  return TRUE;
}

static gboolean
push_chunk (Job *job, const MediaChunk *chunk, GError **error)
{
  if (chunk->discontinuous) {
    if (job->n_samples > 0 && !drain (job, error))
      return FALSE;
    job->clip_time = chunk->time;
    job->clip_first_sample = job->n_samples;
  }
  if (!sew_recognizer_push (job->recognizer, chunk->samples, chunk->n_samples, interrupted, error))
    return FALSE;
  job->n_samples += chunk->n_samples;
  print_segments (job);
  draw_bar (job);
  return TRUE;
}

/* Everything from the first chunk to the last word. What was recognized before an error is printed.
 */
static gboolean
run_job (Job *job, GError **error)
{
  MediaChunk chunk;

  while (!g_cancellable_set_error_if_cancelled (interrupted, error)) {
    switch (media_reader_read (job->reader, &chunk, error)) {
    case MEDIA_CHUNK:
      if (!push_chunk (job, &chunk, error)) {
        if (!g_cancellable_is_cancelled (interrupted))
          drain (job, NULL);
        return FALSE;
      }
      break;
    case MEDIA_END:
      return drain (job, error);
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

static gboolean
transcribe (SewModel *model, const char *location, GError **error)
{
  Job job = { .started = g_get_monotonic_time () };
  gboolean done;

  job.reader = media_reader_new (location, error);
  if (!job.reader)
    return FALSE;
  job.recognizer = sew_recognizer_new (model);
  sew_recognizer_set_granularity (job.recognizer, SEW_GRANULARITY_UTTERANCE);
  sew_recognizer_set_n_threads (job.recognizer, (guint) n_threads);
  done = run_job (&job, error);
  erase_bar (&job);
  g_object_unref (job.recognizer);
  media_reader_free (job.reader);
  return done;
}

static int
transcribe_all (void)
{
  g_autoptr (GError) model_error = NULL;
  g_autofree char *bundled = sew_model_dup_bundled_folder ();
  g_autoptr (SewModel) model = sew_model_new_for_language (model_folder ? model_folder : bundled,
                                                           language, interrupted, &model_error);
  int result = EXIT_SUCCESS;

  if (!model) {
    g_printerr ("sew-transcribe: %s\n", model_error->message);
    return EXIT_FAILURE;
  }
  for (char **location = locations; *location; location++) {
    g_autoptr (GError) error = NULL;
    if (locations[1])
      printf ("%s==> %s <==\n", location == locations ? "" : "\n", *location);
    if (!transcribe (model, *location, &error)) {
      if (g_cancellable_is_cancelled (interrupted))
        return EXIT_INTERRUPTED;
      g_printerr ("sew-transcribe: %s: %s\n", *location, error->message);
      result = EXIT_FAILURE;
    }
  }
  return result;
}

static GMainLoop *loop;
static int status;

static gboolean
quit (gpointer user_data)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gpointer
work (gpointer user_data)
{
  status = transcribe_all ();
  g_idle_add (quit, NULL);
  return NULL;
}

/* The status to exit with, or -1 to go on. */
static int
parse_command_line (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context,
                                "Writes down the speech in media files, or in standard input (-).");
  g_option_context_set_description (
      context, "Exit status: 0 if all was transcribed, 1 if something could not be, 2 for a wrong\n"
               "command line, 130 if interrupted.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("sew-transcribe: %s\n", error->message);
    return EXIT_USAGE;
  }
  if (print_version) {
    g_print ("sew-transcribe %s\n", sew_get_version ());
    return EXIT_SUCCESS;
  }
  if (!locations) {
    g_printerr ("sew-transcribe: no file is named; --help tells more\n");
    return EXIT_USAGE;
  }
  if (n_threads < 0 || n_threads > MAX_THREADS) {
    g_printerr ("sew-transcribe: --threads: from 0 to %d\n", MAX_THREADS);
    return EXIT_USAGE;
  }
  return -1;
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  int early_status = parse_command_line (argc, argv);
  if (early_status >= 0)
    return early_status;

  /* the main thread watches for Ctrl-C, another one works */
  loop = g_main_loop_new (NULL, FALSE);
  interrupted = g_cancellable_new ();
  g_unix_signal_add (SIGINT, interrupt, NULL);
  g_unix_signal_add (SIGTERM, interrupt, NULL);
  GThread *worker = g_thread_new ("transcribe", work, NULL);
  g_main_loop_run (loop);
  g_thread_join (worker);
  if (fflush (stdout) != 0 || ferror (stdout)) {
    g_printerr ("sew-transcribe: standard output: %s\n", g_strerror (errno));
    status = EXIT_FAILURE;
  }
  g_main_loop_unref (loop);
  g_object_unref (interrupted);
  g_strfreev (locations);
  g_free (model_folder);
  g_free (language);
  return status;
}
