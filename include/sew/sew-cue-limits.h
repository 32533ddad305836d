/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

#define SEW_TYPE_CUE_LIMITS (sew_cue_limits_get_type ())

typedef struct _SewCueLimits SewCueLimits;

/**
 * SewCueLimits:
 * @max_lines: most lines of a cue, from 1 to 8
 * @line_length: most columns of a line, from 1 to 250: characters as a reader counts them, wide
 * ones (Chinese, Japanese, Korean) as two
 * @min_duration: shortest time on screen, in samples of 16 kHz
 * @max_duration: longest time on screen, in samples, from 1 to an hour; a @min_duration above it
 *   counts as equal to it
 * @reading_speed: most columns a second, a line's end counting as one; 0 for no limit
 * @gap: shortest time between two cues, in samples, up to an hour
 *
 * What makes a cue readable. What is above its greatest value counts as that.
 */
struct _SewCueLimits {
  guint max_lines;
  guint line_length;
  guint64 min_duration;
  guint64 max_duration;
  double reading_speed;
  guint64 gap;
};

SEW_API
GType sew_cue_limits_get_type (void);
SEW_API
SewCueLimits *sew_cue_limits_new (void);
SEW_API
SewCueLimits *sew_cue_limits_copy (const SewCueLimits *self);
SEW_API
void sew_cue_limits_free (SewCueLimits *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SewCueLimits, sew_cue_limits_free)

G_END_DECLS
