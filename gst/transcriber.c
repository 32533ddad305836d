/* SPDX-License-Identifier: MIT */

/**
 * SECTION:element-sewtranscriber
 * @title: sewtranscriber
 *
 * Recognizes speech and pushes the words as timed text.
 *
 * Three threads take part. The streaming thread checks audio and queues it; a speech task
 * recognizes it and queues text; the source pad's task pushes that. So neither inference nor a
 * downstream element that makes the text wait holds up the audio, beyond what the queues may hold.
 *
 * ## Example
 * |[
 * gst-launch-1.0 filesrc location=speech.ogg ! decodebin ! audioconvert ! audioresample !
 *   sewtranscriber granularity=utterance ! srtenc ! filesink location=speech.srt
 * ]|
 */
#include "transcriber.h"

#include <gst/audio/audio.h>
#include <sew/sew.h>

#include "audio-intake.h"
#include "elements.h"
#include "live-latency.h"
#include "speech-task.h"
#include "text-feed.h"
#include "text-output.h"
#include "ticker.h"
#include "transcript-meta.h"

#define GST_CAT_DEFAULT sew_debug

enum {
  PROP_0,
  PROP_LATENCY,
  PROP_LATENESS,
  PROP_DIM_BELOW,
  PROP_MAX_OBSERVED_DELAY,
  PROP_PARTIAL_RESULTS,
  N_PROPERTIES,
  FIRST_RECOGNITION_PROPERTY = N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format = (string) { " GST_AUDIO_NE (F32) ", " GST_AUDIO_NE (
        S16) " }, layout = (string) interleaved, rate = (int) 16000, channels = (int) 1"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format = (string) utf8; "
                     "text/x-raw, format = (string) pango-markup; "
                     "application/x-json"));

struct _SewTranscriber {
  GstElement parent_instance;

  GstPad *sinkpad;
  GstPad *srcpad;

  SewRecognitionSettings *settings;

  /* under the object lock */
  SewLiveLatency latency;
  double dim_below;
  gboolean partial_results;
  gboolean playing;

  GstEvent *stream_start;    /* the streaming thread's, ours */
  GstClockTime file_latency; /* set before the start */

  SewAudioIntake *intake;
  SewSpeechTask *speech;
  SewTextFeed *feed;
  SewTextOutput *output;
  SewPadTask *task;  /* the output's */
  SewTicker *ticker; /* while live and playing */
};

G_DEFINE_FINAL_TYPE (SewTranscriber, sew_transcriber, GST_TYPE_ELEMENT)

/* From the clock: text that has not come in time is late, and nobody shall wait for it. That is
 * told before it is needed, as downstream has no time left once it is. */
static void
take_tick (GstClockTime running_time, gpointer user_data)
{
  SewTranscriber *self = user_data;
  GstClockTime reached = running_time + 2 * SEW_TICKER_INTERVAL;

  GST_OBJECT_LOCK (self);
  GstClockTime latency = sew_live_latency_get_total (&self->latency);
  GST_OBJECT_UNLOCK (self);
  if (reached > latency)
    sew_text_output_push_deadline (self->output, MIN (reached - latency, running_time));
}

/* From the source pad's task: nobody wants our text, so the streaming thread shall hear of it. */
static void
text_stopped (gpointer user_data)
{
  SewTranscriber *self = user_data;

  sew_speech_task_interrupt (self->speech);
}

/* Audio, in the streaming thread */

static GstFlowReturn
sink_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  SewTranscriber *self = SEW_TRANSCRIBER (parent);
  GstFlowReturn flow = sew_audio_intake_push (self->intake, buffer);
  GstFlowReturn text_flow = sew_pad_task_get_flow (self->task);
  gboolean unread = flow == GST_FLOW_OK && text_flow == GST_FLOW_NOT_LINKED;
  gboolean refused = flow == GST_FLOW_FLUSHING && text_flow != GST_FLOW_OK;

  return unread || refused ? text_flow : flow;
}

