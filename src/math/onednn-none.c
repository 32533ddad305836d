/* SPDX-License-Identifier: MIT */

/* In the place of onednn.c where gst-sew was built without it. */

#include "math/onednn.h"

gboolean
sew_onednn_has (SewFormat format)
{
  return FALSE;
}

gsize
sew_onednn_get_value_size (SewFormat format)
{
  g_return_val_if_reached (0);
}

gsize
sew_onednn_count_packed_bytes (SewFormat format, gsize n_in, gsize n_out)
{
  g_return_val_if_reached (0);
}

void
sew_onednn_pack (SewFormat format, gsize n_in, gsize n_out, const void *rows, void *packed)
{
  g_return_if_reached ();
}

gsize
sew_onednn_count_scratch (const SewGemmOperand *operand, gsize n_rows)
{
  g_return_val_if_reached (0);
}

void
sew_onednn_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                float *scratch, SewMatrix out)
{
  g_return_if_reached ();
}
