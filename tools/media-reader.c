/* SPDX-License-Identifier: MIT */
#include "media-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/pbutils/pbutils.h>

#define RATE_HZ 16000
/* Timestamps that are off by less than this are rounding, not a jump. */
#define TOLERANCE (40 * GST_MSECOND)
#define PATIENCE (100 * GST_MSECOND)

struct _MediaReader {
  int fd; /* what is read as it comes, or -1 for a file */
  GstElement *pipeline;
  GstAppSink *sink;
  GstSample *sample; /* mapped: what the last chunk points into */
  GstMapInfo map;
  GstClockTime next_time; /* where the next chunk should begin */
  char *missing;          /* what GStreamer lacks to decode it, as far as it is known */
  gboolean linked;        /* set in a streaming thread before it posts errors */
};

static void
link_audio (GstElement *decodebin, GstPad *pad, gpointer user_data)
{
  MediaReader *reader = user_data;
  g_autoptr (GstElement) convert = gst_bin_get_by_name (GST_BIN (reader->pipeline), "convert");
  g_autoptr (GstPad) sink = gst_element_get_static_pad (convert, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  if (!caps)
    caps = gst_pad_query_caps (pad, NULL);
  if (gst_pad_is_linked (sink)
      || !g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (caps, 0)), "audio/"))
    return;
  reader->linked = gst_pad_link (pad, sink) == GST_PAD_LINK_OK;
}

static gboolean
set_errno_error (GError **error)
{
  int code = errno;

  g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (code), g_strerror (code));
  return FALSE;
}

/* What comes as it comes: standard input, a pipe or a device. A pipe without a writer would hold up
 * who opens or reads it, and Ctrl-C with it; so it is opened without waiting, and fdsrc waits. */
static gboolean
open_stream (MediaReader *reader, const char *location, GError **error)
{
  GStatBuf status;

  if (g_str_equal (location, "-")) {
    reader->fd = dup (STDIN_FILENO);
    return reader->fd >= 0 || set_errno_error (error);
  }
  if (g_stat (location, &status) != 0)
    return set_errno_error (error);
  if (S_ISDIR (status.st_mode)) {
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR, "it is a folder");
    return FALSE;
  }
  if (!S_ISFIFO (status.st_mode) && !S_ISCHR (status.st_mode))
    return TRUE;
  reader->fd = g_open (location, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  return (reader->fd >= 0 && fcntl (reader->fd, F_SETFL, 0) == 0) || set_errno_error (error);
}

static gboolean
make_pipeline (MediaReader *reader, const char *location, GError **error)
{
  g_autofree char *description = g_strdup_printf (
      "%s name=source ! decodebin name=decode expose-all-streams=false caps=audio/x-raw "
      "audioconvert name=convert ! audioresample ! "
      "appsink name=sink sync=false max-buffers=32 "
      "caps=audio/x-raw,format=F32LE,layout=interleaved,rate=%d,channels=1",
      reader->fd >= 0 ? "fdsrc" : "filesrc", RATE_HZ);
  GstElement *pipeline = gst_parse_launch_full (description, NULL, GST_PARSE_FLAG_FATAL_ERRORS,
                                                error);
  if (!pipeline)
    return FALSE;

  reader->pipeline = gst_object_ref_sink (pipeline);
  reader->sink = GST_APP_SINK (gst_bin_get_by_name (GST_BIN (pipeline), "sink"));
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstElement) decode = gst_bin_get_by_name (GST_BIN (pipeline), "decode");
  g_signal_connect (decode, "pad-added", G_CALLBACK (link_audio), reader);
  if (reader->fd >= 0)
    g_object_set (source, "fd", reader->fd, NULL);
  else
    g_object_set (source, "location", location, NULL);
  return TRUE;
}

MediaReader *
media_reader_new (const char *location, GError **error)
{
  MediaReader *reader = g_new0 (MediaReader, 1);

  reader->fd = -1;
  reader->next_time = GST_CLOCK_TIME_NONE;
  if (!open_stream (reader, location, error) || !make_pipeline (reader, location, error)) {
    media_reader_free (reader);
    return NULL;
  }
  gst_element_set_state (reader->pipeline, GST_STATE_PLAYING);
  return reader;
}

static void
release_sample (MediaReader *reader)
{
  if (!reader->sample)
    return;
  gst_buffer_unmap (gst_sample_get_buffer (reader->sample), &reader->map);
  g_clear_pointer (&reader->sample, gst_sample_unref);
}

