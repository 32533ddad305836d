/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Logits to natural logarithms of probabilities, in place. rows: [n_frames][n_symbols]. */
void sew_ctc_head_normalize (float *rows, gsize n_frames, gsize n_symbols);