static GstEvent *
make_stream_start (GstEvent *upstream)
{
  const char *upstream_id;
  guint group_id;

  gst_event_parse_stream_start (upstream, &upstream_id);
  g_autofree char *id = g_strconcat (upstream_id, "/transcript", NULL);
  GstEvent *event = gst_event_new_stream_start (id);

  if (gst_event_parse_group_id (upstream, &group_id))
    gst_event_set_group_id (event, group_id);
  gst_event_set_stream_flags (event, GST_STREAM_FLAG_SPARSE);
  gst_event_set_seqnum (event, gst_event_get_seqnum (upstream));
  return event;
}

static void
update_ticker (SewTranscriber *self)
{
  GST_OBJECT_LOCK (self);
  gboolean ticks = self->latency.live && self->playing;
  GST_OBJECT_UNLOCK (self);
  if (ticks)
    sew_ticker_start (self->ticker);
  else
    sew_ticker_stop (self->ticker);
}

/* How late words may be depends on whether upstream is live. */
static void
update_latency (SewTranscriber *self)
{
  sew_live_latency_update (&self->latency, GST_ELEMENT (self), self->sinkpad, self->speech,
                           self->file_latency);
  GST_OBJECT_LOCK (self);
  GstClockTime lateness = self->latency.lateness_ms * GST_MSECOND;
  GST_OBJECT_UNLOCK (self);
  sew_text_output_set_lateness (self->output, lateness);
  update_ticker (self);
}

/* event: (transfer full) */
static gboolean
take_audio_segment (SewTranscriber *self, GstEvent *event)
{
  if (!sew_audio_intake_set_segment (self->intake, event)) {
    gst_event_unref (event);
    return FALSE;
  }
  update_latency (self);
  return sew_speech_task_push_event (self->speech, event);
}

static gboolean
start_flush (SewTranscriber *self, GstEvent *event)
{
  gboolean result = gst_pad_push_event (self->srcpad, event);

  sew_pad_task_interrupt (self->task);
  sew_speech_task_interrupt (self->speech);
  gst_pad_pause_task (self->srcpad);
  return result;
}

static gboolean
stop_flush (SewTranscriber *self, GstEvent *event)
{
  sew_speech_task_wait (self->speech);
  /* It may have been on its way. */
  if (self->stream_start != NULL)
    gst_pad_store_sticky_event (self->srcpad, self->stream_start);

  sew_audio_intake_flush (self->intake);
  gboolean result = gst_pad_push_event (self->srcpad, event);
  sew_text_output_reset (self->output);
  sew_pad_task_restart (self->task);
  sew_speech_task_resume (self->speech);
  return result;
}

static gboolean
sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  SewTranscriber *self = SEW_TRANSCRIBER (parent);

  switch ((guint) GST_EVENT_TYPE (event)) {
  case GST_EVENT_FLUSH_START:
    return start_flush (self, event);
  case GST_EVENT_FLUSH_STOP:
    return stop_flush (self, event);
  case GST_EVENT_STREAM_START:
    g_clear_pointer (&self->stream_start, gst_event_unref);
    self->stream_start = make_stream_start (event);
    gst_event_unref (event);
    return sew_speech_task_push_event (self->speech, gst_event_ref (self->stream_start));
  case GST_EVENT_CAPS:
    return sew_audio_intake_take_caps (self->intake, event);
  case GST_EVENT_SEGMENT:
    return take_audio_segment (self, event);
  case GST_EVENT_TAG: /* they are about the audio */
    gst_event_unref (event);
    return TRUE;
  case GST_EVENT_EOS: {
    gboolean result = sew_speech_task_push_event (self->speech, event);
    sew_pad_task_expect_end (self->task);
    return result;
  }
  default:
    if (GST_EVENT_IS_SERIALIZED (event))
      return sew_speech_task_push_event (self->speech, event);
    return gst_pad_event_default (pad, parent, event);
  }
}

/* The source pad */

