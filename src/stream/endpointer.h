/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Finds the pauses that end an utterance: so many frames in a row without a letter. */

typedef struct {
  guint64 pause;           /* frames */
  guint64 last_letter_end; /* frame after the last letter */
  gboolean speaking;
} SewEndpointer;

void sew_endpointer_init (SewEndpointer *endpointer, guint64 pause);
/* A letter was read up to end_frame. */
void sew_endpointer_push_letter (SewEndpointer *endpointer, guint64 end_frame);
/* All frames before `frame` are decoded: TRUE, once, if they end in a pause after speech. */
gboolean sew_endpointer_advance (SewEndpointer *endpointer, guint64 frame);
