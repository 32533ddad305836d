/* SPDX-License-Identifier: MIT */
#include "output-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

static void
set_errno_error (GError **error, const char *path)
{
  int code = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", path,
               g_strerror (code));
}

static char *
replace_extension (const char *name, const char *extension)
{
  const char *dot = strrchr (name, '.');
  gsize length = dot != NULL && dot > name && dot[-1] != '/' && strchr (dot, '/') == NULL
                     ? (gsize) (dot - name)
                     : strlen (name);

  return g_strdup_printf ("%.*s.%s", (int) length, name, extension);
}

static gboolean
is_same_file (const char *a, const char *b)
{
  GStatBuf status_a, status_b;

  return g_stat (a, &status_a) == 0 && g_stat (b, &status_b) == 0
         && status_a.st_dev == status_b.st_dev && status_a.st_ino == status_b.st_ino;
}

static char *
make_path (const OutputPlan *plan, const char *input)
{
  gboolean from_stdin = g_str_equal (input, "-");

  if (plan->output == NULL)
    return from_stdin ? g_strdup ("-") : replace_extension (input, plan->extension);
  if (!g_file_test (plan->output, G_FILE_TEST_IS_DIR))
    return g_strdup (plan->output);
  g_autofree char *name = from_stdin ? g_strdup ("stdin") : g_path_get_basename (input);
  g_autofree char *file = replace_extension (name, plan->extension);
  return g_build_filename (plan->output, file, NULL);
}

/* The same for all names of a file, however they lead to it. */
static char *
make_key (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path), *name = g_path_get_basename (path);
  g_autofree char *real = realpath (path, NULL);
  g_autofree char *real_folder = realpath (folder, NULL);

  if (real != NULL)
    return g_steal_pointer (&real);
  return g_build_filename (real_folder != NULL ? real_folder : folder, name, NULL);
}

char *
output_plan_choose (OutputPlan *plan, const char *input, GError **error)
{
  g_autofree char *path = make_path (plan, input);

  if (g_str_equal (path, "-"))
    return g_steal_pointer (&path);
  if (is_same_file (path, input)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST, "%s is the input itself", path);
    return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS (plan->read); i++)
    if (plan->read[i] != NULL && is_same_file (path, plan->read[i])) {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST, "%s is what words are read from", path);
      return NULL;
    }
  g_autofree char *key = make_key (path);
  if (g_hash_table_contains (plan->taken, key)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                 "%s already holds another input's transcript", path);
    return NULL;
  }
  if (plan->output == NULL && !plan->overwrite && g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                 "%s exists; --overwrite or --output would write it", path);
    return NULL;
  }
  g_hash_table_add (plan->taken, g_steal_pointer (&key));
  return g_steal_pointer (&path);
}

FILE *
output_file_open (const char *path, GError **error)
{
  FILE *file = g_str_equal (path, "-") ? stdout : g_fopen (path, "w");

  if (file == NULL)
    set_errno_error (error, path);
  return file;
}

gboolean
output_file_check (FILE *file, const char *path, GError **error)
{
  if (fflush (file) == 0 && !ferror (file))
    return TRUE;
  set_errno_error (error, file == stdout ? "standard output" : path);
  return FALSE;
}

gboolean
output_file_close (FILE *file, const char *path, GError **error)
{
  gboolean good = output_file_check (file, path, error);

  if (file == stdout || fclose (file) == 0 || !good)
    return good;
  set_errno_error (error, path);
  return FALSE;
}
