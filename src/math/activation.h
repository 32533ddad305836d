/* SPDX-License-Identifier: MIT */
#pragma once

/* The pointwise functions that checkpoints name. */
typedef enum {
  SEW_ACTIVATION_LINEAR,
  SEW_ACTIVATION_GELU,       /* x Phi(x), exact: "gelu", "gelu_python" */
  SEW_ACTIVATION_GELU_TANH,  /* the tanh approximation: "gelu_new", "gelu_pytorch_tanh", ... */
  SEW_ACTIVATION_GELU_QUICK, /* x sigmoid(1.702 x): "quick_gelu" */
  SEW_ACTIVATION_RELU,
  SEW_ACTIVATION_RELU6,
  SEW_ACTIVATION_LEAKY_RELU, /* slope 0.01 */
  SEW_ACTIVATION_RELU_SQUARED,
  SEW_ACTIVATION_SILU, /* x sigmoid(x): "silu", "swish" */
  SEW_ACTIVATION_MISH, /* x tanh(log(1 + e^x)) */
  SEW_ACTIVATION_SIGMOID,
  SEW_ACTIVATION_TANH,
} SewActivation;

#define SEW_N_ACTIVATIONS (SEW_ACTIVATION_TANH + 1)
