/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* Runs sew-transcribe on speech that is cut to length. */

#define TRANSCRIBE_RUN_RATE_HZ 16000

extern char *transcribe_run_folder;    /* the tests' own, in which the command runs */
extern float *transcribe_run_speech;   /* most of a minute, read by a machine */
extern gsize transcribe_run_n_samples; /* of it */

/* After gst_init: makes the folder and the speech. */
void transcribe_run_init (void);
void transcribe_run_clear (void);

/* Returns: (transfer full): the path of that file in the folder. */
char *transcribe_run_get_path (const char *name);
/* Returns: (transfer full): a WAV file of floats. */
GByteArray *transcribe_run_make_wav (const float *samples, gsize n);
/* Returns: (transfer full): the path of that file, with the first seconds of the speech. */
char *transcribe_run_write_speech (const char *name, guint seconds);
/* Returns: (transfer full) */
char *transcribe_run_read_file (const char *path);

/* arguments: end with NULL. Returns: the exit code; *out and *err (transfer full), NULL or what an
 * earlier command printed, become what it printed. */
int transcribe_run_command (const char *const *arguments, char **out, char **err);
#define TRANSCRIBE(out, err, ...)                                                                  \
  transcribe_run_command ((const char *const[]){ __VA_ARGS__, NULL }, out, err)

/* It fails with that code and one line that has the reason in it. */
void transcribe_run_check_refused (int code, const char *reason, const char *const *arguments);
#define REFUSED(code, reason, ...)                                                                 \
  transcribe_run_check_refused (code, reason, (const char *const[]){ __VA_ARGS__, NULL })

/* option: may be NULL. Returns: (transfer full): what it prints in a format. */
char *transcribe_run_print (const char *format, const char *path, const char *option);

/* Checks every field of what it prints as JSON, and that words lie in their segments in order.
 * complete: whether it came to the end. Returns: how many segments there are. */
guint transcribe_run_check_json (const char *content, gboolean complete);
