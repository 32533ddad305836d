/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/model-config.h"
#include "stream/stitcher.h"
#include "stream/windower.h"

#define SEW_MS_TO_SAMPLES(ms) ((guint64) (ms) * (SEW_SAMPLE_RATE_HZ / 1000))

/* How endless audio is cut into windows for the encoder, and how their frames are joined. */
typedef struct {
  SewWindowing windowing;
  SewStitching stitching;
} SewWindowPlan;

/* latency: how late words may be, in samples; 0: as late as it takes to be right. */
void sew_window_plan_init (SewWindowPlan *plan, const SewModelConfig *config, guint64 latency);
