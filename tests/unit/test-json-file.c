/* SPDX-License-Identifier: MIT */
#include "model/json-file.h"

#include <string.h>

#include <sew/sew-error.h>

#include "checkpoint-fixture.h"

static void
assert_refused (const char *text, gsize n_bytes, const char *reason)
{
  GError *error = NULL;

  g_assert_null (sew_json_file_parse (text, n_bytes, "x.json", &error));
  fixture_assert_error (error, SEW_ERROR_MALFORMED, "x.json", reason, NULL);
}

static void
test_refuses_bad_text (void)
{
  static const struct {
    const char *text;
    const char *reason;
  } cases[] = {
    { "", "empty" },
    { "[1, 2]", "not a JSON object" },
    { "1", "not a JSON object" },
    { "{", "truncated" },
    { "{\"a\": [1, 2}", "truncated" },
    { "{\"a\": 1}}", "unbalanced" },
    { "{\"a\" 1}", "x.json" },
    { "{\"a\": }", "x.json" },
    { "{'a': 1}", "not JSON" },
    { "{\"a\": 1 /* comment */}", "not JSON" },
    { "{\"a\": NaN}", "not JSON" },
    { "{\"a\": Infinity}", "not JSON" },
    { "{\"a\": truely}", "not JSON" },
    { "{\"a\": 010}", "bad number" },
    { "{\"a\": 1.}", "bad number" },
    { "{\"a\": 1e}", "bad number" },
    { "{\"a\": -}", "bad number" },
    { "{\"a\": -18446744073709551615}", "out of range" },
    { "{\"a\": \"", "unterminated" },
    { "{\"a\": \"\\", "unterminated" },
    { "{\"a\": \"\n\"}", "control character" },
    { "{\"a\": \"\\x41\"}", "unknown escape" },
    { "{\"a\": \"\\u12\"}", "escape" },
    { "{\"a\": \"\\u12", "truncated \\u escape" },
    { "{\"a\": \"\\u0000\"}", "NUL" },
    { "{\"a\": \"\\ud800\"}", "surrogate" },
    { "{\"a\": \"\\ud800\\u0041\"}", "surrogate" },
    { "{\"a\": \"\\udc00\"}", "surrogate" },
    { "{\"a\": \"\xff\"}", "UTF-8" },
    { "{\"a\": 1, \"a\": 2}", "twice" },
    { "{\"a\": [{\"b\": 1, \"b\": 2}]}", "twice" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].text, strlen (cases[i].text), cases[i].reason);
  assert_refused ("{\"a\":\0 1}", 9, "UTF-8");
}

static void
test_bounds_size_and_depth (void)
{
  g_autofree char *deep = g_strnfill (1000000, '[');
  g_autofree char *large = g_strnfill (SEW_JSON_MAX_BYTES + 1, ' ');
  g_autofree char *text = g_strconcat ("{\"a\":", deep, NULL);

  assert_refused (text, strlen (text), "nested");
  assert_refused (large, SEW_JSON_MAX_BYTES + 1, "too large");
}

static void
test_reads_values (void)
{
  static const char text[] = "{\"a\": \"\\ud83d\\ude00 \\u00e9 \\\"\\/\", \"b\": -12, \"c\": 1.5e3,"
                             " \"d\": [true, false, null, {}], \"[{\": \"}\","
                             " \"big\": 1000000000000000019884624838656}";
  GError *error = NULL;
  g_autoptr (JsonNode) root = sew_json_file_parse (text, strlen (text), "x.json", &error);
  JsonObject *object;

  g_assert_no_error (error);
  object = json_node_get_object (root);
  g_assert_cmpstr (json_object_get_string_member (object, "a"), ==, "😀 é \"/");
  g_assert_cmpint (json_object_get_int_member (object, "b"), ==, -12);
  g_assert_cmpfloat (json_object_get_double_member (object, "c"), ==, 1500.0);
  g_assert_cmpstr (json_object_get_string_member (object, "[{"), ==, "}");
  g_assert_true (sew_json_node_is_integer (json_object_get_member (object, "b")));
  g_assert_false (sew_json_node_is_integer (json_object_get_member (object, "c")));
  g_assert_false (sew_json_node_is_integer (json_object_get_member (object, "d")));
  /* What does not fit must not turn into a number that does. */
  g_assert_cmpint (json_object_get_int_member (object, "big"), <, 0);
}

static void
test_opens_only_regular_files (void)
{
  char *folder = fixture_new_folder ();
  g_autofree char *missing = g_build_filename (folder, "missing.json", NULL);
  JsonNode *node = NULL;
  GError *error = NULL;

  g_assert_null (sew_json_file_load (missing, &error));
  fixture_assert_error (g_steal_pointer (&error), SEW_ERROR_NOT_FOUND, missing, NULL);
  g_assert_null (sew_json_file_load (folder, &error));
  fixture_assert_error (g_steal_pointer (&error), SEW_ERROR_NOT_FOUND, "not a regular file", NULL);
  g_assert_true (sew_json_file_load_optional (missing, &node, &error));
  g_assert_no_error (error);
  g_assert_null (node);
  g_assert_false (sew_json_file_load_optional (folder, &node, &error));
  g_clear_error (&error);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-file/refuses-bad-text", test_refuses_bad_text);
  g_test_add_func ("/json-file/bounds-size-and-depth", test_bounds_size_and_depth);
  g_test_add_func ("/json-file/reads-values", test_reads_values);
  g_test_add_func ("/json-file/opens-only-regular-files", test_opens_only_regular_files);
  return g_test_run ();
}
