/* SPDX-License-Identifier: MIT */
#include <gst/gst.h>
#include <math.h>
#include <sew/sew.h>
#include <string.h>

#include "speech-converter.h"

/* What came out, one run of samples after a jump each. */
typedef struct {
  GstClockTime pts;
  GArray *samples; /* float */
} Run;

typedef struct {
  SewSpeechConverter *converter;
  GPtrArray *runs; /* Run */
  GstAudioInfo info;
  guint64 n_bad;
} Setup;

static void
free_run (gpointer data)
{
  Run *run = data;

  g_array_unref (run->samples);
  g_free (run);
}

static GstFlowReturn
take_samples (gpointer user_data, GstClockTime pts, gboolean discont, const float *samples,
              gsize n_samples)
{
  Setup *self = user_data;

  g_assert_cmpuint (n_samples, >, 0);
  if (discont) {
    Run *run = g_new (Run, 1);
    run->pts = pts;
    run->samples = g_array_new (FALSE, FALSE, sizeof (float));
    g_ptr_array_add (self->runs, run);
  }
  g_assert_cmpuint (self->runs->len, >, 0);
  Run *run = self->runs->pdata[self->runs->len - 1];
  if (GST_CLOCK_TIME_IS_VALID (pts)) {
    /* the timestamp is that of the first sample, to within one of 1/16000 s */
    GstClockTime expected
        = run->pts + gst_util_uint64_scale (run->samples->len, GST_SECOND, SEW_SAMPLE_RATE_HZ);
    g_assert_cmpint (ABS (GST_CLOCK_DIFF (expected, pts)), <=, 62500);
  }
  g_array_append_vals (run->samples, samples, (guint) n_samples);
  return GST_FLOW_OK;
}

static void
set_format (Setup *self, GstAudioFormat format, int rate_hz, int n_channels, GstAudioLayout layout)
{
  gst_audio_info_set_format (&self->info, format, rate_hz, n_channels, NULL);
  self->info.layout = layout;
  g_assert_true (sew_speech_converter_set_info (self->converter, &self->info));
}

static void
set_up (Setup *self)
{
  memset (self, 0, sizeof (*self));
  self->runs = g_ptr_array_new_with_free_func (free_run);
  self->converter = sew_speech_converter_new (take_samples, self);
  sew_speech_converter_reset (self->converter, 0);
}

static void
tear_down (Setup *self)
{
  sew_speech_converter_free (self->converter);
  g_ptr_array_unref (self->runs);
}

/* Full-scale samples of one channel, of S16 or F32. */
static GstBuffer *
make_buffer (const Setup *self, const float *samples, gsize n_frames, int channel)
{
  const int n_channels = GST_AUDIO_INFO_CHANNELS (&self->info);
  gboolean planar = self->info.layout == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  GstBuffer *buffer = gst_buffer_new_allocate (
      NULL, n_frames * (gsize) GST_AUDIO_INFO_BPF (&self->info), NULL);
  GstMapInfo map;

  gst_buffer_memset (buffer, 0, 0, G_MAXSIZE);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (gsize i = 0; i < n_frames; i++) {
    gsize index = planar ? (gsize) channel * n_frames + i
                         : i * (gsize) n_channels + (gsize) channel;
    if (GST_AUDIO_INFO_FORMAT (&self->info) == GST_AUDIO_FORMAT_F32)
      ((float *) (gpointer) map.data)[index] = samples[i];
    else
      ((gint16 *) (gpointer) map.data)[index] = (gint16) (32767.0f * samples[i]);
  }
  gst_buffer_unmap (buffer, &map);
  if (planar)
    gst_buffer_add_audio_meta (buffer, &self->info, n_frames, NULL);
  return buffer;
}

static SewSpeechSpan
push (Setup *self, GstClockTime pts, const float *samples, gsize n_frames, int channel)
{
  g_autoptr (GstBuffer) buffer = make_buffer (self, samples, n_frames, channel);
  SewSpeechSpan span;

  GST_BUFFER_PTS (buffer) = pts;
  g_assert_cmpint (sew_speech_converter_push (self->converter, buffer, FALSE, &span, &self->n_bad),
                   ==, GST_FLOW_OK);
  return span;
}

