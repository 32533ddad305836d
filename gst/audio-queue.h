/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Audio and serialized events on their way from the streaming thread to the one that recognizes.
 *
 * Files wait while more than enough is queued. Live audio can't: what is queued and not yet begun
 * is dropped instead, all of it, so that what is recognized next is what is being said, and the bus
 * is told. While there is nobody to recognize it, as a model is being loaded, more of it may wait,
 * and then until all that has been made up for. */
typedef struct _SewAudioQueue SewAudioQueue;

typedef struct {
  GstEvent *event;   /* or NULL: audio */
  GstClockTime pts;  /* or GST_CLOCK_TIME_NONE */
  gboolean discont;  /* unrelated to the audio before */
  guint64 n_skipped; /* samples that were dropped before it */
  gsize n_samples;
  float samples[]; /* mono, 16 kHz */
} SewAudioItem;

void sew_audio_item_free (gpointer item);

/* element: posts the messages; not owned. A queue that is flushing: to be opened before use. */
SewAudioQueue *sew_audio_queue_new (GstElement *element);
void sew_audio_queue_free (SewAudioQueue *self);

/* From the streaming thread. FALSE: the queue is flushing. */
gboolean sew_audio_queue_push_samples (SewAudioQueue *self, GstClockTime pts, gboolean discont,
                                       const float *samples, gsize n_samples);
/* event: (transfer full) */
gboolean sew_audio_queue_push_event (SewAudioQueue *self, GstEvent *event);

/* (transfer full) the oldest, waiting for one; NULL: the queue is flushing. */
SewAudioItem *sew_audio_queue_pop (SewAudioQueue *self);

/* (transfer full) the oldest, if it is an event; or NULL. Never waits. */
SewAudioItem *sew_audio_queue_pop_event (SewAudioQueue *self);

/* Any thread. */
void sew_audio_queue_set_live (SewAudioQueue *self, gboolean live);
/* Whether the model is being loaded. The thread that recognizes, or before there is one. */
void sew_audio_queue_set_loading (SewAudioQueue *self, gboolean loading);
/* In samples: what is queued, and what may be but after loading. */
guint64 sew_audio_queue_get_backlog (SewAudioQueue *self);
guint64 sew_audio_queue_get_limit (SewAudioQueue *self);
/* Wakes everyone; pushes and pops fail from now on. */
void sew_audio_queue_set_flushing (SewAudioQueue *self);
/* Drops what is queued and lets pushes and pops work again. */
void sew_audio_queue_open (SewAudioQueue *self);

G_END_DECLS
