/* SPDX-License-Identifier: MIT */
#include "stream/window-plan.h"

#include "sew/sew-model.h"

/* Audio whose words may be late is read in windows of 30 s that overlap by 4 s; live audio in
 * windows of 8 s that overlap by all but a short step. */
#define FILE_WINDOW_MS 30000
#define FILE_OVERLAP_MS 4000
#define FILE_CONTEXT_MS 500 /* of the overlap, on either side, where no cut is made */
#define LIVE_WINDOW_MS 8000
#define LIVE_LONGEST_WORD_MS 5000
#define LIVE_FIRST_WINDOW_MS 320 /* shorter ones hold no word, and tell nothing about noise */

static gsize
to_frames (const SewModelConfig *config, guint64 n_samples)
{
  return (gsize) n_samples / sew_model_config_get_hop (config);
}

static void
plan_for_files (SewWindowPlan *plan, const SewModelConfig *config, gsize grid)
{
  gsize overlap = SEW_MS_TO_SAMPLES (FILE_OVERLAP_MS) / grid * grid;
  gsize window = SEW_MS_TO_SAMPLES (FILE_WINDOW_MS) / grid * grid;
  gsize context = to_frames (config, SEW_MS_TO_SAMPLES (FILE_CONTEXT_MS));

  plan->windowing = (SewWindowing){
    .grid = grid, .window = window, .first_end = window, .step = window - overlap
  };
  plan->stitching = (SewStitching){ .right_context = context,
                                    .search = to_frames (config, overlap) - 2 * context };
}

/* A third of the latency is context after a word and a quarter the step from window to window. The
 * rest is for the work itself, and for the word: what is shown when a word begins has to wait for
 * its end. */
static void
plan_for_live (SewWindowPlan *plan, const SewModelConfig *config, gsize grid, guint64 latency)
{
  gsize window = SEW_MS_TO_SAMPLES (LIVE_WINDOW_MS) / grid * grid;
  gsize step = MAX ((gsize) (latency / 4) / grid, 1) * grid;

  step = MIN (step, window / 4 / grid * grid);
  gsize first_end = MAX (SEW_MS_TO_SAMPLES (LIVE_FIRST_WINDOW_MS) / grid * grid, step);
  plan->windowing
      = (SewWindowing){ .grid = grid, .window = window, .first_end = first_end, .step = step };
  plan->stitching = (SewStitching){
    .right_context = to_frames (config, MIN (latency / 3, window / 4)),
    .longest_word = to_frames (config, SEW_MS_TO_SAMPLES (LIVE_LONGEST_WORD_MS)),
  };
}

void
sew_window_plan_init (SewWindowPlan *plan, const SewModelConfig *config, guint64 latency)
{
  gsize grid = (gsize) sew_model_config_get_hop (config) * config->squeeze_factor;

  if (latency == 0)
    plan_for_files (plan, config, grid);
  else
    plan_for_live (plan, config, grid, latency);
}
