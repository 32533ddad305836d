/* SPDX-License-Identifier: MIT */
#include "sew/sew-text-case.h"

#include <string.h>

static const char *const names[] = {
  [SEW_TEXT_CASE_AS_IS] = "as-is",
  [SEW_TEXT_CASE_LOWER] = "lower",
  [SEW_TEXT_CASE_UPPER] = "upper",
  [SEW_TEXT_CASE_SENTENCE] = "sentence",
};

/**
 * sew_text_case_get_name:
 * @text_case: a way to spell words
 *
 * Names a way to spell words, as command lines and properties do.
 *
 * Returns: (transfer none): "as-is", "lower", "upper" or "sentence"
 */
const char *
sew_text_case_get_name (SewTextCase text_case)
{
  g_return_val_if_fail ((guint) text_case < G_N_ELEMENTS (names), NULL);

  return names[text_case];
}

/**
 * sew_text_case_parse:
 * @name: what somebody typed
 * @text_case: (out): the way to spell words of that name
 *
 * Understands the names of [func@Sew.text_case_get_name].
 *
 * Returns: whether there is a way of that name
 */
gboolean
sew_text_case_parse (const char *name, SewTextCase *text_case)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (text_case != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0) {
      *text_case = (SewTextCase) i;
      return TRUE;
    }
  return FALSE;
}
