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

#include <gst/audio/audio.h>
#include <sew/sew.h>

#include "audio-holder.h"
#include "elements.h"
#include "pending-words.h"
#include "progress.h"
#include "speech-converter.h"
#include "speech-task.h"
#include "transcript-meta.h"

#define GST_CAT_DEFAULT sew_debug

#define DEFAULT_ALIGN FALSE
#define DEFAULT_LATENCY_MS 1500
/* Of 20 ms a frame, with something to the right of a word. */
#define LEAST_LATENCY_MS 200

/* How far windows may differ about where a word is. */
#define POSITION_SLACK GST_SECOND

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
  guint latency_ms;
  gboolean partial_results;
  GstClockTime longest_delay; /* of words */

  gboolean aligned; /* align, as it was at the start */

  /* the streaming thread's */
  GstAudioInfo info;
  GstSegment segment;
  gboolean failed;      /* an error of recognition was posted */
  gboolean convertible; /* the converter takes this format */
  guint64 n_bad;        /* samples so far */
  gboolean live;        /* upstream */
  GstClockTime upstream_latency;
  SewSpeechConverter *converter;

  SewSpeechTask *speech;
  GstSegment speech_segment; /* its thread's */
  GstClockTime known;        /* its thread's: running time */

  SewPendingWords *words;
  SewProgress *progress;
  SewAudioHolder *holder;
};

G_DEFINE_FINAL_TYPE (SewAnnotator, sew_annotator, GST_TYPE_ELEMENT)

/* From the speech task */

static void
take_segment (const SewSegment *segment, const SewStreamTimeline *timeline, gpointer user_data)
{
  SewAnnotator *self = user_data;
  GstElement *element = GST_ELEMENT (self);
  g_autoptr (GstStructure) transcript = sew_transcript_meta_describe (segment, timeline,
                                                                      &self->speech_segment, TRUE);
  GstClockTime pts, duration;

  sew_pending_words_add (self->words, transcript);
  if (sew_segment_get_n_words (segment) == 0)
    return;
  sew_transcript_meta_get_display (segment, timeline, &pts, &duration);
  sew_transcript_meta_post (element, SEW_TRANSCRIPT_MESSAGE, transcript, &self->speech_segment, pts,
                            duration, gst_element_get_current_running_time (element));
}

/* Where two windows are joined, a word may turn out to begin a little before it was looked for. */
static void
take_position (GstClockTime pts, gpointer user_data)
{
  SewAnnotator *self = user_data;

  self->known = gst_segment_to_running_time (&self->speech_segment, GST_FORMAT_TIME, pts);
  if (GST_CLOCK_TIME_IS_VALID (self->known) && self->known > POSITION_SLACK)
    sew_progress_advance (self->progress, self->known - POSITION_SLACK);
}

/* Buffers may end less than a sample after the last sample of 16 kHz that was in them. */
static void
take_jump (gpointer user_data)
{
  SewAnnotator *self = user_data;

  if (GST_CLOCK_TIME_IS_VALID (self->known))
    sew_progress_advance (self->progress, self->known + GST_SECOND / SEW_SAMPLE_RATE_HZ + 1);
}

static void
take_event (GstEvent *event, gpointer user_data)
{
  SewAnnotator *self = user_data;

  take_jump (self);
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    gst_event_copy_segment (event, &self->speech_segment);
  else if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    sew_progress_finish (self->progress);
  gst_event_unref (event);
}

static GstClockTime
get_own_latency (SewAnnotator *self)
{
  GST_OBJECT_LOCK (self);
  GstClockTime own = MAX (self->latency_ms * GST_MSECOND, self->longest_delay);
  GST_OBJECT_UNLOCK (self);
  return own;
}

