/* SPDX-License-Identifier: MIT */
/* sewtranscriber as the transcriber of transcriberbin, and in front of textwrap and textoverlay:
 * what is said has to come out as CEA-608 captions, and to be seen on the picture.
 *
 * usage: check-captions RECORDING PICTURE.png       (see run; prints TAP)
 */
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#define TIMEOUT (120 * GST_SECOND)

typedef struct {
  GString *words;    /* of the transcriber's messages */
  GString *captions; /* what the CEA-608 captions of the picture say */
  guint n_pictures;  /* or pairs, with captions */
} Seen;

static int number;
static gboolean failed;

static void
report (gboolean passed, const char *name)
{
  g_print ("%sok %d - %s\n", passed ? "" : "not ", ++number, name);
  failed |= !passed;
}

/* A recording that comes at the pace of the clock has to call itself live, as then words come soon.
 */
static GstPadProbeReturn
call_live (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    gst_query_set_latency (query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return GST_PAD_PROBE_OK;
}

/* A pair of CEA-608: letters, or a control code, after which a line may begin. TRUE: no padding. */
static gboolean
read_pair (Seen *seen, const guint8 *pair)
{
  guint8 first = pair[0] & 0x7f;
  guint8 second = pair[1] & 0x7f;

  if (first >= 0x20) {
    g_string_append_c (seen->captions, (char) first);
    if (second >= 0x20)
      g_string_append_c (seen->captions, (char) second);
  } else if (first != 0) {
    g_string_append_c (seen->captions, ' ');
  }
  return first != 0 || second != 0;
}

/* The pairs of the first field: alone, or in the triplets of CEA-708. */
static GstPadProbeReturn
take_picture (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstVideoCaptionMeta *meta = gst_buffer_get_video_caption_meta (GST_PAD_PROBE_INFO_BUFFER (info));
  Seen *seen = data;
  gboolean any = FALSE;

  if (meta != NULL && meta->caption_type == GST_VIDEO_CAPTION_TYPE_CEA608_RAW)
    for (gsize i = 0; i + 2 <= meta->size; i += 2)
      any |= read_pair (seen, meta->data + i);
  if (meta != NULL && meta->caption_type == GST_VIDEO_CAPTION_TYPE_CEA708_RAW)
    for (gsize i = 0; i + 3 <= meta->size; i += 3)
      if ((meta->data[i] & 0x07) == 0x04)
        any |= read_pair (seen, meta->data + i + 1);
  seen->n_pictures += any;
  return GST_PAD_PROBE_OK;
}

static void
add_probe (GstElement *pipeline, const char *name, const char *pad_name, GstPadProbeType type,
           GstPadProbeCallback callback, gpointer data)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (pipeline), name);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, pad_name);

  gst_pad_add_probe (pad, type, callback, data, NULL);
}

static void
link_by_name (GstElement *pipeline, const char *from, const char *src, const char *to,
              const char *sink)
{
  g_autoptr (GstElement) a = gst_bin_get_by_name (GST_BIN (pipeline), from);
  g_autoptr (GstElement) b = gst_bin_get_by_name (GST_BIN (pipeline), to);

  if (!gst_element_link_pads (a, src, b, sink))
    g_print ("# %s.%s can't be linked to %s.%s\n", from, src, to, sink);
}

/* TRUE: EOS. */
static gboolean
run (GstElement *pipeline, Seen *seen)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessageType type = GST_MESSAGE_UNKNOWN;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (type != GST_MESSAGE_EOS && type != GST_MESSAGE_ERROR) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, TIMEOUT);
    g_autoptr (GError) error = NULL;
    g_autofree char *details = NULL;
    if (message == NULL) {
      g_print ("# nothing happens\n");
      break;
    }
    type = GST_MESSAGE_TYPE (message);
    if (gst_message_has_name (message, "sew-transcript"))
      g_string_append_printf (
          seen->words, "%s ",
          gst_structure_get_string (gst_message_get_structure (message), "text"));
    if (type == GST_MESSAGE_LATENCY)
      gst_bin_recalculate_latency (GST_BIN (pipeline));
    if (type == GST_MESSAGE_ERROR) {
      gst_message_parse_error (message, &error, &details);
      g_print ("# %s: %s\n# %s\n", GST_MESSAGE_SRC_NAME (message), error->message, details);
    }
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return type == GST_MESSAGE_EOS;
}

