/* SPDX-License-Identifier: MIT */
#pragma once

#include "sew/sew-text-case.h"
#include "sew/sew-word.h"

/* The last thing that is done to words: capital or small letters, independent of the locale. */

/* The one spelling that is known of a word that is given in small letters, or NULL. */
typedef const char *(*SewSpellingFunc) (gconstpointer speller, const char *lower_case);

typedef struct {
  SewTextCase text_case;
  gboolean is_cased;             /* the words come with capital and small letters, and keep them */
  gboolean is_english;           /* "i" is a name one gives oneself */
  SewSpellingFunc find_spelling; /* may be NULL */
  gconstpointer speller;
  gboolean in_sentence; /* the next word is not the first one */
} SewTextCaser;

/* What comes next begins a sentence. */
void sew_text_caser_end_sentence (SewTextCaser *caser);
/* word: (transfer full). Returns: (transfer full): the word as it is to be spelled. */
SewWord *sew_text_caser_apply (SewTextCaser *caser, SewWord *word);
/* text: words with spaces between them, which are a sentence. Returns: (transfer full) */
char *sew_text_caser_spell_text (const SewTextCaser *caser, const char *text);