/* A longer latency than was allowed is no reason to let words miss their buffers. */
static void
take_delay (GstClockTime delay, gpointer user_data)
{
  SewAnnotator *self = user_data;
  GstClockTime before = get_own_latency (self);

  GST_OBJECT_LOCK (self);
  self->longest_delay = MAX (self->longest_delay, delay);
  GST_OBJECT_UNLOCK (self);
  if (self->aligned && get_own_latency (self) > before)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static void
take_partial (const SewSegment *segment, const SewStreamTimeline *timeline, gpointer user_data)
{
  SewAnnotator *self = user_data;
  g_autoptr (GstStructure) transcript = sew_transcript_meta_post_partial (
      GST_ELEMENT (self), segment, timeline, &self->speech_segment);

  sew_pending_words_set_partial (self->words, transcript);
}

static const SewSpeechTaskFuncs speech_funcs = {
  .segment = take_segment,
  .position = take_position,
  .jump = take_jump,
  .event = take_event,
  .delay = take_delay,
  .partial = take_partial,
};

static GstBuffer *
put_words (GstBuffer *buffer, GstClockTime end, gpointer user_data)
{
  SewAnnotator *self = user_data;

  return sew_pending_words_put (self->words, buffer, end);
}

/* Audio, in the streaming thread */

/* Recognition gets the audio. */
static gboolean
is_listening (const SewAnnotator *self)
{
  return !self->failed && self->convertible && self->segment.format == GST_FORMAT_TIME
         && self->segment.rate > 0.0;
}

/* Recognition has failed, and an error has been posted; that is no reason to stop the audio. */
static void
fail (SewAnnotator *self)
{
  self->failed = TRUE;
  sew_progress_finish (self->progress);
}

static GstFlowReturn
push_samples (gpointer user_data, GstClockTime pts, gboolean discont, const float *samples,
              gsize n_samples)
{
  SewAnnotator *self = user_data;

  return sew_speech_task_push_samples (self->speech, pts, discont, samples, n_samples);
}

/* buffer: borrowed. Where it lies in the segment, in running time, both 0 if it does not. */
static GstFlowReturn
listen (SewAnnotator *self, GstBuffer *buffer, SewSpeechSpan *span)
{
  gboolean discont = GST_BUFFER_IS_DISCONT (buffer);
  guint64 n_bad = self->n_bad;
  g_autoptr (GstBuffer) clipped = gst_audio_buffer_clip (gst_buffer_ref (buffer), &self->segment,
                                                         GST_AUDIO_INFO_RATE (&self->info),
                                                         GST_AUDIO_INFO_BPF (&self->info));

  if (clipped == NULL)
    return GST_FLOW_OK;
  GstFlowReturn flow = sew_speech_converter_push (self->converter, clipped, discont, span,
                                                  &self->n_bad);
  if (n_bad == 0 && self->n_bad > 0)
    GST_ELEMENT_WARNING (self, STREAM, DECODE,
                         ("The audio has samples that are not finite numbers"),
                         ("They pass, and are heard as silence"));
  if (GST_CLOCK_TIME_IS_VALID (self->segment.stop))
    span->end = MIN (span->end, self->segment.stop);
  span->start = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, span->start);
  span->end = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, span->end);
  return flow;
}

static GstFlowReturn
pass (SewAnnotator *self, GstBuffer *buffer, const SewSpeechSpan *span)
{
  if (!self->aligned)
    return gst_pad_push (self->srcpad, put_words (buffer, GST_CLOCK_TIME_NONE, self));
  if (!GST_CLOCK_TIME_IS_VALID (span->start) || !GST_CLOCK_TIME_IS_VALID (span->end))
    return sew_audio_holder_push_buffer (self->holder, buffer, 0, 0, GST_CLOCK_TIME_NONE);
  return sew_audio_holder_push_buffer (self->holder, buffer, span->end - span->start, span->end,
                                       self->live ? span->start + self->upstream_latency
                                                        + get_own_latency (self)
                                                  : GST_CLOCK_TIME_NONE);
}

static GstFlowReturn
sink_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  SewAnnotator *self = SEW_ANNOTATOR (parent);
  SewSpeechSpan span = { 0 };
  GstFlowReturn flow = GST_FLOW_OK;

  if (GST_AUDIO_INFO_FORMAT (&self->info) == GST_AUDIO_FORMAT_UNKNOWN) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (is_listening (self))
    flow = listen (self, buffer, &span);
  if (flow == GST_FLOW_ERROR)
    fail (self);
  if (flow == GST_FLOW_FLUSHING) {
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

/* What the resampler keeps back belongs before whatever comes now. */
static void
drain_converter (SewAnnotator *self, GstClockTime next_pts)
{
  if (is_listening (self)
      && sew_speech_converter_drain (self->converter, next_pts) == GST_FLOW_ERROR)
    fail (self);
}

static gboolean
take_caps (SewAnnotator *self, GstEvent *event)
{
  GstCaps *caps;
  GstAudioInfo info;

  gst_event_parse_caps (event, &caps);
  if (!gst_audio_info_from_caps (&info, caps)) {
    gst_event_unref (event);
    return FALSE;
  }
  if (!gst_audio_info_is_equal (&info, &self->info)) {
    drain_converter (self, self->segment.start);
    sew_speech_task_push_event (self->speech, gst_event_ref (event));
    self->info = info;
    self->convertible = sew_speech_converter_set_info (self->converter, &info);
    if (!self->convertible)
      GST_ELEMENT_WARNING (self, STREAM, FORMAT, ("No speech is recognized in audio like this"),
                           ("%" GST_PTR_FORMAT, caps));
  }
  return forward (self, event);
}

static void
update_latency (SewAnnotator *self)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();

  self->live = FALSE;
  self->upstream_latency = 0;
  if (gst_pad_peer_query (self->sinkpad, query))
    gst_query_parse_latency (query, &self->live, &self->upstream_latency, NULL);
  GST_OBJECT_LOCK (self);
  guint allowed_ms = MAX (self->latency_ms, LEAST_LATENCY_MS);
  GST_OBJECT_UNLOCK (self);
  GstClockTime latency = self->aligned ? SEW_SPEECH_TASK_HOLDING_LATENCY : 0;
  if (self->live)
    latency = allowed_ms * GST_MSECOND;
  sew_speech_task_set_latency (self->speech, latency, self->live);
}

