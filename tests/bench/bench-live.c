/* SPDX-License-Identifier: MIT */

/* How late live words are and what being early costs: plays a recording in real time into
 * sewtranscriber and compares what comes out with what the library makes of all of it at once.
 *
 * usage: bench-live [--model-location FOLDER] [--greedy] [--latency MS] [--minutes N]
 *                   [--text FILE] AUDIO
 *
 * AUDIO: what GStreamer can decode; shorter than N minutes, it is played again. FILE: the words
 * that are said in it, for error rates. One thread recognizes; measure-live.py plays real speech on
 * one core. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <gst/app/app.h>
#include <gst/gst.h>
#include <sew/sew.h>

#include "elements.h"

#define CHUNK_SAMPLES 320 /* 20 ms */
#define FRAME (20 * GST_MSECOND)

static char *model_location;
static gboolean greedy;
static int latency_ms = 1500;
static double n_minutes;
static char *text_file;

static const GOptionEntry options[] = {
  { "model-location", 0, 0, G_OPTION_ARG_FILENAME, &model_location, "The checkpoint", "FOLDER" },
  { "greedy", 0, 0, G_OPTION_ARG_NONE, &greedy, "Without a language model", NULL },
  { "latency", 0, 0, G_OPTION_ARG_INT, &latency_ms, "As the element's property", "MS" },
  { "minutes", 0, 0, G_OPTION_ARG_DOUBLE, &n_minutes, "How long, if not once", "N" },
  { "text", 0, 0, G_OPTION_ARG_FILENAME, &text_file, "What is said", "FILE" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

typedef struct {
  char *text;
  GstClockTime start;
  GstClockTime end;
  GstClockTime arrival; /* running time */
  gboolean is_late;     /* its buffer begins later than it */
} Word;

static void
free_word (gpointer data)
{
  g_free (((Word *) data)->text);
  g_free (data);
}

static Word *
add_word (GPtrArray *words, const char *text, GstClockTime start, GstClockTime end)
{
  Word *word = g_new (Word, 1);

  *word = (Word){ .text = g_strdup (text), .start = start, .end = end };
  g_ptr_array_add (words, word);
  return word;
}

/* --- audio --- */

static GstFlowReturn
take_sample (GstAppSink *sink, gpointer data)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstMapInfo map;

  gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
  g_byte_array_append (data, map.data, (guint) map.size);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  return GST_FLOW_OK;
}

/* (transfer full): float, mono, 16 kHz */
static GByteArray *
decode (const char *path)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "filesrc name=file ! decodebin ! audioconvert ! audioresample ! appsink name=sink sync=false "
      "emit-signals=true caps=audio/x-raw,format=F32LE,layout=interleaved,rate=16000,channels=1",
      NULL);
  g_autoptr (GstElement) file = gst_bin_get_by_name (GST_BIN (pipeline), "file");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GByteArray *bytes = g_byte_array_new ();

  g_object_set (file, "location", path, NULL);
  g_signal_connect (sink, "new-sample", G_CALLBACK (take_sample), bytes);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
                                                               GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR || bytes->len == 0) {
    fprintf (stderr, "%s: can't be decoded\n", path);
    exit (EXIT_FAILURE);
  }
  return bytes;
}

/* --- recognition --- */

/* NULL if there is none, or none is wanted. */
static SewLanguageModel *
load_language_model (SewModel *model, GError **error)
{
  g_autofree char *location = greedy ? NULL : sew_model_dup_language_model_location (model);

  return location != NULL ? sew_language_model_new (location, error) : NULL;
}

static GPtrArray *
recognize_offline (const float *samples, gsize n_samples)
{
  g_autofree char *folder = model_location != NULL ? g_strdup (model_location)
                                                   : sew_model_dup_bundled_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SewModel) model = sew_model_new (folder, &error);
  g_autoptr (SewLanguageModel) language_model = model != NULL ? load_language_model (model, &error)
                                                              : NULL;
  GPtrArray *words = g_ptr_array_new_with_free_func (free_word);
  SewSegment *segment;

  if (error != NULL) {
    fprintf (stderr, "%s\n", error->message);
    exit (EXIT_FAILURE);
  }
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  sew_recognizer_set_language_model (recognizer, language_model);
  sew_recognizer_set_n_threads (recognizer, 1);
  sew_recognizer_push (recognizer, samples, n_samples, NULL, NULL);
  sew_recognizer_drain (recognizer, NULL, NULL);
  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
      const SewWord *word = sew_segment_get_word (segment, i);
      guint64 start = sew_word_get_first_sample (word);
      guint64 end = start + sew_word_get_n_samples (word);
      add_word (words, sew_word_get_text (word), start * 62500, end * 62500);
    }
    sew_segment_unref (segment);
  }
  return words;
}

