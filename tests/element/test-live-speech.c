/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <gst/app/app.h>

#include "element-run.h"

/* Live windows on speech, by the bundled model: what they say differs from what one look at all of
 * it says, as the model sees other context, but no more wrong than that, and in the same place. */

#define FRAME_SAMPLES 320
#define CHUNK_SAMPLES 1600
/* Words: 1.5 points of the 167 that are said. */
#define MOST_WORSE 2

static SewModel *model;
static GPtrArray *said; /* RunWord: the text of the recording */
static float *samples;
static gsize n_samples;

static gboolean
decode (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "speech.ogg", NULL);
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "filesrc name=file ! decodebin ! audioconvert ! audioresample ! appsink name=sink sync=false "
      "caps=audio/x-raw,format=F32LE,layout=interleaved,rate=16000,channels=1",
      NULL);
  g_autoptr (GstElement) file = gst_bin_get_by_name (GST_BIN (pipeline), "file");
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  GstSample *sample;

  g_object_set (file, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL) {
    GstMapInfo map;
    gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
    g_byte_array_append (bytes, map.data, (guint) map.size);
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    gst_sample_unref (sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  n_samples = bytes->len / sizeof (float);
  samples = g_memdup2 (bytes->data, bytes->len);
  return n_samples > 0;
}

static void
free_word (gpointer data)
{
  g_free (((RunWord *) data)->text);
  g_free (data);
}

static void
add_word (GPtrArray *words, const char *text, guint64 start, guint64 length)
{
  RunWord *word = g_new0 (RunWord, 1);

  word->text = g_strdup (text);
  word->pts = start;
  word->duration = length;
  g_ptr_array_add (words, word);
}

/* told: no word may begin before. Words neither overlap nor shrink to nothing. */
static void
take_words (SewRecognizer *recognizer, guint64 told, GPtrArray *words)
{
  const RunWord *last = words->len > 0 ? words->pdata[words->len - 1] : NULL;
  guint64 earliest = MAX (told, last != NULL ? last->pts + last->duration : 0);
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (recognizer)) != NULL) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
      const SewWord *word = sew_segment_get_word (segment, i);
      guint64 start = sew_word_get_first_sample (word), length = sew_word_get_n_samples (word);
      g_assert_cmpuint (start, >=, earliest);
      g_assert_cmpuint (length, >=, FRAME_SAMPLES);
      earliest = start + length;
      add_word (words, sew_word_get_text (word), start, length);
    }
    sew_segment_unref (segment);
  }
}

/* Times are samples. */
static GPtrArray *
listen (guint64 latency)
{
  g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
  GPtrArray *words = g_ptr_array_new_with_free_func (free_word);

  sew_recognizer_set_latency (recognizer, latency);
  for (gsize i = 0; i < n_samples; i += CHUNK_SAMPLES) {
    guint64 told = sew_recognizer_get_position (recognizer);
    sew_recognizer_push (recognizer, samples + i, MIN (CHUNK_SAMPLES, n_samples - i), NULL, NULL);
    take_words (recognizer, told, words);
  }
  guint64 told = sew_recognizer_get_position (recognizer);
  sew_recognizer_drain (recognizer, NULL, NULL);
  take_words (recognizer, told, words);
  return words;
}

static gboolean
is_same (GPtrArray *a, guint i, GPtrArray *b, guint j)
{
  return strcmp (((RunWord *) a->pdata[i])->text, ((RunWord *) b->pdata[j])->text) == 0;
}

/* Word errors. */
static guint
count_edits (GPtrArray *a, GPtrArray *b)
{
  g_autofree guint *row = g_new (guint, b->len + 1);

  for (guint j = 0; j <= b->len; j++)
    row[j] = j;
  for (guint i = 1; i <= a->len; i++) {
    guint diagonal = row[0];
    row[0] = i;
    for (guint j = 1; j <= b->len; j++) {
      guint substitution = diagonal + !is_same (a, i - 1, b, j - 1);
      diagonal = row[j];
      row[j] = MIN (substitution, MIN (row[j], row[j - 1]) + 1);
    }
  }
  return row[b->len];
}

/* Of the words that both have, at about the same place: how many, and how many within a frame. */
static void
compare_places (GPtrArray *offline, GPtrArray *live, guint *n_same, guint *n_close)
{
  *n_same = *n_close = 0;
  for (guint i = 0; i < offline->len; i++)
    for (guint j = 0; j < live->len; j++) {
      const RunWord *a = offline->pdata[i], *b = live->pdata[j];
      gint64 apart = ABS ((gint64) a->pts - (gint64) b->pts);
      if (apart > SEW_SAMPLE_RATE_HZ / 2 || !is_same (offline, i, live, j))
        continue;
      (*n_same)++;
      *n_close += apart <= FRAME_SAMPLES;
    }
}

static void
test_speech (void)
{
  if (n_samples == 0) {
    g_test_skip ("no decoder for Ogg Vorbis");
    return;
  }
  g_autoptr (GPtrArray) offline = listen (0);
  g_autoptr (GPtrArray) live = listen (1500 * (SEW_SAMPLE_RATE_HZ / 1000));
  guint n_offline = count_edits (said, offline), n_live = count_edits (said, live);
  guint n_same, n_close;

  compare_places (offline, live, &n_same, &n_close);
  g_test_message (
      "%u words live, %u offline; %u in both, %u of them within a frame; %u and %u edits "
      "from the whole text",
      live->len, offline->len, n_same, n_close, n_live, n_offline);
  g_assert_cmpuint (n_same, >, live->len / 5);
  g_assert_cmpuint (n_close * 20, >=, n_same * 19);
  g_assert_cmpuint (n_live, <=, n_offline + MOST_WORSE);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  element_test_init (&argc, &argv);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "speech.txt", NULL);
  g_autofree char *folder = sew_model_dup_bundled_folder ();
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  model = sew_model_new (folder, &error);
  g_assert_no_error (error);
  said = g_ptr_array_new_with_free_func (free_word);
  g_auto (GStrv) words = g_strsplit_set (text, " .,?\n", -1);
  for (guint i = 0; words[i] != NULL; i++) {
    g_autofree char *upper = g_ascii_strup (words[i], -1);
    if (*upper != '\0')
      add_word (said, upper, 0, 0);
  }
  decode ();
  g_test_add_func ("/live-speech/speech", test_speech);
  int result = g_test_run ();
  g_free (samples);
  g_ptr_array_unref (said);
  g_object_unref (model);
  return result;
}
