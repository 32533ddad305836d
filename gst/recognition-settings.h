/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <sew/sew.h>

#include "model-cache.h"

G_BEGIN_DECLS

/* What users choose about recognition, the same in every element that recognizes: the properties,
 * their values and what they do to a recognizer, once.
 *
 * To add one: name it here, describe it in make_spec(), and use its value where it matters, which
 * is sew_recognition_settings_apply() for what concerns the recognizer. */
typedef enum {
  SEW_SETTING_MODEL_LOCATION,
  SEW_SETTING_LANGUAGE_CODE,
  SEW_SETTING_GRANULARITY,
  SEW_SETTING_TEXT_CASE,
  SEW_SETTING_MAX_LINES,
  SEW_SETTING_LINE_LENGTH,
  SEW_SETTING_MIN_DURATION,
  SEW_SETTING_MAX_DURATION,
  SEW_SETTING_READING_SPEED,
  SEW_SETTING_CUE_GAP,
  SEW_SETTING_N_THREADS,
  SEW_N_SETTINGS,
} SewSetting;

typedef struct _SewRecognitionSettings SewRecognitionSettings;

/* From class_init: the properties get the ids [first_id, first_id + SEW_N_SETTINGS). */
void sew_recognition_settings_install (GObjectClass *klass, guint first_id);

/* element: of a class with these properties; its object lock guards the values; not owned. */
SewRecognitionSettings *sew_recognition_settings_new (GstElement *element, guint first_id);
void sew_recognition_settings_free (SewRecognitionSettings *self);

/* From set_property and get_property, without the object lock. FALSE if the id is not of one of
 * these properties. */
gboolean sew_recognition_settings_set_property (SewRecognitionSettings *self, guint id,
                                                const GValue *value);
gboolean sew_recognition_settings_get_property (SewRecognitionSettings *self, guint id,
                                                GValue *value);

/* The values as they are now. Any thread, without the object lock. */
char *sew_recognition_settings_dup_string (SewRecognitionSettings *self, SewSetting setting);
int sew_recognition_settings_get_enum (SewRecognitionSettings *self, SewSetting setting);
guint sew_recognition_settings_get_uint (SewRecognitionSettings *self, SewSetting setting);

/* Begins to load the model that is asked for. */
SewModelClaim *sew_recognition_settings_claim_model (SewRecognitionSettings *self);
/* What may change from one run of samples to the next; in the recognizer's thread. */
void sew_recognition_settings_apply (SewRecognitionSettings *self, SewRecognizer *recognizer);

G_END_DECLS
