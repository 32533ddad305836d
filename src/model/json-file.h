/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

/* JSON from files that nobody vouches for. Size and nesting are bounded, the text is checked
 * against the grammar before json-glib sees it, and an object that names a member twice is refused,
 * as is what json-glib would misread (NUL characters, unpaired surrogates). All functions name
 * the file in their errors. */

#define SEW_JSON_MAX_BYTES (16 * 1024 * 1024)

/* The root is always an object. Free with json_node_unref(). name: for messages. */
JsonNode *sew_json_file_parse (const char *text, gsize n_bytes, const char *name, GError **error);
JsonNode *sew_json_file_load (const char *path, GError **error);
/* As above, but *node is NULL and the result TRUE if there is no such file. */
gboolean sew_json_file_load_optional (const char *path, JsonNode **node, GError **error);

/* An integer literal, not a number that happens to be whole. */
gboolean sew_json_node_is_integer (JsonNode *node);
gboolean sew_json_node_is_string (JsonNode *node);
