/* SPDX-License-Identifier: MIT */
#pragma once

#include "sew/sew-word.h"

/* self: (transfer full). Returns: (transfer full): a word that is in all else like it. */
SewWord *sew_word_change (SewWord *self, const char *text, guint64 first_sample, guint64 n_samples);
