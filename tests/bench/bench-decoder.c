/* SPDX-License-Identifier: MIT */
/* bench-decoder LOGITS MODEL|- WIDTH ALPHA BETA: decodes clips and prints a line for each: the time
 * it took in microseconds, the score and the text. LOGITS: 32-bit little-endian, the number of
 * clips and of symbols, and for each clip the number of frames and its log-probabilities, with
 * SEW's default vocabulary. Made and read by compare-decoders.py. */
#include "decoder/beam-decoder.h"

#include "bench-input.h"

static void
decode (SewBeamDecoder *decoder, const float *log_probs, guint n_frames, guint n_symbols)
{
  gint64 start = g_get_monotonic_time ();
  SewToken token;
  guint n_hypotheses;

  sew_beam_decoder_reset (decoder);
  for (guint i = 0; i < n_frames; i++)
    sew_beam_decoder_push (decoder, i, log_probs + (gsize) i * n_symbols);
  sew_beam_decoder_finish (decoder);
  gint64 elapsed = g_get_monotonic_time () - start;
  GString *text = g_string_new (NULL);
  const SewAlternative *best = sew_beam_decoder_get_n_best (decoder, &n_hypotheses);
  while (sew_beam_decoder_pull (decoder, &token))
    g_string_append_printf (text, "%u ", token.id);
  g_print ("%" G_GINT64_FORMAT "\t%.4f\t%s\n", elapsed, best->score, text->str);
  g_string_free (text, TRUE);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  SewLanguageModel *model = NULL;

  if (argc != 6) {
    g_printerr ("usage: %s LOGITS MODEL|- WIDTH ALPHA BETA\n", argv[0]);
    return EXIT_FAILURE;
  }
  if (!g_file_get_contents (argv[1], &bytes, &n_bytes, &error)
      || (strcmp (argv[2], "-") != 0
          && (model = sew_language_model_new (argv[2], &error)) == NULL)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }

  BenchInput input = { (const guint8 *) bytes, n_bytes };
  guint n_clips = bench_input_take_number (&input);
  guint n_symbols = bench_input_take_number (&input);
  SewBeamOptions options = SEW_BEAM_OPTIONS_INIT;
  options.width = (guint) g_ascii_strtoull (argv[3], NULL, 10);
  SewVocabulary *vocabulary = sew_vocabulary_new_default (n_symbols);
  SewTextScorer *scorer = sew_text_scorer_new (vocabulary, model);
  sew_text_scorer_set_weights (scorer, (float) g_ascii_strtod (argv[4], NULL),
                               (float) g_ascii_strtod (argv[5], NULL));
  SewBeamDecoder *decoder = sew_beam_decoder_new (vocabulary, scorer, &options);
  for (guint i = 0; i < n_clips; i++) {
    guint n_frames = bench_input_take_number (&input);
    const guint8 *log_probs = bench_input_take (&input, sizeof (float) * n_symbols * n_frames);
    decode (decoder, (const float *) (gconstpointer) log_probs, n_frames, n_symbols);
  }
  sew_beam_decoder_free (decoder);
  sew_text_scorer_free (scorer);
  sew_vocabulary_free (vocabulary);
  g_clear_object (&model);
  return EXIT_SUCCESS;
}
