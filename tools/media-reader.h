/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

/* The first audio stream of anything GStreamer decodes, as 16 kHz mono floats. */
typedef struct _MediaReader MediaReader;

typedef struct {
  const float *samples; /* [n_samples], borrowed until the next call; full scale at 1.0 */
  gsize n_samples;
  GstClockTime time;      /* stream time of the first one */
  gboolean discontinuous; /* it does not follow on the chunk before */
} MediaChunk;

typedef enum {
  MEDIA_CHUNK,
  MEDIA_END,
  MEDIA_WAIT, /* nothing within a moment; call again */
  MEDIA_ERROR,
} MediaStatus;

/* location: a path, of a named pipe, too, or "-" for standard input. */
MediaReader *media_reader_new (const char *location, GError **error);
void media_reader_free (MediaReader *reader);

MediaStatus media_reader_read (MediaReader *reader, MediaChunk *chunk, GError **error);
/* Nanoseconds, or GST_CLOCK_TIME_NONE if it can't be told (yet). */
GstClockTime media_reader_get_duration (MediaReader *reader);
