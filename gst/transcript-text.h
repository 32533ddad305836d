/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What a transcript (see transcript-meta.h) is written as in a text buffer. */
typedef enum {
  SEW_TEXT_FORMAT_UTF8,
  SEW_TEXT_FORMAT_PANGO_MARKUP,
  SEW_TEXT_FORMAT_JSON, /* a line with all that the transcript holds */
} SewTextFormat;

/* The format that fixed caps of a text pad mean. */
SewTextFormat sew_transcript_text_get_format (const GstCaps *caps);

/* dim_below: words of less confidence are dimmed in markup; 0: none.
 * Returns: (transfer full) */
char *sew_transcript_text_write (const GstStructure *transcript, SewTextFormat format,
                                 double dim_below);

G_END_DECLS
