/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/token.h"
#include "model/vocabulary.h"
#include "sew/sew-word.h"

/* Letters to words. A word begins with the first frame of its first letter and ends after the last
 * frame of its last one. Its confidence is the geometric mean of its letters' probabilities (each
 * the highest posterior within the letter's run of frames), in [0, 1]. */
typedef struct _SewWordBuilder SewWordBuilder;

/* vocabulary is borrowed. */
SewWordBuilder *sew_word_builder_new (const SewVocabulary *vocabulary, guint samples_per_frame);
void sew_word_builder_free (SewWordBuilder *builder);
/* The sample of the stream with which frame 0 begins. */
void sew_word_builder_set_origin (SewWordBuilder *builder, guint64 first_sample);

/* (transfer full) the word that this letter ended, or NULL. In scripts without a word delimiter
 * every text token is a word of its own. */
SewWord *sew_word_builder_push (SewWordBuilder *builder, const SewToken *token);
/* (transfer full) the word that is still open, or NULL. */
SewWord *sew_word_builder_finish (SewWordBuilder *builder);
/* Forgets an open word. */
void sew_word_builder_reset (SewWordBuilder *builder);
/* Whether letters of an unfinished word are held. */
gboolean sew_word_builder_is_open (const SewWordBuilder *builder);
/* Where that word begins. */
guint64 sew_word_builder_get_first_sample (const SewWordBuilder *builder);
