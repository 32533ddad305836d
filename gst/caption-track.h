/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "progress.h"

G_BEGIN_DECLS

#define SEW_TYPE_CAPTION_TRACK (sew_caption_track_get_type ())

/* Takes timed text at its pad "sink", and tells what of it is to be seen at a time. It never makes
 * the text wait. Not a sink to its bin, so that no pipeline waits for it either. */
G_DECLARE_FINAL_TYPE (SewCaptionTrack, sew_caption_track, SEW, CAPTION_TRACK, GstElement)

typedef struct {
  gboolean rolling; /* words come one by one and make lines that roll; or else each buffer is to be
                     * seen by itself */
  guint max_lines;
  guint line_length;
  GstClockTime min_duration; /* how long words are seen at least, */
  GstClockTime max_duration; /* and at most when nothing follows */
  guint reading_speed;       /* characters a second; 0: any */
} SewCaptionStyle;

SewCaptionTrack *sew_caption_track_new (void);

/* Any thread. */
void sew_caption_track_set_style (SewCaptionTrack *self, const SewCaptionStyle *style);

/* How far the text has got: with the buffers, the GAPs and the end of the stream. */
SewProgress *sew_caption_track_get_progress (SewCaptionTrack *self);

/* What is to be seen at a running time, which must not go back but after a flush; one thread at a
 * time. Returns: (transfer full): "" for nothing. */
char *sew_caption_track_read (SewCaptionTrack *self, GstClockTime running_time);

G_END_DECLS
