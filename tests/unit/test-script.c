/* SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <string.h>

#include "sew/sew.h"

/* "line:word " of each word. */
static void
assert_splits (const char *text, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SewScript) script = sew_script_new (text, -1, &error);
  g_autoptr (GString) found = g_string_new (NULL);

  g_assert_no_error (error);
  for (gsize i = 0; i < sew_script_get_n_words (script); i++)
    g_string_append_printf (found, "%" G_GSIZE_FORMAT ":%s ", sew_script_get_line (script, i),
                            sew_script_get_word (script, i));
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_words (void)
{
  assert_splits ("one", "0:one ");
  assert_splits (" Mr.  O’Neil \t(the 2nd) — paid $5.50!\n", "0:Mr. 0:O’Neil 0:(the 0:2nd) 0:— "
                                                             "0:paid 0:$5.50! ");
  assert_splits ("a\302\240b\342\200\203c", "0:a 0:b 0:c ");
  assert_splits ("zero\342\200\213width soft\302\255hyphen", "0:zero\342\200\213width "
                                                             "0:soft\302\255hyphen ");
  assert_splits ("bell\a \033[1m", "0:bell 0:[1m ");
  assert_splits ("\357\273\277marked", "0:marked ");
}

static void
test_lines (void)
{
  assert_splits ("a b\nc\n", "0:a 0:b 1:c ");
  assert_splits ("\n\na\r\n\r\n \n b\rc", "0:a 1:b 2:c ");
  assert_splits ("a\342\200\250b\342\200\251c\fd", "0:a 1:b 2:c 3:d ");
}

static void
test_no_spaces (void)
{
  assert_splits ("你好。世界", "0:你 0:好。 0:世 0:界 ");
  assert_splits ("「かな」abc漢", "0:「か 0:な」 0:abc 0:漢 ");
  assert_splits ("한국어 말", "0:한국어 0:말 ");
}

static void
assert_refused (const char *text, gssize n_bytes, SewError code, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (sew_script_new (text, n_bytes, &error));
  g_assert_error (error, SEW_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_refused (void)
{
  g_autofree char *long_text = g_malloc (5 * 1024 * 1024);

  memset (long_text, 'a', 5 * 1024 * 1024);
  assert_refused ("", -1, SEW_ERROR_MALFORMED, "no words");
  assert_refused (" \n\t\r\n", -1, SEW_ERROR_MALFORMED, "no words");
  assert_refused ("\357\273\277", -1, SEW_ERROR_MALFORMED, "no words");
  assert_refused ("fine\nso far\nr\351sum\351", -1, SEW_ERROR_MALFORMED, "0xe9 in line 3");
  assert_refused ("half a letter \303", -1, SEW_ERROR_MALFORMED, "0xc3 in line 1");
  assert_refused ("a\0b", 3, SEW_ERROR_MALFORMED, "0x00 in line 1");
  assert_refused (long_text, 5 * 1024 * 1024, SEW_ERROR_UNSUPPORTED, "4194304 bytes");
  /* as much text, but far more to say */
  memset (long_text, '9', 70 * 1024);
  assert_refused (long_text, 70 * 1024, SEW_ERROR_UNSUPPORTED, "a digit or a symbol counts as 64");
  memset (long_text, '%', 70 * 1024);
  assert_refused (long_text, 70 * 1024, SEW_ERROR_UNSUPPORTED, "a digit or a symbol counts as 64");
  memset (long_text, ',', 70 * 1024);
  memset (long_text, '9', 60 * 1024);
  g_autoptr (SewScript) script = sew_script_new (long_text, 70 * 1024, NULL);
  g_assert_nonnull (script);
}

static void
test_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("sew-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_assert_null (sew_script_new_from_file (path, &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_MALFORMED);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_clear_error (&error);

  g_file_set_contents (path, "a b", 3, NULL);
  g_autoptr (SewScript) script = sew_script_new_from_file (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sew_script_get_n_words (script), ==, 2);
  g_unlink (path);

  static const char *const bad[] = { "/nonexistent/script.txt", "/", "/dev/zero" };
  static const SewError codes[] = { SEW_ERROR_NOT_FOUND, SEW_ERROR_NOT_FOUND,
                                    SEW_ERROR_UNSUPPORTED };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_null (sew_script_new_from_file (bad[i], &error));
    g_assert_error (error, SEW_ERROR, (int) codes[i]);
    g_assert_true (g_str_has_prefix (error->message, bad[i]));
    g_clear_error (&error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/script/words", test_words);
  g_test_add_func ("/script/lines", test_lines);
  g_test_add_func ("/script/no-spaces", test_no_spaces);
  g_test_add_func ("/script/refused", test_refused);
  g_test_add_func ("/script/files", test_files);
  return g_test_run ();
}
