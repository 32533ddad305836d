/* SPDX-License-Identifier: MIT */
/* Captions on a picture while somebody speaks, on the screen or into a Matroska file:
 *
 *   live-captions                    a test picture and the microphone
 *   live-captions FILE               a file as if it were live; a test picture if it has none
 *   live-captions -o OUT.mkv FILE    not on the screen but into a file
 *   live-captions -n FILE            only the words
 *
 * Words are printed as they come. Lines typed meanwhile are commands: "seek SECONDS",
 * "model FOLDER" (or "model" for the bundled one) and "quit". Ctrl-C ends the stream, and so the
 * file, properly; once more, and it just stops.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <gst/pbutils/pbutils.h>

typedef struct {
  char *output; /* a file, instead of the screen */
  gboolean no_output;

  GMainLoop *loop;
  GstElement *pipeline;
  GstElement *overlay; /* sewsubtitleoverlay */
  gboolean failed;
  gboolean interrupted;
  GstClockTime resume_at; /* seek there when the pipeline runs again */
} App;

/* What the pipeline is made of */

static gboolean
has_streams (GstDiscovererInfo *info, GType type)
{
  GList *streams = gst_discoverer_info_get_streams (info, type);
  gboolean any = streams != NULL;

  gst_discoverer_stream_info_list_free (streams);
  return any;
}

/* A file without sound has nothing to wait for, and no end. */
static gboolean
look_into (const char *uri, gboolean *video, GError **error)
{
  g_autoptr (GError) trouble = NULL;
  g_autoptr (GstDiscoverer) discoverer = gst_discoverer_new (10 * GST_SECOND, error);

  if (discoverer == NULL)
    return FALSE;
  g_autoptr (GstDiscovererInfo) info = gst_discoverer_discover_uri (discoverer, uri, &trouble);
  if (trouble == NULL && gst_discoverer_info_get_result (info) == GST_DISCOVERER_TIMEOUT)
    trouble = g_error_new (GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "nothing comes of it");
  if (trouble == NULL && !has_streams (info, GST_TYPE_DISCOVERER_AUDIO_INFO))
    trouble = g_error_new (GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
                           "there is no sound in it");
  if (trouble != NULL) {
    g_propagate_error (error, g_steal_pointer (&trouble));
    return FALSE;
  }
  *video = has_streams (info, GST_TYPE_DISCOVERER_VIDEO_INFO);
  return TRUE;
}

/* What is written over can't be read. */
static gboolean
is_same_file (const char *file, const char *other)
{
  GStatBuf status;
  GStatBuf other_status;

  return g_stat (file, &status) == 0 && g_stat (other, &other_status) == 0
         && status.st_dev == other_status.st_dev && status.st_ino == other_status.st_ino;
}

/* uri: NULL for the microphone; (transfer full) */
static gboolean
examine (const char *file, char **uri, gboolean *video, GError **error)
{
  *video = FALSE;
  *uri = file != NULL ? gst_filename_to_uri (file, error) : NULL;
  if (file == NULL || (*uri != NULL && look_into (*uri, video, error)))
    return TRUE;
  g_prefix_error (error, "%s: ", file);
  return FALSE;
}

/* What becomes of picture and sound. (transfer full) */
static char *
describe_end (const App *app)
{
  if (app->no_output)
    return g_strdup ("overlay.video_src ! queue ! fakesink sync=true "
                     "overlay.audio_src ! queue ! fakesink sync=true");
  if (app->output == NULL)
    return g_strdup ("overlay.video_src ! queue ! videoconvert ! autovideosink "
                     "overlay.audio_src ! queue ! audioconvert ! autoaudiosink");
  return g_strdup ("matroskamux name=mux ! filesink name=file "
                   "overlay.video_src ! queue ! videoconvert ! jpegenc ! mux. "
                   "overlay.audio_src ! queue ! audioconvert ! vorbisenc ! mux.");
}

/* uri: NULL for the microphone. The clock lets a file through no faster than it is spoken.
 * (transfer full) */
static char *
describe_pipeline (const App *app, const char *uri, gboolean video)
{
  g_autofree char *end = describe_end (app);

  if (uri == NULL)
    return g_strdup_printf ("sewsubtitleoverlay name=overlay "
                            "videotestsrc pattern=ball is-live=true ! overlay.video_sink "
                            "autoaudiosrc ! audioconvert ! queue ! overlay.audio_sink %s",
                            end);
  return g_strdup_printf ("sewsubtitleoverlay name=overlay uridecodebin name=source uri=\"%s\" "
                          "%s ! queue ! clocksync name=picture-pace ! overlay.video_sink "
                          "audioconvert name=sound ! queue ! clocksync name=sound-pace "
                          "! overlay.audio_sink %s",
                          uri, video ? "videoconvert name=picture" : "videotestsrc pattern=ball",
                          end);
}

