/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Whether there is nothing to hear: no 20 ms of the samples have an RMS, about their mean, above
 * -66 dBFS. That is well below quiet speech and above the noise of a muted input. Input
 * normalisation would blow such noise up to the loudness of speech, so a network must not be asked
 * about it. */
gboolean sew_activity_is_silent (const float *samples, gsize n_samples);
