/* SPDX-License-Identifier: MIT */
#include "transcript-text.h"

#include <json-glib/json-glib.h>

/* words: "text" and confidence, one after the other, up to NULL. */
static GstStructure *make_transcript (const char *text, ...) G_GNUC_NULL_TERMINATED;

static GstStructure *
make_transcript (const char *text, ...)
{
  GstStructure *transcript = gst_structure_new (
      "transcript", "text", G_TYPE_STRING, text, "utterance", G_TYPE_UINT64, (guint64) 3, "final",
      G_TYPE_BOOLEAN, TRUE, "spoken", G_TYPE_BOOLEAN, FALSE, NULL);
  GValue words = G_VALUE_INIT;
  const char *letters;
  va_list arguments;

  gst_value_array_init (&words, 0);
  va_start (arguments, text);
  while ((letters = va_arg (arguments, const char *)) != NULL) {
    GValue word = G_VALUE_INIT;
    g_value_init (&word, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&word,
                        gst_structure_new ("word", "text", G_TYPE_STRING, letters, "confidence",
                                           G_TYPE_DOUBLE, va_arg (arguments, double), NULL));
    gst_value_array_append_and_take_value (&words, &word);
  }
  va_end (arguments);
  gst_structure_take_value (transcript, "words", &words);
  return transcript;
}

/* transcript: (transfer full) */
static void
assert_written (GstStructure *transcript, SewTextFormat format, double dim_below,
                const char *expected)
{
  g_autofree char *text = sew_transcript_text_write (transcript, format, dim_below);

  g_assert_cmpstr (text, ==, expected);
  gst_structure_free (transcript);
}

static void
test_utf8 (void)
{
  const SewTextFormat utf8 = SEW_TEXT_FORMAT_UTF8;

  assert_written (make_transcript ("a word", NULL), utf8, 0.9, "a word");
  assert_written (make_transcript ("R&D\n<b>", NULL), utf8, 0.9, "R&D\n<b>");
  assert_written (make_transcript ("", NULL), utf8, 0.9, "");
}

static void
test_markup (void)
{
  const SewTextFormat markup = SEW_TEXT_FORMAT_PANGO_MARKUP;
  const char *all_dim = "<span alpha=\"55%\">R&amp;D</span>\n<span alpha=\"55%\">&lt;b&gt;</span>";

  assert_written (make_transcript ("R&D\n<b>", "R&D", 0.5, "<b>", 0.9, NULL), markup, 0.0,
                  "R&amp;D\n&lt;b&gt;");
  assert_written (make_transcript ("R&D\n<b>", "R&D", 0.5, "<b>", 0.9, NULL), markup, 1.0, all_dim);
  /* the right one of two, and only what is less certain */
  assert_written (make_transcript ("a an a", "a", 0.5, "an", 0.4, "a", 0.1, NULL), markup, 0.4,
                  "a an <span alpha=\"55%\">a</span>");
  assert_written (make_transcript ("gr\xc3\xbc\xc3\x9f", "no such", 0.1, NULL), markup, 0.5,
                  "gr\xc3\xbc\xc3\x9f");
}

static void
test_json (void)
{
  GstStructure *transcript = make_transcript ("\"R&D\"\nb", "\"R&D\"", 0.7, "b", 1.0, NULL);
  g_autofree char *line = sew_transcript_text_write (transcript, SEW_TEXT_FORMAT_JSON, 0.0);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  json_parser_load_from_data (parser, line, -1, &error);
  g_assert_no_error (error);
  JsonObject *object = json_node_get_object (json_parser_get_root (parser));
  JsonArray *words = json_object_get_array_member (object, "words");
  g_assert_cmpstr (json_object_get_string_member (object, "text"), ==, "\"R&D\"\nb");
  g_assert_cmpint (json_object_get_int_member (object, "utterance"), ==, 3);
  g_assert_true (json_object_get_boolean_member (object, "final"));
  g_assert_cmpint (json_node_get_value_type (json_object_get_member (object, "spoken")), ==,
                   G_TYPE_BOOLEAN);
  g_assert_false (json_object_get_boolean_member (object, "spoken"));
  g_assert_cmpuint (json_array_get_length (words), ==, 2);
  JsonObject *word = json_array_get_object_element (words, 0);
  g_assert_cmpstr (json_object_get_string_member (word, "text"), ==, "\"R&D\"");
  g_assert_cmpfloat (json_object_get_double_member (word, "confidence"), ==, 0.7);
  gst_structure_free (transcript);
}

static void
test_formats (void)
{
  static const struct {
    const char *caps;
    SewTextFormat format;
  } cases[] = {
    { "text/x-raw, format=utf8", SEW_TEXT_FORMAT_UTF8 },
    { "text/x-raw, format=pango-markup", SEW_TEXT_FORMAT_PANGO_MARKUP },
    { "application/x-json", SEW_TEXT_FORMAT_JSON },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (cases[i].caps);
    g_assert_cmpint (sew_transcript_text_get_format (caps), ==, cases[i].format);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transcript-text/utf8", test_utf8);
  g_test_add_func ("/transcript-text/markup", test_markup);
  g_test_add_func ("/transcript-text/json", test_json);
  g_test_add_func ("/transcript-text/formats", test_formats);
  return g_test_run ();
}
