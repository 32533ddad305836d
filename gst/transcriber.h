/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define SEW_TYPE_TRANSCRIBER (sew_transcriber_get_type ())

/* sewtranscriber: speech in, timed text out. */
G_DECLARE_FINAL_TYPE (SewTranscriber, sew_transcriber, SEW, TRANSCRIBER, GstElement)

G_END_DECLS
