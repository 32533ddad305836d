/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define SEW_TYPE_TRANSCRIBER (sew_transcriber_get_type ())

/* sewtranscriber: speech in, timed text out. */
G_DECLARE_FINAL_TYPE (SewTranscriber, sew_transcriber, SEW, TRANSCRIBER, GstElement)

/* For an element that has to hold something back for the words: how late they may be when audio is
 * not live, at the cost of more work; 0, as at first, for as late as it suits. Before the start. */
void sew_transcriber_set_file_latency (SewTranscriber *self, GstClockTime latency);

G_END_DECLS
