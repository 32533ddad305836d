/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Endless samples to overlapping windows.
 *
 * Windows start on the frame grid of the clip, so that frames of neighbours have the same place.
 * The first window ends at first_end, each further one step later, and all are `window` samples
 * long (shorter at the start of the clip). A window is handed out only when at least one more
 * sample is there, so that the last window always ends with the clip: a clip that fits a window is
 * one window. Where windows lie depends on the number of samples alone, not on the chunks they came
 * in. */

typedef struct {
  gsize grid;      /* samples; window, first_end and step are multiples of it */
  gsize window;    /* the greatest length of a window */
  gsize first_end; /* where the first window ends, from the start of the clip */
  gsize step;      /* from the end of one window to the end of the next */
} SewWindowing;

typedef struct {
  const float *samples; /* borrowed until the next call */
  gsize n_samples;
  guint64 first_sample; /* from the start of the clip; a multiple of grid */
  guint64 quiet_from;   /* the sample of the clip from which on it is quiet; not set here */
  gboolean last;        /* the clip ends with it */
} SewWindow;

typedef struct _SewWindower SewWindower;

SewWindower *sew_windower_new (const SewWindowing *windowing);
void sew_windower_free (SewWindower *windower);

/* The greatest length of a window. */
gsize sew_windower_get_window (const SewWindower *windower);

/* Takes as many samples as it can before a window is ready; returns how many. */
gsize sew_windower_push (SewWindower *windower, const float *samples, gsize n_samples);
/* The next window, if enough has been pushed. */
gboolean sew_windower_next (SewWindower *windower, SewWindow *window);
/* The window that ends the clip; FALSE if nothing was pushed. After it a new clip begins. */
gboolean sew_windower_finish (SewWindower *windower, SewWindow *window);
/* From the next window on: samples, a multiple of grid, not above a window. */
void sew_windower_set_step (SewWindower *windower, gsize step);
/* Forgets all samples; a new clip begins. */
void sew_windower_reset (SewWindower *windower);
