/* SPDX-License-Identifier: MIT */

/**
 * SECTION:element-sewsubtitleoverlay
 * @title: sewsubtitleoverlay
 *
 * Shows what is said in the sound of a video as captions on its picture.
 *
 * |[
 * video_sink - queue - textoverlay --------------------------------------- video_src
 *                          : text
 * audio_sink - tee - queue ----------------------------------------------- audio_src
 *                `-- queue - audioconvert - audioresample - sewtranscriber - caption track
 * ]|
 *
 * The text does not go through textoverlay's text pad, which holds one buffer and makes either the
 * text or the picture wait, but becomes its property, frame by frame, before each frame gets there.
 *
 * ## Example
 * |[
 * gst-launch-1.0 filesrc location=talk.mkv ! decodebin name=d
 *   sewsubtitleoverlay name=o  d. ! videoconvert ! o.video_sink  d. ! audioconvert ! o.audio_sink
 *   o.video_src ! videoconvert ! autovideosink  o.audio_src ! audioconvert ! autoaudiosink
 * ]|
 */
#include "subtitle-overlay.h"

#include <gst/pbutils/pbutils.h>

#include "caption-track.h"
#include "elements.h"
#include "frame-captioner.h"
#include "live-latency.h"
#include "overlay-look.h"
#include "recognition-settings.h"
#include "speech-task.h"
#include "transcriber.h"

#define GST_CAT_DEFAULT sew_debug

#define DEFAULT_MAX_WAIT_MS 10000
/* Words of a file come this much later than they are said, as no more video should wait for them.
 */
#define FILE_LATENCY (6 * GST_SECOND)
/* The video's queue takes this much more than live words need, and grows by as much while a file's
 * words are waited for. */
#define QUEUE_STEP (GST_SECOND)
#define VIDEO_QUEUE_LIMIT (45 * GST_SECOND)
#define AUDIO_QUEUE_LIMIT (60 * GST_SECOND)

enum {
  PROP_0,
  PROP_LATENCY,
  PROP_MAX_WAIT,
  N_PROPERTIES,
  FIRST_LOOK_PROPERTY = N_PROPERTIES,
  FIRST_RECOGNITION_PROPERTY = FIRST_LOOK_PROPERTY + SEW_N_LOOKS,
  END_OF_PROPERTIES = FIRST_RECOGNITION_PROPERTY + SEW_N_SETTINGS,
};

static GParamSpec *properties[N_PROPERTIES];

