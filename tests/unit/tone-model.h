/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A SEW checkpoint made by hand that can't be wrong: each letter is a tone of its own, and so is
 * the gap between words. It sees two frames at a time and nothing else, so a word is read the same
 * in whatever window, and one knows beforehand where it lies, to the sample. */

/* Each letter takes this long. Where a clip begins on this grid of the text, so do all words. */
#define TONE_LETTER_SAMPLES 2560
/* The tone itself; then there is silence. */
#define TONE_SAMPLES 1280

/* A folder with the checkpoint, to be removed with fixture_remove_folder. n_layers: of the
 * transformer, that do nothing but take time. */
char *tone_model_new_folder (guint n_layers);

/* Samples that say the words, upper-case letters with a space after each word; a '.' is silence for
 * as long as a letter. */
float *tone_model_speak (const char *text, gsize *n_samples);

G_END_DECLS
