/* SPDX-License-Identifier: MIT */
#include "decoder/aligner.h"

struct _SewAligner {
  SewAlignerOptions options;
  SewScriptSearch search;
  float *silence; /* [n_symbols]: log-probabilities of a frame of it */
  gboolean under_way;
  guint64 next_frame;
  guint n_frames; /* since words were last looked for */
  guint64 pending_frame;
  GArray *words; /* SewAlignedWord */
  guint n_pulled;
};

static void
begin_clip (SewAligner *aligner, guint item)
{
  sew_script_search_start (&aligner->search, item);
  aligner->under_way = FALSE;
  aligner->n_frames = 0;
  aligner->pending_frame = 0;
}

SewAligner *
sew_aligner_new (const SewScriptTokens *script, guint blank, guint delimiter, guint n_symbols,
                 const SewAlignerOptions *options)
{
  SewAligner *aligner = g_new0 (SewAligner, 1);

  aligner->options = *options;
  aligner->words = g_array_new (FALSE, FALSE, sizeof (SewAlignedWord));
  aligner->silence = g_new (float, n_symbols);
  for (guint i = 0; i < n_symbols; i++)
    aligner->silence[i] = i == blank ? 0.0f : -G_MAXFLOAT;
  sew_script_search_init (&aligner->search, script, blank, delimiter, n_symbols, &options->costs);
  begin_clip (aligner, 0);
  return aligner;
}

void
sew_aligner_free (SewAligner *aligner)
{
  sew_script_search_clear (&aligner->search);
  g_array_unref (aligner->words);
  g_free (aligner->silence);
  g_free (aligner);
}

void
sew_aligner_reset (SewAligner *aligner)
{
  begin_clip (aligner, 0);
  g_array_set_size (aligner->words, 0);
  aligner->n_pulled = 0;
}

/* -- handing out -- */

static void
mark_trails (SewAligner *aligner)
{
  SewScriptSearch *search = &aligner->search;
  SewPlace *place = NULL;

  sew_word_trails_begin_marking (&search->trails);
  while ((place = sew_script_search_next_place (search, place)) != NULL)
    sew_word_trails_hold (&search->trails, place->trail);
  sew_word_trails_end_marking (&search->trails);
}

/* The oldest word of a way that has not been handed out, as a trail; 0 if there is none. */
static guint
get_oldest (SewAligner *aligner, const SewPlace *place)
{
  return sew_word_trails_get (&aligner->search.trails, place->trail)->oldest;
}

/* Where that word begins, or the word that the way is in. */
static guint64
get_first_pending (SewAligner *aligner, const SewPlace *place)
{
  guint oldest = get_oldest (aligner, place);

  return oldest == 0 ? place->first
                     : sew_word_trails_get (&aligner->search.trails, oldest)->said.first_frame;
}

static guint64
get_frame_before (const SewAligner *aligner, guint n_frames)
{
  guint64 now = aligner->search.frame + 1;

  return now - MIN (now, n_frames);
}

/* What the best way said longer ago than may be delayed is not disputed any more; nor is it, some
 * time later, that it said nothing. TRUE if there was such a dispute. */
static gboolean
end_disputes (SewAligner *aligner)
{
  SewScriptSearch *search = &aligner->search;
  guint kept = get_oldest (aligner, search->best);
  const SewAlignedWord *said = &sew_word_trails_get (&search->trails, kept)->said;
  guint64 latest_end = get_frame_before (aligner, aligner->options.longest_delay);
  guint64 earliest_first = get_frame_before (aligner, aligner->options.longest_dispute);
  gboolean overdue = kept != 0 && said->first_frame + said->n_frames <= latest_end;
  gboolean disputed = FALSE;
  SewPlace *place = NULL;

  while ((place = sew_script_search_next_place (search, place)) != NULL) {
    gboolean out = overdue ? get_oldest (aligner, place) != kept
                           : get_first_pending (aligner, place) < earliest_first;
    if (out && place != search->best) {
      sew_script_search_drop (search, place);
      disputed = TRUE;
    }
  }
  return disputed;
}

static void
rename_trails (SewAligner *aligner)
{
  SewScriptSearch *search = &aligner->search;
  SewPlace *place = NULL;

  while ((place = sew_script_search_next_place (search, place)) != NULL)
    place->trail = sew_word_trails_rename (&search->trails, place->trail);
}

static void
find_pending_frame (SewAligner *aligner)
{
  SewPlace *place = NULL;

  aligner->pending_frame = aligner->search.frame + 1;
  while ((place = sew_script_search_next_place (&aligner->search, place)) != NULL) {
    guint64 first = get_first_pending (aligner, place);
    aligner->pending_frame = MIN (aligner->pending_frame, first);
  }
}

static void
hand_out (SewAligner *aligner)
{
  gboolean disputed;

  do {
    mark_trails (aligner);
    disputed = end_disputes (aligner);
    if (disputed)
      mark_trails (aligner);
    sew_word_trails_commit (&aligner->search.trails, aligner->words);
    rename_trails (aligner);
  } while (disputed);
  mark_trails (aligner);
  find_pending_frame (aligner);
  aligner->n_frames = 0;
}

/* -- the face -- */

static void
advance (SewAligner *aligner, guint64 frame, const float *log_probs)
{
  sew_script_search_advance (&aligner->search, frame, log_probs);
  aligner->next_frame = frame + 1;
  aligner->under_way = TRUE;
  if (++aligner->n_frames >= aligner->options.interval)
    hand_out (aligner);
}

void
sew_aligner_push (SewAligner *aligner, guint64 frame, const float *log_probs)
{
  if (aligner->under_way && frame > aligner->next_frame)
    advance (aligner, frame - 1, aligner->silence);
  advance (aligner, frame, log_probs);
}

/* More of the same silence would change nothing but the time. */
void
sew_aligner_skip (SewAligner *aligner, guint64 frame)
{
  if (frame <= (aligner->under_way ? aligner->next_frame : 0))
    return;
  advance (aligner, frame - 1, aligner->silence);
  hand_out (aligner);
}

void
sew_aligner_finish (SewAligner *aligner)
{
  SewWordTrails *trails = &aligner->search.trails;
  guint next_item;
  guint trail = sew_script_search_end (&aligner->search, &next_item);

  sew_word_trails_begin_marking (trails);
  sew_word_trails_hold (trails, trail);
  sew_word_trails_end_marking (trails);
  sew_word_trails_commit (trails, aligner->words);
  begin_clip (aligner, next_item);
}

gboolean
sew_aligner_pull (SewAligner *aligner, SewAlignedWord *word)
{
  if (aligner->n_pulled == aligner->words->len) {
    g_array_set_size (aligner->words, 0);
    aligner->n_pulled = 0;
    return FALSE;
  }
  *word = g_array_index (aligner->words, SewAlignedWord, aligner->n_pulled++);
  return TRUE;
}

gboolean
sew_aligner_is_open (const SewAligner *aligner)
{
  return sew_script_search_is_in_word (&aligner->search);
}

guint64
sew_aligner_get_pending_frame (const SewAligner *aligner)
{
  return aligner->pending_frame;
}

gsize
sew_aligner_count_pending (const SewAligner *aligner)
{
  return aligner->search.trails.trails->len;
}
