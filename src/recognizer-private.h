/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/decoder.h"
#include "decoder/script-reader.h"
#include "model-private.h"
#include "sew/sew-recognizer.h"
#include "stream/activity.h"
#include "stream/endpointer.h"
#include "stream/segmenter.h"
#include "stream/stitcher.h"
#include "stream/text-caser.h"
#include "stream/windower.h"
#include "window-runner.h"

/* The frames of the clip that a window gave. */
typedef struct {
  guint64 first_frame;
  gsize n_frames;
} SewReading;

struct _SewRecognizer {
  GObject parent_instance;

  SewModel *model;
  guint64 latency;
  guint n_threads; /* as asked for */
  SewDecoding decoding;
  SewDecoderOptions options; /* for a beam; with a reference to the language model */
  gboolean options_changed;  /* since the decoder got them */
  float min_confidence;      /* of the words that are handed out */

  /* the stages, in order */
  SewWindower *windower;
  gsize step; /* of the windows, in samples */
  SewActivity *activity;
  SewWindowRunner *runner; /* of windows ahead; NULL where they come one by one */
  SewEncoderState *encoder_state;
  float *log_probs;    /* [max frames][vocabulary size] */
  SewReading reading;  /* what they are of */
  gsize right_context; /* frames at the end of a window that may still change */
  SewStitcher *stitcher;
  SewDecoder *decoder;
  SewScriptReader *script_reader; /* in its place where there is a script, or NULL */
  SewTextCaser caser;
  SewEndpointer endpointer;
  SewSegmenter *segmenter;

  SewSegment *ahead;     /* what was read ahead since the last window, or NULL */
  gboolean ahead_is_old; /* a window was run since */

  guint64 n_pushed; /* samples of the stream */
  guint64 origin;   /* the stream's sample with which the clip began */
  guint64 position; /* the stream's sample up to which all is decoded */
  guint64 certain;  /* ... and up to which no later window has a say */
};

/* The windows and cuts that suit the latency. What was pushed is to be dropped afterwards. */
void sew_recognizer_lay_out_windows (SewRecognizer *self);
/* The threads that suit the latency; no window is on its way. */
void sew_recognizer_lay_out_threads (SewRecognizer *self);
/* Decodes all windows that are on their way. */
void sew_recognizer_finish_windows (SewRecognizer *self);
/* The decoder that was asked for. What it holds is lost. */
void sew_recognizer_make_decoder (SewRecognizer *self);

/* Whether a word that was heard is sure enough to be handed out. */
gboolean sew_recognizer_believes (SewRecognizer *self, const SewWord *word);
/* The names that words are spelled like, if they are to be and there is somebody to ask. */
void sew_recognizer_choose_spellings (SewRecognizer *self);

/* Whether the decoder, or what is in its place, holds letters of a word. */
gboolean sew_recognizer_is_in_word (SewRecognizer *self);
/* The words of the script that are certain become segments. */
void sew_recognizer_take_script_words (SewRecognizer *self);
