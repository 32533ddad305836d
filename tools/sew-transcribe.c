/* SPDX-License-Identifier: MIT */
#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <sew/sew.h>

#include "output-file.h"
#include "decoding-options.h"
#include "recognition-options.h"
#include "transcription.h"

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 128 /* and the signal's number */

#define MAX_THREADS 64

/* What the command line asks for. */
static char *model_folder;
static char *language;
static char *script_path;
static TranscriptFormat format = TRANSCRIPT_TXT;
static gboolean format_given;
static char *output;
static gboolean overwrite;
static gboolean print_words;
static gboolean quiet;
static int n_threads;
static char *precision_name;
static SewPrecision precision = SEW_PRECISION_AUTO;
static gboolean print_version;
static char **locations;

static gboolean
parse_format (const char *option, const char *value, gpointer data, GError **error)
{
  format_given = TRUE;
  if (transcript_format_parse (value, &format))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "there is no format %s: txt, words, srt, vtt, json, tsv, ctm and lrc there are",
               value);
  return FALSE;
}

static const GOptionEntry entries[] = {
  { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model_folder,
    "A checkpoint folder in the Hugging Face layout (default: the bundled English model)", "DIR" },
  { "language", 'l', 0, G_OPTION_ARG_STRING, &language,
    "The language, for checkpoints with several (default: the checkpoint's own)", "CODE" },
  { "align", 'a', 0, G_OPTION_ARG_FILENAME, &script_path,
    "Find the words of this text in each FILE, instead of reading what is said", "SCRIPT" },
  { "format", 'f', 0, G_OPTION_ARG_CALLBACK, parse_format,
    "Write a file beside each FILE: txt, words, srt, vtt, json, tsv, ctm or lrc (default: what the "
    "name of the --output file ends with, or else txt)",
    "FORMAT" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
    "Write there: a file, a folder (that exists) for a file per FILE, or - for standard output",
    "PATH" },
  { "overwrite", 0, 0, G_OPTION_ARG_NONE, &overwrite,
    "Write files beside each FILE even if they exist", NULL },
  { "words", 'w', 0, G_OPTION_ARG_NONE, &print_words,
    "One word a line: begin and end in seconds, confidence from 0 to 1 (- if a word of the script "
    "was not said), and the word",
    NULL },
  { "precision", 'p', 0, G_OPTION_ARG_STRING, &precision_name,
    "What to calculate with: float32, bf16, int8 or auto (default: auto, the fastest whose text "
    "hardly differs)",
    "NAME" },
  { "threads", 't', 0, G_OPTION_ARG_INT, &n_threads,
    "How many threads to use, up to 64 (default: 0, as many as there are processors for)", "N" },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "No progress bar", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &print_version, "Print the version", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &locations, NULL, "FILE…" },
  { NULL },
};

static GCancellable *interrupted; /* cancelled by Ctrl-C or SIGTERM */
static int first_signal;          /* the one that did, for the main thread only */

static gboolean
interrupt (gpointer user_data)
{
  if (!g_cancellable_is_cancelled (interrupted))
    first_signal = GPOINTER_TO_INT (user_data);
  g_cancellable_cancel (interrupted);
  return G_SOURCE_CONTINUE;
}

static gboolean
transcribe (SewModel *model, SewScript *script, const char *location, OutputPlan *plan,
            GError **error)
{
  TranscriptionOptions options = { .format = format, .show_progress = !quiet };
  g_autofree char *path = output_plan_choose (plan, location, error);

  if (path == NULL)
    return FALSE;
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  recognition_options_apply (recognizer);
  sew_recognizer_set_script (recognizer, script);
  decoding_options_apply (recognizer);
  sew_recognizer_set_n_threads (recognizer, (guint) n_threads);
  options.path = path;
  return transcription_run (recognizer, location, &options, interrupted, error);
}

static void
print_heading (const char *location)
{
  printf ("%s==> %s <==\n", location == locations[0] ? "" : "\n", location);
}