static gboolean
take_audio_segment (SewAnnotator *self, GstEvent *event)
{
  GstSegment segment;

  gst_event_copy_segment (event, &segment);
  drain_converter (self, segment.start);
  self->segment = segment;
  if (segment.format != GST_FORMAT_TIME) {
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
                         ("The audio has no time stamps, and no speech is recognized"),
                         ("Segment in %s instead of time", gst_format_get_name (segment.format)));
  } else if (!self->failed) {
    update_latency (self);
    sew_progress_go_on (self->progress);
    sew_speech_task_push_event (self->speech, gst_event_ref (event));
  }
  return forward (self, event);
}

static gboolean
take_gap (SewAnnotator *self, GstEvent *event)
{
  GstClockTime pts;
  GstClockTime duration;

  gst_event_parse_gap (event, &pts, &duration);
  drain_converter (self, pts + (GST_CLOCK_TIME_IS_VALID (duration) ? duration : 0));
  if (is_listening (self))
    sew_speech_task_push_event (self->speech, gst_event_ref (event));
  return forward (self, event);
}

/* The last words come before it. */
static gboolean
take_end (SewAnnotator *self, GstEvent *event)
{
  drain_converter (self, self->segment.start);
  if (!self->failed && sew_speech_task_push_event (self->speech, gst_event_ref (event)))
    sew_progress_wait_for_finish (self->progress);
  return forward (self, event);
}

static gboolean
start_flush (SewAnnotator *self, GstEvent *event)
{
  gboolean result = gst_pad_push_event (self->srcpad, event);

  sew_progress_interrupt (self->progress);
  sew_audio_holder_interrupt (self->holder);
  sew_speech_task_interrupt (self->speech);
  if (self->aligned)
    sew_audio_holder_pause (self->holder);
  return result;
}

/* Nothing is known of the audio to come. */
static void
begin (SewAnnotator *self)
{
  sew_pending_words_clear (self->words);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  gst_segment_init (&self->speech_segment, GST_FORMAT_UNDEFINED);
  self->known = GST_CLOCK_TIME_NONE;
  sew_speech_converter_reset (self->converter, 0);
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
  begin (self);
  if (self->aligned)
    gst_pad_sticky_events_foreach (self->sinkpad, keep_sticky_event, self);
  gboolean result = gst_pad_push_event (self->srcpad, event);
  if (self->aligned)
    sew_audio_holder_start (self->holder);
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
    return take_gap (self, event);
  case GST_EVENT_SEGMENT_DONE:
  case GST_EVENT_EOS:
    return take_end (self, event);
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
answer_latency (SewAnnotator *self, GstQuery *query)
{
  gboolean live;
  GstClockTime min;
  GstClockTime max;

  if (!gst_pad_peer_query (self->sinkpad, query))
    return FALSE;
  gst_query_parse_latency (query, &live, &min, &max);

  GST_OBJECT_LOCK (self);
  gboolean align = self->align;
  GST_OBJECT_UNLOCK (self);
  GstClockTime own = align ? get_own_latency (self) : 0;
  if (!live || own == 0)
    return TRUE;
  if (GST_CLOCK_TIME_IS_VALID (max))
    max += own;
  gst_query_set_latency (query, TRUE, min + own, max);
  return TRUE;
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
  if (active) {
    sew_audio_holder_start (self->holder);
  } else {
    sew_audio_holder_interrupt (self->holder);
    sew_audio_holder_stop (self->holder);
  }
  return TRUE;
}

/* The element */

static void
start (SewAnnotator *self)
{
  GST_OBJECT_LOCK (self);
  self->aligned = self->align;
  self->longest_delay = 0;
  GST_OBJECT_UNLOCK (self);

  gst_audio_info_init (&self->info);
  self->failed = FALSE;
  self->convertible = FALSE;
  self->n_bad = 0;
  begin (self);
  sew_speech_task_start (self->speech, TRUE);
}

static void
interrupt (SewAnnotator *self)
{
  sew_progress_interrupt (self->progress);
  sew_audio_holder_interrupt (self->holder);
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
    self->latency_ms = g_value_get_uint (value);
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
    g_value_set_uint (value, self->latency_ms);
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

  sew_speech_converter_free (self->converter);
  sew_speech_task_free (self->speech);
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
      "Delay that a word of live audio is allowed, in milliseconds; less costs accuracy", 0,
      G_MAXUINT, DEFAULT_LATENCY_MS, ready_flags);
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
  gst_pad_set_query_function (self->srcpad, src_query);
  gst_pad_set_activatemode_function (self->srcpad, src_activate_mode);
  GST_PAD_SET_PROXY_CAPS (self->srcpad);
  gst_element_add_pad (element, self->srcpad);

  self->align = DEFAULT_ALIGN;
  self->latency_ms = DEFAULT_LATENCY_MS;
  self->settings = sew_recognition_settings_new (element, FIRST_RECOGNITION_PROPERTY);
  self->speech = sew_speech_task_new (element, self->settings, &speech_funcs, self);
  self->converter = sew_speech_converter_new (push_samples, self);
  self->words = sew_pending_words_new ();
  self->progress = sew_progress_new (element);
  self->holder = sew_audio_holder_new (element, self->srcpad, self->progress, put_words, self);
}
