/* SPDX-License-Identifier: MIT */
#include "recognition-settings.h"

#define DEFAULT_LANGUAGE_CODE "en-US"

struct _SewRecognitionSettings {
  GstElement *element;
  guint first_id;
  GValue values[SEW_N_SETTINGS]; /* under the element's object lock */
};

#define SEW_TYPE_RECOGNITION_GRANULARITY (sew_recognition_granularity_get_type ())

static GType
sew_recognition_granularity_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_GRANULARITY_WORD, "One buffer a word, as soon as it is certain", "word" },
    { SEW_GRANULARITY_UTTERANCE, "One buffer for the words up to a pause", "utterance" },
    { SEW_GRANULARITY_CUE, "One buffer for what is to be shown at a time, in lines", "cue" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("SewRecognitionGranularity", values));
  return type;
}

#define SEW_TYPE_TEXT_CASE_SETTING (sew_text_case_setting_get_type ())

static GType
sew_text_case_setting_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_TEXT_CASE_AS_IS, "As the model spells words", "as-is" },
    { SEW_TEXT_CASE_LOWER, "Small letters", "lower" },
    { SEW_TEXT_CASE_UPPER, "Capital letters", "upper" },
    { SEW_TEXT_CASE_SENTENCE,
      "Small letters, but for the first one of an utterance, the word I and names", "sentence" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("SewTextCaseSetting", values));
  return type;
}

/* (transfer floating); a class needs specs of its own. */
static GParamSpec *
make_spec (SewSetting setting)
{
  const GParamFlags flags = (GParamFlags) (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const GParamFlags ready_flags = flags | GST_PARAM_MUTABLE_READY;

  switch (setting) {
  case SEW_SETTING_MODEL_LOCATION:
    return g_param_spec_string (
        "model-location", "Model location",
        "Folder of the checkpoint to recognize with (NULL = the model that comes with the plugin)",
        NULL, ready_flags);
  case SEW_SETTING_LANGUAGE_CODE:
    return g_param_spec_string ("language-code", "Language code",
                                "Language of the speech, for checkpoints that know several",
                                DEFAULT_LANGUAGE_CODE, ready_flags);
  case SEW_SETTING_GRANULARITY:
    return g_param_spec_enum ("granularity", "Granularity", "What one text buffer holds",
                              SEW_TYPE_RECOGNITION_GRANULARITY, SEW_GRANULARITY_WORD, ready_flags);
  case SEW_SETTING_TEXT_CASE:
    return g_param_spec_enum ("text-case", "Text case", "Which letters are capital ones",
                              SEW_TYPE_TEXT_CASE_SETTING, SEW_TEXT_CASE_AS_IS, ready_flags);
  case SEW_SETTING_MAX_LINES:
    return g_param_spec_uint ("max-lines", "Maximum lines", "Most lines of a cue", 1, 8, 2,
                              ready_flags);
  case SEW_SETTING_LINE_LENGTH:
    return g_param_spec_uint ("line-length", "Line length",
                              "Most characters of a line of a cue; wide ones count as two", 1, 250,
                              42, ready_flags);
  case SEW_SETTING_MIN_DURATION:
    return g_param_spec_uint ("min-duration", "Minimum duration",
                              "Shortest time a cue is shown, in milliseconds", 0, 60000, 1000,
                              ready_flags);
  case SEW_SETTING_MAX_DURATION:
    return g_param_spec_uint ("max-duration", "Maximum duration",
                              "Longest time a cue is shown, in milliseconds", 100, 60000, 7000,
                              ready_flags);
  case SEW_SETTING_READING_SPEED:
    return g_param_spec_uint ("reading-speed", "Reading speed",
                              "Most characters of a cue for each second it is shown (0 = any)", 0,
                              1000, 17, ready_flags);
  case SEW_SETTING_CUE_GAP:
    return g_param_spec_uint ("cue-gap", "Cue gap",
                              "Shortest time between two cues, in milliseconds", 0, 5000, 80,
                              ready_flags);
  case SEW_SETTING_N_THREADS:
    return g_param_spec_uint ("n-threads", "Number of threads",
                              "How many threads may recognize at the same time, shared with all "
                              "elements of the process (0 = as many as there are processors for)",
                              0, 64, 0, ready_flags);
  case SEW_N_SETTINGS:
    break;
  }
  return NULL;
}

void
sew_recognition_settings_install (GObjectClass *klass, guint first_id)
{
  for (guint i = 0; i < SEW_N_SETTINGS; i++) {
    GParamSpec *spec = make_spec ((SewSetting) i);
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
    GParamSpec *spec = g_param_spec_ref_sink (make_spec ((SewSetting) i));
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
  GST_OBJECT_LOCK (self->element);
  g_value_copy (value, own);
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

SewModelClaim *
sew_recognition_settings_claim_model (SewRecognitionSettings *self)
{
  g_autofree char *folder = sew_recognition_settings_dup_string (self, SEW_SETTING_MODEL_LOCATION);
  g_autofree char *language_code = sew_recognition_settings_dup_string (self,
                                                                        SEW_SETTING_LANGUAGE_CODE);

  return sew_model_cache_claim (folder, language_code);
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

void
sew_recognition_settings_apply (SewRecognitionSettings *self, SewRecognizer *recognizer)
{
  sew_recognizer_set_granularity (recognizer, (SewGranularity) sew_recognition_settings_get_enum (
                                                  self, SEW_SETTING_GRANULARITY));
  sew_recognizer_set_text_case (
      recognizer, (SewTextCase) sew_recognition_settings_get_enum (self, SEW_SETTING_TEXT_CASE));
  apply_cue_limits (self, recognizer);
  sew_recognizer_set_n_threads (recognizer,
                                sew_recognition_settings_get_uint (self, SEW_SETTING_N_THREADS));
}
