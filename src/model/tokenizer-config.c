/* SPDX-License-Identifier: MIT */
#include "model/tokenizer-config.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/json-file.h"
#include "model/json-reader.h"

#define MAX_ADDED_TOKENS 100000

/* In the order in which transformers gives ids to those that vocab.json lacks. */
static const struct {
  const char *option;
  const char *fallback;
} special_options[] = {
  { "bos_token", "<s>" }, { "eos_token", "</s>" },  { "unk_token", "<unk>" },
  { "sep_token", NULL },  { "pad_token", "<pad>" }, { "cls_token", NULL },
  { "mask_token", NULL },
};

#define PAD_OPTION 4

typedef struct {
  char *specials[G_N_ELEMENTS (special_options)];
  GPtrArray *additional; /* of char * */
} Names;

/* A token is a string or an object with its "content". NULL, with the error set, for anything else.
 */
static const char *
get_token (SewJsonReader *reader, const char *name, JsonNode *node)
{
  JsonNode *content = node;

  if (JSON_NODE_HOLDS_OBJECT (node))
    content = json_object_get_member (json_node_get_object (node), "content");
  if (content != NULL && sew_json_node_is_string (content))
    return json_node_get_string (content);
  sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"%s\" is not a token", name);
  return NULL;
}

static void
read_token (SewJsonReader *reader, const char *name, char **token)
{
  if (reader->error != NULL || !json_object_has_member (reader->object, name))
    return;
  g_clear_pointer (token, g_free);
  if (!json_object_get_null_member (reader->object, name))
    *token = g_strdup (get_token (reader, name, json_object_get_member (reader->object, name)));
}

/* The later file's list takes the place of the earlier's. */
static void
read_additional (SewJsonReader *reader, GPtrArray *tokens)
{
  JsonNode *node = sew_json_reader_find (reader, "additional_special_tokens");
  JsonArray *array;

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node)
      || json_array_get_length (json_node_get_array (node)) > MAX_ADDED_TOKENS) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "bad \"additional_special_tokens\"");
    return;
  }
  g_ptr_array_set_size (tokens, 0);
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    const char *token = get_token (reader, "additional_special_tokens",
                                   json_array_get_element (array, i));

    if (token == NULL)
      return;
    g_ptr_array_add (tokens, g_strdup (token));
  }
}

static void
read_names (SewJsonReader *reader, Names *names)
{
  for (guint i = 0; i < G_N_ELEMENTS (special_options); i++)
    read_token (reader, special_options[i].option, &names->specials[i]);
  read_additional (reader, names->additional);
}

static gboolean
parse_id (const char *text, guint *id)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, &value, NULL))
    return FALSE;
  *id = (guint) value;
  return TRUE;
}

static void
add_token (SewTokenizerConfig *config, const char *token, guint id)
{
  SewAddedToken added = { g_strdup (token), id };

  g_array_append_val (config->added, added);
}

/* tokenizer_config.json's {"39": {"content": "<s>", ...}, ...} */
static void
read_added_decoder (SewJsonReader *reader, SewTokenizerConfig *config)
{
  JsonNode *node = sew_json_reader_find (reader, "added_tokens_decoder");
  JsonObjectIter iter;
  const char *key;

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_OBJECT (node)
      || json_object_get_size (json_node_get_object (node)) > MAX_ADDED_TOKENS) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "bad \"added_tokens_decoder\"");
    return;
  }
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &key, &node)) {
    guint id;
    const char *token = get_token (reader, "added_tokens_decoder", node);

    if (token == NULL)
      return;
    if (!parse_id (key, &id)) {
      sew_json_reader_fail (reader, SEW_ERROR_MALFORMED,
                            "\"added_tokens_decoder\" has the id \"%s\"", key);
      return;
    }
    add_token (config, token, id);
  }
}

/* added_tokens.json's {"<s>": 39, ...} */
static void
read_added_tokens (SewJsonReader *reader, SewTokenizerConfig *config)
{
  JsonObjectIter iter;
  const char *token;

  if (json_object_get_size (reader->object) > MAX_ADDED_TOKENS) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "too many tokens");
    return;
  }
  json_object_iter_init_ordered (&iter, reader->object);
  while (json_object_iter_next_ordered (&iter, &token, NULL)) {
    guint id = sew_json_reader_get_size (reader, token, 0, 0, G_MAXINT);

    if (reader->error != NULL)
      return;
    add_token (config, token, id);
  }
}

