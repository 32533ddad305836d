/* SPDX-License-Identifier: MIT */
#pragma once

#include "transcript-writer.h"

typedef struct {
  TranscriptFormat format;
  const char *path; /* of the transcript, or "-" for standard output */
  gboolean show_progress;
} TranscriptionOptions;

/* From a media file (or "-" for standard input) to its transcript, which is written while the work
 * goes on; so what was recognized before an error is in it, and no file is made if nothing was.
 * cancellable: to stop it from another thread. FALSE with error if it is not complete. */
gboolean transcription_run (SewRecognizer *recognizer, const char *location,
                            const TranscriptionOptions *options, GCancellable *cancellable,
                            GError **error);
