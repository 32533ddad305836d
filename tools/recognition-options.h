/* SPDX-License-Identifier: MIT */
#pragma once

#include <sew/sew.h>

/* The command line options about what is recognized and how it is written down. */

/* Returns: (transfer full): to be added to the command's options, once. */
GOptionGroup *recognition_options_get_group (void);
/* What they ask for. */
void recognition_options_apply (SewRecognizer *recognizer);
