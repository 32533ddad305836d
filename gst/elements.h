/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GST_DEBUG_CATEGORY_EXTERN (sew_debug);

/* Registers the elements and the meta of this plugin. plugin: NULL to have them in this process
 * without a plugin. */
gboolean sew_elements_register (GstPlugin *plugin);

G_END_DECLS
