/* SPDX-License-Identifier: MIT */
#include "speech-converter.h"

#include <math.h>

#include <sew/sew.h>

#include "stream-timeline.h"

/* The converter takes no more, and filters of higher rates grow without bound. */
#define MAX_CHANNELS 63
#define MAX_RATE_HZ 1000000

struct _SewSpeechConverter {
  SewSpeechConverterPush push;
  gpointer user_data;

  GstAudioInfo info;
  GstAudioConverter *converter; /* NULL: no format yet */
  SewStreamTimeline timeline;   /* of the samples that come out; jumps where the receiver's does */
  guint64 n_in;                 /* frames that went in since the last jump */
  guint64 n_out;                /* and samples that came out of them */
  gboolean begins;              /* nothing has come out since the last jump */
  GstClockTime resume_pts;      /* where audio without a timestamp begins */
  GArray *samples;              /* float */
};

SewSpeechConverter *
sew_speech_converter_new (SewSpeechConverterPush push, gpointer user_data)
{
  SewSpeechConverter *self = g_new0 (SewSpeechConverter, 1);

  self->push = push;
  self->user_data = user_data;
  self->samples = g_array_new (FALSE, FALSE, sizeof (float));
  sew_stream_timeline_init (&self->timeline);
  return self;
}

void
sew_speech_converter_free (SewSpeechConverter *self)
{
  g_clear_pointer (&self->converter, gst_audio_converter_free);
  sew_stream_timeline_clear (&self->timeline);
  g_array_unref (self->samples);
  g_free (self);
}

/* Of channels that say where they are, libgstaudio knows what mono is; of others it would take the
 * first, but the speech may be in any. (transfer full) */
static GstStructure *
make_config (const GstAudioInfo *info)
{
  GstStructure *config = gst_structure_new_empty ("speech-converter");
  GValue matrix = G_VALUE_INIT;
  GValue row = G_VALUE_INIT;

  if (GST_AUDIO_INFO_CHANNELS (info) == 1 || !GST_AUDIO_INFO_IS_UNPOSITIONED (info))
    return config;
  g_value_init (&matrix, GST_TYPE_ARRAY);
  g_value_init (&row, GST_TYPE_ARRAY);
  for (int i = 0; i < GST_AUDIO_INFO_CHANNELS (info); i++) {
    GValue weight = G_VALUE_INIT;
    g_value_init (&weight, G_TYPE_FLOAT);
    g_value_set_float (&weight, 1.0f / (float) GST_AUDIO_INFO_CHANNELS (info));
    gst_value_array_append_and_take_value (&row, &weight);
  }
  gst_value_array_append_and_take_value (&matrix, &row);
  gst_structure_take_value (config, GST_AUDIO_CONVERTER_OPT_MIX_MATRIX, &matrix);
  return config;
}

gboolean
sew_speech_converter_set_info (SewSpeechConverter *self, const GstAudioInfo *info)
{
  GstAudioInfo in = *info;
  GstAudioInfo out;

  g_clear_pointer (&self->converter, gst_audio_converter_free);
  self->info = *info;
  if (GST_AUDIO_INFO_CHANNELS (info) > MAX_CHANNELS || GST_AUDIO_INFO_RATE (info) > MAX_RATE_HZ)
    return FALSE;
  gst_audio_info_set_format (&out, GST_AUDIO_FORMAT_F32, SEW_SAMPLE_RATE_HZ, 1, NULL);
  self->converter = gst_audio_converter_new (GST_AUDIO_CONVERTER_FLAG_NONE, &in, &out,
                                             make_config (info));
  return self->converter != NULL;
}

static void
begin_run (SewSpeechConverter *self)
{
  if (self->converter != NULL)
    gst_audio_converter_reset (self->converter);
  self->n_in = 0;
  self->n_out = 0;
  self->begins = TRUE;
}

void
sew_speech_converter_reset (SewSpeechConverter *self, GstClockTime start)
{
  begin_run (self);
  sew_stream_timeline_reset (&self->timeline);
  self->resume_pts = start;
}

/* How much audio went in that has not come out yet. */
static GstClockTime
get_lag (const SewSpeechConverter *self)
{
  GstClockTime in = gst_util_uint64_scale (self->n_in, GST_SECOND,
                                           GST_AUDIO_INFO_RATE (&self->info));
  GstClockTime out = gst_util_uint64_scale (self->n_out, GST_SECOND, SEW_SAMPLE_RATE_HZ);

  return in > out ? in - out : 0;
}

/* planes: of frames, or NULL for the zeros that push out the rest. Converts into self->samples. */
static void
convert (SewSpeechConverter *self, gpointer *planes, gsize n_frames)
{
  gsize n_samples = gst_audio_converter_get_out_frames (self->converter, n_frames);

  g_array_set_size (self->samples, (guint) n_samples);
  gpointer out[] = { self->samples->data };
  gst_audio_converter_samples (self->converter, GST_AUDIO_CONVERTER_FLAG_NONE, planes, n_frames,
                               out, n_samples);
}

