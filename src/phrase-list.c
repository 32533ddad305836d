/* SPDX-License-Identifier: MIT */
#include "sew/sew-phrase-list.h"

#include <math.h>
#include <string.h>

#include "byte-order-mark.h"
#include "sew/sew-error.h"

#define GREATEST_WEIGHT 100.0

/**
 * SewPhraseList:
 *
 * Words and phrases that are expected to be said, for [method@Sew.Recognizer.set_hot_words].
 *
 * Each has a weight: by how much it counts for more than it sounds, as a natural logarithm. About 6
 * makes a word win that sounds as likely as another one or a little less; more than 15 finds it
 * where it was not said. A negative weight makes a phrase less likely.
 *
 * As text, a list has one phrase a line, or several between commas, each with its weight after a
 * colon if it is not the default one ([const@Sew.PHRASE_DEFAULT_WEIGHT]). Lines that begin with `#`
 * are comments:
 *
 * ```
 * # products
 * Kubernetes, gst-launch
 * New York:8.5
 * ```
 *
 * Case does not matter, nor do characters that the model has no letter for make a difference to the
 * other phrases. Reference counted; do not add to a list that another thread uses.
 */
struct _SewPhraseList {
  gatomicrefcount ref_count;
  GPtrArray *phrases; /* of char * */
  GArray *weights;    /* of float */
};

G_DEFINE_BOXED_TYPE (SewPhraseList, sew_phrase_list, sew_phrase_list_ref, sew_phrase_list_unref)

/**
 * sew_phrase_list_new:
 *
 * Makes an empty list.
 *
 * Returns: (transfer full): a new list
 */
