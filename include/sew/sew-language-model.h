/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

#define SEW_TYPE_LANGUAGE_MODEL (sew_language_model_get_type ())

SEW_API
G_DECLARE_FINAL_TYPE (SewLanguageModel, sew_language_model, SEW, LANGUAGE_MODEL, GObject)

SEW_API
SewLanguageModel *sew_language_model_new (const char *location, GError **error);
SEW_API
const char *sew_language_model_get_location (SewLanguageModel *self);
SEW_API
float sew_language_model_get_weight (SewLanguageModel *self);
SEW_API
float sew_language_model_get_word_score (SewLanguageModel *self);

G_END_DECLS
