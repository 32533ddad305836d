/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

#define SEW_TYPE_SCRIPT (sew_script_get_type ())

SEW_API
G_DECLARE_FINAL_TYPE (SewScript, sew_script, SEW, SCRIPT, GObject)

SEW_API
SewScript *sew_script_new (const char *text, gssize n_bytes, GError **error);
SEW_API
SewScript *sew_script_new_from_file (const char *path, GError **error);

SEW_API
gsize sew_script_get_n_words (SewScript *self);
SEW_API
const char *sew_script_get_word (SewScript *self, gsize index);
SEW_API
gsize sew_script_get_line (SewScript *self, gsize index);

G_END_DECLS