/* A smooth pulse around a place, so that its middle can be found between samples. */
static float *
make_pulse (gsize n_frames, int rate_hz, double middle_s)
{
  float *samples = g_new (float, n_frames);

  for (gsize i = 0; i < n_frames; i++) {
    double t = ((double) i / rate_hz - middle_s) / 0.002;
    samples[i] = (float) (0.9 * exp (-t * t));
  }
  return samples;
}

/* Of what is around the loudest sample. */
static double
find_middle (const Run *run)
{
  double sum = 0.0;
  double weighted = 0.0;
  guint loudest = 0;

  for (guint i = 0; i < run->samples->len; i++)
    if (g_array_index (run->samples, float, i) > g_array_index (run->samples, float, loudest))
      loudest = i;
  for (guint i = loudest - MIN (loudest, 160); i < MIN (loudest + 161, run->samples->len); i++) {
    double value = g_array_index (run->samples, float, i);
    sum += value;
    weighted += value * i;
  }
  g_assert_cmpfloat (sum, >, 0.0);
  return weighted / sum / SEW_SAMPLE_RATE_HZ;
}

/* Whatever the format, a sound is where it was, and all of the audio comes out. */
static void
test_times (void)
{
  const struct {
    GstAudioFormat format;
    int rate_hz;
    int n_channels;
    GstAudioLayout layout;
    gsize chunk;
  } cases[] = {
    { GST_AUDIO_FORMAT_F32, 16000, 1, GST_AUDIO_LAYOUT_INTERLEAVED, 160 },
    { GST_AUDIO_FORMAT_S16, 48000, 2, GST_AUDIO_LAYOUT_INTERLEAVED, 1024 },
    { GST_AUDIO_FORMAT_F32, 44100, 2, GST_AUDIO_LAYOUT_NON_INTERLEAVED, 441 },
    { GST_AUDIO_FORMAT_S16, 8000, 1, GST_AUDIO_LAYOUT_INTERLEAVED, 7 },
    { GST_AUDIO_FORMAT_F32, 192000, 6, GST_AUDIO_LAYOUT_NON_INTERLEAVED, 100000 },
    { GST_AUDIO_FORMAT_S16, 11025, 1, GST_AUDIO_LAYOUT_NON_INTERLEAVED, 50 },
  };
  const double middle_s = 0.4321;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const int rate_hz = cases[i].rate_hz;
    const gsize n_frames = (gsize) rate_hz;
    g_autofree float *pulse = make_pulse (n_frames, rate_hz, middle_s);
    Setup setup;
    set_up (&setup);
    set_format (&setup, cases[i].format, rate_hz, cases[i].n_channels, cases[i].layout);
    for (gsize from = 0; from < n_frames; from += cases[i].chunk) {
      gsize n = MIN (cases[i].chunk, n_frames - from);
      GstClockTime pts = 5 * GST_SECOND
                         + gst_util_uint64_scale (from, GST_SECOND, (guint64) rate_hz);
      SewSpeechSpan span = push (&setup, pts, pulse + from, n, 0);
      g_assert_cmpuint (span.start, ==, pts);
      g_assert_cmpuint (span.end, ==,
                        pts + gst_util_uint64_scale (n, GST_SECOND, (guint64) rate_hz));
    }
    sew_speech_converter_drain (setup.converter, 0);

    g_assert_cmpuint (setup.runs->len, ==, 1);
    const Run *run = setup.runs->pdata[0];
    g_assert_cmpuint (run->pts, ==, 5 * GST_SECOND);
    g_assert_cmpuint (run->samples->len, ==, SEW_SAMPLE_RATE_HZ);
    g_assert_cmpfloat_with_epsilon (find_middle (run), middle_s, 0.5 / SEW_SAMPLE_RATE_HZ);
    tear_down (&setup);
  }
}

