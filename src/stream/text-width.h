/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* How much of a line a text takes, in columns: a character as a reader sees it takes one, a wide
 * one two; marks that combine with the one before take none. Texts are valid UTF-8. */
guint sew_text_width_measure (const char *text);

/* How many bytes of text go into that many columns without tearing a character apart; those of the
 * first character at least. */
gsize sew_text_width_fit (const char *text, guint max_columns);
