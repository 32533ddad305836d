/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The samples of a mono 16 kHz WAV file, S16 or F32, as floats in [-1, 1]; anything else is an
 * error that says what it found. Free with g_free (). */
float *wav_file_read (const char *path, gsize *n_samples, GError **error);