static gboolean
src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
    sew_pad_task_relink (SEW_TRANSCRIBER (parent)->task);
  /* That text is late says nothing about the audio. */
  if (GST_EVENT_TYPE (event) == GST_EVENT_QOS) {
    gst_event_unref (event);
    return TRUE;
  }
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  SewTranscriber *self = SEW_TRANSCRIBER (parent);

  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return sew_live_latency_answer (&self->latency, GST_ELEMENT (self), self->sinkpad, TRUE, query);
  return gst_pad_query_default (pad, parent, query);
}

static gboolean
src_activate_mode (GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  SewTranscriber *self = SEW_TRANSCRIBER (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  if (active) {
    sew_text_output_reset (self->output);
    sew_pad_task_start (self->task);
  } else {
    sew_pad_task_stop (self->task);
  }
  return TRUE;
}

/* The element */

static void
start (SewTranscriber *self)
{
  sew_audio_intake_reset (self->intake);

  GST_OBJECT_LOCK (self);
  gboolean delay_seen = self->latency.max_observed_ms > 0;
  self->latency.max_observed_ms = 0;
  self->latency.longest_delay = 0;
  /* transcriberbin asks an element outside of any bin for its latency, and throws that away: no
   * reason to load a model. */
  gboolean in_use = GST_OBJECT_PARENT (self) != NULL;
  GST_OBJECT_UNLOCK (self);

  if (delay_seen)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_OBSERVED_DELAY]);
  sew_speech_task_start (self->speech, in_use);
}

static void
set_playing (SewTranscriber *self, gboolean playing)
{
  GST_OBJECT_LOCK (self);
  self->playing = playing;
  GST_OBJECT_UNLOCK (self);
  update_ticker (self);
}

void
sew_transcriber_set_file_latency (SewTranscriber *self, GstClockTime latency)
{
  self->file_latency = latency;
}

static GstStateChangeReturn
sew_transcriber_change_state (GstElement *element, GstStateChange transition)
{
  SewTranscriber *self = SEW_TRANSCRIBER (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    start (self);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    sew_pad_task_interrupt (self->task);
    sew_speech_task_interrupt (self->speech);
  } else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) {
    set_playing (self, FALSE);
  }

  GstStateChangeReturn result
      = GST_ELEMENT_CLASS (sew_transcriber_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    set_playing (self, TRUE);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    sew_speech_task_stop (self->speech);
    g_clear_pointer (&self->stream_start, gst_event_unref);
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE) {
    sew_speech_task_interrupt (self->speech);
    sew_speech_task_stop (self->speech);
  }
  return result;
}