static GstStaticPadTemplate video_sink_template = GST_STATIC_PAD_TEMPLATE (
    "video_sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));
static GstStaticPadTemplate audio_sink_template = GST_STATIC_PAD_TEMPLATE (
    "audio_sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));
static GstStaticPadTemplate video_src_template = GST_STATIC_PAD_TEMPLATE (
    "video_src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));
static GstStaticPadTemplate audio_src_template = GST_STATIC_PAD_TEMPLATE (
    "audio_src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));

struct _SewSubtitleOverlay {
  GstBin parent_instance;

  const char *missing; /* an element that could not be made */
  GstPad *video_sink;
  GstPad *audio_sink;
  GstPad *audio_src;
  GstElement *video_queue;
  GstElement *textoverlay;
  SewTranscriber *transcriber;
  SewCaptionTrack *track;
  SewFrameCaptioner *captioner;
  SewOverlayLook *look;

  guint latency_ms; /* under the object lock */
};

G_DEFINE_FINAL_TYPE (SewSubtitleOverlay, sew_subtitle_overlay, GST_TYPE_BIN)

/* Decoders of a file may have one thread for picture and sound: where the picture waits for words,
 * more sound has to come, so more of the picture has to fit. */
static void
make_room (GstElement *queue, gpointer user_data)
{
  SewSubtitleOverlay *self = user_data;
  guint64 limit;

  g_object_get (queue, "max-size-time", &limit, NULL);
  if (!sew_frame_captioner_is_waiting (self->captioner) || limit >= VIDEO_QUEUE_LIMIT)
    return;
  GST_DEBUG_OBJECT (self, "more than %" GST_TIME_FORMAT " of video waits for its words",
                    GST_TIME_ARGS (limit));
  g_object_set (queue, "max-size-time", limit + QUEUE_STEP, NULL);
}

/* Sound that nobody takes is no error. */
static GstPadProbeReturn
drop_unlinked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  SewSubtitleOverlay *self = user_data;

  return gst_pad_is_linked (self->audio_src) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* Recognition takes any sound; that it prefers 16 kHz is no reason to record or play no better. */
static GstPadProbeReturn
hide_preference (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *filter;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return GST_PAD_PROBE_OK;
  caps = gst_static_pad_template_get_caps (&audio_sink_template);
  gst_query_parse_caps (query, &filter);
  if (filter != NULL) {
    GstCaps *all = caps;
    caps = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (all);
  }
  gst_query_set_caps_result (query, caps);
  return GST_PAD_PROBE_HANDLED;
}

static gboolean
src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  gboolean live;
  GstClockTime min;
  GstClockTime max;

  if (!gst_pad_query_default (pad, parent, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return TRUE;
  gst_query_parse_latency (query, &live, &min, &max);
  if (live) {
    SewFrameCaptioner *captioner = SEW_SUBTITLE_OVERLAY (parent)->captioner;
    gst_query_set_latency (query, TRUE, min + sew_frame_captioner_get_delay (captioner), max);
  }
  return TRUE;
}

/* The element */

/* Captions keep to the limits of cues, whether words roll or not. */
static void
update_style (SewSubtitleOverlay *self)
{
  guint min_duration_ms;
  guint max_duration_ms;
  int granularity;
  SewCaptionStyle style;

  g_object_get (self->transcriber, "granularity", &granularity, "max-lines", &style.max_lines,
                "line-length", &style.line_length, "min-duration", &min_duration_ms, "max-duration",
                &max_duration_ms, "reading-speed", &style.reading_speed, NULL);
  style.rolling = granularity == SEW_GRANULARITY_WORD;
  style.min_duration = min_duration_ms * GST_MSECOND;
  style.max_duration = max_duration_ms * GST_MSECOND;
  sew_caption_track_set_style (self->track, &style);
}

static void
update_latency (SewSubtitleOverlay *self)
{
  GST_OBJECT_LOCK (self);
  guint latency_ms = self->latency_ms;
  GST_OBJECT_UNLOCK (self);

  g_object_set (self->transcriber, "latency", latency_ms, NULL);
  if (self->video_queue != NULL)
    g_object_set (self->video_queue, "max-size-time", latency_ms * GST_MSECOND + 2 * QUEUE_STEP,
                  NULL);
}

static void
complain (SewSubtitleOverlay *self)
{
  gst_element_post_message (GST_ELEMENT (self),
                            gst_missing_element_message_new (GST_ELEMENT (self), self->missing));
  GST_ELEMENT_ERROR (
      self, CORE, MISSING_PLUGIN,
      ("The element %s is missing, without which there are no captions", self->missing),
      ("In Debian, textoverlay is in the package gstreamer1.0-x, all else in "
       "gstreamer1.0-plugins-base"));
}

static void
sew_subtitle_overlay_handle_message (GstBin *bin, GstMessage *message)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY)
    sew_frame_captioner_update_latency (SEW_SUBTITLE_OVERLAY (bin)->captioner);
  GST_BIN_CLASS (sew_subtitle_overlay_parent_class)->handle_message (bin, message);
}

static GstStateChangeReturn
sew_subtitle_overlay_change_state (GstElement *element, GstStateChange transition)
{
  SewSubtitleOverlay *self = SEW_SUBTITLE_OVERLAY (element);

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && self->missing != NULL) {
    complain (self);
    return GST_STATE_CHANGE_FAILURE;
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    update_style (self);
    update_latency (self);
    sew_frame_captioner_start (self->captioner);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    sew_frame_captioner_interrupt (self->captioner);
  }
  return GST_ELEMENT_CLASS (sew_subtitle_overlay_parent_class)->change_state (element, transition);
}

static void
sew_subtitle_overlay_set_property (GObject *object, guint id, const GValue *value,
                                   GParamSpec *pspec)
{
  SewSubtitleOverlay *self = SEW_SUBTITLE_OVERLAY (object);

  if (sew_overlay_look_set_property (self->look, id, value, pspec))
    return;
  if (id >= FIRST_RECOGNITION_PROPERTY && id < END_OF_PROPERTIES) {
    g_object_set_property (G_OBJECT (self->transcriber), pspec->name, value);
    return;
  }
  switch (id) {
  case PROP_LATENCY:
    GST_OBJECT_LOCK (self);
    self->latency_ms = g_value_get_uint (value);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_MAX_WAIT:
    sew_frame_captioner_set_max_wait (self->captioner, g_value_get_uint (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
sew_subtitle_overlay_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SewSubtitleOverlay *self = SEW_SUBTITLE_OVERLAY (object);

  if (sew_overlay_look_get_property (self->look, id, value))
    return;
  if (id >= FIRST_RECOGNITION_PROPERTY && id < END_OF_PROPERTIES) {
    g_object_get_property (G_OBJECT (self->transcriber), pspec->name, value);
    return;
  }
  switch (id) {
  case PROP_LATENCY:
    GST_OBJECT_LOCK (self);
    g_value_set_uint (value, self->latency_ms);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_MAX_WAIT:
    g_value_set_uint (value, sew_frame_captioner_get_max_wait (self->captioner));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
sew_subtitle_overlay_finalize (GObject *object)
{
  SewSubtitleOverlay *self = SEW_SUBTITLE_OVERLAY (object);

  sew_overlay_look_free (self->look);
  sew_frame_captioner_free (self->captioner);
  gst_object_unref (self->track);
  gst_object_unref (self->transcriber);
  g_clear_object (&self->textoverlay);
  G_OBJECT_CLASS (sew_subtitle_overlay_parent_class)->finalize (object);
}

static void
sew_subtitle_overlay_class_init (SewSubtitleOverlayClass *klass)
{
  const GParamFlags flags = (GParamFlags) (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = sew_subtitle_overlay_set_property;
  object_class->get_property = sew_subtitle_overlay_get_property;
  object_class->finalize = sew_subtitle_overlay_finalize;
  element_class->change_state = sew_subtitle_overlay_change_state;
  GST_BIN_CLASS (klass)->handle_message = sew_subtitle_overlay_handle_message;

  properties[PROP_LATENCY] = g_param_spec_uint (
      "latency", "Latency",
      "Delay that a word of live audio is allowed, and by which picture and sound are delayed, in "
      "milliseconds; less costs accuracy, and less than 200 counts as 200",
      0, G_MAXUINT, SEW_LIVE_LATENCY_DEFAULT_MS, flags | GST_PARAM_MUTABLE_READY);
  properties[PROP_MAX_WAIT] = g_param_spec_uint (
      "max-wait", "Maximum wait",
      "How long a file's picture waits, in milliseconds, when recognition makes no progress at "
      "all; "
      "then it goes on without captions until there is some",
      0, G_MAXUINT, DEFAULT_MAX_WAIT_MS, flags | GST_PARAM_MUTABLE_PLAYING);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  sew_overlay_look_install (object_class, FIRST_LOOK_PROPERTY);
  sew_recognition_settings_install (object_class, FIRST_RECOGNITION_PROPERTY);

  gst_element_class_add_static_pad_template (element_class, &video_sink_template);
  gst_element_class_add_static_pad_template (element_class, &audio_sink_template);
  gst_element_class_add_static_pad_template (element_class, &video_src_template);
  gst_element_class_add_static_pad_template (element_class, &audio_src_template);
  gst_element_class_set_static_metadata (
      element_class, "SEW subtitle overlay", "Mixer/Video/Overlay/Subtitle/Bin",
      "Recognizes speech and shows it as captions on video", "The gst-sew developers");
}

/* Borrowed; NULL if there is no such element. */
static GstElement *
add_element (SewSubtitleOverlay *self, const char *factory)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL)
    self->missing = factory;
  else
    gst_bin_add (GST_BIN (self), element);
  return element;
}

static GstElement *
add_queue (SewSubtitleOverlay *self, GstClockTime max_time)
{
  GstElement *queue = add_element (self, "queue");

  if (queue != NULL)
    g_object_set (queue, "max-size-buffers", 0, "max-size-bytes", 0, "max-size-time", max_time,
                  NULL);
  return queue;
}

/* element: NULL for a pad that leads nowhere, as something is missing. */
static GstPad *
add_ghost_pad (SewSubtitleOverlay *self, GstStaticPadTemplate *static_template, GstElement *element,
               const char *target_name)
{
  g_autoptr (GstPadTemplate) template = gst_static_pad_template_get (static_template);
  const char *name = static_template->name_template;
  GstPad *pad;

  if (element != NULL) {
    g_autoptr (GstPad) target = gst_element_get_static_pad (element, target_name);
    pad = gst_ghost_pad_new_from_template (name, target, template);
  } else {
    pad = gst_ghost_pad_new_no_target_from_template (name, template);
  }
  if (static_template->direction == GST_PAD_SRC)
    gst_pad_set_query_function (pad, src_query);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static void
build_picture (SewSubtitleOverlay *self)
{
  GstElement *queue = add_queue (self, 0);
  GstElement *textoverlay = add_element (self, "textoverlay");

  if (queue != NULL && textoverlay != NULL) {
    gst_element_link_pads (queue, "src", textoverlay, "video_sink");
    gst_util_set_object_arg (G_OBJECT (textoverlay), "line-alignment", "left");
    g_signal_connect (queue, "overrun", G_CALLBACK (make_room), self);
    self->textoverlay = gst_object_ref (textoverlay);
  }
  self->video_queue = queue;
  self->video_sink = add_ghost_pad (self, &video_sink_template, queue, "sink");
  add_ghost_pad (self, &video_src_template, textoverlay, "src");
}

static void
build_sound (SewSubtitleOverlay *self)
{
  GstElement *tee = add_element (self, "tee");
  GstElement *queue = add_queue (self, AUDIO_QUEUE_LIMIT);
  GstElement *speech_queue = add_queue (self, QUEUE_STEP);
  GstElement *audioconvert = add_element (self, "audioconvert");
  GstElement *audioresample = add_element (self, "audioresample");
  gboolean complete = self->missing == NULL;

  gst_bin_add_many (GST_BIN (self), GST_ELEMENT (self->transcriber), GST_ELEMENT (self->track),
                    NULL);
  if (complete) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (queue, "src");
    g_autoptr (GstPad) speech_pad = gst_element_get_static_pad (speech_queue, "sink");
    gst_pad_add_probe (speech_pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH,
                       hide_preference, self, NULL);
    gst_element_link (tee, queue);
    gst_element_link_many (tee, speech_queue, audioconvert, audioresample,
                           GST_ELEMENT (self->transcriber), GST_ELEMENT (self->track), NULL);
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, drop_unlinked, self, NULL);
  }
  self->audio_sink = add_ghost_pad (self, &audio_sink_template, complete ? tee : NULL, "sink");
  self->audio_src = add_ghost_pad (self, &audio_src_template, complete ? queue : NULL, "src");
}

static void
sew_subtitle_overlay_init (SewSubtitleOverlay *self)
{
  self->latency_ms = SEW_LIVE_LATENCY_DEFAULT_MS;
  self->transcriber = gst_object_ref_sink (
      g_object_new (SEW_TYPE_TRANSCRIBER, "name", "transcriber", NULL));
  sew_transcriber_set_file_latency (self->transcriber, SEW_SPEECH_TASK_HOLDING_LATENCY);
  self->track = gst_object_ref_sink (sew_caption_track_new ());
  self->captioner = sew_frame_captioner_new (self->track);
  sew_frame_captioner_set_max_wait (self->captioner, DEFAULT_MAX_WAIT_MS);
  build_picture (self);
  build_sound (self);
  if (self->textoverlay != NULL)
    sew_frame_captioner_attach (self->captioner, self->textoverlay, self->video_sink,
                                self->audio_sink);
  self->look = sew_overlay_look_new (self->textoverlay, FIRST_LOOK_PROPERTY);
  update_latency (self);
}
