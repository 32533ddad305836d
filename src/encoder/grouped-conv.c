/* SPDX-License-Identifier: MIT */
#include "encoder/grouped-conv.h"

#include <string.h>

void
sew_grouped_conv_init (SewGroupedConv *grouped, SewFormat format, const SewConv *conv)
{
  gsize n_out = conv->n_out / conv->n_groups;
  grouped->conv = conv;
  grouped->groups = g_new0 (SewPreparedLinear, conv->n_groups);
  for (guint g = 0; g < conv->n_groups; g++) {
    SewLinearPart part = { &conv->weight, g * n_out, n_out, 1 };
    sew_linear_prepare (&grouped->groups[g], format, &part, 1,
                        conv->bias != NULL ? conv->bias + g * n_out : NULL);
  }
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

typedef struct {
  const SewGroupedConv *grouped;
  SewMatrix in;
  SewActivation activation;
  SewMatrix residual;
  SewMatrix out;
} Call;

static void
run_group (gpointer data, SewArena *arena, gsize index)
{
  const Call *call = data;
  const SewConv *conv = call->grouped->conv;
  gsize n_in = conv->n_in / conv->n_groups;
  gsize n_out = conv->n_out / conv->n_groups;

  gsize mark = sew_arena_mark (arena);
  gsize n_padded = MAX ((call->out.n_rows - 1) * conv->stride + conv->kernel, conv->padding);
  SewMatrix group = sew_arena_take_matrix (arena, n_padded, n_in);
  SewMatrix windows = {
    .data = group.data,
    .n_rows = call->out.n_rows,
    .n_columns = conv->kernel * n_in,
    .stride = conv->stride * n_in,
  };
  SewMatrix residual = SEW_NO_RESIDUAL;
  if (call->residual.data != NULL)
    residual = sew_matrix_columns (call->residual, index * n_out, n_out);
  gather_group (call->in, index * n_in, conv->padding, group);
  sew_linear_run (&call->grouped->groups[index], arena, windows, call->activation, residual,
                  sew_matrix_columns (call->out, index * n_out, n_out));
  sew_arena_release (arena, mark);
}

void
sew_grouped_conv_run (const SewGroupedConv *grouped, const SewTeam *team, SewMatrix in,
                      SewActivation activation, SewMatrix residual, SewMatrix out)
{
  Call call = { grouped, in, activation, residual, out };
  if (out.n_rows > 0)
    sew_team_run (team, grouped->conv->n_groups, run_group, &call);
}
