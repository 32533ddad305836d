/* SPDX-License-Identifier: MIT */
#include "decoder/ctc-path.h"

#include <math.h>

/* What a token is given that no frame speaks for. */
#define UNPLACED_LOG_PROB -5.0f

/* State 2 i + 1 reads token i; state 2 i is the gap before it, and the last state the gap after
 * all of them. A step back leads to the same state, the one before or the one before that. */
typedef struct {
  const float *log_probs;
  gsize n_frames;
  gsize n_symbols;
  guint blank;
  guint delimiter;
  const guint *tokens;
  gsize n_states;
  guint8 *steps; /* [n_frames][n_states] */
} Search;

/* A gap between words, or after the last one, may be read as more than one delimiter. */
static gboolean
is_beside_words (const Search *search, gsize state)
{
  if (search->delimiter == G_MAXUINT)
    return FALSE;
  return state == 0 || state == search->n_states - 1
         || search->tokens[state / 2 - 1] == search->delimiter;
}

/* A gap may be left out unless it keeps two equal letters apart. */
static gboolean
can_skip_gap (const Search *search, gsize state)
{
  return state % 2 == 1 && state >= 3 && search->tokens[state / 2] != search->tokens[state / 2 - 1];
}

static float
get_emission (const Search *search, gsize frame, gsize state)
{
  const float *log_probs = search->log_probs + frame * search->n_symbols;
  if (state % 2 == 1)
    return log_probs[search->tokens[state / 2]];
  if (is_beside_words (search, state))
    return MAX (log_probs[search->blank], log_probs[search->delimiter]);
  return log_probs[search->blank];
}

/* scores: [n_states], of the frame before; they become this frame's. skips: [n_states], 0 or
 * -INFINITY. */
static void
advance (const Search *search, gsize frame, const float *skips, float *scores)
{
  guint8 *steps = search->steps + frame * search->n_states;
  float before = -INFINITY;
  float two_before = -INFINITY;

  for (gsize s = 0; s < search->n_states; s++) {
    float best = scores[s];
    guint8 step = 0;
    if (before > best) {
      best = before;
      step = 1;
    }
    if (two_before + skips[s] > best) {
      best = two_before + skips[s];
      step = 2;
    }
    two_before = before;
    before = scores[s];
    steps[s] = step;
    scores[s] = best + get_emission (search, frame, s);
  }
}

/* Returns the state that the best way ends in, and its score. */
static gsize
search_forwards (const Search *search, float *score)
{
  gsize n_states = search->n_states;
  g_autofree float *scores = g_new (float, n_states);
  g_autofree float *skips = g_new (float, n_states);

  for (gsize s = 0; s < n_states; s++) {
    skips[s] = can_skip_gap (search, s) ? 0.0f : -INFINITY;
    scores[s] = s < 2 ? get_emission (search, 0, s) : -INFINITY;
  }
  for (gsize t = 1; t < search->n_frames; t++)
    advance (search, t, skips, scores);
  gsize last = scores[n_states - 1] > scores[n_states - 2] ? n_states - 1 : n_states - 2;
  *score = scores[last];
  return last;
}

static void
trace_back (const Search *search, gsize state, SewSpan *spans)
{
  for (gsize t = search->n_frames; t-- > 0;) {
    if (state % 2 == 1) {
      SewSpan *span = &spans[state / 2];
      float log_prob = get_emission (search, t, state);
      gboolean later = t + 1 < search->n_frames && span->n_frames > 0 && span->first == t + 1;
      span->log_prob = later ? MAX (span->log_prob, log_prob) : log_prob;
      span->n_frames = later ? span->n_frames + 1 : 1;
      span->first = t;
    }
    if (t > 0)
      state -= search->steps[t * search->n_states + state];
  }
}

void
sew_ctc_path_spread (gsize n_frames, gsize n_tokens, SewSpan *spans)
{
  for (gsize i = 0; i < n_tokens; i++) {
    gsize first = i * n_frames / n_tokens;
    gsize end = (i + 1) * n_frames / n_tokens;
    spans[i] = (SewSpan){ first, MAX (end - first, MIN (n_frames, 1)), UNPLACED_LOG_PROB };
  }
}

gboolean
sew_ctc_path_find (const float *log_probs, gsize n_frames, gsize n_symbols, guint blank,
                   guint delimiter, const guint *tokens, gsize n_tokens, SewSpan *spans)
{
  gsize n_states = 2 * n_tokens + 1;
  if (n_tokens == 0 || n_frames == 0)
    return n_tokens == 0;

  g_autofree guint8 *steps = g_malloc_n (n_frames, n_states);
  Search search = {
    .log_probs = log_probs,
    .n_frames = n_frames,
    .n_symbols = n_symbols,
    .blank = blank,
    .delimiter = delimiter,
    .tokens = tokens,
    .n_states = n_states,
    .steps = steps,
  };

  float score;
  gsize last = search_forwards (&search, &score);
  if (!isfinite (score))
    return FALSE;
  for (gsize i = 0; i < n_tokens; i++)
    spans[i] = (SewSpan){ 0 };
  trace_back (&search, last, spans);
  return TRUE;
}
