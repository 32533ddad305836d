/* SPDX-License-Identifier: MIT */

/* Hours of audio as a live stream, as fast as it goes: usage: soak [HOURS], 24 if not given.
 *
 * Speech of the model of tones, whose words are known beforehand, with silence and noise between.
 * Every word has to come out once, in order, with the time of its sound to the nanosecond, and
 * memory has to stay within 2 % of what it is after the first hour. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gst/app/app.h>
#include <gst/gst.h>
#include <sew/sew.h>

#include "checkpoint-fixture.h"
#include "elements.h"
#include "tone-model.h"

#define START (G_GUINT64_CONSTANT (100) * GST_SECOND)
#define CHUNK_SAMPLES 1600
/* Well below what makes the element skip audio. */
#define MOST_AHEAD (4 * GST_SECOND)

static const char *const lines[] = {
  "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG ",
  "PACK MY BOX WITH FIVE DOZEN LIQUOR JUGS ",
  "A SEA OF ZZZ AND BOOKKEEPERS ",
  "HOW VEXINGLY QUICK DAFT ZEBRAS JUMP ",
  "SPHINX OF BLACK QUARTZ JUDGE MY VOW ",
};

typedef struct {
  char text[16];
  GstClockTime pts;
  GstClockTime duration;
} Word;

typedef struct {
  GstAppSrc *source;
  GRand *random;
  float *speech[G_N_ELEMENTS (lines)]; /* made once, so that the memory that changes is not ours */
  gsize n_speech[G_N_ELEMENTS (lines)];
  guint64 n_pushed; /* samples */

  GMutex lock;
  GCond changed;
  GQueue expected;         /* under the lock: Word, said and not yet heard */
  GstClockTime said_up_to; /* under the lock */
  guint64 n_words;
  guint64 n_wrong;
} Soak;

static GstClockTime
time_of (guint64 n_samples)
{
  return START + gst_util_uint64_scale (n_samples, GST_SECOND, SEW_SAMPLE_RATE_HZ);
}

static void
check_word (Soak *self, GstBuffer *buffer)
{
  g_autofree Word *word = g_queue_pop_head (&self->expected);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  gboolean right = word != NULL && map.size == strlen (word->text)
                   && memcmp (map.data, word->text, map.size) == 0
                   && GST_BUFFER_PTS (buffer) == word->pts
                   && GST_BUFFER_DURATION (buffer) == word->duration;
  if (!right)
    fprintf (stderr, "%" GST_TIME_FORMAT ": \"%.*s\" instead of \"%s\" at %" GST_TIME_FORMAT "\n",
             GST_TIME_ARGS (GST_BUFFER_PTS (buffer)), (int) map.size, (const char *) map.data,
             word != NULL ? word->text : "nothing",
             GST_TIME_ARGS (word != NULL ? word->pts : GST_CLOCK_TIME_NONE));
  gst_buffer_unmap (buffer, &map);
  self->n_words++;
  self->n_wrong += !right;
}

static GstPadProbeReturn
watch (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Soak *self = data;
  GstClockTime pts, duration;

  g_mutex_lock (&self->lock);
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
    check_word (self, buffer);
    self->said_up_to = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  } else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_GAP) {
    gst_event_parse_gap (GST_PAD_PROBE_INFO_EVENT (info), &pts, &duration);
    self->said_up_to = pts + duration;
  }
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static void
push (Soak *self, const float *samples, gsize n_samples)
{
  for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
    gsize n = MIN (CHUNK_SAMPLES, n_samples - i);
    GstBuffer *buffer = gst_buffer_new_memdup (samples + i, n * sizeof (float));
    GST_BUFFER_PTS (buffer) = time_of (self->n_pushed);
    self->n_pushed += n;
    gst_app_src_push_buffer (self->source, buffer);
    g_mutex_lock (&self->lock);
    while (self->said_up_to + MOST_AHEAD < time_of (self->n_pushed))
      g_cond_wait (&self->changed, &self->lock);
    g_mutex_unlock (&self->lock);
  }
}

/* first_sample: where the text begins. */
static void
expect (Soak *self, const char *text, guint64 first_sample)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint64 slot = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
    guint64 n_letters = strlen (words[i]);
    guint64 start = first_sample + slot * TONE_LETTER_SAMPLES;
    guint64 end = start + (n_letters - 1) * TONE_LETTER_SAMPLES + TONE_SAMPLES;
    Word *word = g_new0 (Word, 1);
    g_strlcpy (word->text, words[i], sizeof word->text);
    word->pts = time_of (start);
    word->duration = time_of (end) - word->pts;
    g_queue_push_tail (&self->expected, word);
    slot += n_letters + 1;
  }
  g_mutex_unlock (&self->lock);
}

