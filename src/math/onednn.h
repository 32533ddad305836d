/* SPDX-License-Identifier: MIT */
#pragma once

#include "math/gemm.h"

/* Products by oneDNN. It is built on OpenMP, or on other threads of its own; every product here
 * runs in the thread that asks for it alone, and no setting of others is changed. Where gst-sew was
 * built without oneDNN it has none, and nothing else is called. */

/* Whether it multiplies such weights by units for them on this processor. */
gboolean sew_onednn_has (SewFormat format);

/* Bytes of a weight before it is packed: a float, the upper half of one, or a signed byte. */
gsize sew_onednn_get_value_size (SewFormat format);
gsize sew_onednn_count_packed_bytes (SewFormat format, gsize n_in, gsize n_out);
/* rows: [n_out][n_in] weights; packed: [sew_onednn_count_packed_bytes ()] */
void sew_onednn_pack (SewFormat format, gsize n_in, gsize n_out, const void *rows, void *packed);

/* As sew_gemm_count_scratch () and sew_gemm_run () for operands of SEW_GEMM_METHOD_ONEDNN. */
gsize sew_onednn_count_scratch (const SewGemmOperand *operand, gsize n_rows);
void sew_onednn_run (SewMatrix in, const SewGemmOperand *operand, const SewEpilogue *epilogue,
                     float *scratch, SewMatrix out);
