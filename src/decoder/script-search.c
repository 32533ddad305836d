/* SPDX-License-Identifier: MIT */
#include "decoder/script-search.h"

#include <math.h>

/* No probability is worth less than this, so that no way dies of one frame. */
#define LEAST_LOG_PROB -30.0f

#define NOWHERE (-INFINITY)

/* After so many more letters off the script than in it, it may go on anywhere, once. */
#define LOST_LETTERS 40

static const SewPlace nowhere = { .score = NOWHERE, .first = SEW_NEVER };

static const SewWay *
get_way (const SewScriptSearch *search, guint way)
{
  return &g_array_index (search->script->ways, SewWay, way);
}

static guint
get_token (const SewScriptSearch *search, const SewWay *way, guint index)
{
  return g_array_index (search->script->tokens, guint, way->first_token + index);
}

static SewPlace *
get_places (const SewScriptSearch *search, guint item)
{
  return search->places + search->items[item].first_place;
}

static gsize
count_places (const SewScriptSearch *search, guint item)
{
  return search->items[item + 1].first_place - search->items[item].first_place;
}

static void
clear_item (SewScriptSearch *search, guint item)
{
  SewPlace *places = get_places (search, item);
  gsize n_places = count_places (search, item);

  for (gsize i = 0; i < n_places; i++)
    places[i].score = NOWHERE;
  search->items[item].best_score = NOWHERE;
}

/* -- setting up -- */

static void
append_item (SewScriptSearch *search, guint word, guint first_way, guint n_ways)
{
  SewScriptItem *item = &search->items[search->n_items++];
  gsize n_places = SEW_N_GAP_PLACES;

  for (guint i = 0; i < n_ways; i++)
    n_places += 2 * (gsize) get_way (search, first_way + i)->n_tokens;
  item->word = word;
  item->first_way = first_way;
  item->n_ways = n_ways;
  item[1].first_place = item->first_place + n_places;
}

static void
lay_out (SewScriptSearch *search)
{
  const guint *first_ways = (const guint *) (gpointer) search->script->first_ways->data;
  guint n_words = search->script->n_words;

  search->items = g_new0 (SewScriptItem, n_words + 2);
  for (guint i = 0; i < n_words; i++)
    if (first_ways[i + 1] > first_ways[i])
      append_item (search, i, first_ways[i], first_ways[i + 1] - first_ways[i]);
  append_item (search, n_words, 0, 0);
  search->end_item = search->n_items - 1;
  search->places = g_new0 (SewPlace, search->items[search->n_items].first_place);
  for (guint i = 0; i < search->n_items; i++)
    clear_item (search, i);
}

void
sew_script_search_init (SewScriptSearch *search, const SewScriptTokens *script, guint blank,
                        guint delimiter, guint n_symbols, const SewSearchCosts *costs)
{
  *search = (SewScriptSearch){
    .script = script,
    .costs = *costs,
    .blank = blank,
    .delimiter = delimiter,
    .n_symbols = n_symbols,
    .row = g_new (float, n_symbols),
  };
  sew_word_trails_init (&search->trails);
  lay_out (search);
  sew_script_search_start (search, 0);
}

void
sew_script_search_clear (SewScriptSearch *search)
{
  sew_word_trails_clear (&search->trails);
  g_free (search->row);
  g_free (search->places);
  g_free (search->items);
}

void
sew_script_search_start (SewScriptSearch *search, guint item)
{
  SewPlace *start = get_places (search, item) + SEW_PLACE_BLANK;

  for (guint i = search->first_item; i <= search->last_item; i++)
    clear_item (search, i);
  *start = (SewPlace){ .score = 0.0f, .first = SEW_NEVER };
  search->items[item].best_score = 0.0f;
  search->first_item = search->last_item = item;
  search->best_score = 0.0f;
  search->beam_end = -search->costs.beam;
  search->best = start;
  search->n_off_script = LOST_LETTERS; /* a recording may begin anywhere */
  sew_word_trails_reset (&search->trails);
}

/* -- the end of a word -- */

static gboolean
is_running (const SewScriptSearch *search, const SewPlace *place)
{
  return place->score >= search->beam_end;
}

/* The best way to have said a word, NULL if none is in the running. unlike: a token that may not
 * follow right away, as it would be the same letter still. */