/* A word's true times are in the metadata: its buffer may have had to begin later. */
static GstPadProbeReturn
take_text (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_autoptr (GstElement) element = gst_pad_get_parent_element (pad);
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstCustomMeta *meta = gst_buffer_get_custom_meta (buffer, "SewTranscriptMeta");
  const GValue *words = gst_structure_get_value (gst_custom_meta_get_structure (meta), "words");
  const GstStructure *content = gst_value_get_structure (gst_value_array_get_value (words, 0));
  guint64 start, duration;

  gst_structure_get (content, "start", G_TYPE_UINT64, &start, "duration", G_TYPE_UINT64, &duration,
                     NULL);
  Word *word = add_word (data, gst_structure_get_string (content, "text"), start, start + duration);
  word->arrival = gst_element_get_current_running_time (element);
  word->is_late = GST_BUFFER_PTS (buffer) > start;
  return GST_PAD_PROBE_OK;
}

static void
play (GstElement *pipeline, const float *samples, gsize n_samples)
{
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime base = gst_element_get_base_time (pipeline);

  for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
    gsize n = MIN (CHUNK_SAMPLES, n_samples - i);
    GstBuffer *buffer = gst_buffer_new_memdup (samples + i, n * sizeof (float));
    GST_BUFFER_PTS (buffer) = i * 62500;
    GstClockID id = gst_clock_new_single_shot_id (clock, base + (i + n) * 62500);
    gst_clock_id_wait (id, NULL);
    gst_clock_id_unref (id);
    gst_app_src_push_buffer (GST_APP_SRC (source), buffer);
  }
  gst_app_src_end_of_stream (GST_APP_SRC (source));
}

static GPtrArray *
recognize_live (const float *samples, gsize n_samples)
{
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "appsrc name=source format=time is-live=true caps=audio/x-raw,format=F32LE,"
      "layout=interleaved,rate=16000,channels=1 ! sewtranscriber name=transcriber ! fakesink "
      "sync=false async=false",
      NULL);
  g_autoptr (GstElement) transcriber = gst_bin_get_by_name (GST_BIN (pipeline), "transcriber");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (transcriber, "src");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GPtrArray *words = g_ptr_array_new_with_free_func (free_word);
  GstClockTime reported;
  guint observed_ms;

  g_object_set (transcriber, "model-location", model_location, "latency", latency_ms, "n-threads",
                1, NULL);
  if (greedy)
    gst_util_set_object_arg (G_OBJECT (transcriber), "decoder", "greedy");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, take_text, words, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  play (pipeline, samples, n_samples);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
                                                               GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_pad_query (pad, query);
  gst_query_parse_latency (query, NULL, &reported, NULL);
  g_object_get (transcriber, "max-observed-delay", &observed_ms, NULL);
  printf ("latency: %d ms asked for, %" G_GUINT64_FORMAT " ms reported, longest delay %u ms%s\n",
          latency_ms, reported / GST_MSECOND, observed_ms,
          GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS ? "" : "; it ended with an error");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return words;
}

/* --- numbers --- */

/* Least edits from a to b; pairs, if not NULL: the indices of equal words, in twos. */
static guint
align (GPtrArray *a, GPtrArray *b, GArray *pairs)
{
  guint width = b->len + 1;
  g_autofree guint *cost = g_new (guint, (gsize) (a->len + 1) * width);

#define IS_SAME(i, j) (strcmp (((Word *) a->pdata[i])->text, ((Word *) b->pdata[j])->text) == 0)
  for (guint i = 0; i <= a->len; i++)
    for (guint j = 0; j <= b->len; j++) {
      guint *cell = cost + (gsize) i * width + j;
      *cell = i == 0 ? j : *(cell - width) + 1;
      if (j > 0)
        *cell = MIN (*cell, *(cell - 1) + 1);
      if (i > 0 && j > 0)
        *cell = MIN (*cell, *(cell - width - 1) + !IS_SAME (i - 1, j - 1));
    }
  guint i = a->len, j = b->len;
  while (pairs != NULL && i > 0 && j > 0) {
    const guint *cell = cost + (gsize) i * width + j;
    if (*cell == *(cell - width - 1) + !IS_SAME (i - 1, j - 1)) {
      i--, j--;
      if (IS_SAME (i, j)) {
        g_array_append_val (pairs, i);
        g_array_append_val (pairs, j);
      }
    } else if (*cell == *(cell - width) + 1) {
      i--;
    } else {
      j--;
    }
  }
  return cost[(gsize) a->len * width + b->len];
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  GstClockTimeDiff difference = *(const GstClockTimeDiff *) a - *(const GstClockTimeDiff *) b;

  return difference < 0 ? -1 : difference > 0;
}