static void
say_line (Soak *self)
{
  guint line = (guint) g_rand_int_range (self->random, 0, G_N_ELEMENTS (lines));

  expect (self, lines[line], self->n_pushed);
  push (self, self->speech[line], self->n_speech[line]);
}

/* On the grid of the text: silence, or noise at one level. */
static void
pause_for_a_while (Soak *self)
{
  gsize n_letters = (gsize) g_rand_int_range (self->random, 4, 120);
  float loudness = g_rand_boolean (self->random) ? 0.01f : 0.0f;
  float samples[TONE_LETTER_SAMPLES];

  for (gsize letter = 0; letter < n_letters; letter++) {
    for (gsize i = 0; i < TONE_LETTER_SAMPLES; i++)
      samples[i] = loudness * (float) g_rand_double_range (self->random, -1.0, 1.0);
    push (self, samples, TONE_LETTER_SAMPLES);
  }
}

static guint64
measure_memory (void)
{
  g_autofree char *text = NULL;
  guint64 n_pages = 0;

  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  if (text == NULL || sscanf (text, "%*u %" G_GUINT64_FORMAT, &n_pages) != 1)
    return 0;
  return n_pages * 4096;
}

static gboolean
run (Soak *self, double n_hours)
{
  guint64 n_hour = G_GUINT64_CONSTANT (3600) * SEW_SAMPLE_RATE_HZ;
  guint64 next_hour = n_hour;
  guint64 first_bytes = 0, most_bytes = 0;

  while ((double) self->n_pushed < n_hours * (double) n_hour) {
    say_line (self);
    pause_for_a_while (self);
    if (self->n_pushed < next_hour)
      continue;
    next_hour += n_hour;
    guint64 n_bytes = measure_memory ();
    first_bytes = first_bytes == 0 ? n_bytes : first_bytes;
    most_bytes = MAX (most_bytes, n_bytes);
    printf ("%2.0f h: %" G_GUINT64_FORMAT " words, %" G_GUINT64_FORMAT " wrong, %.2f MiB\n",
            (double) self->n_pushed / (double) n_hour, self->n_words, self->n_wrong,
            (double) n_bytes / 1048576.0);
    fflush (stdout);
  }
  printf ("memory: at most %.2f %% above the first hour's\n",
          first_bytes > 0 ? 100.0 * ((double) most_bytes / (double) first_bytes - 1.0) : 0.0);
  return (double) most_bytes <= 1.02 * (double) first_bytes;
}

/* Nobody reads the transcripts on the bus, where they would pile up. */
static GstBusSyncReply
drop_transcript (GstBus *bus, GstMessage *message, gpointer data)
{
  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_ELEMENT)
    return GST_BUS_PASS;
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static gboolean
wait_for_eos (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

  return GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
}

static GstElement *
make_pipeline (Soak *self, const char *model_folder)
{
  g_autofree char *launch = g_strdup_printf (
      "appsrc name=source format=time is-live=true caps=audio/x-raw,format=F32LE,"
      "layout=interleaved,rate=16000,channels=1 ! sewtranscriber name=transcriber "
      "model-location=\"%s\" n-threads=1 ! fakesink sync=false async=false",
      model_folder);
  GstElement *pipeline = gst_parse_launch (launch, NULL);
  g_autoptr (GstElement) transcriber = gst_bin_get_by_name (GST_BIN (pipeline), "transcriber");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (transcriber, "src");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_bus_set_sync_handler (bus, drop_transcript, NULL, NULL);
  self->source = GST_APP_SRC (gst_bin_get_by_name (GST_BIN (pipeline), "source"));
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch,
                     self, NULL);
  return pipeline;
}

int
main (int argc, char **argv)
{
  Soak self = { .said_up_to = START };
  double n_hours = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 24.0;

  gst_init (&argc, &argv);
  sew_elements_register (NULL);
  g_mutex_init (&self.lock);
  g_cond_init (&self.changed);
  self.random = g_rand_new_with_seed (24);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    self.speech[i] = tone_model_speak (lines[i], &self.n_speech[i]);
  char *model_folder = tone_model_new_folder (1);
  GstElement *pipeline = make_pipeline (&self, model_folder);

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gboolean flat = run (&self, n_hours);
  gst_app_src_end_of_stream (self.source);
  gboolean ended = wait_for_eos (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  guint n_lost = g_queue_get_length (&self.expected);
  printf ("%" G_GUINT64_FORMAT " words, %" G_GUINT64_FORMAT " wrong, %u lost%s\n", self.n_words,
          self.n_wrong, n_lost, ended ? "" : ", and a warning or an error");

  gst_object_unref (self.source);
  gst_object_unref (pipeline);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    g_free (self.speech[i]);
  g_rand_free (self.random);
  fixture_remove_folder (model_folder);
  return flat && ended && self.n_wrong == 0 && n_lost == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
