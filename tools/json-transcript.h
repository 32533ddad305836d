/* SPDX-License-Identifier: MIT */
#pragma once

#include "transcript-writer.h"

/* One JSON object a transcript, whose segments are written as they come, a whole line each. */

void json_transcript_begin (FILE *file, const char *location, SewRecognizer *recognizer);
void json_transcript_write (FILE *file, const SewSegment *segment, const TranscriptClock *clock,
                            gboolean first);
void json_transcript_end (FILE *file, const GError *error);
