/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/app/app.h>
#include <gst/gst.h>
#include <sew/sew.h>

/* gst_init, g_test_init, and this project's elements. */
void element_test_init (int *argc, char ***argv);

/* One run of sewtranscriber in a pipeline of its own, appsrc ! sewtranscriber ! fakesink, with all
 * that leaves the source pad written down. Not live, so nothing depends on how fast the machine
 * is. */

typedef struct {
  char *text;
  GstClockTime pts;
  GstClockTime duration;
  gboolean discont;
} RunWord;

typedef struct {
  GstElement *pipeline;
  GstAppSrc *source;
  GstElement *transcriber;

  /* Read only after run_finish or run_stop. */
  GPtrArray *words;      /* RunWord */
  GPtrArray *events;     /* GstEvent, without GAPs */
  GPtrArray *results;    /* GstStructure: the element messages */
  GstClockTime position; /* where the last buffer or GAP ended */
  GstSegment segment;
  guint n_finals; /* final-transcript events */

  GError *error; /* of the error message, if there was one */
} Run;

/* properties: as in a pipeline description, or "". */
Run *run_new (const char *properties);
void run_free (Run *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* Pushes samples with that PTS (or GST_CLOCK_TIME_NONE), as F32 or S16. */
GstFlowReturn run_push (Run *self, GstClockTime pts, const float *samples, gsize n_samples);
GstFlowReturn run_push_s16 (Run *self, GstClockTime pts, const float *samples, gsize n_samples);
/* EOS, and waits for it or an error to come out; then stops. TRUE: EOS. */
gboolean run_finish (Run *self);
/* Sends the pipeline to READY; may be used again. */
void run_stop (Run *self);

guint run_count_events (Run *self, GstEventType type);

/* Bursts of noise with pauses between them; the same for the same seed. */
float *make_speech (gsize n_samples, guint32 seed);

/* What the library makes of it as one clip; with texts, and times in samples. */
GPtrArray *recognize (const float *samples, gsize n_samples, guint64 latency_samples);

/* That words[first...] are these, shifted to start. Returns how many there are. */
guint assert_words (Run *self, guint first, GPtrArray *expected, GstClockTime start);
