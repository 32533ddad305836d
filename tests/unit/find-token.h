/* SPDX-License-Identifier: MIT */
#pragma once

#include <string.h>

#include "model/vocabulary.h"

static inline guint
find_token (const SewVocabulary *vocabulary, const char *name)
{
  for (guint i = 0; i < sew_vocabulary_get_size (vocabulary); i++)
    if (strcmp (sew_vocabulary_get_token (vocabulary, i), name) == 0)
      return i;
  g_assert_not_reached ();
}

/* '.' is the blank. */
static inline guint
find_letter (const SewVocabulary *vocabulary, char letter)
{
  const char name[2] = { letter, '\0' };
  if (letter == '.')
    return sew_vocabulary_get_blank (vocabulary);
  return find_token (vocabulary, name);
}
