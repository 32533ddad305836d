/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define SEW_TYPE_SUBTITLE_OVERLAY (sew_subtitle_overlay_get_type ())

/* sewsubtitleoverlay: video and its sound in, captioned video and its sound out. */
G_DECLARE_FINAL_TYPE (SewSubtitleOverlay, sew_subtitle_overlay, SEW, SUBTITLE_OVERLAY, GstBin)

G_END_DECLS
