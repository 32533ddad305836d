/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "caption-track.h"

G_BEGIN_DECLS

/* Gives each frame of a video its caption, in the video's thread: waits until the words of a
 * caption track are known up to the frame, or there is no more time for that, and makes what is to
 * be seen then the text of a textoverlay. */
typedef struct _SewFrameCaptioner SewFrameCaptioner;

SewFrameCaptioner *sew_frame_captioner_new (SewCaptionTrack *track);
/* Its textoverlay must have stopped. */
void sew_frame_captioner_free (SewFrameCaptioner *self);

/* Once. Takes a reference to textoverlay. The pads, whose upstream is asked for its latency, are of
 * the bin that textoverlay is in, and not owned. */
void sew_frame_captioner_attach (SewFrameCaptioner *self, GstElement *textoverlay,
                                 GstPad *video_sink, GstPad *audio_sink);

/* Before the video starts; and to let go of a frame that waits. */
void sew_frame_captioner_start (SewFrameCaptioner *self);
void sew_frame_captioner_interrupt (SewFrameCaptioner *self);

/* Any thread: how long a file's frame waits when recognition makes no progress at all. */
void sew_frame_captioner_set_max_wait (SewFrameCaptioner *self, guint max_wait_ms);
guint sew_frame_captioner_get_max_wait (SewFrameCaptioner *self);
/* Any thread: whether a frame waits for its words. */
gboolean sew_frame_captioner_is_waiting (SewFrameCaptioner *self);
/* Any thread: some latency may have changed. */
void sew_frame_captioner_update_latency (SewFrameCaptioner *self);
/* How much live video is held for its words: what recognition says it needs. */
GstClockTime sew_frame_captioner_get_delay (SewFrameCaptioner *self);

G_END_DECLS
