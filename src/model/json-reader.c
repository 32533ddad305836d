/* SPDX-License-Identifier: MIT */
#include "model/json-reader.h"

#include <math.h>

#include <sew/sew-error.h>

#include "model/json-file.h"

void
sew_json_reader_fail (SewJsonReader *reader, int code, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list arguments;

  if (reader->error != NULL)
    return;
  va_start (arguments, format);
  reason = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  reader->error = g_error_new (SEW_ERROR, code, "%s: %s", reader->file, reason);
}

JsonNode *
sew_json_reader_find (SewJsonReader *reader, const char *name)
{
  JsonNode *node;

  if (reader->error != NULL)
    return NULL;
  node = json_object_get_member (reader->object, name);
  return node == NULL || JSON_NODE_HOLDS_NULL (node) ? NULL : node;
}

/* FALSE, with the error set, unless it is an integer within the bounds. */
static gboolean
read_integer (SewJsonReader *reader, const char *name, JsonNode *node, guint minimum, guint maximum,
              guint *value)
{
  gint64 number;

  if (!sew_json_node_is_integer (node)) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"%s\" is not an integer", name);
    return FALSE;
  }
  number = json_node_get_int (node);
  if (number < (gint64) minimum || number > (gint64) maximum) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED,
                          "\"%s\" is %" G_GINT64_FORMAT ", but has to be between %u and %u", name,
                          number, minimum, maximum);
    return FALSE;
  }
  *value = (guint) number;
  return TRUE;
}

guint
sew_json_reader_get_size (SewJsonReader *reader, const char *name, guint fallback, guint minimum,
                          guint maximum)
{
  JsonNode *node = sew_json_reader_find (reader, name);
  guint value;

  if (node == NULL || !read_integer (reader, name, node, minimum, maximum, &value))
    return fallback;
  return value;
}

void
sew_json_reader_get_sizes (SewJsonReader *reader, const char *name, guint *values, guint *n_values,
                           guint max_values, guint maximum)
{
  JsonNode *node = sew_json_reader_find (reader, name);
  JsonArray *array;
  guint length;

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"%s\" is not a list", name);
    return;
  }
  array = json_node_get_array (node);
  length = json_array_get_length (array);
  if (length == 0 || length > max_values) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED,
                          "\"%s\" has %u values, but has to have 1 to %u", name, length,
                          max_values);
    return;
  }
  for (guint i = 0; i < length; i++) {
    if (!read_integer (reader, name, json_array_get_element (array, i), 1, maximum, &values[i]))
      return;
  }
  *n_values = length;
}

gboolean
sew_json_reader_get_flag (SewJsonReader *reader, const char *name, gboolean fallback)
{
  JsonNode *node = sew_json_reader_find (reader, name);

  if (node == NULL)
    return fallback;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"%s\" is neither true nor false", name);
    return fallback;
  }
  return json_node_get_boolean (node);
}

float
sew_json_reader_get_real (SewJsonReader *reader, const char *name, float fallback, float maximum)
{
  JsonNode *node = sew_json_reader_find (reader, name);
  double number;

  if (node == NULL)
    return fallback;
  if (!sew_json_node_is_integer (node)
      && !(JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_DOUBLE)) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"%s\" is not a number", name);
    return fallback;
  }
  number = json_node_get_double (node);
  if (!isfinite (number) || number < 0 || number > (double) maximum) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED,
                          "\"%s\" is %g, but has to be between 0 and %g", name, number,
                          (double) maximum);
    return fallback;
  }
  return (float) number;
}

const char *
sew_json_reader_get_string (SewJsonReader *reader, const char *name, const char *fallback)
{
  JsonNode *node = sew_json_reader_find (reader, name);

  if (node == NULL)
    return fallback;
  if (!sew_json_node_is_string (node)) {
    sew_json_reader_fail (reader, SEW_ERROR_MALFORMED, "\"%s\" is not a string", name);
    return fallback;
  }
  return json_node_get_string (node);
}
