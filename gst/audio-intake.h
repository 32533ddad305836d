/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

#include "speech-task.h"

G_BEGIN_DECLS

/* Checks audio that has the rate and channels of speech already, and hands it to a speech task. All
 * in the streaming thread. */
typedef struct _SewAudioIntake SewAudioIntake;

/* element: posts errors. Neither is owned. */
SewAudioIntake *sew_audio_intake_new (GstElement *element, SewSpeechTask *speech);
void sew_audio_intake_free (SewAudioIntake *self);

/* Nothing is known of the audio to come. */
void sew_audio_intake_reset (SewAudioIntake *self);
/* The same, but for its format. */
void sew_audio_intake_flush (SewAudioIntake *self);

/* event: (transfer full): CAPS. FALSE if they mean nothing, or the task is flushing. */
gboolean sew_audio_intake_take_caps (SewAudioIntake *self, GstEvent *event);
/* event: SEGMENT. FALSE, with an error, if it is not in time. */
gboolean sew_audio_intake_set_segment (SewAudioIntake *self, GstEvent *event);
/* buffer: (transfer full) */
GstFlowReturn sew_audio_intake_push (SewAudioIntake *self, GstBuffer *buffer);

G_END_DECLS
