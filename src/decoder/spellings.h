/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* How the words of a language model are spelled that it knows with capital letters only: names, for
 * the most part. Immutable; may be shared between threads. */
typedef struct _SewSpellings SewSpellings;

/* words: n_words of UTF-8, each ended by a NUL; not kept. Returns NULL if none of them tells
 * anything: a model of one case for all knows no names. */
SewSpellings *sew_spellings_new (const char *words, guint n_words);
void sew_spellings_free (SewSpellings *spellings);

/* The one spelling of a word that is given in small letters, or NULL. */
const char *sew_spellings_find (const SewSpellings *spellings, const char *lower_case);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewSpellings, sew_spellings_free)
