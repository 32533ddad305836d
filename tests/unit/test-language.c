/* SPDX-License-Identifier: MIT */
#include "model/language.h"

static GPtrArray *
make_list (const char *const *names)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (list, (gpointer) names[i]);
  return list;
}

static void
test_chooses (void)
{
  static const char *const names[] = { "abk",
                                       "azj-script_cyrillic",
                                       "azj-script_latin",
                                       "cmn-script_simplified",
                                       "deu",
                                       "eng",
                                       "fra",
                                       "por",
                                       "swh",
                                       "uig-script_cyrillic",
                                       "uig-script_arabic",
                                       "zlm",
                                       "xx-Odd",
                                       "kmr-script_arabic",
                                       NULL };
  static const struct {
    const char *code;
    const char *chosen;
  } cases[] = {
    { "eng", "eng" },
    { "ENG", "eng" },
    { "en", "eng" },
    { "en-US", "eng" },
    { "en_US", "eng" },
    { "de-AT", "deu" },
    { "pt-BR", "por" },
    { "fra-CA", "fra" },
    { "zh-CN", "cmn-script_simplified" },
    { "cmn", "cmn-script_simplified" },
    { "az", "azj-script_latin" },
    { "azj-script_cyrillic", "azj-script_cyrillic" },
    { "ku", "kmr-script_arabic" },
    { "sw", "swh" },
    { "ms", "zlm" },
    { "xx-odd", "xx-Odd" },
    { "ja", NULL },
    { "jpn", NULL },
    { "e", NULL },
    { "", NULL },
    { "-", NULL },
    { "../eng", NULL },
  };
  g_autoptr (GPtrArray) list = make_list (names);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (sew_language_choose (cases[i].code, list), ==, cases[i].chosen);
}

/* Checkpoints that spell theirs with two letters. */
static void
test_chooses_two_letters (void)
{
  static const char *const names[] = { "de", "en", NULL };
  g_autoptr (GPtrArray) list = make_list (names);

  g_assert_cmpstr (sew_language_choose ("eng", list), ==, "en");
  g_assert_cmpstr (sew_language_choose ("de-DE", list), ==, "de");
}

static void
test_lists (void)
{
  static const char *const names[] = { "fra", "deu", NULL };
  g_autoptr (GPtrArray) list = make_list (names);
  g_autoptr (GPtrArray) many = g_ptr_array_new ();
  g_autofree char *text = sew_language_list (list);
  g_autofree char *shortened = NULL;

  g_assert_cmpstr (text, ==, "deu, fra");
  for (guint i = 0; i < 150; i++)
    g_ptr_array_add (many, (gpointer) "eng");
  shortened = sew_language_list (many);
  g_assert_true (g_str_has_suffix (shortened, "eng and 50 more"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/language/chooses", test_chooses);
  g_test_add_func ("/language/chooses-two-letters", test_chooses_two_letters);
  g_test_add_func ("/language/lists", test_lists);
  return g_test_run ();
}
