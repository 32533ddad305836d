/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include <glib.h>

/* Where transcripts go. */
typedef struct {
  const char *output;    /* a file, a folder, "-" for standard output, or NULL: beside the input */
  const char *extension; /* of the files */
  gboolean overwrite;    /* files beside the input that exist */
  const char *read[2];   /* files that are not to be written, or NULL */
  GHashTable *taken;     /* set of char *: what was chosen before, under one name each */
} OutputPlan;

/* The path for what comes of an input (a path or "-"). NULL with error if it may not be written.
 * "-" for standard output. Returns: (transfer full) */
char *output_plan_choose (OutputPlan *plan, const char *input, GError **error);

/* path: as chosen. */
FILE *output_file_open (const char *path, GError **error);
/* FALSE if something could not be written so far. */
gboolean output_file_check (FILE *file, const char *path, GError **error);
/* The same, at the end. Standard output stays open. */
gboolean output_file_close (FILE *file, const char *path, GError **error);