/* (transfer full); ends the process if an element is missing. */
static GstElement *
parse (const char *description)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (description, &error);

  if (error != NULL) {
    g_print ("Bail out! %s\n", error->message);
    exit (EXIT_FAILURE);
  }
  return pipeline;
}

/* How many of the words are in a text. */
static guint
count_found (const char *words, const char *text)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);
  guint n_found = 0;

  for (guint i = 0; list[i] != NULL; i++)
    n_found += list[i][0] != '\0' && strstr (text, list[i]) != NULL;
  return n_found;
}

static guint
count_words (const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);
  guint n_words = 0;

  for (guint i = 0; list[i] != NULL; i++)
    n_words += list[i][0] != '\0';
  return n_words;
}

/* Says what was seen, and lets go of it. */
static void
report_captions (Seen *seen)
{
  guint n_words = count_words (seen->words->str);
  guint n_found = count_found (seen->words->str, seen->captions->str);

  g_print ("# heard: %s\n# captions: %s\n# %u of the %u words are in the captions\n",
           seen->words->str, seen->captions->str, n_found, n_words);
  report (n_words > 3, "words are heard");
  report (seen->n_pictures > 0, "there are CEA-608 captions");
  report (n_words > 0 && n_found * 10 >= n_words * 9, "the captions say what is heard");
  g_string_free (seen->words, TRUE);
  g_string_free (seen->captions, TRUE);
}

/* Before GStreamer 1.24 there is no cea608mux; the captions then are CEA-708 with CEA-608 in them,
 * for which the crate has a muxer of its own. (transfer floating) */
static GstElement *
make_transcriberbin (void)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("transcriberbin");
  g_autoptr (GstElementFactory) mux = gst_element_factory_find ("cea608mux");
  g_autoptr (GstPluginFeature) loaded = NULL;

  if (factory == NULL
      || (loaded = gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory))) == NULL) {
    g_print ("Bail out! no transcriberbin\n");
    exit (EXIT_FAILURE);
  }
  const char *method = mux != NULL ? "cea608" : "cea708";
  const char *cc = mux != NULL ? "closedcaption/x-cea-608, format=raw"
                               : "closedcaption/x-cea-708, format=cc_data";
  GType type = gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded));
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  GValue value = G_VALUE_INIT;
  g_value_init (&value,
                g_object_class_find_property (G_OBJECT_CLASS (klass), "mux-method")->value_type);
  gst_value_deserialize (&value, method);
  g_autoptr (GstCaps) caps = gst_caps_from_string (cc);
  g_autoptr (GstStructure) languages = gst_structure_from_string (
      "languages, transcript=(string){ cc1, 708_1 }", NULL);
  GstElement *bin = g_object_new (type, "name", "bin", "mux-method", g_value_get_enum (&value),
                                  "cc-caps", caps, mux != NULL ? NULL : "translation-languages",
                                  languages, NULL);
  g_value_unset (&value);
  return bin;
}

static void
check_transcriberbin (const char *recording)
{
  Seen seen = { g_string_new (NULL), g_string_new (NULL), 0 };
  g_autofree char *sources = g_strdup_printf (
      "videotestsrc is-live=true num-buffers=300 ! video/x-raw, framerate=30/1 ! queue name=video "
      "filesrc location=\"%s\" ! decodebin ! audioconvert ! audioresample ! clocksync name=pace "
      "queue name=audio ! fakesink sync=true "
      "queue name=captioned max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! fakesink "
      "sync=true",
      recording);
  GstElement *pipeline = parse (sources);
  GstElement *bin = make_transcriberbin ();
  GstElement *transcriber = gst_element_factory_make ("sewtranscriber", NULL);

  g_object_set (bin, "transcriber", transcriber, NULL);
  gst_bin_add (GST_BIN (pipeline), bin);
  link_by_name (pipeline, "video", "src", "bin", "sink_video");
  link_by_name (pipeline, "pace", "src", "bin", "sink_audio");
  link_by_name (pipeline, "bin", "src_audio", "audio", "sink");
  link_by_name (pipeline, "bin", "src_video", "captioned", "sink");
  add_probe (pipeline, "pace", "src", GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PULL,
             call_live, NULL);
  add_probe (pipeline, "captioned", "src", GST_PAD_PROBE_TYPE_BUFFER, take_picture, &seen);

  report (run (pipeline, &seen), "transcriberbin runs with sewtranscriber");
  report_captions (&seen);
  gst_object_unref (pipeline);
}