/* Each time the source starts it has new pads. */
static void
link_source (GstElement *source, GstPad *pad, gpointer data)
{
  App *app = data;
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  const char *kind = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  g_autoptr (GstElement) element = gst_bin_get_by_name (
      GST_BIN (app->pipeline), g_str_has_prefix (kind, "video/") ? "picture" : "sound");

  if (element == NULL)
    return;
  g_autoptr (GstPad) sink = gst_element_get_static_pad (element, "sink");
  if (!gst_pad_is_linked (sink))
    gst_pad_link (pad, sink);
}

/* What is paced like a live source has to call itself one, for the words to come in time. */
static GstPadProbeReturn
call_live (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    gst_query_set_latency (query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return GST_PAD_PROBE_OK;
}

static void
make_live (App *app, const char *name)
{
  g_autoptr (GstElement) clocksync = gst_bin_get_by_name (GST_BIN (app->pipeline), name);

  if (clocksync == NULL)
    return;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (clocksync, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PULL, call_live,
                     NULL, NULL);
}

/* A test picture has no end of its own. */
static GstPadProbeReturn
watch_sound (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  App *app = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    gst_element_post_message (
        app->pipeline, gst_message_new_application (GST_OBJECT (app->pipeline),
                                                    gst_structure_new_empty ("sound-ended")));
  return GST_PAD_PROBE_OK;
}

static gboolean
build (App *app, const char *file, GError **error)
{
  g_autofree char *uri = NULL;
  gboolean video;

  if (!examine (file, &uri, &video, error))
    return FALSE;
  g_autofree char *description = describe_pipeline (app, uri, video);
  app->pipeline = gst_parse_launch (description, error);
  if (app->pipeline == NULL || *error != NULL)
    return FALSE;
  app->overlay = gst_bin_get_by_name (GST_BIN (app->pipeline), "overlay");
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (app->pipeline), "source");
  if (source != NULL)
    g_signal_connect (source, "pad-added", G_CALLBACK (link_source), app);
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (app->pipeline), "file");
  if (sink != NULL)
    g_object_set (sink, "location", app->output, NULL);
  make_live (app, "picture-pace");
  make_live (app, "sound-pace");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (app->overlay, "audio_sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, watch_sound, app, NULL);
  return TRUE;
}

/* Commands */

static void
seek (App *app, GstClockTime position)
{
  if (!gst_element_seek_simple (app->pipeline, GST_FORMAT_TIME,
                                GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, (gint64) position))
    g_printerr ("This can't be seeked in\n");
}

/* A model is taken up when the elements start, so everything goes on from where it is. */
static void
switch_model (App *app, const char *folder)
{
  gint64 position = 0;

  gst_element_query_position (app->pipeline, GST_FORMAT_TIME, &position);
  gst_element_set_state (app->pipeline, GST_STATE_READY);
  g_object_set (app->overlay, "model-location", folder, NULL);
  app->resume_at = (GstClockTime) position;
  gst_element_set_state (app->pipeline, GST_STATE_PLAYING);
}

static void
run_command (App *app, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);
  const char *command = words[0] != NULL ? words[0] : "";

  if (strcmp (command, "seek") == 0 && words[1] != NULL)
    seek (app, (GstClockTime) (MAX (g_ascii_strtod (words[1], NULL), 0.0) * GST_SECOND));
  else if (strcmp (command, "model") == 0)
    switch_model (app, words[1]);
  else if (strcmp (command, "quit") == 0)
    gst_element_send_event (app->pipeline, gst_event_new_eos ());
  else if (command[0] != '\0')
    g_printerr ("Commands: seek SECONDS, model [FOLDER], quit\n");
}

