/* SPDX-License-Identifier: MIT */
#include "recognition-settings.h"

struct _SewRecognitionSettings {
  GstElement *element;
  guint first_id;
  GValue values[SEW_N_SETTINGS]; /* under the element's object lock */
  guint n_changes_of_hot_words;  /* too */

  guint n_changes_applied; /* the recognizer's thread's */
  gboolean applied_hot_words;
};

void
sew_recognition_settings_install (GObjectClass *klass, guint first_id)
{
  for (guint i = 0; i < SEW_N_SETTINGS; i++) {
    GParamSpec *spec = sew_setting_make_spec ((SewSetting) i);
    if (G_IS_PARAM_SPEC_ENUM (spec))
      gst_type_mark_as_plugin_api (spec->value_type, 0);
    g_object_class_install_property (klass, first_id + i, spec);
  }
}

SewRecognitionSettings *
sew_recognition_settings_new (GstElement *element, guint first_id)
{
  SewRecognitionSettings *self = g_new0 (SewRecognitionSettings, 1);

  self->element = element;
  self->first_id = first_id;
  for (guint i = 0; i < SEW_N_SETTINGS; i++) {
    GParamSpec *spec = g_param_spec_ref_sink (sew_setting_make_spec ((SewSetting) i));
    g_value_init (&self->values[i], spec->value_type);
    g_param_value_set_default (spec, &self->values[i]);
    g_param_spec_unref (spec);
  }
  return self;
}

void
sew_recognition_settings_free (SewRecognitionSettings *self)
{
  for (guint i = 0; i < SEW_N_SETTINGS; i++)
    g_value_unset (&self->values[i]);
  g_free (self);
}

/* NULL if the id is not of one of these properties. */
static GValue *
find_value (SewRecognitionSettings *self, guint id)
{
  if (id < self->first_id || id - self->first_id >= SEW_N_SETTINGS)
    return NULL;
  return &self->values[id - self->first_id];
}

gboolean
sew_recognition_settings_set_property (SewRecognitionSettings *self, guint id, const GValue *value)
{
  GValue *own = find_value (self, id);

  if (own == NULL)
    return FALSE;
  SewSetting setting = (SewSetting) (id - self->first_id);
  gboolean is_hot_words = setting == SEW_SETTING_HOT_WORDS
                          || setting == SEW_SETTING_HOT_WORDS_LOCATION;
  GST_OBJECT_LOCK (self->element);
  g_value_copy (value, own);
  self->n_changes_of_hot_words += is_hot_words;
  GST_OBJECT_UNLOCK (self->element);
  return TRUE;
}

gboolean
sew_recognition_settings_get_property (SewRecognitionSettings *self, guint id, GValue *value)
{
  const GValue *own = find_value (self, id);

  if (own == NULL)
    return FALSE;
  GST_OBJECT_LOCK (self->element);
  g_value_copy (own, value);
  GST_OBJECT_UNLOCK (self->element);
  return TRUE;
}

char *
sew_recognition_settings_dup_string (SewRecognitionSettings *self, SewSetting setting)
{
  GST_OBJECT_LOCK (self->element);
  char *string = g_value_dup_string (&self->values[setting]);
  GST_OBJECT_UNLOCK (self->element);
  return string;
}

int
sew_recognition_settings_get_enum (SewRecognitionSettings *self, SewSetting setting)
{
  GST_OBJECT_LOCK (self->element);
  int value = g_value_get_enum (&self->values[setting]);
  GST_OBJECT_UNLOCK (self->element);
  return value;
}

guint
sew_recognition_settings_get_uint (SewRecognitionSettings *self, SewSetting setting)
{
  GST_OBJECT_LOCK (self->element);
  guint value = g_value_get_uint (&self->values[setting]);
  GST_OBJECT_UNLOCK (self->element);
  return value;
}

float
sew_recognition_settings_get_float (SewRecognitionSettings *self, SewSetting setting)
{
  GST_OBJECT_LOCK (self->element);
  float value = g_value_get_float (&self->values[setting]);
  GST_OBJECT_UNLOCK (self->element);
  return value;
}

SewModelClaim *
sew_recognition_settings_claim_model (SewRecognitionSettings *self)
{
  g_autofree char *folder = sew_recognition_settings_dup_string (self, SEW_SETTING_MODEL_LOCATION);
  g_autofree char *language_code = sew_recognition_settings_dup_string (self,
                                                                        SEW_SETTING_LANGUAGE_CODE);

  SewPrecision precision = (SewPrecision) sew_recognition_settings_get_enum (self,
                                                                             SEW_SETTING_PRECISION);

  return sew_model_cache_claim (folder, language_code, precision);
}

SewModelClaim *
sew_recognition_settings_claim_language_model (SewRecognitionSettings *self, SewModel *model)
{
  g_autofree char *chosen = sew_recognition_settings_dup_string (self, SEW_SETTING_LM_LOCATION);
  g_autofree char *own = sew_model_dup_language_model_location (model);
  const char *location = chosen != NULL ? chosen : own;

  if (sew_recognition_settings_get_enum (self, SEW_SETTING_DECODER) == SEW_DECODING_GREEDY)
    return NULL;
  return location != NULL ? sew_model_cache_claim_language_model (location) : NULL;
}

