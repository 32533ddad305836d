/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

#define SEW_TYPE_PHRASE_LIST (sew_phrase_list_get_type ())

typedef struct _SewPhraseList SewPhraseList;

/**
 * SEW_PHRASE_DEFAULT_WEIGHT:
 *
 * The weight of a phrase for which none is given, as a natural logarithm.
 */
#define SEW_PHRASE_DEFAULT_WEIGHT (6.0f)

SEW_API
GType sew_phrase_list_get_type (void);
SEW_API
SewPhraseList *sew_phrase_list_new (void);
SEW_API
SewPhraseList *sew_phrase_list_ref (SewPhraseList *self);
SEW_API
void sew_phrase_list_unref (SewPhraseList *self);
SEW_API
gboolean sew_phrase_list_add (SewPhraseList *self, const char *phrase, float weight,
                              GError **error);
SEW_API
gboolean sew_phrase_list_add_text (SewPhraseList *self, const char *text, GError **error);
SEW_API
gboolean sew_phrase_list_add_file (SewPhraseList *self, const char *path, GError **error);
SEW_API
guint sew_phrase_list_get_n_phrases (const SewPhraseList *self);
SEW_API
const char *sew_phrase_list_get_phrase (const SewPhraseList *self, guint index);
SEW_API
float sew_phrase_list_get_weight (const SewPhraseList *self, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewPhraseList, sew_phrase_list_unref)

G_END_DECLS
