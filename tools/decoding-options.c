/* SPDX-License-Identifier: MIT */
#include "decoding-options.h"

static SewDecoding decoding = SEW_DECODING_AUTO;
static int beam_width = 100;
static double beam_threshold = 12.0;
static double token_threshold = -5.0;
static char *lm_location;
static double lm_weight;
static gboolean lm_weight_given;
static double word_score;
static gboolean word_score_given;
static int n_best = 0;
static double min_confidence = 0.0;
static char **hot_words;
static char *hot_words_file;

static SewLanguageModel *language_model;
static SewPhraseList *phrases;

static gboolean
parse_decoder (const char *option, const char *value, gpointer data, GError **error)
{
  static const char *const names[] = {
    [SEW_DECODING_AUTO] = "auto",
    [SEW_DECODING_GREEDY] = "greedy",
    [SEW_DECODING_BEAM] = "beam",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], value)) {
      decoding = (SewDecoding) i;
      return TRUE;
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "there is no decoder %s: auto, greedy and beam there are", value);
  return FALSE;
}

/* Of those two, any value differs from none. */
static gboolean
parse_number (const char *option, const char *value, gpointer data, GError **error)
{
  gboolean is_weight = g_str_equal (option, "--lm-weight");
  char *end;
  double number = g_ascii_strtod (value, &end);

  if (end == value || *end != '\0' || !(number >= (is_weight ? 0.0 : -100.0) && number <= 100.0)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s must be from %s to 100",
                 option, is_weight ? "0" : "-100");
    return FALSE;
  }
  *(is_weight ? &lm_weight : &word_score) = number;
  *(is_weight ? &lm_weight_given : &word_score_given) = TRUE;
  return TRUE;
}

static const GOptionEntry entries[] = {
  { "decoder", 0, 0, G_OPTION_ARG_CALLBACK, parse_decoder,
    "greedy, beam, or auto: beam if there is a language model (default: auto)", "DECODER" },
  { "lm", 0, 0, G_OPTION_ARG_FILENAME, &lm_location,
    "An ARPA file, a KenLM binary, or a folder with one (default: the model's own, if any)",
    "PATH" },
  { "lm-weight", 0, 0, G_OPTION_ARG_CALLBACK, parse_number,
    "How much the language model counts (default: as it says)", "FACTOR" },
  { "word-score", 0, 0, G_OPTION_ARG_CALLBACK, parse_number,
    "Added for each word, with a language model (default: as it says)", "LOG" },
  { "hot-word", 0, 0, G_OPTION_ARG_STRING_ARRAY, &hot_words,
    "A word or phrase that is expected, perhaps with a weight (default: 6); may be repeated",
    "PHRASE[:LOG]" },
  { "hot-words", 0, 0, G_OPTION_ARG_FILENAME, &hot_words_file,
    "A text file of such phrases, one a line", "FILE" },
  { "n-best", 0, 0, G_OPTION_ARG_INT, &n_best,
    "How many readings of each utterance a beam search lists, in JSON (default: 0)", "N" },
  { "min-confidence", 0, 0, G_OPTION_ARG_DOUBLE, &min_confidence,
    "Leave out words of less confidence, from 0 to 1 (default: 0)", "P" },
  { "beam-width", 0, 0, G_OPTION_ARG_INT, &beam_width,
    "How many texts a beam search weighs (default: 100)", "N" },
  { "beam-threshold", 0, 0, G_OPTION_ARG_DOUBLE, &beam_threshold,
    "How much worse than the best one they may be (default: 12)", "LOG" },
  { "token-threshold", 0, 0, G_OPTION_ARG_DOUBLE, &token_threshold,
    "How improbable a letter may be to be tried (default: -5)", "LOG" },
  { NULL },
};

static gboolean
check (GOptionContext *context, GOptionGroup *group, gpointer data, GError **error)
{
  const char *mistake = NULL;

  if (beam_width < 1 || beam_width > 10000)
    mistake = "--beam-width must be from 1 to 10000";
  else if (!(beam_threshold >= 0.1 && beam_threshold <= 1000.0))
    mistake = "--beam-threshold must be from 0.1 to 1000";
  else if (!(token_threshold >= -100.0 && token_threshold <= 0.0))
    mistake = "--token-threshold must be from -100 to 0";
  else if (n_best < 0 || n_best > 1000)
    mistake = "--n-best must be from 0 to 1000";
  else if (!(min_confidence >= 0.0 && min_confidence <= 1.0))
    mistake = "--min-confidence must be from 0 to 1";
  if (mistake != NULL)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, mistake);
  return mistake == NULL;
}

GOptionGroup *
decoding_options_get_group (void)
{
  GOptionGroup *group = g_option_group_new (
      "decoding", "How words are found:", "Show the options about decoding", NULL, NULL);

  g_option_group_add_entries (group, entries);
  g_option_group_set_parse_hooks (group, NULL, check);
  return group;
}

static gboolean
load_hot_words (GError **error)
{
  phrases = sew_phrase_list_new ();
  if (hot_words_file != NULL && !sew_phrase_list_add_file (phrases, hot_words_file, error))
    return FALSE;
  for (char **phrase = hot_words; phrase != NULL && *phrase != NULL; phrase++)
    if (!sew_phrase_list_add_text (phrases, *phrase, error)) {
      g_prefix_error (error, "--hot-word: ");
      return FALSE;
    }
  return TRUE;
}

gboolean
decoding_options_load (SewModel *model, GError **error)
{
  g_autofree char *own = sew_model_dup_language_model_location (model);
  const char *location = lm_location != NULL ? lm_location : own;

  if (!load_hot_words (error))
    return FALSE;
  if (location == NULL || decoding == SEW_DECODING_GREEDY)
    return TRUE;
  language_model = sew_language_model_new (location, error);
  return language_model != NULL;
}

void
decoding_options_apply (SewRecognizer *recognizer)
{
  sew_recognizer_set_decoding (recognizer, decoding);
  sew_recognizer_set_beam_width (recognizer, (guint) beam_width);
  sew_recognizer_set_beam_threshold (recognizer, (float) beam_threshold);
  sew_recognizer_set_token_threshold (recognizer, (float) token_threshold);
  sew_recognizer_set_language_model (recognizer, language_model);
  if (lm_weight_given)
    sew_recognizer_set_lm_weight (recognizer, (float) lm_weight);
  if (word_score_given)
    sew_recognizer_set_word_score (recognizer, (float) word_score);
  sew_recognizer_set_n_best (recognizer, (guint) n_best);
  sew_recognizer_set_min_confidence (recognizer, (float) min_confidence);
  sew_recognizer_set_hot_words (recognizer, phrases);
}

const char *
decoding_options_get_hot_words_file (void)
{
  return hot_words_file;
}

void
decoding_options_clear (void)
{
  g_clear_object (&language_model);
  g_clear_pointer (&phrases, sew_phrase_list_unref);
  g_clear_pointer (&lm_location, g_free);
  g_clear_pointer (&hot_words, g_strfreev);
  g_clear_pointer (&hot_words_file, g_free);
}