static const SewPlace *
find_exit (const SewScriptSearch *search, guint item, guint unlike, guint *exit_way)
{
  const SewPlace *places = get_places (search, item) + SEW_N_GAP_PLACES;
  const SewPlace *exit = NULL;
  guint first_way = search->items[item].first_way;

  if (search->items[item].best_score < search->beam_end)
    return NULL;
  for (guint i = first_way; i < first_way + search->items[item].n_ways; i++) {
    const SewWay *way = get_way (search, i);
    const SewPlace *letter = &places[2 * way->n_tokens - 2];
    gboolean only_blank = get_token (search, way, way->n_tokens - 1) == unlike;
    for (const SewPlace *place = letter + only_blank; place <= letter + 1; place++)
      if (is_running (search, place) && (exit == NULL || place->score > exit->score)) {
        exit = place;
        *exit_way = i;
      }
    places += 2 * way->n_tokens;
  }
  return exit;
}

/* What an exit is to what follows: a place between words. */
static SewPlace
close_word (SewScriptSearch *search, guint item, guint exit_way, const SewPlace *exit)
{
  if (exit->first == SEW_NEVER)
    return *exit;

  const SewWay *way = get_way (search, exit_way);
  guint n_letters = 0;

  for (guint i = 0; i < way->n_tokens; i++)
    n_letters += get_token (search, way, i) != search->delimiter;
  SewAlignedWord said = {
    .word = search->items[item].word,
    .first_frame = exit->first,
    .n_frames = MAX (exit->after_end, exit->first + 1) - exit->first,
    .confidence = expf ((exit->letters + exit->letter) / (float) MAX (n_letters, 1)),
  };
  return (SewPlace){ .score = exit->score,
                     .trail = sew_word_trails_add (&search->trails, exit->trail, &said),
                     .first = SEW_NEVER };
}

/* -- one word, one frame -- */

/* from may be how best is reached. */
static void
offer (const SewScriptSearch *search, SewPlace *best, const SewPlace *from, float cost)
{
  if (is_running (search, from) && from->score - cost > best->score) {
    *best = *from;
    best->score -= cost;
  }
}

static void
settle (SewScriptSearch *search, SewScriptItem *item, SewPlace *place, const SewPlace *from,
        float log_prob)
{
  *place = *from;
  place->score += log_prob - search->best_score;
  item->best_score = MAX (item->best_score, place->score);
}

/* exit: of the word before. */
static void
advance_gap (SewScriptSearch *search, SewScriptItem *item, SewPlace *places, const SewPlace *exit)
{
  float leave_cost = search->costs.leave_cost;
  gboolean delimited = search->delimiter != G_MAXUINT && item->n_ways > 0;
  SewPlace off_script = nowhere, blank = nowhere, delimiter = nowhere;

  offer (search, &off_script, &places[SEW_PLACE_OFF_SCRIPT], 0.0f);
  offer (search, &off_script, &places[SEW_PLACE_DELIMITER], leave_cost);
  offer (search, &off_script, &places[SEW_PLACE_BLANK], leave_cost);
  offer (search, &off_script, exit, leave_cost);
  offer (search, &blank, &places[SEW_PLACE_BLANK], 0.0f);
  offer (search, &blank, &places[SEW_PLACE_DELIMITER], 0.0f);
  if (delimited) {
    offer (search, &delimiter, &places[SEW_PLACE_DELIMITER], 0.0f);
    offer (search, &delimiter, exit, 0.0f);
    settle (search, item, &places[SEW_PLACE_DELIMITER], &delimiter, search->row[search->delimiter]);
  }
  settle (search, item, &places[SEW_PLACE_OFF_SCRIPT], &off_script, search->off_script);
  settle (search, item, &places[SEW_PLACE_BLANK], &blank, search->row[search->blank]);
}

/* What a place becomes that has gone on to another token. */
static void
begin_token (SewScriptSearch *search, SewPlace *place, gboolean is_letter, float log_prob)
{
  if (place->first == SEW_NEVER) {
    place->first = search->frame;
    place->letters = 0.0f;
  } else {
    place->letters += place->letter;
  }
  place->letter = is_letter ? log_prob : 0.0f;
}

