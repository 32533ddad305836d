/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "pad-task.h"

G_BEGIN_DECLS

/* Text for a source pad, pushed by a task of the pad, so that a downstream element that makes text
 * wait holds up nobody else. */
typedef struct _SewTextOutput SewTextOutput;

/* srcpad: of element; not owned.
 * stopped: called from the task when downstream refuses more, with no lock held. */
SewTextOutput *sew_text_output_new (GstElement *element, GstPad *srcpad,
                                    void (*stopped) (gpointer user_data), gpointer user_data);
void sew_text_output_free (SewTextOutput *self);

/* Begins from nothing; while the task does not run. */
void sew_text_output_reset (SewTextOutput *self);
/* To start, interrupt, pause, stop and end it. */
SewPadTask *sew_text_output_get_task (SewTextOutput *self);

/* By how much all that follows the next segment event is shifted in running time. Any thread. */
void sew_text_output_set_lateness (SewTextOutput *self, GstClockTime lateness);

/* Words of less confidence are dimmed where the text is markup; 0: none. Any thread. */
void sew_text_output_set_dim_below (SewTextOutput *self, double confidence);

/* All may wait for room. transcript: (transfer full): as sew_transcript_meta_describe makes it,
 * with the text to push. */
void sew_text_output_push_words (SewTextOutput *self, GstStructure *transcript, GstClockTime pts,
                                 GstClockTime duration);
/* Everything before this PTS has been said. */
void sew_text_output_push_position (SewTextOutput *self, GstClockTime pts);
/* By the clock, everything before this running time should have been said: what comes later is
 * late. Never waits. Any thread. */
void sew_text_output_push_deadline (SewTextOutput *self, GstClockTime running_time);
/* What follows is unrelated to what came before. */
void sew_text_output_push_jump (SewTextOutput *self);
/* event: (transfer full): serialized. */
void sew_text_output_push_event (SewTextOutput *self, GstEvent *event);

G_END_DECLS