static void
sew_transcriber_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SewTranscriber *self = SEW_TRANSCRIBER (object);
  gboolean latency_changed = FALSE;

  if (sew_recognition_settings_set_property (self->settings, id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_LATENCY:
    latency_changed = self->latency.allowed_ms != g_value_get_uint (value);
    self->latency.allowed_ms = g_value_get_uint (value);
    break;
  case PROP_LATENESS:
    self->latency.lateness_ms = g_value_get_uint (value);
    break;
  case PROP_PARTIAL_RESULTS:
    self->partial_results = g_value_get_boolean (value);
    sew_speech_task_set_partial (self->speech, self->partial_results);
    break;
  case PROP_DIM_BELOW:
    self->dim_below = g_value_get_double (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
  double dim_below = self->dim_below;
  GST_OBJECT_UNLOCK (self);

  sew_text_output_set_dim_below (self->output, dim_below);
  if (latency_changed)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static void
sew_transcriber_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SewTranscriber *self = SEW_TRANSCRIBER (object);

  if (sew_recognition_settings_get_property (self->settings, id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_LATENCY:
    g_value_set_uint (value, self->latency.allowed_ms);
    break;
  case PROP_LATENESS:
    g_value_set_uint (value, self->latency.lateness_ms);
    break;
  case PROP_DIM_BELOW:
    g_value_set_double (value, self->dim_below);
    break;
  case PROP_MAX_OBSERVED_DELAY:
    g_value_set_uint (value, self->latency.max_observed_ms);
    break;
  case PROP_PARTIAL_RESULTS:
    g_value_set_boolean (value, self->partial_results);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
sew_transcriber_finalize (GObject *object)
{
  SewTranscriber *self = SEW_TRANSCRIBER (object);

  sew_audio_intake_free (self->intake);
  sew_speech_task_free (self->speech);
  sew_ticker_free (self->ticker);
  sew_text_feed_free (self->feed);
  sew_text_output_free (self->output);
  sew_recognition_settings_free (self->settings);
  G_OBJECT_CLASS (sew_transcriber_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = (GParamFlags) (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const GParamFlags ready_flags = flags | GST_PARAM_MUTABLE_READY;

  properties[PROP_LATENCY] = g_param_spec_uint (
      "latency", "Latency",
      "Delay that a word of live audio is allowed, in milliseconds; less costs accuracy, and less "
      "than 200 counts as 200",
      0, G_MAXUINT, SEW_LIVE_LATENCY_DEFAULT_MS, ready_flags);
  properties[PROP_LATENESS] = g_param_spec_uint (
      "lateness", "Lateness",
      "How much later than it was said text is shown, in milliseconds; words of live audio are "
      "allowed that much more delay without more latency of the pipeline",
      0, G_MAXUINT, 0, ready_flags);
  properties[PROP_DIM_BELOW] = g_param_spec_double (
      "dim-below", "Dim below",
      "Words of less confidence than this are dimmed where downstream takes pango-markup (0 = "
      "none)",
      0.0, 1.0, 0.0, (GParamFlags) (flags | GST_PARAM_MUTABLE_PLAYING));
  properties[PROP_MAX_OBSERVED_DELAY] = g_param_spec_uint (
      "max-observed-delay", "Maximum observed delay",
      "Longest time so far from when the beginning of a word of live audio came in to its text, in "
      "milliseconds",
      0, G_MAXUINT, 0, (GParamFlags) (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  properties[PROP_PARTIAL_RESULTS] = g_param_spec_boolean (
      "partial-results", "Partial results",
      "Post " SEW_PARTIAL_TRANSCRIPT_MESSAGE
      " messages with words of live audio that may change yet",
      FALSE, (GParamFlags) (flags | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_properties (klass, N_PROPERTIES, properties);
  sew_recognition_settings_install (klass, FIRST_RECOGNITION_PROPERTY);
}

static void
sew_transcriber_class_init (SewTranscriberClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = sew_transcriber_set_property;
  object_class->get_property = sew_transcriber_get_property;
  object_class->finalize = sew_transcriber_finalize;
  element_class->change_state = sew_transcriber_change_state;
  install_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
      element_class, "SEW speech transcriber", "Audio/Text/Filter",
      "Recognizes speech and outputs it as timed text", "The gst-sew developers");
}

static void
sew_transcriber_init (SewTranscriber *self)
{
  GstElement *element = GST_ELEMENT (self);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, sink_chain);
  gst_pad_set_event_function (self->sinkpad, sink_event);
  gst_element_add_pad (element, self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, src_event);
  gst_pad_set_query_function (self->srcpad, src_query);
  gst_pad_set_activatemode_function (self->srcpad, src_activate_mode);
  gst_element_add_pad (element, self->srcpad);

  self->settings = sew_recognition_settings_new (element, FIRST_RECOGNITION_PROPERTY);
  sew_live_latency_init (&self->latency);
  self->output = sew_text_output_new (element, self->srcpad, text_stopped, self);
  self->task = sew_text_output_get_task (self->output);
  self->feed = sew_text_feed_new (element, self->output, &self->latency);
  self->speech = sew_speech_task_new (element, self->settings, &sew_text_feed_funcs, self->feed);
  self->intake = sew_audio_intake_new (element, self->speech);
  self->ticker = sew_ticker_new (element, take_tick, self);
}
