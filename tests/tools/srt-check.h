/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Reads a SubRip file the way a strict player does, and holds it against what makes subtitles
 * readable. Knows nothing of the library, so that it shares none of its mistakes. */
typedef struct {
  guint max_lines;
  guint line_length;
  guint min_duration_ms;
  guint max_duration_ms;
  double reading_speed; /* characters a second, a line's end counting as one */
  guint gap_ms;
} SrtLimits;

typedef struct {
  guint n_cues;
  guint64 end_ms;    /* of the last cue */
  GString *problems; /* a line each; "" if there are none */
} SrtReport;

/* What subtitlers commonly keep. */
extern const SrtLimits srt_limits_common;

SrtReport *srt_check (const char *content, const SrtLimits *limits);
void srt_report_free (SrtReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SrtReport, srt_report_free)