void
media_reader_free (MediaReader *reader)
{
  release_sample (reader);
  if (reader->pipeline)
    gst_element_set_state (reader->pipeline, GST_STATE_NULL);
  gst_clear_object (&reader->sink);
  gst_clear_object (&reader->pipeline);
  if (reader->fd >= 0)
    close (reader->fd);
  g_free (reader->missing);
  g_free (reader);
}

/* What GStreamer lacks to get at the sound, as far as that can be told: not a decoder of pictures.
 */
static void
note_missing_plugin (MediaReader *reader, GstMessage *message)
{
  const GstPbUtilsCapsDescriptionFlags silent = GST_PBUTILS_CAPS_DESCRIPTION_FLAG_VIDEO
                                                | GST_PBUTILS_CAPS_DESCRIPTION_FLAG_IMAGE
                                                | GST_PBUTILS_CAPS_DESCRIPTION_FLAG_SUBTITLE;
  const GstStructure *structure = gst_message_get_structure (message);
  g_autoptr (GstCaps) caps = NULL;

  if (reader->missing || !gst_is_missing_plugin_message (message))
    return;
  if (gst_structure_get (structure, "detail", GST_TYPE_CAPS, &caps, NULL)) {
    GstPbUtilsCapsDescriptionFlags kind = gst_pb_utils_get_caps_description_flags (caps);
    if (kind && !(kind & ~silent))
      return;
  }
  reader->missing = gst_missing_plugin_message_get_description (message);
}

/* decodebin calls it a missing plug-in, too, if there are only streams that were not asked for. */
static GError *
explain (MediaReader *reader, GError *error)
{
  if (!g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN) || reader->linked)
    return error;
  g_error_free (error);
  if (!reader->missing)
    return g_error_new_literal (GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
                                "there is no sound in it");
  return g_error_new (GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                      "GStreamer lacks a plug-in for it: %s", reader->missing);
}

/* An error the pipeline has posted, if any. */
static gboolean
take_error (MediaReader *reader, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (reader->pipeline);
  GstMessage *message;
  GError *posted = NULL;

  while (!posted
         && (message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT))) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT)
      note_missing_plugin (reader, message);
    else
      gst_message_parse_error (message, &posted, NULL);
    gst_message_unref (message);
  }
  if (!posted)
    return FALSE;
  g_propagate_error (error, explain (reader, posted));
  return TRUE;
}

static MediaStatus
fill_chunk (MediaReader *reader, MediaChunk *chunk, GError **error)
{
  GstBuffer *buffer = gst_sample_get_buffer (reader->sample);
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  if (!gst_buffer_map (buffer, &reader->map, GST_MAP_READ)) {
    g_clear_pointer (&reader->sample, gst_sample_unref);
    g_set_error_literal (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
                         "a buffer can't be read");
    return MEDIA_ERROR;
  }
  chunk->samples = (const float *) reader->map.data;
  chunk->n_samples = reader->map.size / sizeof (float);

  GstClockTime time = gst_segment_to_stream_time (gst_sample_get_segment (reader->sample),
                                                  GST_FORMAT_TIME, pts);
  gboolean known = GST_CLOCK_TIME_IS_VALID (time);
  chunk->discontinuous = known
                         && (!GST_CLOCK_TIME_IS_VALID (reader->next_time)
                             || ABS (GST_CLOCK_DIFF (reader->next_time, time))
                                    > (GstClockTimeDiff) TOLERANCE);
  if (chunk->discontinuous)
    chunk->time = time;
  else
    chunk->time = GST_CLOCK_TIME_IS_VALID (reader->next_time) ? reader->next_time : 0;
  reader->next_time = chunk->time + gst_util_uint64_scale (chunk->n_samples, GST_SECOND, RATE_HZ);
  return MEDIA_CHUNK;
}

MediaStatus
media_reader_read (MediaReader *reader, MediaChunk *chunk, GError **error)
{
  release_sample (reader);
  reader->sample = gst_app_sink_try_pull_sample (reader->sink, PATIENCE);
  if (reader->sample)
    return fill_chunk (reader, chunk, error);
  if (take_error (reader, error))
    return MEDIA_ERROR;
  return gst_app_sink_is_eos (reader->sink) ? MEDIA_END : MEDIA_WAIT;
}

GstClockTime
media_reader_get_duration (MediaReader *reader)
{
  gint64 duration;

  if (!gst_element_query_duration (reader->pipeline, GST_FORMAT_TIME, &duration) || duration <= 0)
    return GST_CLOCK_TIME_NONE;
  return (GstClockTime) duration;
}
