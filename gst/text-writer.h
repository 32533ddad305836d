/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Makes a tidy stream of the text of a source pad: buffers lie in the segment and follow each other
 * without going back or overlapping, and GAP events fill the time between them. */
typedef struct {
  GstSegment segment;
  GstClockTime position; /* what comes next starts here or later */
  gboolean discont;      /* the next buffer is the first after a start, a flush or a jump */
} SewTextWriter;

void sew_text_writer_init (SewTextWriter *self);

/* A new segment begins; in TIME. */
void sew_text_writer_set_segment (SewTextWriter *self, const GstSegment *segment);

/* Everything before this PTS (or GST_CLOCK_TIME_NONE) has been said. Returns: (transfer full): a
 * GAP event, or NULL if there is no gap. */
GstEvent *sew_text_writer_advance (SewTextWriter *self, GstClockTime pts);

/* Moves a buffer with PTS and duration to where it may lie, and flags it. Call it after advancing
 * to its PTS. */
void sew_text_writer_place (SewTextWriter *self, GstBuffer *buffer);

G_END_DECLS
