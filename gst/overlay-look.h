/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* How captions look: properties of textoverlay that another element has too, by the same names, and
 * hands on. */
typedef enum {
  SEW_LOOK_FONT_DESC,
  SEW_LOOK_COLOR,
  SEW_LOOK_HALIGNMENT,
  SEW_LOOK_VALIGNMENT,
  SEW_LOOK_XPAD,
  SEW_LOOK_YPAD,
  SEW_LOOK_SHADED_BACKGROUND,
  SEW_LOOK_SHADING_VALUE,
  SEW_N_LOOKS,
} SewLook;

typedef struct _SewOverlayLook SewOverlayLook;

/* From class_init: the properties get the ids [first_id, first_id + SEW_N_LOOKS). */
void sew_overlay_look_install (GObjectClass *klass, guint first_id);

/* textoverlay: not owned; NULL if there is none, and the values are only kept. */
SewOverlayLook *sew_overlay_look_new (GstElement *textoverlay, guint first_id);
void sew_overlay_look_free (SewOverlayLook *self);

/* From set_property and get_property. FALSE if the id is not of one of these properties. */
gboolean sew_overlay_look_set_property (SewOverlayLook *self, guint id, const GValue *value,
                                        GParamSpec *pspec);
gboolean sew_overlay_look_get_property (SewOverlayLook *self, guint id, GValue *value);

G_END_DECLS