static void
print_delays (GPtrArray *words, gboolean from_start)
{
  g_autoptr (GArray) delays = g_array_new (FALSE, FALSE, sizeof (GstClockTimeDiff));

  for (guint i = 0; i < words->len; i++) {
    const Word *word = words->pdata[i];
    GstClockTimeDiff delay = GST_CLOCK_DIFF (from_start ? word->start : word->end, word->arrival);
    g_array_append_val (delays, delay);
  }
  g_array_sort (delays, compare_times);
#define QUANTILE(part)                                                                             \
  ((double) g_array_index (delays, GstClockTimeDiff, (delays->len - 1) * (part) / 100) / GST_SECOND)
  if (delays->len > 0)
    printf ("delay from a word's %s to its buffer: median %.2f s, 95 %% %.2f s, longest %.2f s\n",
            from_start ? "beginning" : "end", QUANTILE (50), QUANTILE (95), QUANTILE (100));
}

static void
print_differences (GPtrArray *offline, GPtrArray *live)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_edits = align (offline, live, pairs);
  guint n_within_one = 0, n_within_two = 0;

  for (guint i = 0; i < pairs->len; i += 2) {
    const Word *a = offline->pdata[g_array_index (pairs, guint, i)];
    const Word *b = live->pdata[g_array_index (pairs, guint, i + 1)];
    GstClockTimeDiff apart = MAX (ABS (GST_CLOCK_DIFF (a->start, b->start)),
                                  ABS (GST_CLOCK_DIFF (a->end, b->end)));
    n_within_one += apart <= (GstClockTimeDiff) FRAME;
    n_within_two += apart <= 2 * (GstClockTimeDiff) FRAME;
  }
  printf ("words: %u live, %u offline; %u edits apart; of %u equal ones %u lie within a frame, %u "
          "within two\n",
          live->len, offline->len, n_edits, pairs->len / 2, n_within_one, n_within_two);
}

/* Each takes a frame at least, unless its time had to be made up. */
static void
print_places (GPtrArray *live)
{
  guint n_clamped = 0, n_late = 0;

  for (guint i = 0; i < live->len; i++) {
    const Word *word = live->pdata[i];
    n_clamped += word->end - word->start < FRAME - 1;
    n_late += word->is_late;
  }
  printf ("live words clamped to less than a frame: %u; with a buffer that begins later: %u\n",
          n_clamped, n_late);
}

static void
print_error_rates (GPtrArray *offline, GPtrArray *live, guint n_times)
{
  g_autoptr (GPtrArray) said = g_ptr_array_new_with_free_func (free_word);
  g_autofree char *text = NULL;

  if (text_file == NULL || !g_file_get_contents (text_file, &text, NULL, NULL))
    return;
  g_auto (GStrv) words = g_strsplit_set (text, " \n\t", -1);
  for (guint time = 0; time < n_times; time++)
    for (guint i = 0; words[i] != NULL; i++)
      if (*words[i] != '\0')
        add_word (said, words[i], 0, 0);
  double percent = 100.0 / MAX (said->len, 1);
  double live_rate = align (said, live, NULL) * percent;
  double offline_rate = align (said, offline, NULL) * percent;
  printf ("word error rate of %u: %.1f %% live, %.1f %% offline, difference %+.1f\n", said->len,
          live_rate, offline_rate, live_rate - offline_rate);
}

static double
get_processor_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("AUDIO");
  g_autoptr (GError) error = NULL;
  guint n_times = 1;

  gst_init (&argc, &argv);
  sew_elements_register (NULL);
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2) {
    fprintf (stderr, "%s\n", error != NULL ? error->message : "one recording, please");
    return EXIT_FAILURE;
  }
  g_autoptr (GByteArray) audio = decode (argv[1]);
  guint n_bytes = audio->len;
  while ((double) audio->len / sizeof (float) < n_minutes * 60.0 * SEW_SAMPLE_RATE_HZ) {
    g_autofree guint8 *again = g_memdup2 (audio->data, n_bytes);
    g_byte_array_append (audio, again, n_bytes);
    n_times++;
  }
  const float *samples = (const float *) (gpointer) audio->data;
  gsize n_samples = audio->len / sizeof (float);

  g_autoptr (GPtrArray) offline = recognize_offline (samples, n_samples);
  double start = get_processor_seconds ();
  g_autoptr (GPtrArray) live = recognize_live (samples, n_samples);
  printf ("processor time: %.1f %% of the audio's\n",
          100.0 * (get_processor_seconds () - start) * SEW_SAMPLE_RATE_HZ / (double) n_samples);
  print_delays (live, FALSE);
  print_delays (live, TRUE);
  print_places (live);
  print_differences (offline, live);
  print_error_rates (offline, live, n_times);
  return EXIT_SUCCESS;
}
