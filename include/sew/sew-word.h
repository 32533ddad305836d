/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

#define SEW_TYPE_WORD (sew_word_get_type ())

typedef struct _SewWord SewWord;

SEW_API
GType sew_word_get_type (void);
SEW_API
SewWord *sew_word_new (const char *text, guint64 first_sample, guint64 n_samples, float confidence);
SEW_API
SewWord *sew_word_new_unspoken (const char *text, guint64 first_sample, guint64 n_samples);
SEW_API
SewWord *sew_word_ref (SewWord *self);
SEW_API
void sew_word_unref (SewWord *self);
SEW_API
const char *sew_word_get_text (const SewWord *self);
SEW_API
guint64 sew_word_get_first_sample (const SewWord *self);
SEW_API
guint64 sew_word_get_n_samples (const SewWord *self);
SEW_API
float sew_word_get_confidence (const SewWord *self);
SEW_API
gboolean sew_word_is_spoken (const SewWord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewWord, sew_word_unref)

G_END_DECLS