static guint64
silence_bad_samples (SewSpeechConverter *self)
{
  float *samples = (float *) (gpointer) self->samples->data;
  guint64 n_bad = 0;

  for (guint i = 0; i < self->samples->len; i++)
    if (!isfinite (samples[i])) {
      samples[i] = 0.0f;
      n_bad++;
    }
  return n_bad;
}

/* pts: of the first of self->samples, or GST_CLOCK_TIME_NONE. */
static GstFlowReturn
hand_over (SewSpeechConverter *self, GstClockTime pts)
{
  const guint n_samples = self->samples->len;
  gboolean begins = self->begins;

  if (n_samples == 0)
    return GST_FLOW_OK;
  if (begins && !GST_CLOCK_TIME_IS_VALID (pts))
    pts = sew_stream_timeline_get_end (&self->timeline);
  self->begins = FALSE;
  self->n_out += n_samples;
  sew_stream_timeline_advance (&self->timeline, pts, n_samples);
  sew_stream_timeline_forget (&self->timeline, self->timeline.n_samples);
  return self->push (self->user_data, pts, begins, (const float *) (gpointer) self->samples->data,
                     n_samples);
}

static GstFlowReturn
hand_over_rest (SewSpeechConverter *self)
{
  guint64 n_wanted = gst_util_uint64_scale_ceil (self->n_in, SEW_SAMPLE_RATE_HZ,
                                                 MAX (GST_AUDIO_INFO_RATE (&self->info), 1));

  if (self->converter == NULL || n_wanted <= self->n_out)
    return GST_FLOW_OK;
  /* One more, as there may be samples to come between the last frame and the one after it. */
  convert (self, NULL, gst_audio_converter_get_max_latency (self->converter) + 1);
  if (self->samples->len > n_wanted - self->n_out)
    g_array_set_size (self->samples, (guint) (n_wanted - self->n_out));
  silence_bad_samples (self);
  return hand_over (self, GST_CLOCK_TIME_NONE);
}

GstFlowReturn
sew_speech_converter_drain (SewSpeechConverter *self, GstClockTime start)
{
  GstFlowReturn flow = hand_over_rest (self);

  begin_run (self);
  sew_stream_timeline_unanchor (&self->timeline);
  self->resume_pts = start;
  return flow;
}

/* The audio jumps to pts, or goes on from where nothing was known. */
static GstFlowReturn
jump (SewSpeechConverter *self, GstClockTime pts)
{
  GstFlowReturn flow = hand_over_rest (self);

  begin_run (self);
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    pts = self->timeline.anchored ? sew_stream_timeline_get_end (&self->timeline)
                                  : self->resume_pts;
  sew_stream_timeline_jump (&self->timeline, pts);
  return flow;
}

/* The PTS of the first sample to come out, if that of the next to go in is known. */
static GstClockTime
get_out_pts (const SewSpeechConverter *self, GstClockTime pts)
{
  GstClockTime lag = get_lag (self);

  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return GST_CLOCK_TIME_NONE;
  return pts > lag ? pts - lag : 0;
}

static GstFlowReturn
push_frames (SewSpeechConverter *self, GstClockTime pts, GstAudioBuffer *audio, guint64 *n_bad)
{
  GstClockTime out_pts = get_out_pts (self, pts);

  convert (self, audio->planes, audio->n_samples);
  self->n_in += audio->n_samples;
  *n_bad += silence_bad_samples (self);
  return hand_over (self, out_pts);
}

GstFlowReturn
sew_speech_converter_push (SewSpeechConverter *self, GstBuffer *buffer, gboolean discont,
                           SewSpeechSpan *span, guint64 *n_bad)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  gboolean planar = GST_AUDIO_INFO_LAYOUT (&self->info) == GST_AUDIO_LAYOUT_NON_INTERLEAVED;
  GstFlowReturn flow = GST_FLOW_OK;
  GstAudioBuffer audio;

  if (discont || !sew_stream_timeline_continues (&self->timeline, get_out_pts (self, pts)))
    flow = jump (self, pts);
  span->start = GST_CLOCK_TIME_IS_VALID (pts)
                    ? pts
                    : sew_stream_timeline_get_end (&self->timeline) + get_lag (self);
  span->end = span->start;
  /* Planes without the meta that tells where they are can't be read. */
  if (flow != GST_FLOW_OK || (planar && gst_buffer_get_audio_meta (buffer) == NULL)
      || !gst_audio_buffer_map (&audio, &self->info, buffer, GST_MAP_READ))
    return flow;
  span->end += gst_util_uint64_scale (audio.n_samples, GST_SECOND,
                                      GST_AUDIO_INFO_RATE (&self->info));
  flow = push_frames (self, pts, &audio, n_bad);
  gst_audio_buffer_unmap (&audio);
  return flow;
}