/* A blank after a letter; after the last one, the word has been said. */
static void
advance_blank (SewScriptSearch *search, guint item, guint way, gboolean last, SewPlace *letter)
{
  SewPlace blank = nowhere;

  offer (search, &blank, letter + 1, 0.0f);
  if (is_running (search, letter) && letter->score > blank.score)
    blank = last ? close_word (search, item, way, letter) : *letter;
  settle (search, &search->items[item], letter + 1, &blank, search->row[search->blank]);
}

/* places: of the way; entry: how it is entered. */
static void
advance_way (SewScriptSearch *search, guint item, guint way_index, SewPlace *places,
             const SewPlace *entry)
{
  const SewWay *way = get_way (search, way_index);

  for (guint i = way->n_tokens; i-- > 0;) {
    guint token = get_token (search, way, i);
    gboolean may_follow = i > 0 && get_token (search, way, i - 1) != token;
    float log_prob = search->row[token];
    SewPlace *place = &places[2 * i];
    SewPlace letter = nowhere;

    advance_blank (search, item, way_index, i == way->n_tokens - 1, place);
    offer (search, &letter, place, 0.0f);
    letter.letter = MAX (letter.letter, log_prob);
    float stay = letter.score;
    offer (search, &letter, i > 0 ? place - 1 : entry, 0.0f);
    if (may_follow)
      offer (search, &letter, place - 2, 0.0f);
    if (letter.score > stay)
      begin_token (search, &letter, token != search->delimiter, log_prob);
    letter.after_end = search->frame + 1;
    settle (search, &search->items[item], place, &letter, log_prob);
  }
}

/* Where words are not kept apart, the end of one leads to the next. */
static void
enter_from_word_before (SewScriptSearch *search, guint item, const SewWay *way, SewPlace *entry)
{
  guint exit_way;
  const SewPlace *exit = find_exit (search, item - 1, get_token (search, way, 0), &exit_way);

  if (exit != NULL && exit->score > entry->score)
    *entry = close_word (search, item - 1, exit_way, exit);
}

/* From the last place to the first, so that each still finds the frame before in those it is
 * reached from. */
static void
advance_item (SewScriptSearch *search, guint index)
{
  SewScriptItem *item = &search->items[index];
  SewPlace *gap = get_places (search, index);
  SewPlace *places = gap + SEW_N_GAP_PLACES;
  guint exit_way = 0;
  const SewPlace *exit = index > 0 ? find_exit (search, index - 1, G_MAXUINT, &exit_way) : NULL;
  SewPlace closed = exit != NULL ? close_word (search, index - 1, exit_way, exit) : nowhere;
  SewPlace gap_entry = nowhere;

  item->best_score = NOWHERE;
  for (guint i = 0; i < SEW_N_GAP_PLACES; i++)
    offer (search, &gap_entry, &gap[i], 0.0f);
  for (guint i = 0; i < item->n_ways; i++) {
    const SewWay *way = get_way (search, item->first_way + i);
    SewPlace entry = gap_entry;
    if (search->delimiter == G_MAXUINT && exit != NULL)
      enter_from_word_before (search, index, way, &entry);
    advance_way (search, index, item->first_way + i, places, &entry);
    places += 2 * way->n_tokens;
  }
  advance_gap (search, item, gap, &closed);
}

/* -- one frame -- */

static void
take_row (SewScriptSearch *search, const float *log_probs)
{
  float silence = LEAST_LOG_PROB, letter = LEAST_LOG_PROB;

  for (guint i = 0; i < search->n_symbols; i++) {
    /* so is what is not a number */
    float log_prob = log_probs[i] > LEAST_LOG_PROB ? log_probs[i] : LEAST_LOG_PROB;
    search->row[i] = log_prob;
    if (i == search->blank || i == search->delimiter)
      silence = MAX (silence, log_prob);
    else
      letter = MAX (letter, log_prob);
  }
  search->off_script = MAX (silence, letter - search->costs.letter_cost);
  search->is_letter = letter > silence;
}

/* Off the script, words can be passed over, any number in one frame. The more there are the more it
 * costs, so that the beam has few places to look for the next one; but where the script is lost,
 * that does not matter for once. */
