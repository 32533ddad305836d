/* SPDX-License-Identifier: MIT */
#pragma once

#include <sew/sew.h>

/* The command line options about how words are found: the decoder, a language model, hot words. */

/* Returns: (transfer full): to be added to the command's options, once. */
GOptionGroup *decoding_options_get_group (void);
/* Loads the language model and the hot words that they ask for. FALSE with error if that fails. */
gboolean decoding_options_load (SewModel *model, GError **error);
/* What they ask for, after loading. */
void decoding_options_apply (SewRecognizer *recognizer);
/* The file of hot words, or NULL. */
const char *decoding_options_get_hot_words_file (void);
void decoding_options_clear (void);
