/* SPDX-License-Identifier: MIT */
#pragma once

#include "sew/sew-word.h"

/* The word itself, if it is no wider than a line; else pieces of it that are, full lines but for
 * the last, with shares of its time. Control characters become spaces, and spaces around it go; of
 * a word of nothing else nothing is left. Returns: (transfer full): SewWord */
GPtrArray *sew_word_pieces_cut (SewWord *word, guint line_length);