static void
read_tokenizer (SewJsonReader *reader, SewTokenizerConfig *config, Names *names)
{
  read_names (reader, names);
  read_token (reader, "word_delimiter_token", &config->word_delimiter);
  read_token (reader, "replace_word_delimiter_char", &config->word_separator);
  config->lower_case = sew_json_reader_get_flag (reader, "do_lower_case", FALSE);
  config->target_language = g_strdup (sew_json_reader_get_string (reader, "target_lang", NULL));
  read_added_decoder (reader, config);
}

/* What read does with the object of an optional file goes into the reader, errors too. */
static JsonNode *
open_reader (SewJsonReader *reader, const char *path)
{
  JsonNode *root = NULL;

  if (reader->error != NULL || !sew_json_file_load_optional (path, &root, &reader->error)
      || root == NULL)
    return NULL;
  reader->file = path;
  reader->object = json_node_get_object (root);
  return root;
}

static void
read_files (SewJsonReader *reader, SewTokenizerConfig *config, Names *names, const char *folder)
{
  g_autofree char *tokenizer_path = g_build_filename (folder, "tokenizer_config.json", NULL);
  g_autofree char *map_path = g_build_filename (folder, "special_tokens_map.json", NULL);
  g_autofree char *added_path = g_build_filename (folder, "added_tokens.json", NULL);
  g_autoptr (JsonNode) tokenizer = open_reader (reader, tokenizer_path);
  g_autoptr (JsonNode) map = NULL;
  g_autoptr (JsonNode) added = NULL;

  if (tokenizer != NULL)
    read_tokenizer (reader, config, names);
  /* Since added_tokens_decoder exists, transformers leaves the two older files unread beside it. */
  if (config->added->len == 0) {
    map = open_reader (reader, map_path);
    if (map != NULL)
      read_names (reader, names);
    added = open_reader (reader, added_path);
    if (added != NULL)
      read_added_tokens (reader, config);
  }
}

static void
clear_added_token (gpointer data)
{
  g_free (((SewAddedToken *) data)->token);
}

gboolean
sew_tokenizer_config_load (SewTokenizerConfig *config, const char *folder, GError **error)
{
  SewJsonReader reader = { 0 };
  Names names = { .additional = g_ptr_array_new_with_free_func (g_free) };

  *config = (SewTokenizerConfig){
    .word_delimiter = g_strdup ("|"),
    .word_separator = g_strdup (" "),
    .specials = g_ptr_array_new_with_free_func (g_free),
    .added = g_array_new (FALSE, FALSE, sizeof (SewAddedToken)),
  };
  g_array_set_clear_func (config->added, clear_added_token);
  for (guint i = 0; i < G_N_ELEMENTS (special_options); i++)
    names.specials[i] = g_strdup (special_options[i].fallback);
  read_files (&reader, config, &names, folder);
  config->pad = g_strdup (names.specials[PAD_OPTION]);
  for (guint i = 0; i < G_N_ELEMENTS (special_options); i++) {
    if (names.specials[i] != NULL)
      g_ptr_array_add (config->specials, names.specials[i]);
  }
  g_ptr_array_extend_and_steal (config->specials, names.additional);
  if (reader.error == NULL)
    return TRUE;
  g_propagate_error (error, reader.error);
  sew_tokenizer_config_clear (config);
  return FALSE;
}

void
sew_tokenizer_config_clear (SewTokenizerConfig *config)
{
  g_clear_pointer (&config->pad, g_free);
  g_clear_pointer (&config->word_delimiter, g_free);
  g_clear_pointer (&config->word_separator, g_free);
  g_clear_pointer (&config->target_language, g_free);
  g_clear_pointer (&config->specials, g_ptr_array_unref);
  g_clear_pointer (&config->added, g_array_unref);
}

gboolean
sew_tokenizer_config_is_special (const SewTokenizerConfig *config, const char *token)
{
  return g_ptr_array_find_with_equal_func (config->specials, token, g_str_equal, NULL);
}
