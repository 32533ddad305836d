/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/checkpoint.h"
#include "model/model-config.h"
#include "model/weight-rows.h"

/* The weights of an encoder, checked against its configuration: a missing or misshapen tensor, or
 * one with a value that is not finite, does not get this far. Matrices stay as they are stored, and
 * point into the mapped file; so do vectors of float32, and other ones are converted. Immutable
 * once made. */

typedef struct {
  SewWeightRows weight; /* [n_out][n_in] */
  const float *bias;    /* [n_out], or NULL */
  guint n_in;
  guint n_out;
} SewLinear;

typedef struct {
  const float *gain; /* [n], or NULL where there is no such norm */
  const float *bias; /* [n] */
  guint n;
  float epsilon;
} SewNorm;

typedef struct {
  SewWeightRows weight; /* [n_out][kernel][n_in / n_groups] */
  const float *bias;    /* [n_out], or NULL */
  guint n_in;
  guint n_out;
  guint kernel;
  guint stride;
  guint n_groups;
  guint padding; /* zero frames before and after */
} SewConv;

typedef struct {
  SewConv conv;
  SewNorm norm; /* kind: config->conv_norm; no gain where the layer has none */
} SewConvLayerWeights;

typedef struct {
  SewLinear query, key, value, output;
  SewLinear position_key, position_query; /* SEW-D with keys of their own; otherwise no weight */
  SewNorm attention_norm;                 /* wav2vec 2.0's layer_norm */
  SewLinear intermediate, feed_forward_output;
  SewNorm final_norm;
  SewNorm adapter_norm; /* MMS; otherwise no gain */
  SewLinear adapter_down, adapter_up;
} SewLayerWeights;

typedef struct {
  SewConvLayerWeights conv_layers[SEW_MAX_CONV_LAYERS];
  SewNorm feature_norm;             /* no gain if feature_projection_norm is off */
  SewLinear feature_projection;     /* no weight where SEW's conv_dim equals the hidden size */
  SewConv positional_conv;          /* weight norm folded; stride is the squeeze factor */
  SewNorm encoder_norm;             /* no gain in SEW-D */
  SewLayerWeights *layers;          /* [n_layers] */
  const float *relative_embeddings; /* SEW-D: [2 span][hidden], already normed if asked for */
  guint relative_span;              /* position_buckets or max_relative_positions */
  SewConv layer_conv;               /* SEW-D with conv_kernel_size; otherwise no weight */
  SewNorm layer_conv_norm;
  SewLinear upsample; /* no weight where nothing is squeezed (SEW always has it) */
  SewLinear head;

  guint64 n_parameters;
  gsize n_values;            /* that this is made of; those of parameters that are not used aside */
  gsize n_bytes;             /* resident copies made here, without what is mapped */
  SewCheckpoint *checkpoint; /* owns the mappings; NULL for random weights */
  GPtrArray *buffers;        /* owns the copies */
} SewWeights;

/* language: the adapter to use, or NULL for the checkpoint's own; a checkpoint without adapters
 * ignores it. An adapter brings a head of its own, whose size goes into config->vocabulary_size. */
SewWeights *sew_weights_load (SewModelConfig *config, const char *folder, const char *language,
                              GError **error);
SewWeights *sew_weights_new_random (const SewModelConfig *config, guint32 seed);
void sew_weights_free (SewWeights *weights);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewWeights, sew_weights_free)
