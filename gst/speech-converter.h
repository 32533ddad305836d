/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/audio/audio.h>

G_BEGIN_DECLS

/* Makes of raw audio of any format, rate, layout and number of channels what a speech task takes:
 * mono, 16 kHz, float. Times are exact: what the resampler keeps back is accounted for, and it
 * comes out before every jump and at the end. */
typedef struct _SewSpeechConverter SewSpeechConverter;

/* Where the samples go: sew_speech_task_push_samples. */
typedef GstFlowReturn (*SewSpeechConverterPush) (gpointer user_data, GstClockTime pts,
                                                 gboolean discont, const float *samples,
                                                 gsize n_samples);

/* Where a buffer lies, from its own timestamp or, without one, from those before it. */
typedef struct {
  GstClockTime start; /* PTS */
  GstClockTime end;
} SewSpeechSpan;

SewSpeechConverter *sew_speech_converter_new (SewSpeechConverterPush push, gpointer user_data);
void sew_speech_converter_free (SewSpeechConverter *self);

/* What follows is of this format. Hand over what is left of the old one first. FALSE: audio like
 * that can't be converted (it has too many channels). */
gboolean sew_speech_converter_set_info (SewSpeechConverter *self, const GstAudioInfo *info);

/* Forgets all audio; the first sample without a timestamp will be at start. */
void sew_speech_converter_reset (SewSpeechConverter *self, GstClockTime start);

/* buffer: inside the segment. Tells where it lies. Samples that are no numbers become silence.
 * n_bad: (inout): how many of those there were so far. */
GstFlowReturn sew_speech_converter_push (SewSpeechConverter *self, GstBuffer *buffer,
                                         gboolean discont, SewSpeechSpan *span, guint64 *n_bad);

/* Hands over what the resampler keeps back. What follows goes on from start (a PTS) if it has no
 * timestamp, and is a new beginning. */
GstFlowReturn sew_speech_converter_drain (SewSpeechConverter *self, GstClockTime start);

G_END_DECLS
