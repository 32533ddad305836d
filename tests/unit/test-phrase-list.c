/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sew/sew.h"

static char *
describe (const SewPhraseList *list)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < sew_phrase_list_get_n_phrases (list); i++)
    g_string_append_printf (text, "[%s] %.2f ", sew_phrase_list_get_phrase (list, i),
                            (double) sew_phrase_list_get_weight (list, i));
  return g_string_free (text, FALSE);
}

static void
test_text (void)
{
  static const struct {
    const char *text, *phrases;
  } cases[] = {
    { "", "" },
    { " \n,, \n", "" },
    { "# nothing: here, too\n", "" },
    { "Kubernetes", "[Kubernetes] 6.00 " },
    { "New York:8.5, gst-launch\r\n  naïve : -3 ",
      "[New York] 8.50 [gst-launch] 6.00 [naïve] -3.00 " },
    { "a:b:2", "[a:b] 2.00 " },
    { "\357\273\277# a mark, and a remark\nname", "[name] 6.00 " },
    { "\357\273\277name", "[name] 6.00 " },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SewPhraseList) list = sew_phrase_list_new ();
    g_autoptr (GError) error = NULL;
    g_assert_true (sew_phrase_list_add_text (list, cases[i].text, &error));
    g_assert_no_error (error);
    g_autofree char *found = describe (list);
    g_assert_cmpstr (found, ==, cases[i].phrases);
  }
}

static void
test_bad_text (void)
{
  static const struct {
    const char *text, *reason;
  } cases[] = {
    { "good\nbad:weight", "line 2: “weight” is not the weight of a phrase" },
    { "bad:", "line 1: “” is not" },
    { "bad:3x", "“3x” is not" },
    { "bad:nan", "the weight of “bad” is not within ±100" },
    { "bad:101", "the weight of “bad” is not within ±100" },
    { "\n\n:3", "line 3: a phrase without letters" },
    { "\xff", "not UTF-8" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (SewPhraseList) list = sew_phrase_list_new ();
    g_autoptr (GError) error = NULL;
    g_assert_false (sew_phrase_list_add_text (list, cases[i].text, &error));
    g_assert_error (error, SEW_ERROR, SEW_ERROR_MALFORMED);
    g_assert_nonnull (strstr (error->message, cases[i].reason));
  }
}

static void
test_add (void)
{
  g_autoptr (SewPhraseList) list = sew_phrase_list_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (sew_phrase_list_add (list, " with, comma ", 1.5f, &error));
  g_autofree char *found = describe (list);
  g_assert_cmpstr (found, ==, "[with, comma] 1.50 ");
  g_assert_false (sew_phrase_list_add (list, "\xff", 1.0f, NULL));
  g_assert_false (sew_phrase_list_add (list, "word", NAN, NULL));
  g_assert_false (sew_phrase_list_add (list, " ", 1.0f, &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_MALFORMED);
  g_assert_cmpuint (sew_phrase_list_get_n_phrases (list), ==, 1);
}

static void
test_file (void)
{
  g_autofree char *path = NULL;
  g_autoptr (SewPhraseList) list = sew_phrase_list_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) missing = NULL;
  int fd = g_file_open_tmp ("phrases-XXXXXX", &path, NULL);

  g_close (fd, NULL);
  g_file_set_contents (path, "# names\nAda\nGrace Hopper:7\n", -1, NULL);
  g_assert_true (sew_phrase_list_add_file (list, path, &error));
  g_autofree char *found = describe (list);
  g_assert_cmpstr (found, ==, "[Ada] 6.00 [Grace Hopper] 7.00 ");

  g_file_set_contents (path, "Ada\nGrace:much\n", -1, NULL);
  g_assert_false (sew_phrase_list_add_file (list, path, &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_MALFORMED);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, "line 2"));
  g_file_set_contents (path, "Ada\0Grace", 9, NULL);
  g_assert_false (sew_phrase_list_add_file (list, path, NULL));
  g_unlink (path);
  g_assert_false (sew_phrase_list_add_file (list, path, &missing));
  g_assert_error (missing, SEW_ERROR, SEW_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (missing->message, path));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phrase-list/text", test_text);
  g_test_add_func ("/phrase-list/bad-text", test_bad_text);
  g_test_add_func ("/phrase-list/add", test_add);
  g_test_add_func ("/phrase-list/file", test_file);
  return g_test_run ();
}
