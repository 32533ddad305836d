/* SPDX-License-Identifier: MIT */
#include <gst/gst.h>

#include "transcriber.h"
#include "transcript-meta.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  sew_transcript_meta_register ();
  return gst_element_register (plugin, "sewtranscriber", GST_RANK_NONE, SEW_TYPE_TRANSCRIBER);
}

#define PACKAGE "gst-sew"
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, sew,
                   "Speech recognition with SEW encoders on the CPU", plugin_init, PACKAGE_VERSION,
                   "MIT", PACKAGE, "https://gst-sew.example")
