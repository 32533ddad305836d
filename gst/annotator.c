/* SPDX-License-Identifier: MIT */

/**
 * SECTION:element-sewannotator
 * @title: sewannotator
 *
 * Lets audio pass through as it is, and puts the words spoken in it on its buffers.
 *
 * The streaming thread hands a converted copy of the audio to a speech task, which recognizes it in
 * a thread of its own. With align=false the words go on the next buffer that passes; with
 * align=true the source pad's task holds the audio until the words in it are known.
 *
 * ## Example
 * |[
 * gst-launch-1.0 filesrc location=speech.ogg ! decodebin ! sewannotator align=true !
 *   audioconvert ! autoaudiosink -m
 * ]|
 */
#include "annotator.h"

#include "audio-holder.h"
#include "listener.h"
#include "live-latency.h"
#include "pending-words.h"
#include "progress.h"
#include "recognition-settings.h"
#include "speech-task.h"
#include "transcript-meta.h"
#include "word-feed.h"

#define DEFAULT_ALIGN FALSE

enum {
  PROP_0,
  PROP_ALIGN,
  PROP_LATENCY,
  PROP_PARTIAL_RESULTS,
  N_PROPERTIES,
  FIRST_RECOGNITION_PROPERTY = N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));

struct _SewAnnotator {
  GstElement parent_instance;

  GstPad *sinkpad;
  GstPad *srcpad;
  SewRecognitionSettings *settings;

  /* under the object lock */
  gboolean align;
  SewLiveLatency latency;
  gboolean partial_results;

  gboolean aligned; /* align, as it was at the start */

  SewListener *listener;
  SewSpeechTask *speech;
  SewWordFeed *feed;
  SewPendingWords *words;
  SewProgress *progress;
  SewAudioHolder *holder;
  SewPadTask *task; /* the holder's */
};

G_DEFINE_FINAL_TYPE (SewAnnotator, sew_annotator, GST_TYPE_ELEMENT)

static GstBuffer *
put_words (GstBuffer *buffer, GstClockTime end, gpointer user_data)
{
  SewAnnotator *self = user_data;

  return sew_pending_words_put (self->words, buffer, end);
}

/* Audio, in the streaming thread */

static GstFlowReturn
pass (SewAnnotator *self, GstBuffer *buffer, const SewSpeechSpan *span)
{
  if (!self->aligned)
    return gst_pad_push (self->srcpad, put_words (buffer, GST_CLOCK_TIME_NONE, self));
  if (!GST_CLOCK_TIME_IS_VALID (span->start) || !GST_CLOCK_TIME_IS_VALID (span->end))
    return sew_audio_holder_push_buffer (self->holder, buffer, 0, 0, GST_CLOCK_TIME_NONE);

  GST_OBJECT_LOCK (self);
  GstClockTime deadline = self->latency.live
                              ? span->start + sew_live_latency_get_total (&self->latency)
                              : GST_CLOCK_TIME_NONE;
  GST_OBJECT_UNLOCK (self);
  return sew_audio_holder_push_buffer (self->holder, buffer, span->end - span->start, span->end,
                                       deadline);
}

static GstFlowReturn
sink_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  SewAnnotator *self = SEW_ANNOTATOR (parent);
  SewSpeechSpan span = { 0 };
  GstFlowReturn flow = sew_listener_push (self->listener, buffer, &span);

  if (flow != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return flow;
  }
  return pass (self, buffer, &span);
}

/* Events, in the streaming thread */

/* event: (transfer full) */
static gboolean
forward (SewAnnotator *self, GstEvent *event)
{
  if (self->aligned)
    return sew_audio_holder_push_event (self->holder, event) == GST_FLOW_OK;
  return gst_pad_push_event (self->srcpad, event);
}

/* event: (transfer full) */
static gboolean
take_caps (SewAnnotator *self, GstEvent *event)
{
  if (sew_listener_take_caps (self->listener, event))
    return forward (self, event);
  gst_event_unref (event);
  return FALSE;
}

/* event: (transfer full) */
static gboolean
take_audio_segment (SewAnnotator *self, GstEvent *event)
{
  if (sew_listener_set_segment (self->listener, event)) {
    sew_live_latency_update (&self->latency, GST_ELEMENT (self), self->sinkpad, self->speech,
                             self->aligned ? SEW_SPEECH_TASK_HOLDING_LATENCY : 0);
    sew_progress_go_on (self->progress);
    sew_speech_task_push_event (self->speech, gst_event_ref (event));
  }
  return forward (self, event);
}

