/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include <sew/sew-macros.h>
#include <sew/sew-precision.h>

G_BEGIN_DECLS

#define SEW_TYPE_MODEL (sew_model_get_type ())

SEW_API
G_DECLARE_FINAL_TYPE (SewModel, sew_model, SEW, MODEL, GObject)

/**
 * SEW_SAMPLE_RATE_HZ:
 *
 * The rate of all audio in this library, in samples per second.
 */
#define SEW_SAMPLE_RATE_HZ 16000

SEW_API
SewModel *sew_model_new (const char *folder, GError **error);
SEW_API
SewModel *sew_model_new_for_language (const char *folder, const char *language_code,
                                      GCancellable *cancellable, GError **error);
SEW_API
SewModel *sew_model_new_at_precision (const char *folder, const char *language_code,
                                      SewPrecision precision, GCancellable *cancellable,
                                      GError **error);
SEW_API
SewModel *sew_model_new_random (const char *preset, guint32 seed, SewPrecision precision,
                                GError **error);
SEW_API
const char *const *sew_model_list_presets (void);
SEW_API
gboolean sew_model_convert (const char *folder, const char *to, SewPrecision precision,
                            GCancellable *cancellable, GError **error);
SEW_API
char *sew_model_dup_bundled_folder (void);

SEW_API
char *sew_model_dup_language_model_location (SewModel *self);
SEW_API
const char *sew_model_get_folder (SewModel *self);
SEW_API
const char *sew_model_get_architecture (SewModel *self);
SEW_API
SewPrecision sew_model_get_precision (SewModel *self);
SEW_API
guint64 sew_model_get_n_parameters (SewModel *self);
SEW_API
guint sew_model_get_vocabulary_size (SewModel *self);
SEW_API
const char *sew_model_get_token (SewModel *self, guint id);
SEW_API
guint sew_model_get_samples_per_frame (SewModel *self);
SEW_API
gsize sew_model_count_frames (SewModel *self, gsize n_samples);
SEW_API
const char *sew_model_get_word_separator (SewModel *self);

SEW_API
float *sew_model_compute_logits (SewModel *self, const float *samples, gsize n_samples,
                                 gsize *n_values, GError **error);

G_END_DECLS
