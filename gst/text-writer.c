/* SPDX-License-Identifier: MIT */
#include "text-writer.h"

/* Text that is so late that not half of its time is left is shown as long as it was to be, but no
 * longer than this. */
#define LATE_DURATION (2 * GST_SECOND)

void
sew_text_writer_init (SewTextWriter *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  self->position = 0;
  self->discont = TRUE;
}

void
sew_text_writer_set_segment (SewTextWriter *self, const GstSegment *segment)
{
  gst_segment_copy_into (segment, &self->segment);
  self->position = segment->start;
  self->discont = TRUE;
}

static GstClockTime
limit_to_segment (const SewTextWriter *self, GstClockTime pts)
{
  return GST_CLOCK_TIME_IS_VALID (self->segment.stop) ? MIN (pts, self->segment.stop) : pts;
}

GstEvent *
sew_text_writer_advance (SewTextWriter *self, GstClockTime pts)
{
  GstClockTime start = self->position;
  GstClockTime end = limit_to_segment (self, pts);

  if (!GST_CLOCK_TIME_IS_VALID (pts) || end <= start)
    return NULL;
  self->position = end;
  return gst_event_new_gap (start, end - start);
}

void
sew_text_writer_place (SewTextWriter *self, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstClockTime end = pts + GST_BUFFER_DURATION (buffer);

  if (pts < self->position) {
    pts = self->position;
    if (end < pts + GST_BUFFER_DURATION (buffer) / 2)
      end = pts + MIN (GST_BUFFER_DURATION (buffer), LATE_DURATION);
  }
  pts = limit_to_segment (self, pts);
  end = limit_to_segment (self, end);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = end - pts;
  if (self->discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  self->position = end;
}
