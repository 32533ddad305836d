/* SPDX-License-Identifier: MIT */
#pragma once

#include "encoder/encoder.h"
#include "stream/windower.h"

/* Runs windows through the encoder ahead of the decoder, each in a thread of the pool, and hands
 * them back in the order in which they came. It holds a fixed number of them. */
typedef struct _SewWindowRunner SewWindowRunner;

/* window_size: samples of the longest window; n_windows: how many at most, and at the same time.
 * The encoder and its configuration are borrowed. */
SewWindowRunner *sew_window_runner_new (const SewEncoder *encoder, const SewModelConfig *config,
                                        gsize window_size, guint n_windows);
/* Gives up what runs. */
void sew_window_runner_free (SewWindowRunner *runner);
void sew_window_runner_reset (SewWindowRunner *runner);

guint sew_window_runner_count (SewWindowRunner *runner);
gboolean sew_window_runner_is_full (SewWindowRunner *runner);

/* Not while it is full. Copies the samples. runs: whether the encoder is to run; a window that is
 * likely not needed only keeps its place. */
void sew_window_runner_push (SewWindowRunner *runner, const SewWindow *window, gboolean runs);

typedef enum {
  SEW_WINDOW_RUNNER_DONE,
  SEW_WINDOW_RUNNER_BUSY, /* nothing there, or not yet */
  SEW_WINDOW_RUNNER_CANCELLED,
} SewWindowRunnerResult;

/* The oldest window. log_probs: [n_frames][vocabulary_size], NULL if the encoder was not to run;
 * both are valid until the next push. waits: until it is done or the cancellable fires. */
SewWindowRunnerResult sew_window_runner_pull (SewWindowRunner *runner, gboolean waits,
                                              GCancellable *cancellable, SewWindow *window,
                                              float **log_probs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewWindowRunner, sew_window_runner_free)
