/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <sew/sew.h>

#include "recognition-settings.h"
#include "stream-timeline.h"

G_BEGIN_DECLS

/* The thread in which an element recognizes speech. The streaming thread queues audio and
 * serialized events; the task loads the model, feeds a recognizer and calls back with what comes
 * out, everything in order. */
typedef struct _SewSpeechTask SewSpeechTask;

/* Called from the task's thread, with no lock held. May block; a flush has to wake them. */
typedef struct {
  /* Words, or only the end of an utterance. */
  void (*segment) (const SewSegment *segment, const SewStreamTimeline *timeline,
                   gpointer user_data);
  /* Everything that begins before this PTS has been handed out. */
  void (*position) (GstClockTime pts, gpointer user_data);
  /* The audio jumps here: what follows is unrelated to what came before. */
  void (*jump) (gpointer user_data);
  /* An event's turn has come (transfer full). */
  void (*event) (GstEvent *event, gpointer user_data);
  /* May be NULL, like the next one. How late words of live audio are, the time that recognition
   * takes included; when it changes. */
  void (*delay) (GstClockTime delay, gpointer user_data);
  /* If wanted, how the utterance seems to go on; when that changes. NULL: no more of it is left
   * that was not handed out. */
  void (*partial) (const SewSegment *segment, const SewStreamTimeline *timeline,
                   gpointer user_data);
} SewSpeechTaskFuncs;

/* element: posts errors and progress. It, the settings and the funcs are not owned and must outlive
 * the task. The model is the one the settings ask for at the start; what they say otherwise holds
 * from the next run of samples on that follows a start, a segment event, a flush or a jump. */
SewSpeechTask *sew_speech_task_new (GstElement *element, SewRecognitionSettings *settings,
                                    const SewSpeechTaskFuncs *funcs, gpointer user_data);
void sew_speech_task_free (SewSpeechTask *self);

/* For who holds back what is not live until its words are known: 0 would be minutes, with many
 * threads. It costs some more work. */
#define SEW_SPEECH_TASK_HOLDING_LATENCY (6 * GST_SECOND)

/* latency: how late a word may be; 0: as late as it likes. From the next run of samples on. live:
 * audio can't wait. Any thread. */
void sew_speech_task_set_latency (SewSpeechTask *self, GstClockTime latency, gboolean live);
/* Whether to call back with partial results of live audio. Any thread. */
void sew_speech_task_set_partial (SewSpeechTask *self, gboolean partial);

/* preload: load the model right away, not with the first audio. */
void sew_speech_task_start (SewSpeechTask *self, gboolean preload);
/* Wakes everybody: what is being queued is refused, what is being recognized is given up. */
void sew_speech_task_interrupt (SewSpeechTask *self);
/* Waits for the thread, interrupted, and lets go of the model. */
void sew_speech_task_stop (SewSpeechTask *self);

/* Interrupts, and waits until the thread is idle. */
void sew_speech_task_wait (SewSpeechTask *self);
/* After wait: forgets all audio and goes on; keeps the model. */
void sew_speech_task_resume (SewSpeechTask *self);

/* Queues mono samples of 16 kHz. While more than enough is queued, waits, or, if live, skips what
 * is queued and posts messages about it. Returns: GST_FLOW_FLUSHING after interrupt, GST_FLOW_ERROR
 * after an error was posted. */
GstFlowReturn sew_speech_task_push_samples (SewSpeechTask *self, GstClockTime pts, gboolean discont,
                                            const float *samples, gsize n_samples);
/* Queues an event (transfer full). SEGMENT and GAP must be in TIME. */
gboolean sew_speech_task_push_event (SewSpeechTask *self, GstEvent *event);

G_END_DECLS
