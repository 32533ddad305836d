/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Numbers as English says them, in small letters. Words are appended to text, with a space before
 * each unless text is empty. */

/* "one hundred five", or with british "one hundred and five". */
void sew_english_numbers_append_cardinal (GString *text, guint64 number, gboolean british);
/* "one hundred fifth" */
void sew_english_numbers_append_ordinal (GString *text, guint64 number, gboolean british);
/* Two and two digits: "nineteen eighty four", "nineteen oh five", "fifteen hundred". FALSE, and
 * nothing appended, if that is not how a number is said. */
gboolean sew_english_numbers_append_year (GString *text, guint64 number);
/* One by one: "zero one two", or with letter_o "oh one two". Skips what is no digit. */
void sew_english_numbers_append_digits (GString *text, const char *digits, gboolean letter_o);
void sew_english_numbers_append_word (GString *text, const char *word);
/* The last word in the plural: "eighty" is "eighties". */
void sew_english_numbers_make_plural (GString *text);
