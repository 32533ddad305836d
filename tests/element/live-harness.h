/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/check/gstharness.h>

G_BEGIN_DECLS

/* sewtranscriber with the model of tones behind a live source, on a clock that only the test moves.
 * What leaves it is written down as text, "HELLO@1000 " with milliseconds for a word. */
typedef struct {
  GstHarness *harness;
  GstBus *bus;
  GstClockTime pushed; /* the PTS of the next audio */

  GMutex lock;
  GCond changed;
  GString *words;          /* under the lock */
  GstClockTime said_up_to; /* under the lock: where buffers and GAPs have got to */
  GPtrArray *messages;     /* under the lock: all of them */
  gboolean holds;          /* under the lock: recognition stops at the next word */
  gboolean held;           /* under the lock: it does */
  gboolean loaded;         /* under the lock: the model is */
  gboolean ended;          /* under the lock: EOS has come out */
} Live;

GstClockTime live_time_of (guint64 n_samples);

/* properties: more of the element's, as for gst-launch. */
Live *live_new (const char *model_folder, const char *properties);
/* The same, with a model that takes until live_set_holds (self, FALSE) to be loaded. */
Live *live_new_loading (const char *model_folder, const char *properties);
void live_free (Live *self);

/* The latency of a source is asked for with each segment: a new one that begins there. */
void live_begin_at (Live *self, GstClockTime start, GstClockTime upstream);

/* Audio that goes on from what was pushed last. */
void live_push (Live *self, const float *samples, gsize n_samples);
/* What tone_model_speak makes of it. */
void live_say (Live *self, const char *text);
void live_be_silent (Live *self, guint seconds);
/* Silence enough for all that was said before to come out, however slowly the encoder is run, and
 * not too much for the queue. */
#define LONG_SILENCE_S 6
/* Ends the stream, and waits until that has come out. */
void live_finish (Live *self);

/* The clock comes to that time, with all the ticks on the way. */
void live_set_time (Live *self, GstClockTime time);
/* Until buffers and GAPs have got there. */
void live_wait_until_said (Live *self, GstClockTime pts);

/* Recognition stops at the next word, as if its model were slow. */
void live_set_holds (Live *self, gboolean holds);
void live_wait_until_held (Live *self);

GstClockTime live_query_latency (Live *self);
guint live_count_messages (Live *self, GstMessageType type);
/* (transfer container) the texts of all element messages of that name. */
GPtrArray *live_list_texts (Live *self, const char *name);
/* Where the metadata says that a word begins. */
GstClockTime live_find_start (Live *self, const char *text);

G_END_DECLS
