/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "math/activation.h"

/* The shape and the options of an encoder, as config.json and preprocessor_config.json of a Hugging
 * Face checkpoint give them, with the family's documented defaults filled in. Every field is
 * checked: sizes are within sane bounds and fit each other. */

typedef enum {
  SEW_FAMILY_SEW,
  SEW_FAMILY_SEW_D,
  SEW_FAMILY_WAV2VEC2,
  SEW_FAMILY_HUBERT,
} SewFamily;

typedef enum {
  SEW_CONV_NORM_GROUP, /* one group a channel, over all of time, after the first convolution only */
  SEW_CONV_NORM_LAYER, /* over the channels of each frame, after every convolution */
} SewConvNorm;

#define SEW_MAX_CONV_LAYERS 32
#define SEW_MAX_VOCABULARY 1048576

typedef struct {
  SewFamily family;

  /* feature extractor */
  guint n_conv_layers;
  guint conv_dim[SEW_MAX_CONV_LAYERS];
  guint conv_kernel[SEW_MAX_CONV_LAYERS];
  guint conv_stride[SEW_MAX_CONV_LAYERS];
  gboolean conv_bias;
  SewConvNorm conv_norm;
  SewActivation feature_activation; /* also of the positional convolution and the upsampling */

  /* context network */
  gboolean feature_projection_norm; /* HuBERT: feat_proj_layer_norm */
  guint hidden_size;
  guint n_layers;
  guint n_heads;
  guint intermediate_size;
  SewActivation hidden_activation;
  guint positional_kernel;
  guint positional_groups;
  guint squeeze_factor;       /* 1 for families that do not squeeze */
  gboolean pre_layer_norm;    /* do_stable_layer_norm */
  float layer_norm_epsilon;   /* of the transformer */
  float feature_norm_epsilon; /* of the norm before the projection */
  guint adapter_size; /* MMS: adapter_attn_dim; 0 without adapters, which is always so in layers
                         that are not pre_layer_norm */

  /* SEW-D */
  gboolean relative_attention;
  gboolean
      content_to_position; /* this and the next scale the scores, whatever relative_attention */
  gboolean position_to_content;
  gboolean share_attention_key;
  gboolean norm_relative_embeddings;
  guint position_buckets;       /* 0: linear */
  guint max_relative_positions; /* >= 1 */
  guint layer_conv_kernel;      /* conv_kernel_size; 0 without */
  guint layer_conv_groups;
  SewActivation layer_conv_activation;

  /* head and input */
  guint vocabulary_size;
  guint pad_token_id;       /* G_MAXUINT if it names none */
  gboolean normalize_input; /* zero mean, unit variance over the window */
  gboolean int8_agrees;     /* its words at int8 were found to be those at float32 */
} SewModelConfig;

gboolean sew_model_config_load (SewModelConfig *config, const char *folder, GError **error);

/* One of the released shapes: "sew-tiny" ... "hubert-large". NULL-terminated list of names. */
gboolean sew_model_config_init_preset (SewModelConfig *config, const char *preset, GError **error);
const char *const *sew_model_config_list_presets (void);

const char *sew_family_get_architecture (SewFamily family); /* "SEWForCTC", ... */

/* As transformers counts a model of this shape; the gains of the weight norm and the mask embedding
 * that only training uses are among them. */
guint64 sew_model_config_count_parameters (const SewModelConfig *config);

/* Samples between neighbouring frames, and samples one frame looks at. */
guint sew_model_config_get_hop (const SewModelConfig *config);
guint sew_model_config_get_receptive_field (const SewModelConfig *config);

/* Frames the feature extractor, and so the head, makes of that many samples; 0 if too few. */
gsize sew_model_config_count_frames (const SewModelConfig *config, gsize n_samples);
