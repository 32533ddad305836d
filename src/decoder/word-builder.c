/* SPDX-License-Identifier: MIT */
#include "decoder/word-builder.h"

#include <math.h>

struct _SewWordBuilder {
  const SewVocabulary *vocabulary;
  guint samples_per_frame;
  guint64 origin;
  GString *text; /* of the open word; empty when none is open */
  guint64 first_frame;
  guint64 end_frame;
  double sum_log_prob;
  guint n_letters;
};

SewWordBuilder *
sew_word_builder_new (const SewVocabulary *vocabulary, guint samples_per_frame)
{
  SewWordBuilder *builder = g_new0 (SewWordBuilder, 1);
  builder->vocabulary = vocabulary;
  builder->samples_per_frame = samples_per_frame;
  builder->text = g_string_new (NULL);
  return builder;
}

void
sew_word_builder_free (SewWordBuilder *builder)
{
  g_string_free (builder->text, TRUE);
  g_free (builder);
}

void
sew_word_builder_set_origin (SewWordBuilder *builder, guint64 first_sample)
{
  builder->origin = first_sample;
}

static void
add_letter (SewWordBuilder *builder, const SewToken *token)
{
  const char *text = sew_vocabulary_get_text (builder->vocabulary, token->id);
  if (*text == '\0')
    return;

  if (builder->text->len == 0) {
    builder->first_frame = token->first_frame;
    builder->sum_log_prob = 0.0;
    builder->n_letters = 0;
  }
  g_string_append (builder->text, text);
  builder->end_frame = token->first_frame + token->n_frames;
  builder->sum_log_prob += token->log_prob;
  builder->n_letters++;
}

SewWord *
sew_word_builder_push (SewWordBuilder *builder, const SewToken *token)
{
  switch (sew_vocabulary_get_kind (builder->vocabulary, token->id)) {
  case SEW_TOKEN_TEXT:
    add_letter (builder, token);
    if (!sew_vocabulary_has_delimiter (builder->vocabulary))
      return sew_word_builder_finish (builder);
    return NULL;
  case SEW_TOKEN_WORD_DELIMITER:
    return sew_word_builder_finish (builder);
  case SEW_TOKEN_BLANK:
  case SEW_TOKEN_SPECIAL:
    return NULL;
  }
  return NULL;
}

SewWord *
sew_word_builder_finish (SewWordBuilder *builder)
{
  if (!sew_word_builder_is_open (builder))
    return NULL;

  guint64 n_frames = builder->end_frame - builder->first_frame;
  double confidence = exp (builder->sum_log_prob / builder->n_letters);
  SewWord *word = sew_word_new (builder->text->str, sew_word_builder_get_first_sample (builder),
                                n_frames * builder->samples_per_frame, (float) confidence);
  sew_word_builder_reset (builder);
  return word;
}

void
sew_word_builder_reset (SewWordBuilder *builder)
{
  g_string_truncate (builder->text, 0);
}

gboolean
sew_word_builder_is_open (const SewWordBuilder *builder)
{
  return builder->text->len > 0;
}

guint64
sew_word_builder_get_first_sample (const SewWordBuilder *builder)
{
  return builder->origin + builder->first_frame * builder->samples_per_frame;
}
