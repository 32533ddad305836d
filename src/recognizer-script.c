/* SPDX-License-Identifier: MIT */
#include "recognizer-private.h"

/* What only matters where the text is known. */

/**
 * sew_recognizer_set_script:
 * @self: a recognizer
 * @script: (nullable): what is said, or %NULL to find out
 *
 * With a script, the recognizer does not read words but finds those of the script: it hands out all
 * of them, as they are written, in order, each with its time. Words that were not said are marked
 * ([method@Sew.Word.is_spoken]), and what was said between them that is not in the script is left
 * out. Numbers and symbols are found as they are said in English, if that is the model's language;
 * words that the model has no letters for get a time between their neighbours, and the lower of
 * their confidences.
 *
 * A line of the script is an utterance, and so a segment with [enum@Sew.Granularity.UTTERANCE],
 * unless it is said in more than 15 s. Cues have no words of lines of which nothing was said.
 *
 * Words come out when nothing that follows can dispute them any more, which takes some seconds and
 * at most 30. Live audio ([method@Sew.Recognizer.set_latency]) does not wait so long, and is easier
 * led astray.
 *
 * [method@Sew.Recognizer.drain] ends a clip, and the next one goes on with the words that are left;
 * [method@Sew.Recognizer.end_script] hands those out. [method@Sew.Recognizer.reset] goes back to
 * the first word. Another script than before drops what was pushed, as that does.
 */
void
sew_recognizer_set_script (SewRecognizer *self, SewScript *script)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));
  g_return_if_fail (script == NULL || SEW_IS_SCRIPT (script));

  if (script == sew_recognizer_get_script (self))
    return;
  g_clear_pointer (&self->script_reader, sew_script_reader_free);
  if (script != NULL)
    self->script_reader = sew_script_reader_new (script, sew_model_get_vocabulary (self->model),
                                                 sew_model_get_samples_per_frame (self->model));
  self->caser.is_cased = script != NULL
                         || sew_vocabulary_is_cased (sew_model_get_vocabulary (self->model));
  sew_recognizer_reset (self);
}

/**
 * sew_recognizer_get_script:
 * @self: a recognizer
 *
 * Tells what it is to find in the audio.
 *
 * Returns: (transfer none) (nullable): its script, or %NULL if it reads what it hears
 */
SewScript *
sew_recognizer_get_script (SewRecognizer *self)
{
  g_return_val_if_fail (SEW_IS_RECOGNIZER (self), NULL);

  return self->script_reader != NULL ? sew_script_reader_get_script (self->script_reader) : NULL;
}

/**
 * sew_recognizer_end_script:
 * @self: a recognizer
 *
 * Tells that no more audio comes. After [method@Sew.Recognizer.drain], hands out the words of the
 * script that are left, which were not said.
 */
void
sew_recognizer_end_script (SewRecognizer *self)
{
  g_return_if_fail (SEW_IS_RECOGNIZER (self));

  if (self->script_reader == NULL)
    return;
  sew_script_reader_end (self->script_reader, self->n_pushed);
  sew_recognizer_take_script_words (self);
  sew_segmenter_end_utterance (self->segmenter, SEW_SEGMENT_END_DRAIN);
}

gboolean
sew_recognizer_is_in_word (SewRecognizer *self)
{
  return self->script_reader != NULL ? sew_script_reader_is_open (self->script_reader)
                                     : sew_decoder_is_open (self->decoder);
}

void
sew_recognizer_take_script_words (SewRecognizer *self)
{
  gboolean makes_cues = sew_segmenter_get_granularity (self->segmenter) == SEW_GRANULARITY_CUE;
  SewScriptWord next;

  while (sew_script_reader_pull (self->script_reader, &next)) {
    SewWord *word = sew_text_caser_apply (&self->caser, next.word);
    if (next.line_is_heard || !makes_cues)
      sew_segmenter_push (self->segmenter, word);
    else
      sew_word_unref (word);
    if (next.ends_line)
      sew_segmenter_end_utterance (self->segmenter, SEW_SEGMENT_END_LINE);
  }
}