static gboolean
start_flush (SewAnnotator *self, GstEvent *event)
{
  gboolean result = gst_pad_push_event (self->srcpad, event);

  sew_progress_interrupt (self->progress);
  sew_pad_task_interrupt (self->task);
  sew_speech_task_interrupt (self->speech);
  if (self->aligned)
    gst_pad_pause_task (self->srcpad);
  return result;
}

/* Nothing is known of the audio to come. */
static void
begin (SewAnnotator *self)
{
  sew_pending_words_clear (self->words);
  sew_word_feed_reset (self->feed, self->aligned);
  sew_progress_reset (self->progress);
  sew_progress_resume (self->progress);
}

/* Of the events that were dropped with what was held, these say what the stream is. */
static gboolean
keep_sticky_event (GstPad *pad, GstEvent **event, gpointer user_data)
{
  SewAnnotator *self = user_data;

  if (GST_EVENT_TYPE (*event) != GST_EVENT_SEGMENT && GST_EVENT_TYPE (*event) != GST_EVENT_EOS)
    gst_pad_store_sticky_event (self->srcpad, *event);
  return TRUE;
}

static gboolean
stop_flush (SewAnnotator *self, GstEvent *event)
{
  sew_speech_task_wait (self->speech);
  sew_listener_flush (self->listener);
  begin (self);
  if (self->aligned)
    gst_pad_sticky_events_foreach (self->sinkpad, keep_sticky_event, self);
  gboolean result = gst_pad_push_event (self->srcpad, event);
  if (self->aligned)
    sew_pad_task_restart (self->task);
  sew_speech_task_resume (self->speech);
  return result;
}

static gboolean
sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  SewAnnotator *self = SEW_ANNOTATOR (parent);

  switch ((guint) GST_EVENT_TYPE (event)) {
  case GST_EVENT_FLUSH_START:
    return start_flush (self, event);
  case GST_EVENT_FLUSH_STOP:
    return stop_flush (self, event);
  case GST_EVENT_CAPS:
    return take_caps (self, event);
  case GST_EVENT_SEGMENT:
    return take_audio_segment (self, event);
  case GST_EVENT_GAP:
    sew_listener_take_gap (self->listener, event);
    return forward (self, event);
  case GST_EVENT_SEGMENT_DONE:
  case GST_EVENT_EOS:
    sew_listener_take_end (self->listener, event);
    return forward (self, event);
  default:
    if (GST_EVENT_IS_SERIALIZED (event))
      return forward (self, event);
    return gst_pad_event_default (pad, parent, event);
  }
}

/* What is held can't be answered for in its turn. */
static gboolean
sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  SewAnnotator *self = SEW_ANNOTATOR (parent);

  if (self->aligned && GST_QUERY_IS_SERIALIZED (query))
    return FALSE;
  return gst_pad_query_default (pad, parent, query);
}

/* The source pad */

static gboolean
src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE)
    sew_pad_task_relink (SEW_ANNOTATOR (parent)->task);
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
answer_latency (SewAnnotator *self, GstQuery *query)
{
  GST_OBJECT_LOCK (self);
  gboolean waits = self->align;
  GST_OBJECT_UNLOCK (self);
  return sew_live_latency_answer (&self->latency, GST_ELEMENT (self), self->sinkpad, waits, query);
}

static gboolean
src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return answer_latency (SEW_ANNOTATOR (parent), query);
  return gst_pad_query_default (pad, parent, query);
}

