/* SPDX-License-Identifier: MIT */
#include "decoder/beam-search.h"

#include <math.h>

#include "decoder/ngram-tables.h"

/* By how much one more letter may raise what a text is worth: a text that is this much worse than
 * the beam allows is not even made. */
#define HOPE 4.0f

float
sew_beam_add_logs (float a, float b)
{
  float high = MAX (a, b);
  float low = MIN (a, b);
  /* Below single precision; -INFINITY, too. */
  if (!(high - low < 17.0f))
    return high;
  return high + log1pf (expf (low - high));
}

void
sew_beam_search_init (SewBeamSearch *search, const SewVocabulary *vocabulary,
                      const SewTextScorer *scorer, const SewBeamOptions *options)
{
  *search = (SewBeamSearch){
    .scorer = scorer,
    .options = *options,
    .n_symbols = sew_vocabulary_get_size (vocabulary),
    .blank = sew_vocabulary_get_blank (vocabulary),
    .delimiter = sew_vocabulary_get_delimiter (vocabulary),
    .beam = g_ptr_array_new (),
    .next = g_ptr_array_new (),
    .slots = g_ptr_array_new (),
  };
  search->kept = g_new (guint, search->n_symbols);
  sew_beam_search_reset (search);
}

void
sew_beam_search_clear (SewBeamSearch *search)
{
  sew_prefix_tree_clear (&search->tree);
  g_clear_pointer (&search->beam, g_ptr_array_unref);
  g_clear_pointer (&search->next, g_ptr_array_unref);
  g_clear_pointer (&search->slots, g_ptr_array_unref);
  g_clear_pointer (&search->kept, g_free);
}

void
sew_beam_search_reset (SewBeamSearch *search)
{
  sew_prefix_tree_clear (&search->tree);
  sew_prefix_tree_init (&search->tree, search->delimiter);
  SewPrefix *root = search->tree.root;
  sew_text_scorer_begin (search->scorer, &root->score);
  root->blank = 0.0f;
  root->listed = TRUE;
  root->total = root->score.total;
  search->trunk = root;
  search->base_score = 0.0;
  g_ptr_array_set_size (search->beam, 0);
  g_ptr_array_add (search->beam, root);
}

void
sew_beam_search_begin_after (SewBeamSearch *search, const SewPrefix *text)
{
  sew_beam_search_reset (search);
  SewPrefix *root = search->tree.root;
  sew_text_score_clear (&root->score);
  sew_text_scorer_end_word (search->scorer, &text->score, &root->score);
  root->token = text->token;
  root->total = root->score.total;
}

/* The tokens that are probable enough, and in any case the most probable one. */
static guint
keep_tokens (SewBeamSearch *search, const float *row)
{
  guint n_kept = 0;
  guint best = search->blank;

  for (guint i = 0; i < search->n_symbols; i++) {
    if (row[i] > row[best])
      best = i;
    if (i != search->blank && row[i] >= search->options.token_threshold)
      search->kept[n_kept++] = i;
  }
  if (n_kept == 0 && best != search->blank)
    search->kept[n_kept++] = best;
  return n_kept;
}

static gboolean
is_next (const SewPrefix *prefix)
{
  return prefix->next_blank > -INFINITY || prefix->next_letter > -INFINITY;
}

static void
list (SewBeamSearch *search, SewPrefix *prefix)
{
  if (!is_next (prefix))
    g_ptr_array_add (search->next, prefix);
}

static void
note_total (SewBeamSearch *search, const SewPrefix *prefix, float log_prob)
{
  search->best_total = MAX (search->best_total, log_prob + prefix->score.total);
}

static void
add_blank (SewBeamSearch *search, SewPrefix *prefix, float log_prob)
{
  list (search, prefix);
  prefix->next_blank = sew_beam_add_logs (prefix->next_blank, log_prob);
  note_total (search, prefix, prefix->next_blank);
}

static void
add_letter (SewBeamSearch *search, SewPrefix *prefix, float log_prob)
{
  list (search, prefix);
  prefix->next_letter = sew_beam_add_logs (prefix->next_letter, log_prob);
  note_total (search, prefix, prefix->next_letter);
}

static SewPrefix *
make_child (SewBeamSearch *search, SewPrefix *prefix, guint token)
{
  SewPrefix *child = sew_prefix_tree_add_child (&search->tree, prefix, token);

  if (search->delimiter != G_MAXUINT && token != search->delimiter) {
    sew_text_scorer_add_letter (search->scorer, &prefix->score, token, &child->score);
    child->future = sew_ngram_hash_words (prefix->future, token);
    return child;
  }
  if (token == search->delimiter) {
    sew_text_scorer_end_word (search->scorer, &prefix->score, &child->score);
  } else {
    SewTextScore word;
    sew_text_scorer_add_letter (search->scorer, &prefix->score, token, &word);
    sew_text_scorer_end_word (search->scorer, &word, &child->score);
    sew_text_score_clear (&word);
  }
  child->future = sew_ngram_hash_words (sew_text_score_hash_future (&child->score), token);
  return child;
}

