/* SPDX-License-Identifier: MIT */
#include "setting-specs.h"

#include <gst/gst.h>
#include <sew/sew.h>

typedef enum {
  STRING,
  ENUM,
  UINT,
  FLOAT,
} Kind;

/* One property: with a range and a default, or with a default that is a text, or a value of an
 * enumeration. */
typedef struct {
  const char *name;
  const char *nick;
  const char *blurb;
  Kind kind;
  double lowest, highest, value;
  const char *text;
  GType (*get_type) (void);
  gboolean while_playing;
} Row;

/* -- enumerations -- */

static GType
register_enum (gsize *type, const char *name, const GEnumValue *values)
{
  if (g_once_init_enter (type))
    g_once_init_leave (type, g_enum_register_static (name, values));
  return *type;
}

static GType
get_granularity_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_GRANULARITY_WORD, "A word, as soon as it is certain", "word" },
    { SEW_GRANULARITY_UTTERANCE, "The words up to a pause", "utterance" },
    { SEW_GRANULARITY_CUE, "What is to be shown at a time, in lines", "cue" },
    { 0, NULL, NULL },
  };

  return register_enum (&type, "SewRecognitionGranularity", values);
}

static GType
get_text_case_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_TEXT_CASE_AS_IS, "As the model spells words", "as-is" },
    { SEW_TEXT_CASE_LOWER, "Small letters", "lower" },
    { SEW_TEXT_CASE_UPPER, "Capital letters", "upper" },
    { SEW_TEXT_CASE_SENTENCE,
      "Small letters, but for the first one of an utterance, the word I and names", "sentence" },
    { 0, NULL, NULL },
  };

  return register_enum (&type, "SewTextCaseSetting", values);
}

static GType
get_precision_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_PRECISION_FLOAT32, "32-bit floating point", "float32" },
    { SEW_PRECISION_BF16, "Weights of 16 bits", "bf16" },
    { SEW_PRECISION_INT8, "Weights and inputs of 8 bits", "int8" },
    { SEW_PRECISION_AUTO, "The fastest whose text hardly differs", "auto" },
    { 0, NULL, NULL },
  };

  return register_enum (&type, "SewRecognitionPrecision", values);
}

static GType
get_decoder_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SEW_DECODING_AUTO, "Beam search if there is a language model, else greedy", "auto" },
    { SEW_DECODING_GREEDY, "The most probable letter of each frame; no language model", "greedy" },
    { SEW_DECODING_BEAM, "Beam search, with the language model if there is one", "beam" },
    { 0, NULL, NULL },
  };

  return register_enum (&type, "SewRecognitionDecoder", values);
}

/* -- the table -- */

