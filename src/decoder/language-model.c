/* SPDX-License-Identifier: MIT */
#include "decoder/language-model.h"

#include <math.h>
#include <string.h>

#include "byte-order-mark.h"
#include "model/json-file.h"
#include "sew/sew-error.h"

#define DEFAULT_WEIGHT 0.5f
#define DEFAULT_WORD_SCORE 1.5f
#define DEFAULT_UNKNOWN_SCORE (-10.0f)

/**
 * SewLanguageModel:
 *
 * What words are likely after what words: an n-gram model, for a recognizer to weigh against what
 * it hears; see [method@Sew.Recognizer.set_language_model].
 *
 * A language model is immutable: any number of recognizers, in any threads, may share one.
 */
G_DEFINE_FINAL_TYPE (SewLanguageModel, sew_language_model, G_TYPE_OBJECT)

static gboolean
fail (const char *path, SewError code, const char *reason, GError **error)
{
  g_set_error (error, SEW_ERROR, code, "%s: %s", path, reason);
  return FALSE;
}

static gboolean
is_ngram_file (const char *name)
{
  static const char *const endings[] = { ".arpa",  ".arpa.gz", ".bin",  ".binary",
                                         ".kenlm", ".klm",     ".trie", ".mmap" };
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return TRUE;
  return FALSE;
}

/* The one n-gram file of a folder. */
static char *
find_ngram_file (const char *folder, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &cause);
  g_autofree char *found = NULL;
  const char *name;

  if (dir == NULL) {
    fail (folder, SEW_ERROR_NOT_FOUND, cause->message, error);
    return NULL;
  }
  while ((name = g_dir_read_name (dir)) != NULL) {
    if (!is_ngram_file (name))
      continue;
    if (found != NULL) {
      fail (folder, SEW_ERROR_MISMATCH, "more than one language model in the folder", error);
      return NULL;
    }
    found = g_build_filename (folder, name, NULL);
  }
  if (found == NULL)
    fail (folder, SEW_ERROR_NOT_FOUND, "no ARPA file or KenLM binary in the folder", error);
  return g_steal_pointer (&found);
}

static gboolean
read_number (JsonObject *object, const char *path, const char *name, float *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;

  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;
  if (type != G_TYPE_DOUBLE && type != G_TYPE_INT64)
    return fail (path, SEW_ERROR_MALFORMED, "a weight that is not a number", error);
  double number = json_node_get_double (node);
  if (!(fabs (number) <= 1000.0))
    return fail (path, SEW_ERROR_MALFORMED, "a weight out of range", error);
  *value = (float) number;
  return TRUE;
}

static gboolean
read_attributes (SewLanguageModel *model, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "attrs.json", NULL);
  g_autoptr (JsonNode) root = NULL;

  if (!sew_json_file_load_optional (path, &root, error))
    return FALSE;
  if (root == NULL)
    return TRUE;

  JsonObject *object = json_node_get_object (root);
  if (!read_number (object, path, "alpha", &model->weight, error)
      || !read_number (object, path, "beta", &model->word_score, error)
      || !read_number (object, path, "unk_score_offset", &model->unknown_score, error))
    return FALSE;
  JsonNode *boundary = json_object_get_member (object, "score_boundary");
  if (boundary == NULL || JSON_NODE_HOLDS_NULL (boundary))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (boundary) || json_node_get_value_type (boundary) != G_TYPE_BOOLEAN)
    return fail (path, SEW_ERROR_MALFORMED, "score_boundary is neither true nor false", error);
  model->has_boundary = json_node_get_boolean (boundary);
  return TRUE;
}

/* NULL without an error if there is no such file. */
static char **
read_unigrams (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "unigrams.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;

  if (g_file_get_contents (path, &text, NULL, &cause))
    return g_strsplit_set (sew_byte_order_mark_skip (text), "\r\n", -1);
  if (!g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    fail (path, SEW_ERROR_NOT_FOUND, cause->message, error);
  return NULL;
}

static gboolean
load_into (SewLanguageModel *model, const char *path, GError **error)
{
  g_autofree char *file = NULL;
  g_auto (GStrv) unigrams = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_autoptr (GError) failure = NULL;
    file = find_ngram_file (path, error);
    if (file == NULL || !read_attributes (model, path, error))
      return FALSE;
    unigrams = read_unigrams (path, &failure);
    if (failure != NULL) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  }
  model->ngrams = sew_ngram_model_load (file != NULL ? file : path, error);
  if (model->ngrams == NULL)
    return FALSE;
  model->lexicon = sew_lexicon_new (model->ngrams, (const char *const *) unigrams);
  if (model->lexicon == NULL)
    return fail (path, SEW_ERROR_UNSUPPORTED,
                 "the binary does not spell its words, and there is no unigrams.txt that does",
                 error);
  return TRUE;
}

