/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Appends to ways (of char *, to be freed) how English says a written word that is not spelled the
 * way it is said, likeliest first: numbers, amounts, times, ordinals, years, symbols and common
 * abbreviations. In small letters, words between single spaces. Nothing is appended if the word is
 * said as it is spelled. word: UTF-8, in compatibility form. */
void sew_english_words_append_ways (GPtrArray *ways, const char *word);