/* clang-format off */
static const Row rows[SEW_N_SETTINGS] = {
  [SEW_SETTING_MODEL_LOCATION] = { "model-location", "Model location",
    "Folder of the checkpoint to recognize with (NULL = the model that comes with the plugin)",
    STRING },
  [SEW_SETTING_LANGUAGE_CODE] = { "language-code", "Language code",
    "Language of the speech, for checkpoints that know several",
    STRING, .text = "en-US" },
  [SEW_SETTING_GRANULARITY] = { "granularity", "Granularity",
    "What one text buffer holds, and one sew-transcript message; for sewannotator, whose buffers "
    "have single words in any case, only the message",
    ENUM, .value = SEW_GRANULARITY_WORD, .get_type = get_granularity_type },
  [SEW_SETTING_TEXT_CASE] = { "text-case", "Text case",
    "Which letters are capital ones",
    ENUM, .value = SEW_TEXT_CASE_AS_IS, .get_type = get_text_case_type },
  [SEW_SETTING_MIN_CONFIDENCE] = { "min-confidence", "Minimum confidence",
    "Words of less confidence than this are left out, unless a script has them (0 = none)",
    FLOAT, 0, 1, 0 },

  [SEW_SETTING_MAX_LINES] = { "max-lines", "Maximum lines",
    "Most lines of a cue",
    UINT, 1, 8, 2 },
  [SEW_SETTING_LINE_LENGTH] = { "line-length", "Line length",
    "Most characters of a line of a cue; wide ones count as two",
    UINT, 1, 250, 42 },
  [SEW_SETTING_MIN_DURATION] = { "min-duration", "Minimum duration",
    "Shortest time a cue is shown, in milliseconds",
    UINT, 0, 60000, 1000 },
  [SEW_SETTING_MAX_DURATION] = { "max-duration", "Maximum duration",
    "Longest time a cue is shown, in milliseconds",
    UINT, 100, 60000, 7000 },
  [SEW_SETTING_READING_SPEED] = { "reading-speed", "Reading speed",
    "Most characters of a cue for each second it is shown (0 = any)",
    UINT, 0, 1000, 17 },
  [SEW_SETTING_CUE_GAP] = { "cue-gap", "Cue gap",
    "Shortest time between two cues, in milliseconds",
    UINT, 0, 5000, 80 },

  [SEW_SETTING_N_THREADS] = { "n-threads", "Number of threads",
    "How many threads may recognize at the same time, shared with all elements of the process "
    "(0 = as many as there are processors for)",
    UINT, 0, 64, 0 },
  [SEW_SETTING_PRECISION] = { "precision", "Precision",
    "What to calculate with",
    ENUM, .value = SEW_PRECISION_AUTO, .get_type = get_precision_type },

  [SEW_SETTING_DECODER] = { "decoder", "Decoder",
    "How words are found",
    ENUM, .value = SEW_DECODING_AUTO, .get_type = get_decoder_type },
  [SEW_SETTING_BEAM_WIDTH] = { "beam-width", "Beam width",
    "Number of texts that a beam search weighs against each other; fewer are faster",
    UINT, 1, 10000, 100 },
  [SEW_SETTING_BEAM_THRESHOLD] = { "beam-threshold", "Beam threshold",
    "How much worse than the best text one may be to stay in the beam, a natural logarithm; lower "
    "is faster",
    FLOAT, 0.1, 1000, 12 },
  [SEW_SETTING_TOKEN_THRESHOLD] = { "token-threshold", "Token threshold",
    "Natural logarithm of the probability below which a letter is not tried in a beam search; "
    "higher is faster",
    FLOAT, -100, 0, -5 },
  [SEW_SETTING_LM_LOCATION] = { "lm-location", "Language model location",
    "Language model for a beam search: an ARPA file, a KenLM binary, or a folder with one of them "
    "(NULL = the one in the checkpoint's language_model folder, if any)",
    STRING },
  [SEW_SETTING_LM_WEIGHT] = { "lm-weight", "Language model weight",
    "Factor of the language model's logarithmic probabilities (-1 = what the language model says, "
    "0.5 if it says nothing)",
    FLOAT, SEW_LM_WEIGHT_OF_MODEL, 100, SEW_LM_WEIGHT_OF_MODEL },
  [SEW_SETTING_WORD_SCORE] = { "word-score", "Word score",
    "Added to a text for each word with a language model, a natural logarithm (-100 = what the "
    "language model says, 1.5 if it says nothing)",
    FLOAT, SEW_WORD_SCORE_OF_MODEL, 100, SEW_WORD_SCORE_OF_MODEL },
  [SEW_SETTING_N_BEST] = { "n-best", "Number of best readings",
    "How many readings of an utterance a beam search lists in the metadata; words then come only "
    "at its end (0 = none)",
    UINT, 0, 1000, 0 },
  [SEW_SETTING_HOT_WORDS] = { "hot-words", "Hot words",
    "Words and phrases that are expected, with commas or newlines between them; each may have a "
    "weight after a colon, a natural logarithm from -100 to 100 (default 6)",
    STRING, .while_playing = TRUE },
  [SEW_SETTING_HOT_WORDS_LOCATION] = { "hot-words-location", "Hot words location",
    "Text file with more hot words, one a line; read when it is set and when recognition begins",
    STRING, .while_playing = TRUE },
  [SEW_SETTING_SCRIPT_LOCATION] = { "script-location", "Script location",
    "Text file with what is said, to find its words in the audio instead of reading what is heard "
    "(NULL = read what is heard)",
    STRING },
};
/* clang-format on */

GParamSpec *
sew_setting_make_spec (SewSetting setting)
{
  const Row *row = &rows[setting];
  const GParamFlags flags = (GParamFlags) (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
                                           | (row->while_playing ? GST_PARAM_MUTABLE_PLAYING
                                                                 : GST_PARAM_MUTABLE_READY));

  switch (row->kind) {
  case STRING:
    return g_param_spec_string (row->name, row->nick, row->blurb, row->text, flags);
  case ENUM:
    return g_param_spec_enum (row->name, row->nick, row->blurb, row->get_type (), (int) row->value,
                              flags);
  case UINT:
    return g_param_spec_uint (row->name, row->nick, row->blurb, (guint) row->lowest,
                              (guint) row->highest, (guint) row->value, flags);
  case FLOAT:
    return g_param_spec_float (row->name, row->nick, row->blurb, (float) row->lowest,
                               (float) row->highest, (float) row->value, flags);
  }
  return NULL;
}