static void
sew_language_model_finalize (GObject *object)
{
  SewLanguageModel *self = SEW_LANGUAGE_MODEL (object);

  if (self->spellings.retval != NULL)
    sew_spellings_free (self->spellings.retval);
  g_clear_pointer (&self->lexicon, sew_lexicon_free);
  g_clear_pointer (&self->ngrams, sew_ngram_model_free);
  g_free (self->location);
  G_OBJECT_CLASS (sew_language_model_parent_class)->finalize (object);
}

static void
sew_language_model_class_init (SewLanguageModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sew_language_model_finalize;
}

static void
sew_language_model_init (SewLanguageModel *self)
{
  self->weight = DEFAULT_WEIGHT;
  self->word_score = DEFAULT_WORD_SCORE;
  self->unknown_score = DEFAULT_UNKNOWN_SCORE;
  self->has_boundary = TRUE;
}

/**
 * sew_language_model_new:
 * @location: (type filename): an ARPA file, plain or compressed by gzip; a binary that KenLM's
 *   `build_binary` made, of any kind; or a folder, as Hugging Face's `language_model/`, with one of
 *   them and perhaps `unigrams.txt` (the words that may be recognized, one a line) and `attrs.json`
 *   (`alpha`, `beta`, `unk_score_offset`, `score_boundary`)
 * @error: return location for an error
 *
 * Loads a language model. Binaries are mapped, so that even large ones take little time and memory;
 * ARPA files are read. What is missing, damaged or not supported is an error of the domain
 * `SEW_ERROR` that names the file and the reason. Needs no main loop: call it from any thread.
 *
 * Returns: (transfer full): a new language model, or %NULL with @error set
 */
SewLanguageModel *
sew_language_model_new (const char *location, GError **error)
{
  g_return_val_if_fail (location != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  g_autoptr (SewLanguageModel) self = g_object_new (SEW_TYPE_LANGUAGE_MODEL, NULL);
  self->location = g_strdup (location);
  if (!load_into (self, location, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * sew_language_model_get_location:
 * @self: a language model
 *
 * Tells where the language model is from.
 *
 * Returns: (transfer none) (type filename): the file or folder it was loaded from
 */
const char *
sew_language_model_get_location (SewLanguageModel *self)
{
  g_return_val_if_fail (SEW_IS_LANGUAGE_MODEL (self), NULL);

  return self->location;
}

/**
 * sew_language_model_get_weight:
 * @self: a language model
 *
 * Tells how much the language model is to count beside what is heard: what its `attrs.json` calls
 * `alpha`, or 0.5.
 *
 * Returns: the factor of its logarithmic probabilities
 */
float
sew_language_model_get_weight (SewLanguageModel *self)
{
  g_return_val_if_fail (SEW_IS_LANGUAGE_MODEL (self), 0.0f);

  return self->weight;
}

/**
 * sew_language_model_get_word_score:
 * @self: a language model
 *
 * Tells what is to be added for each word, as texts of fewer words are more probable: what its
 * `attrs.json` calls `beta`, or 1.5.
 *
 * Returns: a natural logarithm
 */
float
sew_language_model_get_word_score (SewLanguageModel *self)
{
  g_return_val_if_fail (SEW_IS_LANGUAGE_MODEL (self), 0.0f);

  return self->word_score;
}

static gpointer
collect_spellings (gpointer data)
{
  const SewNgramModel *ngrams = data;
  const char *words = sew_ngram_model_get_words (ngrams);

  return words != NULL ? sew_spellings_new (words, sew_ngram_model_get_n_words (ngrams)) : NULL;
}

const SewSpellings *
sew_language_model_get_spellings (SewLanguageModel *self)
{
  return g_once (&self->spellings, collect_spellings, self->ngrams);
}
