/* SPDX-License-Identifier: MIT */
#include <gst/gst.h>

#include "elements.h"

#define PACKAGE "gst-sew"
GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, sew,
                   "Speech recognition with SEW encoders on the CPU", sew_elements_register,
                   PACKAGE_VERSION, "MIT", PACKAGE, "https://gst-sew.example")