static gboolean
src_activate_mode (GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  SewAnnotator *self = SEW_ANNOTATOR (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  if (!self->aligned)
    return TRUE;
  if (active)
    sew_pad_task_start (self->task);
  else
    sew_pad_task_stop (self->task);
  return TRUE;
}

/* The element */

static void
start (SewAnnotator *self)
{
  GST_OBJECT_LOCK (self);
  self->aligned = self->align;
  self->latency.longest_delay = 0;
  GST_OBJECT_UNLOCK (self);

  sew_listener_reset (self->listener);
  begin (self);
  sew_speech_task_start (self->speech, TRUE);
}

static void
interrupt (SewAnnotator *self)
{
  sew_progress_interrupt (self->progress);
  sew_pad_task_interrupt (self->task);
  sew_speech_task_interrupt (self->speech);
}

static GstStateChangeReturn
sew_annotator_change_state (GstElement *element, GstStateChange transition)
{
  SewAnnotator *self = SEW_ANNOTATOR (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    start (self);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    interrupt (self);

  GstStateChangeReturn result
      = GST_ELEMENT_CLASS (sew_annotator_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    sew_speech_task_stop (self->speech);
    sew_pending_words_clear (self->words);
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE) {
    interrupt (self);
    sew_speech_task_stop (self->speech);
  }
  return result;
}

static void
sew_annotator_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SewAnnotator *self = SEW_ANNOTATOR (object);

  if (sew_recognition_settings_set_property (self->settings, id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_ALIGN:
    self->align = g_value_get_boolean (value);
    break;
  case PROP_LATENCY:
    self->latency.allowed_ms = g_value_get_uint (value);
    break;
  case PROP_PARTIAL_RESULTS:
    self->partial_results = g_value_get_boolean (value);
    sew_speech_task_set_partial (self->speech, self->partial_results);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
sew_annotator_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SewAnnotator *self = SEW_ANNOTATOR (object);

  if (sew_recognition_settings_get_property (self->settings, id, value))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_ALIGN:
    g_value_set_boolean (value, self->align);
    break;
  case PROP_LATENCY:
    g_value_set_uint (value, self->latency.allowed_ms);
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
sew_annotator_finalize (GObject *object)
{
  SewAnnotator *self = SEW_ANNOTATOR (object);

  sew_listener_free (self->listener);
  sew_speech_task_free (self->speech);
  sew_word_feed_free (self->feed);
  sew_audio_holder_free (self->holder);
  sew_progress_free (self->progress);
  sew_pending_words_free (self->words);
  sew_recognition_settings_free (self->settings);
  G_OBJECT_CLASS (sew_annotator_parent_class)->finalize (object);
}

static void
sew_annotator_class_init (SewAnnotatorClass *klass)
{
  const GParamFlags ready_flags = (GParamFlags) (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
                                                 | GST_PARAM_MUTABLE_READY);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = sew_annotator_set_property;
  object_class->get_property = sew_annotator_get_property;
  object_class->finalize = sew_annotator_finalize;
  element_class->change_state = sew_annotator_change_state;

  properties[PROP_ALIGN] = g_param_spec_boolean (
      "align", "Align",
      "Whether audio is held until its words are known, so that they are on the buffers in which "
      "they are spoken; otherwise they are on the next buffer that passes",
      DEFAULT_ALIGN, ready_flags);
  properties[PROP_LATENCY] = g_param_spec_uint (
      "latency", "Latency",
      "Delay that a word of live audio is allowed, in milliseconds; less costs accuracy, and less "
      "than 200 counts as 200",
      0, G_MAXUINT, SEW_LIVE_LATENCY_DEFAULT_MS, ready_flags);
  properties[PROP_PARTIAL_RESULTS] = g_param_spec_boolean (
      "partial-results", "Partial results",
      "Tell words of live audio that may change yet: in " SEW_PARTIAL_TRANSCRIPT_MESSAGE
      " messages, and on the next buffer that passes if that is not held",
      FALSE,
      (GParamFlags) (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  sew_recognition_settings_install (object_class, FIRST_RECOGNITION_PROPERTY);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (
      element_class, "SEW speech annotator", "Analyzer/Audio",
      "Recognizes speech and puts its words on the audio as metadata", "The gst-sew developers");
}

static void
sew_annotator_init (SewAnnotator *self)
{
  GstElement *element = GST_ELEMENT (self);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, sink_chain);
  gst_pad_set_event_function (self->sinkpad, sink_event);
  gst_pad_set_query_function (self->sinkpad, sink_query);
  GST_PAD_SET_PROXY_CAPS (self->sinkpad);
  gst_element_add_pad (element, self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, src_event);
  gst_pad_set_query_function (self->srcpad, src_query);
  gst_pad_set_activatemode_function (self->srcpad, src_activate_mode);
  GST_PAD_SET_PROXY_CAPS (self->srcpad);
  gst_element_add_pad (element, self->srcpad);

  self->align = DEFAULT_ALIGN;
  sew_live_latency_init (&self->latency);
  self->settings = sew_recognition_settings_new (element, FIRST_RECOGNITION_PROPERTY);
  self->words = sew_pending_words_new ();
  self->progress = sew_progress_new (element);
  self->feed = sew_word_feed_new (element, self->words, self->progress, &self->latency);
  self->speech = sew_speech_task_new (element, self->settings, &sew_word_feed_funcs, self->feed);
  self->listener = sew_listener_new (element, self->speech, self->progress);
  self->holder = sew_audio_holder_new (element, self->srcpad, self->progress, put_words, self);
  self->task = sew_audio_holder_get_task (self->holder);
}
