/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <sew/sew.h>

#include "model-cache.h"
#include "setting-specs.h"

G_BEGIN_DECLS

/* What users choose about recognition, the same in every element that recognizes: the properties,
 * their values and what they do to a recognizer, once.
 *
 * To add one: name it in setting-specs.h, describe it in setting-specs.c, and use its value where
 * it matters, which is sew_recognition_settings_apply() for what concerns the recognizer. */
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
float sew_recognition_settings_get_float (SewRecognitionSettings *self, SewSetting setting);

/* Begins to load the model that is asked for. */
SewModelClaim *sew_recognition_settings_claim_model (SewRecognitionSettings *self);
/* Begins to load the language model that is asked for, or that the model's checkpoint brings along.
 * NULL if none is needed. */
SewModelClaim *sew_recognition_settings_claim_language_model (SewRecognitionSettings *self,
                                                              SewModel *model);
/* What stays for all that a recognizer hears; in its thread, once. FALSE if the file with the
 * script cannot be read. */
gboolean sew_recognition_settings_apply_script (SewRecognitionSettings *self,
                                                SewRecognizer *recognizer, GError **error);
/* What may change from one run of samples to the next; in the recognizer's thread. */
void sew_recognition_settings_apply (SewRecognitionSettings *self, SewRecognizer *recognizer);
/* What may change while samples are recognized; in the recognizer's thread. FALSE, once for each
 * change and run, if there is a mistake in the hot words or their file cannot be read; those before
 * stay then. */
gboolean sew_recognition_settings_apply_hot_words (SewRecognitionSettings *self,
                                                   SewRecognizer *recognizer, GError **error);

G_END_DECLS
