/* SPDX-License-Identifier: MIT */

/* Writes a checkpoint at another precision. */

#include <locale.h>
#include <sew/sew.h>

enum {
  EXIT_DONE = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
};

static char *precision_name;
static gboolean show_version;
static char **folders;

static const GOptionEntry options[] = {
  { "precision", 'p', 0, G_OPTION_ARG_STRING, &precision_name,
    "Of the weights to write: float32, bf16 or int8", "PRECISION" },
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version and exit", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &folders, NULL, "IN OUT" },
  { 0 },
};

/* NULL, or what is wrong. */
static const char *
find_mistake (SewPrecision *precision)
{
  if (folders == NULL || g_strv_length (folders) != 2)
    return "two folders, please: a checkpoint, and one to write, which is not there yet";
  if (precision_name == NULL || !sew_precision_parse (precision_name, precision)
      || *precision == SEW_PRECISION_AUTO)
    return "--precision: float32, bf16 or int8";
  return NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  SewPrecision precision;

  setlocale (LC_ALL, "");
  g_option_context_set_summary (
      context,
      "Writes the checkpoint in the folder IN to a new folder OUT outside of it, with weights of\n"
      "another precision: half or a quarter of the size.");
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("sew-convert: %s\n", error->message);
    return EXIT_USAGE;
  }
  if (show_version) {
    g_print ("sew-convert %s\n", SEW_VERSION_STRING);
    return EXIT_DONE;
  }
  const char *mistake = find_mistake (&precision);
  if (mistake != NULL) {
    g_printerr ("sew-convert: %s\n", mistake);
    return EXIT_USAGE;
  }
  gboolean done = sew_model_convert (folders[0], folders[1], precision, NULL, &error);
  if (!done)
    g_printerr ("sew-convert: %s\n", error->message);
  g_free (precision_name);
  g_strfreev (folders);
  return done ? EXIT_DONE : EXIT_FAILED;
}
