/* SPDX-License-Identifier: MIT */
#include "encoder/grouped-conv.h"

#include <string.h>

void
sew_grouped_conv_init (SewGroupedConv *grouped, const SewConv *conv)
{
  gsize n_in = conv->n_in / conv->n_groups;
  gsize n_out = conv->n_out / conv->n_groups;
  grouped->conv = conv;
  grouped->groups = g_new0 (SewPreparedLinear, conv->n_groups);
  for (guint g = 0; g < conv->n_groups; g++)
    sew_linear_prepare (&grouped->groups[g], conv->weight + g * n_out * conv->kernel * n_in,
                        conv->bias != NULL ? conv->bias + g * n_out : NULL, conv->kernel * n_in,
                        n_out);
}

void
sew_grouped_conv_clear (SewGroupedConv *grouped)
{
  for (guint g = 0; grouped->groups != NULL && g < grouped->conv->n_groups; g++)
    sew_linear_clear (&grouped->groups[g]);
  g_clear_pointer (&grouped->groups, g_free);
}

/* The channels of one group, frame after frame, between zero frames. */
static void
gather_group (SewMatrix in, gsize first_channel, gsize padding, SewMatrix group)
{
  gsize n_frames = MIN (in.n_rows, group.n_rows - padding);
  gsize row_size = group.n_columns * sizeof (float);
  memset (group.data, 0, padding * row_size);
  for (gsize t = 0; t < n_frames; t++)
    memcpy (sew_matrix_row (group, padding + t), sew_matrix_row (in, t) + first_channel, row_size);
  memset (sew_matrix_row (group, padding + n_frames), 0,
          (group.n_rows - padding - n_frames) * row_size);
}

void
sew_grouped_conv_run (const SewGroupedConv *grouped, SewArena *arena, SewMatrix in,
                      SewActivation activation, SewMatrix residual, SewMatrix out)
{
  const SewConv *conv = grouped->conv;
  gsize n_in = conv->n_in / conv->n_groups;
  gsize n_out = conv->n_out / conv->n_groups;
  if (out.n_rows == 0)
    return;

  gsize mark = sew_arena_mark (arena);
  gsize n_padded = MAX ((out.n_rows - 1) * conv->stride + conv->kernel, conv->padding);
  SewMatrix group = sew_arena_take_matrix (arena, n_padded, n_in);
  SewMatrix windows = {
    .data = group.data,
    .n_rows = out.n_rows,
    .n_columns = conv->kernel * n_in,
    .stride = conv->stride * n_in,
  };
  for (guint g = 0; g < conv->n_groups; g++) {
    gather_group (in, g * n_in, conv->padding, group);
    SewMatrix part = SEW_NO_RESIDUAL;
    if (residual.data != NULL)
      part = sew_matrix_columns (residual, g * n_out, n_out);
    sew_linear_run (&grouped->groups[g], windows, activation, part,
                    sew_matrix_columns (out, g * n_out, n_out));
  }
  sew_arena_release (arena, mark);
}
