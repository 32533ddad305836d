/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/vocabulary.h"
#include "sew/sew-script.h"
#include "sew/sew-word.h"

/* Log-probabilities in, the words of a script out, as they are written: those that were said when
 * they were, and the others in between. It takes the place of a decoder where the text is known. */
typedef struct _SewScriptReader SewScriptReader;

typedef struct {
  SewWord *word;          /* (transfer full) */
  gboolean ends_line;     /* it is the last one of its line */
  gboolean line_is_heard; /* a word of its line was said */
} SewScriptWord;

/* script: referenced; vocabulary: borrowed. */
SewScriptReader *sew_script_reader_new (SewScript *script, const SewVocabulary *vocabulary,
                                        guint samples_per_frame);
void sew_script_reader_free (SewScriptReader *reader);
SewScript *sew_script_reader_get_script (const SewScriptReader *reader);

/* Back to the first word; live: whether words may not wait until they are beyond dispute. */
void sew_script_reader_reset (SewScriptReader *reader, gboolean live);
/* A clip begins: its frame 0 is that sample of the stream. */
void sew_script_reader_begin (SewScriptReader *reader, guint64 first_sample);
/* log_probs: [n_symbols] of one frame. Frames come in rising order but may skip. */
void sew_script_reader_push (SewScriptReader *reader, guint64 frame, const float *log_probs);
/* All before that frame is silence. */
void sew_script_reader_skip (SewScriptReader *reader, guint64 frame);
/* The clip ends; the next one goes on with the words that are left. */
void sew_script_reader_finish (SewScriptReader *reader);
/* The script ends before that sample of the stream, and the words that are left were not said. */
void sew_script_reader_end (SewScriptReader *reader, guint64 end_sample);
/* The next word. FALSE if none is certain. */
gboolean sew_script_reader_pull (SewScriptReader *reader, SewScriptWord *word);

/* Whether the last frame lies within a word. */
gboolean sew_script_reader_is_open (const SewScriptReader *reader);
/* No word to come begins before that sample of the stream. */
guint64 sew_script_reader_get_position (const SewScriptReader *reader);
/* How much later than it is certain by its frames a live word may come, in frames. */
guint sew_script_reader_get_live_delay (void);