static void
skip_words (SewScriptSearch *search)
{
  gboolean is_lost = search->n_off_script >= LOST_LETTERS;
  float beam_end = search->beam_end;
  float least = is_lost ? search->best_score - search->costs.far_cost : NOWHERE;
  SewPlace carried = nowhere;

  if (is_lost)
    search->n_off_script = 0;

  for (guint i = search->first_item; i < search->n_items; i++) {
    SewPlace *place = get_places (search, i) + SEW_PLACE_OFF_SCRIPT;
    SewPlace from_here = *place;

    from_here.score -= search->costs.skip_cost;
    if (carried.score >= beam_end && carried.score > place->score) {
      *place = carried;
      search->items[i].best_score = MAX (search->items[i].best_score, place->score);
      search->last_item = MAX (search->last_item, i);
    }
    if (from_here.score > carried.score)
      carried = from_here;
    if (carried.score > least)
      carried.score = MAX (carried.score - search->costs.next_skip_cost, least);
    if (i >= search->last_item && carried.score < beam_end)
      break;
  }
}

static void
find_best (SewScriptSearch *search)
{
  guint best_item = search->first_item;

  for (guint i = search->first_item; i <= search->last_item; i++)
    if (search->items[i].best_score > search->items[best_item].best_score)
      best_item = i;
  search->best = get_places (search, best_item);
  while (search->best->score != search->items[best_item].best_score)
    search->best++;
  if (search->is_letter && search->best == get_places (search, best_item) + SEW_PLACE_OFF_SCRIPT)
    search->n_off_script++;
  else if (search->is_letter && search->n_off_script > 0)
    search->n_off_script--;
}

void
sew_script_search_advance (SewScriptSearch *search, guint64 frame, const float *log_probs)
{
  float best_score = NOWHERE;

  search->frame = frame;
  take_row (search, log_probs);
  search->last_item = MIN (search->last_item + 1, search->end_item);
  for (guint i = search->last_item + 1; i-- > search->first_item;) {
    float before = i > search->first_item ? search->items[i - 1].best_score : NOWHERE;
    if (MAX (search->items[i].best_score, before) >= search->beam_end)
      advance_item (search, i);
    else if (search->items[i].best_score > NOWHERE)
      clear_item (search, i);
    best_score = MAX (best_score, search->items[i].best_score);
  }
  search->best_score = best_score;
  search->beam_end = best_score - search->costs.beam;
  skip_words (search);
  while (search->items[search->first_item].best_score < search->beam_end)
    clear_item (search, search->first_item++);
  while (search->items[search->last_item].best_score < search->beam_end)
    clear_item (search, search->last_item--);
  find_best (search);
}

/* -- what comes out -- */

gboolean
sew_script_search_is_in_word (const SewScriptSearch *search)
{
  return search->best->first != SEW_NEVER;
}

SewPlace *
sew_script_search_next_place (const SewScriptSearch *search, SewPlace *place)
{
  const SewPlace *end = get_places (search, search->last_item + 1);

  place = place == NULL ? get_places (search, search->first_item) : place + 1;
  while (place < end && !is_running (search, place))
    place++;
  return place < end ? place : NULL;
}

void
sew_script_search_drop (SewScriptSearch *search, SewPlace *place)
{
  place->score = NOWHERE;
}

/* What it costs not to say any of the words from an item on. */
static float
price_rest (const SewScriptSearch *search, guint item, gboolean left_already)
{
  guint n_left = search->end_item - item;

  if (n_left == 0)
    return 0.0f;
  return (left_already ? 0.0f : search->costs.leave_cost) + search->costs.skip_cost
         + (float) n_left * search->costs.next_skip_cost;
}

guint
sew_script_search_end (SewScriptSearch *search, guint *next_item)
{
  float best_score = NOWHERE;
  guint trail = 0;

  *next_item = search->first_item;
  for (guint i = search->first_item; i <= search->last_item; i++) {
    const SewPlace *gap = get_places (search, i);
    guint exit_way;
    for (guint k = 0; k < SEW_N_GAP_PLACES; k++) {
      float score = gap[k].score - price_rest (search, i, k == SEW_PLACE_OFF_SCRIPT);
      if (is_running (search, &gap[k]) && score > best_score) {
        best_score = score;
        trail = gap[k].trail;
        *next_item = i;
      }
    }
    const SewPlace *exit = find_exit (search, i, G_MAXUINT, &exit_way);
    if (exit != NULL && exit->score - price_rest (search, i + 1, FALSE) > best_score) {
      best_score = exit->score - price_rest (search, i + 1, FALSE);
      trail = close_word (search, i, exit_way, exit).trail;
      *next_item = i + 1;
    }
  }
  return trail;
}
