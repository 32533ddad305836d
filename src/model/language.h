/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Which of a multilingual checkpoint's languages a code asks for. Checkpoints spell theirs in
 * ISO 639-3, maybe with a script ("eng", "cmn-script_simplified"), users often in BCP 47 ("en-US").
 * In order: the very same name; the same without regard to case; the code's first subtag, then its
 * other spelling of ISO 639 (two letters for three and back, and for a macrolanguage its most
 * common member); each of these followed by a script. NULL if none of them is available.
 *
 * available: of char *; the result is one of them. */
const char *sew_language_choose (const char *code, GPtrArray *available);

/* "eng, fra, deu and 1103 more", for messages. Sorts the list. */
char *sew_language_list (GPtrArray *available);
