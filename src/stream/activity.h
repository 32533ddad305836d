/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Tells where there may be something to hear, so that a network need not be asked about silence,
 * hum or noise; which it would read letters into, as input normalisation blows noise up to the
 * loudness of speech.
 *
 * The power of blocks of 20 ms is measured in five octave bands. In each, the quietest moment of
 * the seconds around is the noise floor. A block is quiet if no band stands out from its floor, or
 * if it is below -66 dBFS altogether. Speech stands out wherever a listener can make it out: it
 * never stays at one level for long, whatever that level is. */
typedef struct _SewActivity SewActivity;

/* n_samples: how far back it will be asked about. */
SewActivity *sew_activity_new (gsize n_samples);
void sew_activity_free (SewActivity *activity);
/* A new clip begins. */
void sew_activity_reset (SewActivity *activity);
/* The next samples of the clip. */
void sew_activity_push (SewActivity *activity, const float *samples, gsize n_samples);
/* The sample of the clip from which on all is quiet to the last one pushed; first_sample if that is
 * earlier. */
guint64 sew_activity_find_quiet (const SewActivity *activity, guint64 first_sample);