static int
transcribe_all (void)
{
  g_autoptr (GError) setup_error = NULL;
  g_autofree char *bundled = sew_model_dup_bundled_folder ();
  g_autoptr (SewModel) model = sew_model_new_at_precision (
      model_folder ? model_folder : bundled, language, precision, interrupted, &setup_error);
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  OutputPlan plan = { output,
                      transcript_format_get_extension (format),
                      overwrite,
                      { script_path, decoding_options_get_hot_words_file () },
                      taken };
  g_autoptr (SewScript) script = NULL;
  int result = EXIT_SUCCESS;

  if (model && script_path)
    script = sew_script_new_from_file (script_path, &setup_error);
  else if (model)
    decoding_options_load (model, &setup_error);
  if (g_cancellable_is_cancelled (interrupted))
    return EXIT_INTERRUPTED;
  if (setup_error) {
    g_printerr ("sew-transcribe: %s\n", setup_error->message);
    return EXIT_FAILURE;
  }
  for (char **location = locations; *location; location++) {
    g_autoptr (GError) error = NULL;
    if (locations[1] && g_strcmp0 (output, "-") == 0 && format != TRANSCRIPT_CTM)
      print_heading (*location);
    if (!transcribe (model, script, *location, &plan, &error)) {
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

/* What the options mean together. NULL, or what is wrong with them. */
static const char *
settle_options (void)
{
  if (!locations)
    return "no file is named; --help tells more";
  if (n_threads < 0 || n_threads > MAX_THREADS)
    return "--threads must be from 0 to " G_STRINGIFY (MAX_THREADS);
  if (precision_name && !sew_precision_parse (precision_name, &precision))
    return "--precision must be float32, bf16, int8 or auto";
  if (print_words && format_given && format != TRANSCRIPT_WORDS)
    return "--words is a format of its own";
  if (print_words)
    format = TRANSCRIPT_WORDS;
  if (!format_given && !output)
    output = g_strdup ("-");
  if (!output || g_file_test (output, G_FILE_TEST_IS_DIR))
    return NULL;
  if (g_str_has_suffix (output, G_DIR_SEPARATOR_S))
    return "the folder that --output names does not exist";
  if (!format_given && !print_words)
    transcript_format_guess (output, &format);
  if (!locations[1])
    return NULL;
  if (!g_str_equal (output, "-"))
    return "several files need a folder as --output";
  return transcript_format_may_be_joined (format) ? NULL
                                                  : "several files of this format can't be joined";
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
               "command line, 130 if interrupted, 143 if terminated.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, recognition_options_get_group ());
  g_option_context_add_group (context, decoding_options_get_group ());
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("sew-transcribe: %s\n", error->message);
    return EXIT_USAGE;
  }
  if (print_version) {
    g_print ("sew-transcribe %s\n", sew_get_version ());
    return EXIT_SUCCESS;
  }
  const char *mistake = settle_options ();
  if (mistake) {
    g_printerr ("sew-transcribe: %s\n", mistake);
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

  /* the main thread watches for signals, another one works */
  loop = g_main_loop_new (NULL, FALSE);
  interrupted = g_cancellable_new ();
  g_unix_signal_add (SIGINT, interrupt, GINT_TO_POINTER (SIGINT));
  g_unix_signal_add (SIGTERM, interrupt, GINT_TO_POINTER (SIGTERM));
  GThread *worker = g_thread_new ("transcribe", work, NULL);
  g_main_loop_run (loop);
  g_thread_join (worker);
  g_main_loop_unref (loop);
  g_object_unref (interrupted);
  decoding_options_clear ();
  g_strfreev (locations);
  g_free (model_folder);
  g_free (language);
  g_free (script_path);
  g_free (output);
  g_free (precision_name);
  return status == EXIT_INTERRUPTED ? EXIT_INTERRUPTED + first_signal : status;
}
