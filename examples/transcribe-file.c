/* SPDX-License-Identifier: MIT */
/* The library alone: raw 16 kHz mono float samples from standard input to words with their times.
 *
 *   sox speech.wav -t f32 -r 16000 -c 1 - | transcribe-file [MODEL_FOLDER]
 */
#include <stdio.h>
#include <stdlib.h>

#include <sew/sew.h>

static void
print_words (SewRecognizer *recognizer)
{
  SewSegment *segment;

  while ((segment = sew_recognizer_pull (recognizer))) {
    for (gsize i = 0; i < sew_segment_get_n_words (segment); i++) {
      SewWord *word = sew_segment_get_word (segment, i);
      printf ("%8.2f s  %s\n", (double) sew_word_get_first_sample (word) / SEW_SAMPLE_RATE_HZ,
              sew_word_get_text (word));
    }
    sew_segment_unref (segment);
  }
}

static gboolean
transcribe (SewRecognizer *recognizer, FILE *input, GError **error)
{
  float samples[4096];
  size_t n_samples;

  while ((n_samples = fread (samples, sizeof (float), G_N_ELEMENTS (samples), input)) > 0) {
    if (!sew_recognizer_push (recognizer, samples, n_samples, NULL, error))
      return FALSE;
    print_words (recognizer);
  }
  if (!sew_recognizer_drain (recognizer, NULL, error))
    return FALSE;
  print_words (recognizer);
  return TRUE;
}

/* A beam search with the language model that comes with the model, if one does. */
static gboolean
set_language_model (SewRecognizer *recognizer, GError **error)
{
  SewModel *model = sew_recognizer_get_model (recognizer);
  g_autofree char *location = sew_model_dup_language_model_location (model);

  if (!location)
    return TRUE;
  g_autoptr (SewLanguageModel) language_model = sew_language_model_new (location, error);
  sew_recognizer_set_language_model (recognizer, language_model);
  return language_model != NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bundled = sew_model_dup_bundled_folder ();
  g_autoptr (SewModel) model = sew_model_new (argc > 1 ? argv[1] : bundled, &error);

  if (model) {
    g_autoptr (SewRecognizer) recognizer = sew_recognizer_new (model);
    if (set_language_model (recognizer, &error) && transcribe (recognizer, stdin, &error))
      return EXIT_SUCCESS;
  }
  fprintf (stderr, "transcribe-file: %s\n", error->message);
  return EXIT_FAILURE;
}