/* Before a jump comes all that was kept back; after it, times are the new ones. */
static void
test_jump (void)
{
  const int rate_hz = 48000;
  g_autofree float *pulse = make_pulse (9600, rate_hz, 0.1);
  Setup setup;

  set_up (&setup);
  set_format (&setup, GST_AUDIO_FORMAT_F32, rate_hz, 1, GST_AUDIO_LAYOUT_INTERLEAVED);
  push (&setup, 0, pulse, 9600, 0);
  push (&setup, 10 * GST_SECOND, pulse, 9600, 0);
  sew_speech_converter_drain (setup.converter, 3 * GST_SECOND);
  push (&setup, GST_CLOCK_TIME_NONE, pulse, 9600, 0);
  SewSpeechSpan span = push (&setup, GST_CLOCK_TIME_NONE, pulse, 9600, 0);
  sew_speech_converter_drain (setup.converter, 0);

  const GstClockTime starts[] = { 0, 10 * GST_SECOND, 3 * GST_SECOND };
  const guint lengths[] = { 3200, 3200, 6400 };
  g_assert_cmpuint (setup.runs->len, ==, G_N_ELEMENTS (starts));
  for (guint i = 0; i < setup.runs->len; i++) {
    const Run *run = setup.runs->pdata[i];
    g_assert_cmpuint (run->pts, ==, starts[i]);
    g_assert_cmpuint (run->samples->len, ==, lengths[i]);
  }
  g_assert_cmpint (ABS (GST_CLOCK_DIFF (3 * GST_SECOND + 200 * GST_MSECOND, span.start)), <=,
                   62500);
  tear_down (&setup);
}

/* The speech may be in any of the channels, also of those that do not say where they are. */
static void
test_channels (void)
{
  g_autofree float *pulse = make_pulse (1600, SEW_SAMPLE_RATE_HZ, 0.05);
  GstAudioChannelPosition none[3] = { GST_AUDIO_CHANNEL_POSITION_NONE,
                                      GST_AUDIO_CHANNEL_POSITION_NONE,
                                      GST_AUDIO_CHANNEL_POSITION_NONE };

  for (int channel = 0; channel < 3; channel++) {
    Setup setup;
    set_up (&setup);
    gst_audio_info_set_format (&setup.info, GST_AUDIO_FORMAT_F32, SEW_SAMPLE_RATE_HZ, 3, none);
    g_assert_true (sew_speech_converter_set_info (setup.converter, &setup.info));
    push (&setup, 0, pulse, 1600, channel);
    const Run *run = setup.runs->pdata[0];
    g_assert_cmpfloat_with_epsilon (g_array_index (run->samples, float, 800), 0.3, 0.01);
    tear_down (&setup);
  }
}

static void
test_bad (void)
{
  float samples[] = { 0.1f, NAN, 0.2f, INFINITY, 0.3f };
  GstAudioInfo info;
  Setup setup;

  set_up (&setup);
  set_format (&setup, GST_AUDIO_FORMAT_F32, SEW_SAMPLE_RATE_HZ, 1, GST_AUDIO_LAYOUT_INTERLEAVED);
  push (&setup, 0, samples, G_N_ELEMENTS (samples), 0);
  g_assert_cmpuint (setup.n_bad, ==, 2);
  const Run *run = setup.runs->pdata[0];
  g_assert_cmpfloat (g_array_index (run->samples, float, 1), ==, 0.0f);
  g_assert_cmpfloat (g_array_index (run->samples, float, 4), ==, 0.3f);

  /* more channels than the library mixes */
  gst_audio_info_set_format (&info, GST_AUDIO_FORMAT_F32, SEW_SAMPLE_RATE_HZ, 64, NULL);
  g_assert_false (sew_speech_converter_set_info (setup.converter, &info));
  tear_down (&setup);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speech-converter/times", test_times);
  g_test_add_func ("/speech-converter/jump", test_jump);
  g_test_add_func ("/speech-converter/channels", test_channels);
  g_test_add_func ("/speech-converter/bad", test_bad);
  return g_test_run ();
}