SewPhraseList *
sew_phrase_list_new (void)
{
  SewPhraseList *self = g_new0 (SewPhraseList, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->phrases = g_ptr_array_new_with_free_func (g_free);
  self->weights = g_array_new (FALSE, FALSE, sizeof (float));
  return self;
}

/**
 * sew_phrase_list_ref:
 * @self: a list
 *
 * Takes one more reference.
 *
 * Returns: (transfer full): @self, with one more owner
 */
SewPhraseList *
sew_phrase_list_ref (SewPhraseList *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * sew_phrase_list_unref:
 * @self: (transfer full): a list
 *
 * Gives up one reference; the last one frees the list.
 */
void
sew_phrase_list_unref (SewPhraseList *self)
{
  g_return_if_fail (self != NULL);

  if (g_atomic_ref_count_dec (&self->ref_count)) {
    g_ptr_array_unref (self->phrases);
    g_array_unref (self->weights);
    g_free (self);
  }
}

/**
 * sew_phrase_list_add:
 * @self: a list
 * @phrase: one or more words with spaces between them, UTF-8
 * @weight: in [-100, 100], a natural logarithm; of a phrase that comes twice, the last one counts
 * @error: return location for an error
 *
 * Adds a phrase. Fails with `SEW_ERROR_MALFORMED` if it is not UTF-8 or has no letter, or if the
 * weight is out of range.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
gboolean
sew_phrase_list_add (SewPhraseList *self, const char *phrase, float weight, GError **error)
{
  g_return_val_if_fail (self != NULL && phrase != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!g_utf8_validate (phrase, -1, NULL)) {
    g_set_error_literal (error, SEW_ERROR, SEW_ERROR_MALFORMED, "a phrase that is not UTF-8");
    return FALSE;
  }
  if (!(fabs ((double) weight) <= GREATEST_WEIGHT)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "the weight of “%s” is not within ±%g",
                 phrase, GREATEST_WEIGHT);
    return FALSE;
  }
  char *stripped = g_strstrip (g_strdup (phrase));
  if (stripped[0] == '\0') {
    g_set_error_literal (error, SEW_ERROR, SEW_ERROR_MALFORMED, "a phrase without letters");
    g_free (stripped);
    return FALSE;
  }
  g_ptr_array_add (self->phrases, stripped);
  g_array_append_val (self->weights, weight);
  return TRUE;
}

/* item: a phrase, perhaps with a colon and its weight. */
static gboolean
add_item (SewPhraseList *self, char *item, GError **error)
{
  char *colon = strrchr (item, ':');
  double weight = (double) SEW_PHRASE_DEFAULT_WEIGHT;

  if (colon != NULL) {
    char *end;
    g_strstrip (colon + 1);
    weight = g_ascii_strtod (colon + 1, &end);
    if (end == colon + 1 || *end != '\0') {
      g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "“%s” is not the weight of a phrase",
                   colon + 1);
      return FALSE;
    }
    *colon = '\0';
  }
  return sew_phrase_list_add (self, item, (float) weight, error);
}

static gboolean
add_line (SewPhraseList *self, char *line, GError **error)
{
  g_auto (GStrv) items = NULL;

  g_strstrip (line);
  if (line[0] == '#')
    return TRUE;
  items = g_strsplit (line, ",", -1);
  for (guint i = 0; items[i] != NULL; i++)
    if (g_strstrip (items[i])[0] != '\0' && !add_item (self, items[i], error))
      return FALSE;
  return TRUE;
}

/**
 * sew_phrase_list_add_text:
 * @self: a list
 * @text: phrases as text, see [struct@Sew.PhraseList]
 * @error: return location for an error
 *
 * Adds the phrases of a text. Fails with `SEW_ERROR_MALFORMED`, and the number of the line, at the
 * first one that cannot be read; those before it have been added.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
gboolean
sew_phrase_list_add_text (SewPhraseList *self, const char *text, GError **error)
{
  g_return_val_if_fail (self != NULL && text != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  g_auto (GStrv) lines = NULL;

  if (!g_utf8_validate (text, -1, NULL)) {
    g_set_error_literal (error, SEW_ERROR, SEW_ERROR_MALFORMED, "text that is not UTF-8");
    return FALSE;
  }
  lines = g_strsplit (sew_byte_order_mark_skip (text), "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (!add_line (self, lines[i], error)) {
      g_prefix_error (error, "line %u: ", i + 1);
      return FALSE;
    }
  return TRUE;
}

/**
 * sew_phrase_list_add_file:
 * @self: a list
 * @path: (type filename): a text file of phrases, see [struct@Sew.PhraseList]
 * @error: return location for an error
 *
 * Adds the phrases of a file. Fails as [method@Sew.PhraseList.add_text] does, or with
 * `SEW_ERROR_NOT_FOUND`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 */
gboolean
sew_phrase_list_add_file (SewPhraseList *self, const char *path, GError **error)
{
  g_return_val_if_fail (self != NULL && path != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;
  gsize n_bytes;

  if (!g_file_get_contents (path, &text, &n_bytes, &cause)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s", cause->message);
    return FALSE;
  }
  if (memchr (text, '\0', n_bytes) != NULL) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: not a text file", path);
    return FALSE;
  }
  if (!sew_phrase_list_add_text (self, text, error)) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  return TRUE;
}

/**
 * sew_phrase_list_get_n_phrases:
 * @self: a list
 *
 * Counts its phrases.
 *
 * Returns: how many phrases were added
 */
guint
sew_phrase_list_get_n_phrases (const SewPhraseList *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->phrases->len;
}

/**
 * sew_phrase_list_get_phrase:
 * @self: a list
 * @index: from 0 to one less than [method@Sew.PhraseList.get_n_phrases]
 *
 * Gives one of its phrases.
 *
 * Returns: (transfer none): that phrase
 */
const char *
sew_phrase_list_get_phrase (const SewPhraseList *self, guint index)
{
  g_return_val_if_fail (self != NULL && index < self->phrases->len, NULL);

  return g_ptr_array_index (self->phrases, index);
}

/**
 * sew_phrase_list_get_weight:
 * @self: a list
 * @index: from 0 to one less than [method@Sew.PhraseList.get_n_phrases]
 *
 * Gives the weight of one of its phrases.
 *
 * Returns: that phrase's weight, a natural logarithm
 */
float
sew_phrase_list_get_weight (const SewPhraseList *self, guint index)
{
  g_return_val_if_fail (self != NULL && index < self->phrases->len, 0.0f);

  return g_array_index (self->weights, float, index);
}
