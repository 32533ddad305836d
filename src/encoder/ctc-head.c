/* SPDX-License-Identifier: MIT */
#include "encoder/ctc-head.h"

#include "math/kernels.h"

void
sew_ctc_head_normalize (float *rows, gsize n_frames, gsize n_symbols)
{
  sew_kernels_get ()->log_softmax (sew_matrix (rows, n_frames, n_symbols));
}
