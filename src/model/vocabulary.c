/* SPDX-License-Identifier: MIT */
#include "model/vocabulary.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/json-file.h"
#include "model/language.h"
#include "model/tokenizer-config.h"

typedef struct {
  char *token;
  char *text;
  SewTokenKind kind;
} Token;

struct _SewVocabulary {
  guint n_tokens;
  Token *tokens; /* [n_tokens] */
  guint blank;
  guint delimiter; /* G_MAXUINT if there is none */
  char *separator;
};

/* While loading: the tokens known so far. */
typedef struct {
  const char *file;
  SewVocabulary *vocabulary;
  GHashTable *names; /* set of char *, those beyond the head too */
} Loader;

static SewVocabulary *
new_vocabulary (guint n_tokens)
{
  SewVocabulary *vocabulary = g_new0 (SewVocabulary, 1);

  vocabulary->n_tokens = n_tokens;
  vocabulary->tokens = g_new0 (Token, n_tokens);
  vocabulary->delimiter = G_MAXUINT;
  return vocabulary;
}

void
sew_vocabulary_free (SewVocabulary *vocabulary)
{
  if (vocabulary == NULL)
    return;
  for (guint i = 0; i < vocabulary->n_tokens; i++) {
    g_free (vocabulary->tokens[i].token);
    g_free (vocabulary->tokens[i].text);
  }
  g_free (vocabulary->tokens);
  g_free (vocabulary->separator);
  g_free (vocabulary);
}

static gboolean
add_entry (Loader *loader, const SewTokenizerConfig *config, const char *token, JsonNode *node,
           GError **error)
{
  SewVocabulary *vocabulary = loader->vocabulary;
  gint64 id;

  if (!sew_json_node_is_integer (node) || json_node_get_int (node) < 0) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: the token \"%s\" has no valid id",
                 loader->file, token);
    return FALSE;
  }
  id = json_node_get_int (node);
  g_hash_table_add (loader->names, g_strdup (token));
  if (id >= vocabulary->n_tokens) {
    /* Tokenizers grow special tokens that the head was never trained for. */
    if (sew_tokenizer_config_is_special (config, token))
      return TRUE;
    g_set_error (error, SEW_ERROR, SEW_ERROR_MISMATCH,
                 "%s: the token \"%s\" has the id %" G_GINT64_FORMAT ", but the head has only %u "
                 "outputs",
                 loader->file, token, id, vocabulary->n_tokens);
    return FALSE;
  }
  if (vocabulary->tokens[id].token != NULL) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED,
                 "%s: the tokens \"%s\" and \"%s\" have the same id", loader->file,
                 vocabulary->tokens[id].token, token);
    return FALSE;
  }
  vocabulary->tokens[id].token = g_strdup (token);
  return TRUE;
}

/* Tokens from elsewhere fill what vocab.json leaves open, and never replace. FALSE if the name is
 * taken. */
static gboolean
add_outside_token (Loader *loader, const char *token, guint id)
{
  SewVocabulary *vocabulary = loader->vocabulary;

  if (!g_hash_table_add (loader->names, g_strdup (token)))
    return FALSE;
  if (id < vocabulary->n_tokens && vocabulary->tokens[id].token == NULL)
    vocabulary->tokens[id].token = g_strdup (token);
  return TRUE;
}

static gboolean
check_complete (const Loader *loader, GError **error)
{
  const SewVocabulary *vocabulary = loader->vocabulary;

  for (guint i = 0; i < vocabulary->n_tokens; i++) {
    if (vocabulary->tokens[i].token != NULL)
      continue;
    g_set_error (error, SEW_ERROR, SEW_ERROR_MISMATCH,
                 "%s: names %u tokens, but the head has %u outputs, and number %u has no token",
                 loader->file, g_hash_table_size (loader->names), vocabulary->n_tokens, i);
    return FALSE;
  }
  return TRUE;
}

