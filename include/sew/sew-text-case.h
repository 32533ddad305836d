/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

/**
 * SewTextCase:
 * @SEW_TEXT_CASE_AS_IS: as the model spells it
 * @SEW_TEXT_CASE_LOWER: small letters
 * @SEW_TEXT_CASE_UPPER: capital letters
 * @SEW_TEXT_CASE_SENTENCE: small letters, but for the first one of an utterance or after the end of
 *   a sentence, the English word I, and names that the language model knows by one spelling. A
 * model that writes both cases keeps its own.
 *
 * How words are spelled. The locale makes no difference.
 */
typedef enum {
  SEW_TEXT_CASE_AS_IS,
  SEW_TEXT_CASE_LOWER,
  SEW_TEXT_CASE_UPPER,
  SEW_TEXT_CASE_SENTENCE,
} SewTextCase;

SEW_API
const char *sew_text_case_get_name (SewTextCase text_case);
SEW_API
gboolean sew_text_case_parse (const char *name, SewTextCase *text_case);

G_END_DECLS
