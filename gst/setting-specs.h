/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What users can choose about recognition. Each one is a property; the rows in setting-specs.c
 * describe them. */
typedef enum {
  SEW_SETTING_MODEL_LOCATION,
  SEW_SETTING_LANGUAGE_CODE,
  SEW_SETTING_GRANULARITY,
  SEW_SETTING_TEXT_CASE,
  SEW_SETTING_MIN_CONFIDENCE,
  SEW_SETTING_MAX_LINES,
  SEW_SETTING_LINE_LENGTH,
  SEW_SETTING_MIN_DURATION,
  SEW_SETTING_MAX_DURATION,
  SEW_SETTING_READING_SPEED,
  SEW_SETTING_CUE_GAP,
  SEW_SETTING_N_THREADS,
  SEW_SETTING_PRECISION,
  SEW_SETTING_DECODER,
  SEW_SETTING_BEAM_WIDTH,
  SEW_SETTING_BEAM_THRESHOLD,
  SEW_SETTING_TOKEN_THRESHOLD,
  SEW_SETTING_LM_LOCATION,
  SEW_SETTING_LM_WEIGHT,
  SEW_SETTING_WORD_SCORE,
  SEW_SETTING_N_BEST,
  SEW_SETTING_HOT_WORDS,
  SEW_SETTING_HOT_WORDS_LOCATION,
  SEW_SETTING_SCRIPT_LOCATION,
  SEW_N_SETTINGS,
} SewSetting;

/* Values that leave it to the language model. */
#define SEW_LM_WEIGHT_OF_MODEL (-1.0f)
#define SEW_WORD_SCORE_OF_MODEL (-100.0f)

/* (transfer floating); a class needs specs of its own. */
GParamSpec *sew_setting_make_spec (SewSetting setting);

G_END_DECLS
