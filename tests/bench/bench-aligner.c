/* SPDX-License-Identifier: MIT */
/* bench-aligner FILE: aligns clips. Prints for each a line with the processor time in microseconds,
 * the kilobytes by which memory grew, and the most words in dispute; then a line for each word that
 * was said: its number, first frame, number of frames, confidence, and the frame at which it was
 * handed out. FILE: 32-bit little-endian, the number of clips, of symbols, the blank and the
 * delimiter; for each clip the number of words, for each word the number of its tokens and they,
 * the number of frames and the log-probabilities. Made and read by compare-alignment.py. */
#include "decoder/aligner.h"

#include <time.h>

#include "bench-input.h"

static void
take_script (BenchInput *input, SewScriptTokens *script)
{
  guint n_words = bench_input_take_number (input);

  sew_script_tokens_init (script);
  for (guint i = 0; i < n_words; i++) {
    g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (guint));
    for (guint n_tokens = bench_input_take_number (input); n_tokens > 0; n_tokens--) {
      guint token = bench_input_take_number (input);
      g_array_append_val (tokens, token);
    }
    sew_script_tokens_add_word (script);
    sew_script_tokens_add_way (script, (const guint *) (gpointer) tokens->data, tokens->len);
  }
}

/* Not from getrusage, which begins with what the parent had. */
static long
get_peak_kilobytes (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL)
      || (line = strstr (status, "VmHWM:")) == NULL)
    return 0;
  return strtol (line + strlen ("VmHWM:"), NULL, 10);
}

static void
align (SewAligner *aligner, const float *log_probs, guint n_frames, guint n_symbols)
{
  clock_t start = clock ();
  g_autoptr (GString) words = g_string_new (NULL);
  SewAlignedWord word;
  gsize most_pending = 0;
  long kilobytes = get_peak_kilobytes ();

  for (guint i = 0; i <= n_frames; i++) {
    if (i < n_frames)
      sew_aligner_push (aligner, i, log_probs + (gsize) i * n_symbols);
    else
      sew_aligner_finish (aligner);
    most_pending = MAX (most_pending, sew_aligner_count_pending (aligner));
    while (sew_aligner_pull (aligner, &word))
      g_string_append_printf (words, "%u\t%u\t%u\t%.4f\t%u\n", word.word, (guint) word.first_frame,
                              (guint) word.n_frames, (double) word.confidence, i);
  }
  gint64 elapsed = (gint64) (clock () - start) * G_USEC_PER_SEC / CLOCKS_PER_SEC;
  g_print ("%" G_GINT64_FORMAT "\t%ld\t%" G_GSIZE_FORMAT "\n%s\n", elapsed,
           get_peak_kilobytes () - kilobytes, most_pending, words->str);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize n_bytes;
  const SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;

  if (argc != 2) {
    g_printerr ("usage: %s FILE\n", argv[0]);
    return EXIT_FAILURE;
  }
  if (!g_file_get_contents (argv[1], &bytes, &n_bytes, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  BenchInput input = { (const guint8 *) bytes, n_bytes };
  guint n_clips = bench_input_take_number (&input);
  guint n_symbols = bench_input_take_number (&input);
  guint blank = bench_input_take_number (&input);
  guint delimiter = bench_input_take_number (&input);
  for (guint i = 0; i < n_clips; i++) {
    SewScriptTokens script;
    take_script (&input, &script);
    guint n_frames = bench_input_take_number (&input);
    const guint8 *log_probs = bench_input_take (&input, sizeof (float) * n_symbols * n_frames);
    SewAligner *aligner = sew_aligner_new (&script, blank, delimiter, n_symbols, &options);
    align (aligner, (const float *) (gconstpointer) log_probs, n_frames, n_symbols);
    sew_aligner_free (aligner);
    sew_script_tokens_clear (&script);
  }
  return EXIT_SUCCESS;
}
