/* SPDX-License-Identifier: MIT */
#include "model/json-file.h"

#include <string.h>

#include <sew/sew-error.h>

#include "model/file-map.h"

#define MAX_DEPTH 64
/* Longer integers saturate in json-glib; as a positive one turns negative there, which every reader
 * checks for, only the negative ones have to be kept out. */
#define MAX_SAFE_DIGITS 18

/* json-glib recurses without bound, asserts on unpaired surrogates, and is laxer than the grammar
 * (comments, single quotes, octal numbers). So the text is walked once before: only tokens that
 * both agree on, nesting bounded, and members counted to find names that occur twice. */
typedef struct {
  const char *at;
  const char *end;
  guint depth;
  guint64 n_members;
  const char *problem;
} Scan;

static gboolean
fail (Scan *scan, const char *problem)
{
  scan->problem = problem;
  return FALSE;
}

static gboolean
read_hex4 (Scan *scan, guint *value)
{
  *value = 0;
  if (scan->end - scan->at < 4)
    return fail (scan, "truncated \\u escape");
  for (guint i = 0; i < 4; i++) {
    int digit = g_ascii_xdigit_value (*scan->at++);
    if (digit < 0)
      return fail (scan, "bad \\u escape");
    *value = *value * 16 + (guint) digit;
  }
  return TRUE;
}

static gboolean
skip_escape (Scan *scan)
{
  guint unit, low;

  if (scan->at == scan->end)
    return fail (scan, "unterminated string");
  if (*scan->at != 'u') {
    if (*scan->at == '\0' || strchr ("\"\\/bfnrt", *scan->at) == NULL)
      return fail (scan, "unknown escape in a string");
    scan->at++;
    return TRUE;
  }
  scan->at++;
  if (!read_hex4 (scan, &unit))
    return FALSE;
  if (unit == 0)
    return fail (scan, "NUL character in a string");
  if (unit >= 0xdc00 && unit <= 0xdfff)
    return fail (scan, "unpaired surrogate in a string");
  if (unit >= 0xd800 && unit <= 0xdbff) {
    if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u')
      return fail (scan, "unpaired surrogate in a string");
    scan->at += 2;
    if (!read_hex4 (scan, &low))
      return FALSE;
    if (low < 0xdc00 || low > 0xdfff)
      return fail (scan, "unpaired surrogate in a string");
  }
  return TRUE;
}

/* After the opening quote. */
static gboolean
skip_string (Scan *scan)
{
  while (scan->at < scan->end) {
    guchar c = (guchar) *scan->at++;

    if (c == '"')
      return TRUE;
    if (c < 0x20)
      return fail (scan, "control character in a string");
    if (c == '\\' && !skip_escape (scan))
      return FALSE;
  }
  return fail (scan, "unterminated string");
}

static gsize
skip_digits (Scan *scan)
{
  const char *start = scan->at;

  while (scan->at < scan->end && g_ascii_isdigit (*scan->at))
    scan->at++;
  return (gsize) (scan->at - start);
}

static gboolean
skip_number (Scan *scan)
{
  gboolean negative = *scan->at == '-';
  gboolean integer = TRUE;
  const char *first;
  gsize n_digits;

  if (negative)
    scan->at++;
  first = scan->at;
  n_digits = skip_digits (scan);
  if (n_digits == 0 || (n_digits > 1 && *first == '0'))
    return fail (scan, "bad number");
  if (scan->at < scan->end && *scan->at == '.') {
    integer = FALSE;
    scan->at++;
    if (skip_digits (scan) == 0)
      return fail (scan, "bad number");
  }
  if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
    integer = FALSE;
    scan->at++;
    if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-'))
      scan->at++;
    if (skip_digits (scan) == 0)
      return fail (scan, "bad number");
  }
  if (integer && negative && n_digits > MAX_SAFE_DIGITS)
    return fail (scan, "number out of range");
  return TRUE;
}

static gboolean
skip_word (Scan *scan)
{
  static const char *const words[] = { "true", "false", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    gsize length = strlen (words[i]);
    if ((gsize) (scan->end - scan->at) >= length && memcmp (scan->at, words[i], length) == 0) {
      scan->at += length;
      if (scan->at < scan->end && g_ascii_isalnum (*scan->at))
        break;
      return TRUE;
    }
  }
  return fail (scan, "not JSON");
}

static gboolean
skip_token (Scan *scan)
{
  switch (*scan->at) {
  case '{':
  case '[':
    scan->at++;
    if (++scan->depth > MAX_DEPTH)
      return fail (scan, "nested too deeply");
    return TRUE;
  case '}':
  case ']':
    scan->at++;
    if (scan->depth-- == 0)
      return fail (scan, "unbalanced brackets");
    return TRUE;
  case ':':
    scan->n_members++;
    scan->at++;
    return TRUE;
  case ',':
  case ' ':
  case '\t':
  case '\n':
  case '\r':
    scan->at++;
    return TRUE;
  case '"':
    scan->at++;
    return skip_string (scan);
  default:
    if (*scan->at == '-' || g_ascii_isdigit (*scan->at))
      return skip_number (scan);
    return skip_word (scan);
  }
}

static gboolean
scan_text (Scan *scan)
{
  while (scan->at < scan->end) {
    if (!skip_token (scan))
      return FALSE;
  }
  if (scan->depth != 0)
    return fail (scan, "truncated");
  return TRUE;
}

static guint64
count_members (JsonNode *node)
{
  guint64 n = 0;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    JsonNode *member;

    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, NULL, &member))
      n += 1 + count_members (member);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    for (guint i = 0; i < json_array_get_length (array); i++)
      n += count_members (json_array_get_element (array, i));
  }
  return n;
}

JsonNode *
sew_json_file_parse (const char *text, gsize n_bytes, const char *name, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) local_error = NULL;
  JsonNode *root;
  Scan scan;

  if (n_bytes == 0 || n_bytes > SEW_JSON_MAX_BYTES) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: %s", name,
                 n_bytes == 0 ? "empty" : "too large for a JSON file");
    return NULL;
  }
  if (!g_utf8_validate_len (text, n_bytes, NULL)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: not UTF-8 text", name);
    return NULL;
  }
  scan = (Scan){ .at = text, .end = text + n_bytes };
  if (!scan_text (&scan)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: %s (at byte %" G_GSIZE_FORMAT ")",
                 name, scan.problem, (gsize) (scan.at - text));
    return NULL;
  }
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize) n_bytes, &local_error)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: %s", name, local_error->message);
    return NULL;
  }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: not a JSON object", name);
    return NULL;
  }
  if (count_members (root) != scan.n_members) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: a name occurs twice in one object",
                 name);
    return NULL;
  }
  return json_node_ref (root);
}

JsonNode *
sew_json_file_load (const char *path, GError **error)
{
  g_autoptr (GMappedFile) map = sew_file_map_open (path, error);

  if (map == NULL)
    return NULL;
  return sew_json_file_parse (g_mapped_file_get_contents (map), g_mapped_file_get_length (map),
                              path, error);
}

gboolean
sew_json_file_load_optional (const char *path, JsonNode **node, GError **error)
{
  *node = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  *node = sew_json_file_load (path, error);
  return *node != NULL;
}

gboolean
sew_json_node_is_integer (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
}

gboolean
sew_json_node_is_string (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
}
