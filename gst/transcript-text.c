/* SPDX-License-Identifier: MIT */
#include "transcript-text.h"

#include <string.h>

#include <json-glib/json-glib.h>

#define DIMMED_BEGIN "<span alpha=\"55%\">"
#define DIMMED_END "</span>"

SewTextFormat
sew_transcript_text_get_format (const GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);

  if (gst_structure_has_name (structure, "application/x-json"))
    return SEW_TEXT_FORMAT_JSON;
  if (g_strcmp0 (gst_structure_get_string (structure, "format"), "pango-markup") == 0)
    return SEW_TEXT_FORMAT_PANGO_MARKUP;
  return SEW_TEXT_FORMAT_UTF8;
}

static void
append_escaped (GString *markup, const char *text, gsize length)
{
  g_autofree char *escaped = g_markup_escape_text (text, (gssize) length);

  g_string_append (markup, escaped);
}

/* Words stand in the text in their order; what is between them is copied. */
static char *
write_markup (const char *text, const GValue *words, double dim_below)
{
  GString *markup = g_string_new (NULL);
  guint n_words = words != NULL ? gst_value_array_get_size (words) : 0;

  for (guint i = 0; i < n_words; i++) {
    const GstStructure *word = gst_value_get_structure (gst_value_array_get_value (words, i));
    const char *letters = gst_structure_get_string (word, "text");
    const char *found = strstr (text, letters);
    double confidence = 1.0;
    if (found == NULL)
      continue;
    gst_structure_get_double (word, "confidence", &confidence);
    append_escaped (markup, text, (gsize) (found - text));
    g_string_append (markup, confidence < dim_below ? DIMMED_BEGIN : "");
    append_escaped (markup, found, strlen (letters));
    g_string_append (markup, confidence < dim_below ? DIMMED_END : "");
    text = found + strlen (letters);
  }
  append_escaped (markup, text, strlen (text));
  return g_string_free (markup, FALSE);
}

static void append_structure (GString *json, const GstStructure *structure);

static void
append_string (GString *json, const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  g_autofree char *quoted = json_to_string (node, FALSE);

  g_string_append (json, quoted);
}

static void
append_array (GString *json, const GValue *array)
{
  g_string_append_c (json, '[');
  for (guint i = 0; i < gst_value_array_get_size (array); i++) {
    if (i > 0)
      g_string_append (json, ", ");
    append_structure (json, gst_value_get_structure (gst_value_array_get_value (array, i)));
  }
  g_string_append_c (json, ']');
}

static gboolean
append_field (GQuark field, const GValue *value, gpointer user_data)
{
  GString *json = user_data;
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (json->str[json->len - 1] != '{')
    g_string_append (json, ", ");
  append_string (json, g_quark_to_string (field));
  g_string_append (json, ": ");
  if (G_VALUE_HOLDS_STRING (value))
    append_string (json, g_value_get_string (value));
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_string_append_printf (json, "%" G_GUINT64_FORMAT, g_value_get_uint64 (value));
  else if (G_VALUE_HOLDS_DOUBLE (value))
    g_string_append (json,
                     g_ascii_formatd (digits, sizeof (digits), "%.3f", g_value_get_double (value)));
  else if (G_VALUE_HOLDS_BOOLEAN (value))
    g_string_append (json, g_value_get_boolean (value) ? "true" : "false");
  else if (GST_VALUE_HOLDS_ARRAY (value))
    append_array (json, value);
  else
    g_string_append (json, "null");
  return TRUE;
}

static void
append_structure (GString *json, const GstStructure *structure)
{
  g_string_append_c (json, '{');
  gst_structure_foreach (structure, append_field, json);
  g_string_append_c (json, '}');
}

static char *
write_json (const GstStructure *transcript)
{
  GString *json = g_string_new (NULL);

  append_structure (json, transcript);
  g_string_append_c (json, '\n');
  return g_string_free (json, FALSE);
}

char *
sew_transcript_text_write (const GstStructure *transcript, SewTextFormat format, double dim_below)
{
  const char *text = gst_structure_get_string (transcript, "text");

  switch (format) {
  case SEW_TEXT_FORMAT_UTF8:
    return g_strdup (text);
  case SEW_TEXT_FORMAT_PANGO_MARKUP:
    return write_markup (text, gst_structure_get_value (transcript, "words"), dim_below);
  case SEW_TEXT_FORMAT_JSON:
    return write_json (transcript);
  }
  return NULL;
}
