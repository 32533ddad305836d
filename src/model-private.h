/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/encoder.h"
#include "model/model-config.h"
#include "model/vocabulary.h"
#include "sew/sew-model.h"

/* What a recognizer needs of a model; all of it is immutable and lives as long as the model. */
const SewModelConfig *sew_model_get_config (SewModel *self);
const SewVocabulary *sew_model_get_vocabulary (SewModel *self);
const SewEncoder *sew_model_get_encoder (SewModel *self);
/* Unless it was loaded for another language. */
gboolean sew_model_is_english (SewModel *self);

/* FALSE with SEW_ERROR_INVALID_AUDIO if a sample is not finite; first_sample: the place of the
 * first one in the stream, for the message. */
gboolean sew_samples_check (const float *samples, gsize n_samples, guint64 first_sample,
                            GError **error);