static gboolean
read_command (GIOChannel *input, GIOCondition condition, gpointer data)
{
  g_autofree char *line = NULL;

  if (g_io_channel_read_line (input, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    return G_SOURCE_REMOVE;
  run_command (data, g_strstrip (line));
  return G_SOURCE_CONTINUE;
}

static gboolean
interrupt (gpointer data)
{
  App *app = data;

  if (app->interrupted)
    g_main_loop_quit (app->loop);
  app->interrupted = TRUE;
  gst_element_send_event (app->pipeline, gst_event_new_eos ());
  return G_SOURCE_CONTINUE;
}

/* Messages */

static void
print_words (const GstStructure *transcript)
{
  guint64 start = 0;

  gst_structure_get_uint64 (transcript, "stream-time", &start);
  g_print ("%8.2f s  %s\n", (double) start / GST_SECOND,
           gst_structure_get_string (transcript, "text"));
}

static void
print_progress (GstMessage *message)
{
  g_autofree char *text = NULL;

  gst_message_parse_progress (message, NULL, NULL, &text);
  g_print ("%s\n", text);
}

/* The details begin with a line of where in GStreamer it was noticed. */
static void
print_error (GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *details = NULL;

  gst_message_parse_error (message, &error, &details);
  const char *reason = details != NULL ? strchr (details, '\n') : NULL;
  g_printerr ("live-captions: %s%s%s%s\n", error->message, reason != NULL ? " (" : "",
              reason != NULL ? reason + 1 : "", reason != NULL ? ")" : "");
}

static gboolean
take_message (GstBus *bus, GstMessage *message, gpointer data)
{
  App *app = data;

  switch ((guint) GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    if (gst_message_has_name (message, "sew-transcript"))
      print_words (gst_message_get_structure (message));
    break;
  case GST_MESSAGE_PROGRESS:
    print_progress (message);
    break;
  case GST_MESSAGE_APPLICATION:
    gst_element_send_event (app->pipeline, gst_event_new_eos ());
    break;
  case GST_MESSAGE_LATENCY:
    gst_bin_recalculate_latency (GST_BIN (app->pipeline));
    break;
  case GST_MESSAGE_ASYNC_DONE:
    if (GST_CLOCK_TIME_IS_VALID (app->resume_at))
      seek (app, app->resume_at);
    app->resume_at = GST_CLOCK_TIME_NONE;
    break;
  case GST_MESSAGE_ERROR:
    print_error (message);
    app->failed = TRUE;
    g_main_loop_quit (app->loop);
    break;
  case GST_MESSAGE_EOS:
    g_main_loop_quit (app->loop);
    break;
  default:
    break;
  }
  return G_SOURCE_CONTINUE;
}

/* Returns: whether it does. */
static gboolean
start (App *app, GstBus *bus)
{
  if (gst_element_set_state (app->pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    return TRUE;
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (message != NULL)
    print_error (message);
  return FALSE;
}

static void
run (App *app)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (app->pipeline);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);

  gst_bus_add_watch (bus, take_message, app);
  guint input_id = g_io_add_watch (input, G_IO_IN | G_IO_HUP, read_command, app);
  guint signal_id = g_unix_signal_add (SIGINT, interrupt, app);
  if (start (app, bus))
    g_main_loop_run (app->loop);
  else
    app->failed = TRUE;
  gst_element_set_state (app->pipeline, GST_STATE_NULL);
  g_source_remove (signal_id);
  if (g_main_context_find_source_by_id (NULL, input_id) != NULL)
    g_source_remove (input_id);
  gst_bus_remove_watch (bus);
}

static const char *
get_file (const App *app, char **files, GError **error)
{
  if (files == NULL)
    return NULL;
  if (files[1] != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: one file at a time, please",
                 files[1]);
  else if (app->output != NULL && is_same_file (files[0], app->output))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: this is the file to read",
                 app->output);
  return files[0];
}

int
main (int argc, char **argv)
{
  App app = { .resume_at = GST_CLOCK_TIME_NONE };
  g_autofree char *model = NULL;
  g_auto (GStrv) files = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &app.output, "Write a Matroska file", "FILE" },
    { "no-output", 'n', 0, G_OPTION_ARG_NONE, &app.no_output, "Only print the words", NULL },
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &model, "Recognize with this checkpoint", "FOLDER" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "[FILE]" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) options = g_option_context_new ("- captions while somebody speaks");

  setlocale (LC_CTYPE, "");
  g_option_context_add_main_entries (options, entries, NULL);
  g_option_context_add_group (options, gst_init_get_option_group ());
  const char *file = g_option_context_parse (options, &argc, &argv, &error)
                         ? get_file (&app, files, &error)
                         : NULL;
  if (error != NULL || !build (&app, file, &error)) {
    g_printerr ("live-captions: %s\n", error->message);
    return EXIT_FAILURE;
  }
  g_object_set (app.overlay, "model-location", model, NULL);
  app.loop = g_main_loop_new (NULL, FALSE);
  run (&app);
  g_main_loop_unref (app.loop);
  gst_object_unref (app.overlay);
  gst_object_unref (app.pipeline);
  g_free (app.output);
  return app.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
