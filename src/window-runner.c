/* SPDX-License-Identifier: MIT */
#include "window-runner.h"

#include <string.h>

#include "math/kernels.h"
#include "threads/pool.h"

typedef struct {
  SewWindowRunner *runner;
  SewEncoderState *state; /* made when it is first needed */
  SewWindow window;
  float *samples;   /* [window_size] */
  float *log_probs; /* [max frames][vocabulary_size] */
  gboolean runs;
  gboolean done; /* under the lock */
} Slot;

struct _SewWindowRunner {
  const SewEncoder *encoder;
  const SewModelConfig *config;
  GCancellable *cancellable; /* of what runs */

  Slot *slots; /* [n_slots]: a ring */
  guint n_slots;
  guint first;
  guint n_windows;

  GMutex lock;
  GCond changed; /* a window is done, or a waiter was cancelled */
};

SewWindowRunner *
sew_window_runner_new (const SewEncoder *encoder, const SewModelConfig *config, gsize window_size,
                       guint n_windows)
{
  SewWindowRunner *runner = g_new0 (SewWindowRunner, 1);
  gsize n_logits = sew_model_config_count_frames (config, window_size) * config->vocabulary_size;

  runner->encoder = encoder;
  runner->config = config;
  runner->cancellable = g_cancellable_new ();
  runner->slots = g_new0 (Slot, n_windows);
  runner->n_slots = n_windows;
  for (guint i = 0; i < n_windows; i++) {
    runner->slots[i].runner = runner;
    runner->slots[i].samples = g_new (float, window_size);
    runner->slots[i].log_probs = g_new (float, n_logits);
  }
  g_mutex_init (&runner->lock);
  g_cond_init (&runner->changed);
  sew_pool_reserve (n_windows);
  return runner;
}

void
sew_window_runner_free (SewWindowRunner *runner)
{
  if (runner == NULL)
    return;
  sew_window_runner_reset (runner);
  for (guint i = 0; i < runner->n_slots; i++) {
    sew_encoder_state_free (runner->slots[i].state);
    g_free (runner->slots[i].samples);
    g_free (runner->slots[i].log_probs);
  }
  g_free (runner->slots);
  g_object_unref (runner->cancellable);
  g_mutex_clear (&runner->lock);
  g_cond_clear (&runner->changed);
  g_free (runner);
}

static Slot *
get_slot (SewWindowRunner *runner, guint index)
{
  return &runner->slots[(runner->first + index) % runner->n_slots];
}

void
sew_window_runner_reset (SewWindowRunner *runner)
{
  g_cancellable_cancel (runner->cancellable);
  g_mutex_lock (&runner->lock);
  for (guint i = 0; i < runner->n_windows; i++)
    while (!get_slot (runner, i)->done)
      g_cond_wait (&runner->changed, &runner->lock);
  runner->n_windows = 0;
  g_mutex_unlock (&runner->lock);
  g_cancellable_reset (runner->cancellable);
}

guint
sew_window_runner_count (SewWindowRunner *runner)
{
  return runner->n_windows;
}

gboolean
sew_window_runner_is_full (SewWindowRunner *runner)
{
  return runner->n_windows == runner->n_slots;
}

/* In a thread of the pool. */
static void
run_slot (gpointer data)
{
  Slot *slot = data;
  SewWindowRunner *runner = slot->runner;
  const SewModelConfig *config = runner->config;

  if (slot->state == NULL)
    slot->state = sew_encoder_state_new (runner->encoder, 1);
  if (sew_encoder_run (runner->encoder, slot->state, slot->samples, slot->window.n_samples,
                       slot->log_probs, runner->cancellable)) {
    gsize n_frames = sew_model_config_count_frames (config, slot->window.n_samples);
    sew_kernels_get ()->log_softmax (
        sew_matrix (slot->log_probs, n_frames, config->vocabulary_size));
  }
  g_mutex_lock (&runner->lock);
  slot->done = TRUE;
  g_cond_broadcast (&runner->changed);
  g_mutex_unlock (&runner->lock);
}

void
sew_window_runner_push (SewWindowRunner *runner, const SewWindow *window, gboolean runs)
{
  g_assert (!sew_window_runner_is_full (runner));

  Slot *slot = get_slot (runner, runner->n_windows++);
  memcpy (slot->samples, window->samples, window->n_samples * sizeof (float));
  slot->window = *window;
  slot->window.samples = slot->samples;
  slot->runs = runs;
  slot->done = !runs;
  if (runs)
    sew_pool_push (run_slot, slot, FALSE);
}

static void
wake_waiter (GCancellable *cancellable, gpointer data)
{
  SewWindowRunner *runner = data;

  g_mutex_lock (&runner->lock);
  g_cond_broadcast (&runner->changed);
  g_mutex_unlock (&runner->lock);
}

/* Whether it is done, in the end. */
static gboolean
wait_for (SewWindowRunner *runner, const Slot *slot, gboolean waits, GCancellable *cancellable)
{
  gulong id = 0;

  if (waits && cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (wake_waiter), runner, NULL);
  g_mutex_lock (&runner->lock);
  while (waits && !slot->done && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&runner->changed, &runner->lock);
  gboolean done = slot->done;
  g_mutex_unlock (&runner->lock);
  g_cancellable_disconnect (cancellable, id);
  return done;
}

SewWindowRunnerResult
sew_window_runner_pull (SewWindowRunner *runner, gboolean waits, GCancellable *cancellable,
                        SewWindow *window, float **log_probs)
{
  if (runner->n_windows == 0)
    return SEW_WINDOW_RUNNER_BUSY;

  Slot *slot = get_slot (runner, 0);
  if (!wait_for (runner, slot, waits, cancellable))
    return waits ? SEW_WINDOW_RUNNER_CANCELLED : SEW_WINDOW_RUNNER_BUSY;
  *window = slot->window;
  *log_probs = slot->runs ? slot->log_probs : NULL;
  runner->first = (runner->first + 1) % runner->n_slots;
  runner->n_windows--;
  return SEW_WINDOW_RUNNER_DONE;
}
