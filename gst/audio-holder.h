/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "pad-task.h"
#include "progress.h"

G_BEGIN_DECLS

/* Audio for a source pad, pushed by a task of the pad in the same order, each buffer when
 * recognition has got past it, or else when its deadline has come. What it holds is bounded. */
typedef struct _SewAudioHolder SewAudioHolder;

/* Called from the task, with no lock held: what to push instead of buffer (transfer full, both).
 * end: the running time given with it. */
typedef GstBuffer *(*SewAudioHolderPrepare) (GstBuffer *buffer, GstClockTime end,
                                             gpointer user_data);

/* Nothing is owned. */
SewAudioHolder *sew_audio_holder_new (GstElement *element, GstPad *srcpad, SewProgress *progress,
                                      SewAudioHolderPrepare prepare, gpointer user_data);
void sew_audio_holder_free (SewAudioHolder *self);

/* To start, interrupt, pause and stop it. Interrupt the progress too. */
SewPadTask *sew_audio_holder_get_task (SewAudioHolder *self);

/* (transfer full); wait for room. duration: of the audio in it. end: running time before which all
 * has to be known first; 0 to go right after what came before. deadline: as for
 * sew_progress_wait_until. Returns: what downstream said last. */
GstFlowReturn sew_audio_holder_push_buffer (SewAudioHolder *self, GstBuffer *buffer,
                                            GstClockTime duration, GstClockTime end,
                                            GstClockTime deadline);
GstFlowReturn sew_audio_holder_push_event (SewAudioHolder *self, GstEvent *event);

G_END_DECLS
