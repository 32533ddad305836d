/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define SEW_TYPE_ANNOTATOR (sew_annotator_get_type ())

/* sewannotator: audio passes through, with the words in it as metadata. */
G_DECLARE_FINAL_TYPE (SewAnnotator, sew_annotator, SEW, ANNOTATOR, GstElement)

G_END_DECLS
