/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* One letter that a decoder read: a run of frames with the same symbol. */
typedef struct {
  guint id;
  guint64 first_frame;
  guint n_frames;
  float log_prob; /* of the most probable frame of the run, natural logarithm, <= 0 */
} SewToken;