static GstPadProbeReturn
take_pairs (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Seen *seen = data;
  GstMapInfo map;

  if (!gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  for (gsize i = 0; i + 2 <= map.size; i += 2)
    seen->n_pictures += read_pair (seen, map.data + i);
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  return GST_PAD_PROBE_OK;
}

/* What transcriberbin makes of the text where there is a cea608mux, without it. */
static void
check_tttocea608 (const char *recording)
{
  Seen seen = { g_string_new (NULL), g_string_new (NULL), 0 };
  g_autofree char *description = g_strdup_printf (
      "filesrc location=\"%s\" ! decodebin ! audioconvert ! audioresample ! sewtranscriber "
      "! textwrap lines=2 ! tttocea608 mode=roll-up2 ! closedcaption/x-cea-608, format=raw, "
      "framerate=30000/1001 ! queue name=captions ! fakesink",
      recording);
  GstElement *pipeline = parse (description);

  add_probe (pipeline, "captions", "src", GST_PAD_PROBE_TYPE_BUFFER, take_pairs, &seen);
  report (run (pipeline, &seen), "textwrap and tttocea608 run with sewtranscriber");
  report_captions (&seen);
  gst_object_unref (pipeline);
}

/* How many bytes two files of the same size differ in. */
static gsize
count_differences (const char *path_a, const char *path_b)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  gsize n_a = 0;
  gsize n_b = 0;
  gsize n_differences = 0;

  if (!g_file_get_contents (path_a, &a, &n_a, NULL) || !g_file_get_contents (path_b, &b, &n_b, NULL)
      || n_a != n_b)
    return 0;
  for (gsize i = 0; i < n_a; i++)
    n_differences += a[i] != b[i];
  return n_differences;
}

/* The same picture with and without the text; the one with it is left for people to look at. */
static void
check_textoverlay (const char *recording, const char *png)
{
  g_autofree char *with = g_strconcat (png, ".with", NULL);
  g_autofree char *without = g_strconcat (png, ".without", NULL);
  Seen seen = { g_string_new (NULL), g_string_new (NULL), 0 };
  const char *files[] = { with, without };

  for (guint i = 0; i < 2; i++) {
    g_autofree char *description = g_strdup_printf (
        "videotestsrc pattern=ball num-buffers=20 ! video/x-raw, framerate=10/1, width=640, "
        "height=360, format=BGRx ! textoverlay name=overlay silent=%s ! tee name=t "
        "t. ! queue ! multifilesink location=\"%s\" t. ! queue ! videoconvert ! pngenc "
        "! multifilesink location=\"%s\" "
        "filesrc location=\"%s\" ! decodebin ! audioconvert ! audioresample ! sewtranscriber "
        "! textwrap lines=2 columns=32 accumulate-time=3000000000 ! overlay.text_sink",
        i == 0 ? "false" : "true", files[i], i == 0 ? png : "/dev/null", recording);
    GstElement *pipeline = parse (description);
    report (run (pipeline, &seen),
            i == 0 ? "textwrap and textoverlay run with sewtranscriber" : "the same without text");
    gst_object_unref (pipeline);
  }
  gsize n_differences = count_differences (with, without);
  g_print ("# %" G_GSIZE_FORMAT " bytes differ; see %s\n", n_differences, png);
  report (n_differences > 1000, "the words are to be seen on the picture");
  g_unlink (with);
  g_unlink (without);
  g_string_free (seen.words, TRUE);
  g_string_free (seen.captions, TRUE);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  if (argc != 3) {
    g_printerr ("usage: check-captions RECORDING PICTURE.png\n");
    return EXIT_FAILURE;
  }
  check_transcriberbin (argv[1]);
  check_tttocea608 (argv[1]);
  check_textoverlay (argv[1], argv[2]);
  g_print ("1..%d\n", number);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
