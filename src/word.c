/* SPDX-License-Identifier: MIT */
#include "word-private.h"

#include <string.h>

/**
 * SewWord:
 *
 * One word that was heard: its text, its place in the audio and how sure the recognizer is.
 *
 * Immutable and reference counted; may be shared between threads.
 */
struct _SewWord {
  gatomicrefcount ref_count;
  guint64 first_sample;
  guint64 n_samples;
  float confidence;
  gboolean is_spoken;
  char text[];
};

G_DEFINE_BOXED_TYPE (SewWord, sew_word, sew_word_ref, sew_word_unref)

static SewWord *
make_word (const char *text, guint64 first_sample, guint64 n_samples, float confidence,
           gboolean is_spoken)
{
  gsize size = strlen (text) + 1;
  SewWord *self = g_malloc (sizeof (SewWord) + size);

  g_atomic_ref_count_init (&self->ref_count);
  self->first_sample = first_sample;
  self->n_samples = n_samples;
  self->confidence = confidence;
  self->is_spoken = is_spoken;
  memcpy (self->text, text, size);
  return self;
}

/**
 * sew_word_new:
 * @text: UTF-8 without spaces
 * @first_sample: where it begins, in samples of 16 kHz since the start of the stream
 * @n_samples: how long it is, in samples
 * @confidence: in [0, 1]
 *
 * Makes a word; applications get theirs from [method@Sew.Segment.get_word].
 *
 * Returns: (transfer full): a new word
 */
SewWord *
sew_word_new (const char *text, guint64 first_sample, guint64 n_samples, float confidence)
{
  g_return_val_if_fail (text != NULL, NULL);

  return make_word (text, first_sample, n_samples, CLAMP (confidence, 0.0f, 1.0f), TRUE);
}

/**
 * sew_word_new_unspoken:
 * @text: UTF-8 without spaces
 * @first_sample: where it would begin, in samples of 16 kHz since the start of the stream
 * @n_samples: how long it would be, in samples
 *
 * Makes a word of a script that was not said; see [method@Sew.Word.is_spoken].
 *
 * Returns: (transfer full): a new word
 */
SewWord *
sew_word_new_unspoken (const char *text, guint64 first_sample, guint64 n_samples)
{
  g_return_val_if_fail (text != NULL, NULL);

  return make_word (text, first_sample, n_samples, 0.0f, FALSE);
}

SewWord *
sew_word_change (SewWord *self, const char *text, guint64 first_sample, guint64 n_samples)
{
  SewWord *changed = make_word (text, first_sample, n_samples, self->confidence, self->is_spoken);

  sew_word_unref (self);
  return changed;
}

/**
 * sew_word_ref:
 * @self: a word
 *
 * Takes one more reference.
 *
 * Returns: (transfer full): @self, with one more owner
 */
SewWord *
sew_word_ref (SewWord *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * sew_word_unref:
 * @self: (transfer full): a word
 *
 * Gives up one reference; the last one frees the word.
 */
void
sew_word_unref (SewWord *self)
{
  g_return_if_fail (self != NULL);

  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

/**
 * sew_word_get_text:
 * @self: a word
 *
 * Gives the letters of the word.
 *
 * Returns: (transfer none): its letters, UTF-8, never empty
 */
const char *
sew_word_get_text (const SewWord *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->text;
}

/**
 * sew_word_get_first_sample:
 * @self: a word
 *
 * Where the word begins: the first sample of the frame in which its first letter was read.
 *
 * Returns: samples of 16 kHz since the start of the stream
 */
guint64
sew_word_get_first_sample (const SewWord *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->first_sample;
}

/**
 * sew_word_get_n_samples:
 * @self: a word
 *
 * How long the word is: up to the end of the last frame in which its last letter was read.
 *
 * Returns: a number of samples of 16 kHz, at least one frame
 */
guint64
sew_word_get_n_samples (const SewWord *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_samples;
}

/**
 * sew_word_get_confidence:
 * @self: a word
 *
 * How sure the recognizer is: the geometric mean, over the word's letters, of the probability the
 * network gives the letter in its best frame.
 *
 * Returns: in [0, 1]
 */
float
sew_word_get_confidence (const SewWord *self)
{
  g_return_val_if_fail (self != NULL, 0.0f);

  return self->confidence;
}

/**
 * sew_word_is_spoken:
 * @self: a word
 *
 * Tells whether the word was said, as all are that a recognizer reads. It is not if it stands in a
 * [class@Sew.Script] but was not found in the audio; then its confidence is 0, and its place lies
 * between those of the words around it that were.
 *
 * Returns: whether it was said
 */
gboolean
sew_word_is_spoken (const SewWord *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_spoken;
}
