/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "math/format.h"
#include "model/model-config.h"
#include "model/weights.h"

/* Samples to logits: the stages of one family, in order, as its configuration chooses them. */

/* What runs, in this order; the parts a profile and a probe name. */
typedef enum {
  SEW_STAGE_NORMALIZER,
  SEW_STAGE_FEATURE_EXTRACTOR, /* [n_frames][last conv_dim] */
  SEW_STAGE_PROJECTION,        /* [n_frames][hidden_size] */
  SEW_STAGE_POSITIONAL_CONV,   /* [n_frames / squeeze][hidden_size], squeezed, normed */
  SEW_STAGE_ATTENTION,         /* all layers' */
  SEW_STAGE_FEED_FORWARD,      /* all layers' */
  SEW_STAGE_UPSAMPLE,          /* [n_frames][hidden_size]: what the head sees */
  SEW_STAGE_HEAD,              /* [n_frames][vocabulary_size] */
  SEW_N_STAGES,
} SewStage;

/* Immutable and shared: weights in the form the products want. */
typedef struct _SewEncoder SewEncoder;
/* The scratch of one window at a time; laid out for the longest it has seen. */
typedef struct _SewEncoderState SewEncoderState;

/* Borrows both, which must live as long. format: of the weights and their products; the first
 * convolution and the head, where errors matter most, are always float32. */
SewEncoder *sew_encoder_new (const SewModelConfig *config, const SewWeights *weights,
                             SewFormat format);
void sew_encoder_free (SewEncoder *encoder);

/* n_threads: how many share the work on a window, the caller's included; at least 1. The result is
 * the same with any number. */
SewEncoderState *sew_encoder_state_new (const SewEncoder *encoder, guint n_threads);
void sew_encoder_state_free (SewEncoderState *state);

/* samples: [n_samples], 16 kHz, finite; the window is the unit of normalisation and attention.
 * logits: [sew_model_config_count_frames ()][vocabulary_size], written in full.
 * FALSE only if cancelled, which is looked at between layers. */
gboolean sew_encoder_run (const SewEncoder *encoder, SewEncoderState *state, const float *samples,
                          gsize n_samples, float *logits, GCancellable *cancellable);

/* Called after a stage with its rows, for tests; NULL to stop. */
typedef void (*SewEncoderProbe) (SewStage stage, const float *rows, gsize n_rows, gsize n_columns,
                                 gpointer user_data);
void sew_encoder_state_set_probe (SewEncoderState *state, SewEncoderProbe probe,
                                  gpointer user_data);

/* Seconds of the calling thread's processor time in each stage since the state was made. */
void sew_encoder_state_get_seconds (const SewEncoderState *state, double seconds[SEW_N_STAGES]);
/* Nothing but the matrix products of a window of that length, one after the other, on nothing in
 * particular; adds what they take to the seconds of their stages. For one thread. */
void sew_encoder_run_products (const SewEncoder *encoder, SewEncoderState *state, gsize n_samples);
/* Floating-point operations of the matrix products and convolutions of one window, by stage. */
void sew_encoder_count_operations (const SewModelConfig *config, gsize n_samples,
                                   double operations[SEW_N_STAGES]);
