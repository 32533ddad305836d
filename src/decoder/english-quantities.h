/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* How English says numbers and amounts of money, with what belongs to them. ways: of char *, to be
 * freed; the likeliest come first. */

/* Not again, and not more than enough. */
void sew_english_quantities_add_way (GPtrArray *ways, const char *way);
/* Index of the currency, -1 if the character stands for none. */
int sew_english_quantities_find_currency (gunichar symbol);

/* These take a number or an amount ("$5") from the beginning of text and add the ways to say it.
 * They return the bytes that it takes. */
gsize sew_english_quantities_read_number (GPtrArray *ways, const char *text);
gsize sew_english_quantities_read_amount (GPtrArray *ways, const char *text, guint currency);
