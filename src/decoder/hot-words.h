/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Words and phrases that a listener expects, each with a weight: how much more probable, as a
 * natural logarithm, a text with the phrase becomes. All are searched for at once (Aho and Corasick
 * 1975), so that their number makes no difference to the time that a letter takes. Immutable. */
typedef struct _SewHotWords SewHotWords;

/* phrases: [n_phrases], UTF-8, words between spaces, in any case; weights: [n_phrases]. Of a phrase
 * that comes twice, the last one counts. between_words: whether the script has spaces; without
 * them, phrases are found anywhere. */
SewHotWords *sew_hot_words_new (const char *const *phrases, const float *weights, guint n_phrases,
                                gboolean between_words);
void sew_hot_words_free (SewHotWords *hot_words);

/* A state says how much of which phrases has been read. The first one is a gap between words. */
guint32 sew_hot_words_begin (const SewHotWords *hot_words);
/* text: what is read next, case-folded (g_utf8_casefold); a space between words. *bonus grows by
 * the weights of the phrases that are complete with it. */
guint32 sew_hot_words_step (const SewHotWords *hot_words, guint32 state, const char *text,
                            float *bonus);
/* The share of its weight that the most promising unfinished phrase has earned; given back as soon
 * as the text goes on otherwise. */
float sew_hot_words_get_promise (const SewHotWords *hot_words, guint32 state);