static guint64
get_samples (SewRecognitionSettings *self, SewSetting setting)
{
  guint64 ms = sew_recognition_settings_get_uint (self, setting);

  return ms * SEW_SAMPLE_RATE_HZ / 1000;
}

static void
apply_cue_limits (SewRecognitionSettings *self, SewRecognizer *recognizer)
{
  const SewCueLimits limits = {
    .max_lines = sew_recognition_settings_get_uint (self, SEW_SETTING_MAX_LINES),
    .line_length = sew_recognition_settings_get_uint (self, SEW_SETTING_LINE_LENGTH),
    .min_duration = get_samples (self, SEW_SETTING_MIN_DURATION),
    .max_duration = get_samples (self, SEW_SETTING_MAX_DURATION),
    .reading_speed = sew_recognition_settings_get_uint (self, SEW_SETTING_READING_SPEED),
    .gap = get_samples (self, SEW_SETTING_CUE_GAP),
  };

  sew_recognizer_set_cue_limits (recognizer, &limits);
}

static void
apply_decoding (SewRecognitionSettings *self, SewRecognizer *recognizer)
{
  SewLanguageModel *language_model = sew_recognizer_get_language_model (recognizer);
  float lm_weight = sew_recognition_settings_get_float (self, SEW_SETTING_LM_WEIGHT);
  float word_score = sew_recognition_settings_get_float (self, SEW_SETTING_WORD_SCORE);

  sew_recognizer_set_decoding (
      recognizer, (SewDecoding) sew_recognition_settings_get_enum (self, SEW_SETTING_DECODER));
  sew_recognizer_set_beam_width (recognizer,
                                 sew_recognition_settings_get_uint (self, SEW_SETTING_BEAM_WIDTH));
  sew_recognizer_set_beam_threshold (
      recognizer, sew_recognition_settings_get_float (self, SEW_SETTING_BEAM_THRESHOLD));
  sew_recognizer_set_token_threshold (
      recognizer, sew_recognition_settings_get_float (self, SEW_SETTING_TOKEN_THRESHOLD));
  sew_recognizer_set_n_best (recognizer,
                             sew_recognition_settings_get_uint (self, SEW_SETTING_N_BEST));
  if (language_model == NULL)
    return;
  if (lm_weight < 0.0f)
    lm_weight = sew_language_model_get_weight (language_model);
  if (word_score <= SEW_WORD_SCORE_OF_MODEL)
    word_score = sew_language_model_get_word_score (language_model);
  sew_recognizer_set_lm_weight (recognizer, lm_weight);
  sew_recognizer_set_word_score (recognizer, word_score);
}

gboolean
sew_recognition_settings_apply_script (SewRecognitionSettings *self, SewRecognizer *recognizer,
                                       GError **error)
{
  g_autofree char *path = sew_recognition_settings_dup_string (self, SEW_SETTING_SCRIPT_LOCATION);

  if (path == NULL)
    return TRUE;
  g_autoptr (SewScript) script = sew_script_new_from_file (path, error);
  if (script != NULL)
    sew_recognizer_set_script (recognizer, script);
  return script != NULL;
}

void
sew_recognition_settings_apply (SewRecognitionSettings *self, SewRecognizer *recognizer)
{
  sew_recognizer_set_granularity (recognizer, (SewGranularity) sew_recognition_settings_get_enum (
                                                  self, SEW_SETTING_GRANULARITY));
  sew_recognizer_set_text_case (
      recognizer, (SewTextCase) sew_recognition_settings_get_enum (self, SEW_SETTING_TEXT_CASE));
  sew_recognizer_set_min_confidence (
      recognizer, sew_recognition_settings_get_float (self, SEW_SETTING_MIN_CONFIDENCE));
  apply_cue_limits (self, recognizer);
  sew_recognizer_set_n_threads (recognizer,
                                sew_recognition_settings_get_uint (self, SEW_SETTING_N_THREADS));
  apply_decoding (self, recognizer);
  self->applied_hot_words = FALSE;
}

gboolean
sew_recognition_settings_apply_hot_words (SewRecognitionSettings *self, SewRecognizer *recognizer,
                                          GError **error)
{
  GST_OBJECT_LOCK (self->element);
  guint n_changes = self->n_changes_of_hot_words;
  g_autofree char *text = g_value_dup_string (&self->values[SEW_SETTING_HOT_WORDS]);
  g_autofree char *path = g_value_dup_string (&self->values[SEW_SETTING_HOT_WORDS_LOCATION]);
  GST_OBJECT_UNLOCK (self->element);

  if (self->applied_hot_words && n_changes == self->n_changes_applied)
    return TRUE;
  self->n_changes_applied = n_changes; /* whatever comes of it: once is enough */
  self->applied_hot_words = TRUE;
  g_autoptr (SewPhraseList) phrases = sew_phrase_list_new ();
  if (path != NULL && !sew_phrase_list_add_file (phrases, path, error))
    return FALSE;
  if (text != NULL && !sew_phrase_list_add_text (phrases, text, error)) {
    g_prefix_error (error, "hot-words: ");
    return FALSE;
  }
  sew_recognizer_set_hot_words (recognizer, phrases);
  return TRUE;
}
