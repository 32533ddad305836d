/* SPDX-License-Identifier: MIT */
#include "stream/endpointer.h"

void
sew_endpointer_init (SewEndpointer *endpointer, guint64 pause)
{
  *endpointer = (SewEndpointer){ .pause = pause };
}

void
sew_endpointer_push_letter (SewEndpointer *endpointer, guint64 end_frame)
{
  endpointer->last_letter_end = end_frame;
  endpointer->speaking = TRUE;
}

gboolean
sew_endpointer_advance (SewEndpointer *endpointer, guint64 frame)
{
  if (!endpointer->speaking || frame < endpointer->last_letter_end + endpointer->pause)
    return FALSE;
  endpointer->speaking = FALSE;
  return TRUE;
}
