/* SPDX-License-Identifier: MIT */
#include "elements.h"

#include "annotator.h"
#include "subtitle-overlay.h"
#include "transcriber.h"
#include "transcript-meta.h"

GST_DEBUG_CATEGORY (sew_debug);

gboolean
sew_elements_register (GstPlugin *plugin)
{
  GST_DEBUG_CATEGORY_INIT (sew_debug, "sew", 0, "speech recognition with SEW");
  sew_transcript_meta_register ();
  return gst_element_register (plugin, "sewtranscriber", GST_RANK_NONE, SEW_TYPE_TRANSCRIBER)
         && gst_element_register (plugin, "sewannotator", GST_RANK_NONE, SEW_TYPE_ANNOTATOR)
         && gst_element_register (plugin, "sewsubtitleoverlay", GST_RANK_NONE,
                                  SEW_TYPE_SUBTITLE_OVERLAY);
}
