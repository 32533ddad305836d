/* SPDX-License-Identifier: MIT */
#include "overlay-look.h"

#define DEFAULT_FONT_DESC "Sans 16"
#define DEFAULT_COLOR 0xffffffff
#define DEFAULT_XPAD 16
#define DEFAULT_YPAD 16
#define DEFAULT_SHADING_VALUE 160

struct _SewOverlayLook {
  GstElement *textoverlay;
  guint first_id;
  GMutex lock;
  GValue values[SEW_N_LOOKS];
};

typedef enum {
  SEW_HALIGNMENT_LEFT,
  SEW_HALIGNMENT_CENTER,
  SEW_HALIGNMENT_RIGHT,
} SewHalignment;

typedef enum {
  SEW_VALIGNMENT_TOP,
  SEW_VALIGNMENT_CENTER,
  SEW_VALIGNMENT_BOTTOM,
} SewValignment;

/* textoverlay has types for these, which are not there before its plugin is. */
static GType
get_halignment_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_HALIGNMENT_LEFT, "At the left", "left" },
    { SEW_HALIGNMENT_CENTER, "In the middle", "center" },
    { SEW_HALIGNMENT_RIGHT, "At the right", "right" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("SewCaptionHalignment", values));
  return type;
}

static GType
get_valignment_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_VALIGNMENT_TOP, "At the top", "top" },
    { SEW_VALIGNMENT_CENTER, "In the middle", "center" },
    { SEW_VALIGNMENT_BOTTOM, "At the bottom", "bottom" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("SewCaptionValignment", values));
  return type;
}

/* (transfer floating); a class needs specs of its own. */
static GParamSpec *
make_spec (SewLook look)
{
  const GParamFlags flags = (GParamFlags) (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
                                           | GST_PARAM_MUTABLE_PLAYING);

  switch (look) {
  case SEW_LOOK_FONT_DESC:
    return g_param_spec_string (
        "font-desc", "Font",
        "Pango description of the font; its size is that on video 640 pixels "
        "wide, and grows with it",
        DEFAULT_FONT_DESC, flags);
  case SEW_LOOK_COLOR:
    return g_param_spec_uint ("color", "Colour", "Colour of the text (big-endian ARGB)", 0,
                              G_MAXUINT32, DEFAULT_COLOR, flags);
  case SEW_LOOK_HALIGNMENT:
    return g_param_spec_enum ("halignment", "Horizontal alignment", "Where captions are, across",
                              get_halignment_type (), SEW_HALIGNMENT_CENTER, flags);
  case SEW_LOOK_VALIGNMENT:
    return g_param_spec_enum ("valignment", "Vertical alignment", "Where captions are, up and down",
                              get_valignment_type (), SEW_VALIGNMENT_BOTTOM, flags);
  case SEW_LOOK_XPAD:
    return g_param_spec_int ("xpad", "Horizontal margin",
                             "Distance of captions from the left or right edge, in pixels", 0,
                             G_MAXINT, DEFAULT_XPAD, flags);
  case SEW_LOOK_YPAD:
    return g_param_spec_int ("ypad", "Vertical margin",
                             "Distance of captions from the top or bottom edge, in pixels", 0,
                             G_MAXINT, DEFAULT_YPAD, flags);
  case SEW_LOOK_SHADED_BACKGROUND:
    return g_param_spec_boolean ("shaded-background", "Shaded background",
                                 "Whether the picture is darkened behind captions", TRUE, flags);
  case SEW_LOOK_SHADING_VALUE:
    return g_param_spec_uint ("shading-value", "Shading value",
                              "How much the picture is darkened behind captions (of 255)", 1, 255,
                              DEFAULT_SHADING_VALUE, flags);
  case SEW_N_LOOKS:
    break;
  }
  return NULL;
}

void
sew_overlay_look_install (GObjectClass *klass, guint first_id)
{
  for (guint i = 0; i < SEW_N_LOOKS; i++) {
    GParamSpec *spec = make_spec ((SewLook) i);
    if (G_IS_PARAM_SPEC_ENUM (spec))
      gst_type_mark_as_plugin_api (spec->value_type, 0);
    g_object_class_install_property (klass, first_id + i, spec);
  }
}

/* Enumerations by what they are called, as the types are others. */
static void
hand_on (SewOverlayLook *self, const char *name, const GValue *value)
{
  if (self->textoverlay == NULL)
    return;
  if (G_VALUE_HOLDS_ENUM (value)) {
    GEnumClass *klass = g_type_class_ref (G_VALUE_TYPE (value));
    gst_util_set_object_arg (G_OBJECT (self->textoverlay), name,
                             g_enum_get_value (klass, g_value_get_enum (value))->value_nick);
    g_type_class_unref (klass);
  } else {
    g_object_set_property (G_OBJECT (self->textoverlay), name, value);
  }
}

SewOverlayLook *
sew_overlay_look_new (GstElement *textoverlay, guint first_id)
{
  SewOverlayLook *self = g_new0 (SewOverlayLook, 1);

  self->textoverlay = textoverlay;
  self->first_id = first_id;
  g_mutex_init (&self->lock);
  for (guint i = 0; i < SEW_N_LOOKS; i++) {
    GParamSpec *spec = g_param_spec_ref_sink (make_spec ((SewLook) i));
    g_value_init (&self->values[i], spec->value_type);
    g_param_value_set_default (spec, &self->values[i]);
    hand_on (self, spec->name, &self->values[i]);
    g_param_spec_unref (spec);
  }
  return self;
}

void
sew_overlay_look_free (SewOverlayLook *self)
{
  for (guint i = 0; i < SEW_N_LOOKS; i++)
    g_value_unset (&self->values[i]);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* NULL if the id is not of one of these properties. */
static GValue *
find_value (SewOverlayLook *self, guint id)
{
  if (id < self->first_id || id - self->first_id >= SEW_N_LOOKS)
    return NULL;
  return &self->values[id - self->first_id];
}

gboolean
sew_overlay_look_set_property (SewOverlayLook *self, guint id, const GValue *value,
                               GParamSpec *pspec)
{
  GValue *own = find_value (self, id);

  if (own == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_value_copy (value, own);
  g_mutex_unlock (&self->lock);
  hand_on (self, pspec->name, value);
  return TRUE;
}

gboolean
sew_overlay_look_get_property (SewOverlayLook *self, guint id, GValue *value)
{
  const GValue *own = find_value (self, id);

  if (own == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_value_copy (own, value);
  g_mutex_unlock (&self->lock);
  return TRUE;
}
