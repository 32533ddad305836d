/* SPDX-License-Identifier: MIT */
#include "decoder/language-model.h"

#include <math.h>
#include <string.h>

#include "model/json-file.h"
#include "sew/sew-error.h"

#define DEFAULT_WEIGHT 0.5f
#define DEFAULT_WORD_SCORE 1.5f
#define DEFAULT_UNKNOWN_SCORE (-10.0f)

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
    return g_strsplit_set (text, "\r\n", -1);
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

SewLanguageModel *
sew_language_model_load (const char *path, GError **error)
{
  SewLanguageModel *model = g_new0 (SewLanguageModel, 1);
  model->weight = DEFAULT_WEIGHT;
  model->word_score = DEFAULT_WORD_SCORE;
  model->unknown_score = DEFAULT_UNKNOWN_SCORE;
  model->has_boundary = TRUE;

  if (!load_into (model, path, error)) {
    sew_language_model_free (model);
    return NULL;
  }
  return model;
}

void
sew_language_model_free (SewLanguageModel *model)
{
  g_clear_pointer (&model->lexicon, sew_lexicon_free);
  g_clear_pointer (&model->ngrams, sew_ngram_model_free);
  g_free (model);
}