static gboolean
add_entries (Loader *loader, SewTokenizerConfig *config, JsonObject *entries, GError **error)
{
  JsonObjectIter iter;
  const char *token;
  JsonNode *node;

  json_object_iter_init (&iter, entries);
  while (json_object_iter_next (&iter, &token, &node)) {
    if (!add_entry (loader, config, token, node, error))
      return FALSE;
  }
  for (guint i = 0; i < config->added->len; i++) {
    const SewAddedToken *added = &g_array_index (config->added, SewAddedToken, i);
    add_outside_token (loader, added->token, added->id);
  }
  for (guint i = 0; i < config->specials->len; i++)
    add_outside_token (loader, config->specials->pdata[i], g_hash_table_size (loader->names));
  /* A delimiter that only the tokenizer's defaults know is none that the script has. */
  if (config->word_delimiter != NULL
      && add_outside_token (loader, config->word_delimiter, g_hash_table_size (loader->names)))
    g_ptr_array_add (config->specials, g_steal_pointer (&config->word_delimiter));
  return check_complete (loader, error);
}

/* As Python's str.lower() for single characters, whatever the locale. */
static char *
fold_case (const char *token)
{
  GString *folded = g_string_new (NULL);

  for (const char *p = token; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (c == 0x130) /* I with a dot, the one letter whose small form is two characters */
      g_string_append (folded, "i\xcc\x87");
    else
      g_string_append_unichar (folded, g_unichar_tolower (c));
  }
  return g_string_free (folded, FALSE);
}

static gboolean
is_space (const char *token)
{
  if (*token == '\0')
    return FALSE;
  for (const char *p = token; *p != '\0'; p = g_utf8_next_char (p)) {
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return FALSE;
  }
  return TRUE;
}

static SewTokenKind
classify (const SewVocabulary *vocabulary, guint id, const SewTokenizerConfig *config)
{
  const char *token = vocabulary->tokens[id].token;

  if (id == vocabulary->blank)
    return SEW_TOKEN_BLANK;
  if (g_strcmp0 (token, config->word_delimiter) == 0)
    return SEW_TOKEN_WORD_DELIMITER;
  if (*token == '\0' || sew_tokenizer_config_is_special (config, token))
    return SEW_TOKEN_SPECIAL;
  return is_space (token) ? SEW_TOKEN_WORD_DELIMITER : SEW_TOKEN_TEXT;
}

static void
classify_all (SewVocabulary *vocabulary, const SewTokenizerConfig *config)
{
  for (guint i = 0; i < vocabulary->n_tokens; i++) {
    Token *token = &vocabulary->tokens[i];

    token->kind = classify (vocabulary, i, config);
    /* before any that is only space: the one that the tokenizer names */
    if (token->kind == SEW_TOKEN_WORD_DELIMITER
        && (vocabulary->delimiter == G_MAXUINT
            || g_strcmp0 (token->token, config->word_delimiter) == 0))
      vocabulary->delimiter = i;
    if (token->kind != SEW_TOKEN_TEXT)
      token->text = g_strdup ("");
    else
      token->text = config->lower_case ? fold_case (token->token) : g_strdup (token->token);
  }
  if (sew_vocabulary_has_delimiter (vocabulary) && config->word_separator != NULL)
    vocabulary->separator = g_strdup (config->word_separator);
  else
    vocabulary->separator = g_strdup ("");
}

static gboolean
find_blank (SewVocabulary *vocabulary, const char *file, const char *pad, guint pad_token_id,
            GError **error)
{
  for (guint i = 0; i < vocabulary->n_tokens; i++) {
    if (g_strcmp0 (vocabulary->tokens[i].token, pad) == 0) {
      vocabulary->blank = i;
      return TRUE;
    }
  }
  if (pad_token_id < vocabulary->n_tokens) {
    vocabulary->blank = pad_token_id;
    return TRUE;
  }
  g_set_error (error, SEW_ERROR, SEW_ERROR_MISMATCH,
               "%s: neither the tokenizer nor config.json name a pad token of the head, which CTC "
               "needs for its blank",
               file);
  return FALSE;
}

/* The tokens of one language; all of vocab.json unless it is nested. */
static JsonObject *
choose_language (JsonObject *root, const char *file, const char *language, const char *target,
                 GError **error)
{
  g_autoptr (GPtrArray) languages = g_ptr_array_new ();
  g_autofree char *list = NULL;
  JsonObjectIter iter;
  const char *name, *chosen;
  JsonNode *node;

  json_object_iter_init (&iter, root);
  while (json_object_iter_next (&iter, &name, &node)) {
    if (JSON_NODE_HOLDS_OBJECT (node))
      g_ptr_array_add (languages, (gpointer) name);
  }
  if (languages->len == 0)
    return root;
  if (language == NULL)
    language = target != NULL || languages->len > 1 ? target : languages->pdata[0];
  /* transformers' own default */
  chosen = sew_language_choose (language != NULL ? language : "eng", languages);
  if (chosen != NULL)
    return json_object_get_object_member (root, chosen);
  list = sew_language_list (languages);
  g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED, "%s: no language \"%s\"; there are %s",
               file, language != NULL ? language : "eng", list);
  return NULL;
}

