/* SPDX-License-Identifier: MIT */
#include "stream/windower.h"

#include <string.h>

struct _SewWindower {
  SewWindowing windowing;
  float *samples; /* [capacity]: the last ones of the clip */
  gsize capacity; /* two windows, so that moving the rest down is rare */
  gsize n_held;
  guint64 total; /* of the clip so far */
  guint64 next_end;
};

SewWindower *
sew_windower_new (const SewWindowing *windowing)
{
  SewWindower *windower = g_new0 (SewWindower, 1);

  windower->windowing = *windowing;
  windower->capacity = 2 * windowing->window;
  windower->samples = g_new (float, windower->capacity);
  sew_windower_reset (windower);
  return windower;
}

void
sew_windower_free (SewWindower *windower)
{
  g_free (windower->samples);
  g_free (windower);
}

void
sew_windower_set_step (SewWindower *windower, gsize step)
{
  windower->windowing.step = step;
}

void
sew_windower_reset (SewWindower *windower)
{
  windower->n_held = 0;
  windower->total = 0;
  windower->next_end = windower->windowing.first_end;
}

gsize
sew_windower_get_window (const SewWindower *windower)
{
  return windower->windowing.window;
}

/* The last window of a clip reaches back a whole window from its end, so that much is kept. */
static void
drop_old_samples (SewWindower *windower)
{
  gsize n_kept = MIN (windower->n_held, windower->windowing.window);

  memmove (windower->samples, windower->samples + windower->n_held - n_kept,
           n_kept * sizeof (float));
  windower->n_held = n_kept;
}

gsize
sew_windower_push (SewWindower *windower, const float *samples, gsize n_samples)
{
  guint64 n_wanted = windower->next_end + 1 - MIN (windower->total, windower->next_end + 1);
  gsize n_taken = 0;

  n_samples = (gsize) MIN (n_samples, n_wanted);
  while (n_taken < n_samples) {
    if (windower->n_held == windower->capacity)
      drop_old_samples (windower);
    gsize n = MIN (n_samples - n_taken, windower->capacity - windower->n_held);
    memcpy (windower->samples + windower->n_held, samples + n_taken, n * sizeof (float));
    windower->n_held += n;
    windower->total += n;
    n_taken += n;
  }
  return n_taken;
}

/* The window that ends at `end`, which is at most one sample before the last one held. */
static void
cut_window (const SewWindower *windower, guint64 end, SewWindow *window)
{
  gsize grid = windower->windowing.grid;
  guint64 start = 0;

  if (end > windower->windowing.window)
    start = (end - windower->windowing.window + grid - 1) / grid * grid;
  window->first_sample = start;
  window->n_samples = (gsize) (end - start);
  window->samples = windower->samples + windower->n_held - (gsize) (windower->total - start);
}

gboolean
sew_windower_next (SewWindower *windower, SewWindow *window)
{
  if (windower->total <= windower->next_end)
    return FALSE;

  cut_window (windower, windower->next_end, window);
  window->last = FALSE;
  windower->next_end += windower->windowing.step;
  return TRUE;
}

gboolean
sew_windower_finish (SewWindower *windower, SewWindow *window)
{
  if (windower->total == 0)
    return FALSE;

  cut_window (windower, windower->total, window);
  window->last = TRUE;
  sew_windower_reset (windower);
  return TRUE;
}
