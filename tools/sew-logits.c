/* SPDX-License-Identifier: MIT */

/* Writes the logits of a model for one WAV file, for tests and comparisons. */

#include <locale.h>
#include <sew/sew.h>
#include <stdio.h>
#include <string.h>

#include "wav-file.h"

enum {
  EXIT_DONE = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
};

static char *precision_name;
static SewPrecision precision = SEW_PRECISION_FLOAT32;
static gboolean show_version;
static char **arguments;

static const GOptionEntry options[] = {
  { "precision", 0, 0, G_OPTION_ARG_STRING, &precision_name,
    "float32 (the default), bf16, int8 or auto", "PRECISION" },
  { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version and exit", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL,
    "MODEL AUDIO.wav OUT.npy" },
  { 0 },
};

/* The header of numpy's format, version 1, padded so that the data begin at a multiple of 64. */
static GString *
make_npy (const float *values, gsize n_rows, gsize n_columns)
{
  g_autofree char *shape = g_strdup_printf (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT
      "), }",
      n_rows, n_columns);
  GString *file = g_string_new_len ("\x93NUMPY\x01\x00", 8);
  gsize n_header = (10 + strlen (shape) + 1 + 63) / 64 * 64 - 10;
  g_string_append_c (file, (char) (n_header & 0xff));
  g_string_append_c (file, (char) (n_header >> 8));
  g_string_append (file, shape);
  while (file->len < 10 + n_header - 1)
    g_string_append_c (file, ' ');
  g_string_append_c (file, '\n');
  for (gsize i = 0; i < n_rows * n_columns; i++) {
    guint32 bits;
    memcpy (&bits, &values[i], sizeof bits);
    bits = GUINT32_TO_LE (bits);
    g_string_append_len (file, (const char *) &bits, sizeof bits);
  }
  return file;
}

static gboolean
write_logits (const char *folder, const char *wav_path, const char *npy_path, GError **error)
{
  gsize n_samples;
  g_autofree float *samples = wav_file_read (wav_path, &n_samples, error);
  if (samples == NULL)
    return FALSE;
  g_autoptr (SewModel) model = sew_model_new_at_precision (folder, NULL, precision, NULL, error);
  if (model == NULL)
    return FALSE;

  gsize n_values;
  g_autofree float *logits = sew_model_compute_logits (model, samples, n_samples, &n_values, error);
  if (logits == NULL)
    return FALSE;
  guint n_columns = sew_model_get_vocabulary_size (model);
  GString *file = make_npy (logits, n_values / n_columns, n_columns);
  gboolean written = g_file_set_contents (npy_path, file->str, (gssize) file->len, error);
  g_string_free (file, TRUE);
  return written;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  setlocale (LC_CTYPE, "");
  g_option_context_set_summary (
      context,
      "Writes the logits (frames x vocabulary, float32) that a model computes for a 16 kHz\n"
      "mono WAV file, taken as one clip.");
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("sew-logits: %s\n", error->message);
    return EXIT_USAGE;
  }
  if (show_version) {
    g_print ("sew-logits %s\n", SEW_VERSION_STRING);
    return EXIT_DONE;
  }
  if (arguments == NULL || g_strv_length (arguments) != 3) {
    g_printerr ("usage: sew-logits [--precision=PRECISION] MODEL AUDIO.wav OUT.npy\n");
    return EXIT_USAGE;
  }
  if (precision_name != NULL && !sew_precision_parse (precision_name, &precision)) {
    g_printerr ("sew-logits: no precision “%s”; there are float32, bf16, int8 and auto\n",
                precision_name);
    return EXIT_USAGE;
  }
  if (!write_logits (arguments[0], arguments[1], arguments[2], &error)) {
    g_printerr ("sew-logits: %s\n", error->message);
    return EXIT_FAILED;
  }
  return EXIT_DONE;
}