static void
add_child (SewBeamSearch *search, SewPrefix *prefix, guint token, float log_prob)
{
  SewPrefix *child = sew_prefix_find_child (prefix, token);
  if (child == NULL) {
    float hoped = log_prob + prefix->score.total + HOPE;
    if (hoped < search->best_total - search->options.beam_threshold)
      return;
    child = make_child (search, prefix, token);
  }
  search->has_new |= !child->listed;
  add_letter (search, child, log_prob);
}

static void
extend (SewBeamSearch *search, SewPrefix *prefix, const float *row, guint n_kept)
{
  float both = sew_beam_add_logs (prefix->blank, prefix->letter);

  if (row[search->blank] > -INFINITY)
    add_blank (search, prefix, both + row[search->blank]);
  for (guint i = 0; i < n_kept; i++) {
    guint token = search->kept[i];
    float log_prob = row[token];
    if (token != prefix->token) {
      add_child (search, prefix, token, both + log_prob);
    } else if (token == search->delimiter) {
      /* Words are apart by one delimiter, however often it is read. */
      add_letter (search, prefix, both + log_prob);
    } else {
      if (prefix->letter > -INFINITY)
        add_letter (search, prefix, prefix->letter + log_prob);
      if (prefix->blank > -INFINITY)
        add_child (search, prefix, token, prefix->blank + log_prob);
    }
  }
}

/* -- the next beam -- */

static gboolean
is_better (const SewPrefix *a, const SewPrefix *b)
{
  return a->total > b->total || (a->total == b->total && a->serial < b->serial);
}

/* Quickselect: the n best of items come first, in no order. */
static void
select_best (SewPrefix **items, guint n_items, guint n)
{
  gint low = 0;
  gint high = (gint) n_items - 1;
  gint last = (gint) n - 1;

  while (low < high) {
    const SewPrefix *pivot = items[low + (high - low) / 2];
    gint i = low;
    gint j = high;
    while (i <= j) {
      while (is_better (items[i], pivot))
        i++;
      while (is_better (pivot, items[j]))
        j--;
      if (i <= j) {
        SewPrefix *swapped = items[i];
        items[i++] = items[j];
        items[j--] = swapped;
      }
    }
    if (last <= j)
      high = j;
    else if (last >= i)
      low = i;
    else
      break;
  }
}

static void
drop (SewBeamSearch *search, SewPrefix *prefix)
{
  prefix->listed = FALSE;
  prefix->blank = prefix->letter = -INFINITY;
  sew_prefix_tree_prune (&search->tree, prefix);
}

static void
put_best_first (GPtrArray *beam)
{
  for (guint i = 1; i < beam->len; i++)
    if (is_better (beam->pdata[i], beam->pdata[0])) {
      gpointer swapped = beam->pdata[0];
      beam->pdata[0] = beam->pdata[i];
      beam->pdata[i] = swapped;
    }
}

/* Taken off everywhere, so that numbers stay small in an endless stream. */
static void
normalize (SewBeamSearch *search)
{
  const SewPrefix *best = search->beam->pdata[0];
  float log_prob = sew_beam_add_logs (best->blank, best->letter);

  for (guint i = 0; i < search->beam->len; i++) {
    SewPrefix *prefix = search->beam->pdata[i];
    prefix->blank -= log_prob;
    prefix->letter -= log_prob;
    prefix->total -= log_prob;
  }
  search->base_score += log_prob;
}

/* Of two texts that nothing that follows can tell apart the worse one can never win. Without it,
 * any doubt about an old word would stay in the beam for ever. But it may be wanted in a list. */
static guint
recombine (SewBeamSearch *search, SewPrefix **texts, guint n_texts)
{
  guint n_slots = 1u << (g_bit_storage (n_texts) + 1);
  guint n_kept = 0;

  g_ptr_array_set_size (search->slots, 0);
  g_ptr_array_set_size (search->slots, (gint) n_slots);
  SewPrefix **slots = (SewPrefix **) search->slots->pdata;
  for (guint i = 0; i < n_texts; i++) {
    SewPrefix *text = texts[i];
    guint slot = (guint) (text->future >> 32) & (n_slots - 1);
    while (slots[slot] != NULL && slots[slot]->future != text->future)
      slot = (slot + 1) & (n_slots - 1);
    if (slots[slot] == NULL || is_better (text, slots[slot]))
      slots[slot] = text;
    text->slot = slot;
  }
  for (guint i = 0; i < n_texts; i++) {
    SewPrefix *text = texts[i];
    if (slots[text->slot] != text)
      continue;
    texts[i] = texts[n_kept];
    texts[n_kept++] = text;
  }
  return n_kept;
}

