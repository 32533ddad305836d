/* SPDX-License-Identifier: MIT */

/* usage: check-srt FILE...: tells which cues of subtitle files break the limits that subtitlers
 * commonly keep. Exit status: 0 if none does. */

#include <stdio.h>
#include <stdlib.h>

#include "srt-check.h"

int
main (int argc, char **argv)
{
  int status = EXIT_SUCCESS;

  for (int i = 1; i < argc; i++) {
    g_autofree char *content = NULL;
    g_autoptr (GError) error = NULL;
    if (!g_file_get_contents (argv[i], &content, NULL, &error)) {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_FAILURE;
    }
    g_autoptr (SrtReport) report = srt_check (content, &srt_limits_common);
    printf ("%s: %u cues, %.3f s\n%s", argv[i], report->n_cues, (double) report->end_ms / 1000.0,
            report->problems->str);
    if (report->problems->len > 0)
      status = EXIT_FAILURE;
  }
  return status;
}
