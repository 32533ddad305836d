/* SPDX-License-Identifier: MIT */
#pragma once

#include "sew/sew-segment.h"

/* One of several ways to read the same speech. */
typedef struct {
  char *text;
  double score; /* natural logarithm */
} SewAlternative;

/* While nobody else has the segment. alternatives: [n_alternatives], best first; copied. */
void sew_segment_set_alternatives (SewSegment *self, const SewAlternative *alternatives,
                                   guint n_alternatives);