/* What was tried takes the place of the beam. Returns the highest total. */
static float
take_next (SewBeamSearch *search)
{
  GPtrArray *next = search->next;
  float best_total = -INFINITY;

  for (guint i = 0; i < next->len; i++) {
    SewPrefix *prefix = next->pdata[i];
    prefix->blank = prefix->next_blank;
    prefix->letter = prefix->next_letter;
    prefix->next_blank = prefix->next_letter = -INFINITY;
    prefix->listed = TRUE;
    prefix->total = sew_beam_add_logs (prefix->blank, prefix->letter) + prefix->score.total;
    best_total = MAX (best_total, prefix->total);
  }
  search->next = search->beam;
  search->beam = next;
  g_ptr_array_set_size (search->next, 0);
  return best_total;
}

static void
choose_beam (SewBeamSearch *search)
{
  float best_total = take_next (search);
  GPtrArray *beam = search->beam;

  /* Those within the threshold first, and of those the best ones. */
  guint n_kept = 0;
  for (guint i = 0; i < beam->len; i++) {
    SewPrefix *prefix = beam->pdata[i];
    if (prefix->total >= best_total - search->options.beam_threshold) {
      beam->pdata[i] = beam->pdata[n_kept];
      beam->pdata[n_kept++] = prefix;
    }
  }
  if (search->has_new && search->options.n_best == 0)
    n_kept = recombine (search, (SewPrefix **) beam->pdata, n_kept);
  if (n_kept > search->options.width) {
    select_best ((SewPrefix **) beam->pdata, n_kept, search->options.width);
    n_kept = search->options.width;
  }
  for (guint i = n_kept; i < beam->len; i++)
    drop (search, beam->pdata[i]);
  g_ptr_array_set_size (beam, (gint) n_kept);
  put_best_first (beam);

  normalize (search);
}

/* Down to where the texts part. */
static void
find_trunk (SewBeamSearch *search)
{
  while (!search->trunk->listed && search->trunk->first_child->next_sibling == NULL)
    search->trunk = search->trunk->first_child;
}

void
sew_beam_search_advance (SewBeamSearch *search, const float *row)
{
  guint n_kept = keep_tokens (search, row);

  search->best_total = -INFINITY;
  search->has_new = FALSE;
  for (guint i = 0; i < search->beam->len; i++)
    extend (search, search->beam->pdata[i], row, n_kept);
  /* Texts that the frame rules out altogether are to be dropped with the others. */
  for (guint i = 0; i < search->beam->len; i++)
    if (!is_next (search->beam->pdata[i]))
      g_ptr_array_add (search->next, search->beam->pdata[i]);
  choose_beam (search);
  find_trunk (search);
}

static gboolean
begins_with (const SewPrefix *text, const SewPrefix *prefix)
{
  while (text != NULL && text != prefix)
    text = text->parent;
  return text != NULL;
}

void
sew_beam_search_keep_only (SewBeamSearch *search, const SewPrefix *prefix)
{
  GPtrArray *beam = search->beam;
  guint n_kept = 0;

  for (guint i = 0; i < beam->len; i++) {
    SewPrefix *text = beam->pdata[i];
    if (begins_with (text, prefix)) {
      beam->pdata[i] = beam->pdata[n_kept];
      beam->pdata[n_kept++] = text;
    }
  }
  for (guint i = n_kept; i < beam->len; i++)
    drop (search, beam->pdata[i]);
  g_ptr_array_set_size (beam, (gint) n_kept);
  put_best_first (beam);
  find_trunk (search);
}

void
sew_beam_search_keep_best (SewBeamSearch *search)
{
  for (guint i = 1; i < search->beam->len; i++)
    drop (search, search->beam->pdata[i]);
  g_ptr_array_set_size (search->beam, 1);
  search->trunk = search->tree.root;
  find_trunk (search);
}

void
sew_beam_search_move_root (SewBeamSearch *search, SewPrefix *prefix)
{
  search->base_score += sew_prefix_tree_move_root (&search->tree, prefix);
}

void
sew_beam_search_forget_hot_words (SewBeamSearch *search)
{
  for (SewPrefix *prefix = search->tree.root; prefix != NULL; prefix = sew_prefix_walk (prefix)) {
    float before = prefix->score.total;
    sew_text_scorer_forget_hot_words (search->scorer, &prefix->score);
    prefix->total += prefix->score.total - before;
  }
  put_best_first (search->beam);
}