SewVocabulary *
sew_vocabulary_load (const char *folder, guint n_outputs, guint pad_token_id, const char *language,
                     GError **error)
{
  g_autofree char *path = g_build_filename (folder, "vocab.json", NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (SewVocabulary) vocabulary = NULL;
  g_auto (SewTokenizerConfig) config = { 0 };
  g_autoptr (JsonNode) root = NULL;
  JsonObject *entries;
  Loader loader;

  if (!sew_tokenizer_config_load (&config, folder, error))
    return NULL;
  root = sew_json_file_load (path, error);
  if (root == NULL)
    return NULL;
  entries = choose_language (json_node_get_object (root), path, language, config.target_language,
                             error);
  if (entries == NULL)
    return NULL;
  vocabulary = new_vocabulary (n_outputs);
  loader = (Loader){ path, vocabulary, names };
  if (!add_entries (&loader, &config, entries, error)
      || !find_blank (vocabulary, path, config.pad, pad_token_id, error))
    return NULL;
  classify_all (vocabulary, &config);
  return g_steal_pointer (&vocabulary);
}

SewVocabulary *
sew_vocabulary_new_default (guint n_outputs)
{
  static const char letters[] = "ETAONIHSRDLUMWCFGYPBVK'XJQZ";
  static const char *const first[] = { "<pad>", "<s>", "</s>", "<unk>", "|" };
  SewVocabulary *vocabulary = new_vocabulary (n_outputs);

  for (guint i = 0; i < n_outputs; i++) {
    Token *token = &vocabulary->tokens[i];

    if (i < G_N_ELEMENTS (first))
      token->token = g_strdup (first[i]);
    else if (i - G_N_ELEMENTS (first) < strlen (letters))
      token->token = g_strndup (&letters[i - G_N_ELEMENTS (first)], 1);
    else
      token->token = g_strdup_printf ("<%u>", i);
    token->kind = i == 0   ? SEW_TOKEN_BLANK
                  : i < 4  ? SEW_TOKEN_SPECIAL
                  : i == 4 ? SEW_TOKEN_WORD_DELIMITER
                           : SEW_TOKEN_TEXT;
    token->text = g_strdup (token->kind == SEW_TOKEN_TEXT ? token->token : "");
  }
  vocabulary->delimiter = n_outputs > 4 ? 4 : G_MAXUINT;
  vocabulary->separator = g_strdup (sew_vocabulary_has_delimiter (vocabulary) ? " " : "");
  return vocabulary;
}

guint
sew_vocabulary_get_size (const SewVocabulary *vocabulary)
{
  return vocabulary->n_tokens;
}

guint
sew_vocabulary_get_blank (const SewVocabulary *vocabulary)
{
  return vocabulary->blank;
}

SewTokenKind
sew_vocabulary_get_kind (const SewVocabulary *vocabulary, guint id)
{
  return vocabulary->tokens[id].kind;
}

const char *
sew_vocabulary_get_token (const SewVocabulary *vocabulary, guint id)
{
  return vocabulary->tokens[id].token;
}

const char *
sew_vocabulary_get_text (const SewVocabulary *vocabulary, guint id)
{
  return vocabulary->tokens[id].text;
}

gboolean
sew_vocabulary_is_cased (const SewVocabulary *vocabulary)
{
  gboolean has_small = FALSE, has_capital = FALSE;

  for (guint i = 0; i < vocabulary->n_tokens; i++)
    for (const char *c = vocabulary->tokens[i].text; *c != '\0'; c = g_utf8_next_char (c)) {
      has_small |= g_unichar_islower (g_utf8_get_char (c));
      has_capital |= g_unichar_isupper (g_utf8_get_char (c));
    }
  return has_small && has_capital;
}

gboolean
sew_vocabulary_has_delimiter (const SewVocabulary *vocabulary)
{
  return vocabulary->delimiter != G_MAXUINT;
}

guint
sew_vocabulary_get_delimiter (const SewVocabulary *vocabulary)
{
  return vocabulary->delimiter;
}

const char *
sew_vocabulary_get_separator (const SewVocabulary *vocabulary)
{
  return vocabulary->separator;
}
