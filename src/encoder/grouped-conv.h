/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/linear.h"
#include "encoder/team.h"

/* A convolution over time in groups of channels, with zero frames around: the positional one, and
 * the one after SEW-D's first layer. */
typedef struct {
  const SewConv *conv;
  SewPreparedLinear *groups; /* [n_groups] */
} SewGroupedConv;

/* conv is borrowed. */
void sew_grouped_conv_init (SewGroupedConv *grouped, SewFormat format, const SewConv *conv);
void sew_grouped_conv_clear (SewGroupedConv *grouped);

/* in: [n_frames][n_in] without gaps; out: [n][n_out], n at most what the stride leaves of n_frames.
 * out := activation (conv (in) + bias) + residual. */
void sew_grouped_conv_run (const SewGroupedConv *grouped, const SewTeam *team, SewMatrix in,
                           SewActivation activation, SewMatrix residual, SewMatrix out);
