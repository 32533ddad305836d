/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The lines on screen while words come one by one: a word goes to the end of the last line, or
 * begins a new one, and the first line goes when there are too many. */
typedef struct _SewRollingLines SewRollingLines;

SewRollingLines *sew_rolling_lines_new (void);
void sew_rolling_lines_free (SewRollingLines *self);

/* Words that are already there stay where they are. line_length: in columns of a character (wide
 * ones take two); a word that is wider is cut into pieces. */
void sew_rolling_lines_set_limits (SewRollingLines *self, guint max_lines, guint line_length);

void sew_rolling_lines_add (SewRollingLines *self, const char *word);
/* The next word begins a line. */
void sew_rolling_lines_break (SewRollingLines *self);
void sew_rolling_lines_clear (SewRollingLines *self);

/* With a newline between lines. Returns: (transfer full): "" if there is nothing. */
char *sew_rolling_lines_dup_text (const SewRollingLines *self);

G_END_DECLS
