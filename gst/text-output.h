/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The task of a text source pad. What is to be pushed is queued, up to a limit, so that a
 * downstream element that makes text wait holds up nobody else. */
typedef struct _SewTextOutput SewTextOutput;

/* srcpad: of element; not owned.
 * stopped: called from the task when downstream refuses more, with no lock held. */
SewTextOutput *sew_text_output_new (GstElement *element, GstPad *srcpad,
                                    void (*stopped) (gpointer user_data), gpointer user_data);
void sew_text_output_free (SewTextOutput *self);

/* The pad becomes active, or a flush is over: starts from nothing. */
void sew_text_output_start (SewTextOutput *self);
/* Wakes everybody: pushes are refused. */
void sew_text_output_interrupt (SewTextOutput *self);
/* After interrupt, when downstream is flushing too: waits until the task is idle. */
void sew_text_output_pause (SewTextOutput *self);
/* After interrupt, when the pad is deactivated: waits until the task has ended. */
void sew_text_output_stop (SewTextOutput *self);

/* What downstream said last. */
GstFlowReturn sew_text_output_get_flow (SewTextOutput *self);
/* Upstream has sent EOS: an error can no longer be returned to it, and has to be posted. */
void sew_text_output_expect_eos (SewTextOutput *self);

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
