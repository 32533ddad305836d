/* SPDX-License-Identifier: MIT */
#include "decoder/text-scorer.h"

#include <string.h>

#include "decoder/ngram-tables.h"

#define LN_10 2.302585093f
/* So many words of a language model show which case it writes. */
#define N_SAMPLED_WORDS 2000

struct _SewTextContext {
  guint n_references;
  SewNgramState state;
};

typedef char *(*Fold) (const char *text, gssize n_bytes);

struct _SewTextScorer {
  const SewLanguageModel *language_model;
  const SewHotWords *hot_words;
  gboolean between_words;
  char **lexicon_texts; /* one a token, as the language model writes it; NULL-terminated */
  char **hot_texts;     /* case-folded */
  float lm_weight;      /* with ln 10 */
  float word_score;
  float root_price;    /* of a word of which nothing is known */
  float unknown_price; /* of an unknown word, without context */
};

/* -- letters as the language model writes them -- */

static char *
keep (const char *text, gssize n_bytes)
{
  return g_strdup (text);
}

static char **
fold_tokens (const SewVocabulary *vocabulary, Fold fold)
{
  guint n_tokens = sew_vocabulary_get_size (vocabulary);
  char **texts = g_new0 (char *, n_tokens + 1);
  for (guint i = 0; i < n_tokens; i++)
    texts[i] = fold (sew_vocabulary_get_text (vocabulary, i), -1);
  return texts;
}

static guint
count_spellable (const SewNgramModel *ngrams, char **texts)
{
  g_autoptr (GHashTable) letters = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_words = sew_ngram_model_get_n_words (ngrams);
  guint stride = MAX (n_words / N_SAMPLED_WORDS, 1);
  const char *word = sew_ngram_model_get_words (ngrams);
  guint n_spellable = 0;

  for (; *texts != NULL; texts++)
    g_hash_table_add (letters, *texts);
  for (guint i = 0; i < n_words; i++, word += strlen (word) + 1) {
    if (i % stride != 0 || !g_utf8_validate (word, -1, NULL))
      continue;
    const char *at = word;
    while (*at != '\0') {
      char letter[8] = { 0 };
      memcpy (letter, at, (gsize) (g_utf8_next_char (at) - at));
      if (!g_hash_table_contains (letters, letter))
        break;
      at = g_utf8_next_char (at);
    }
    n_spellable += *at == '\0';
  }
  return n_spellable;
}

/* A vocabulary of capitals goes with a model of small letters, and the other way round. */
static char **
fold_tokens_as_model (const SewVocabulary *vocabulary, const SewNgramModel *ngrams)
{
  static const Fold folds[] = { keep, g_utf8_strdown, g_utf8_strup };
  char **best = NULL;
  guint n_best = 0;

  for (guint i = 0; i < G_N_ELEMENTS (folds); i++) {
    char **texts = fold_tokens (vocabulary, folds[i]);
    guint n_spellable = sew_ngram_model_get_words (ngrams) != NULL ? count_spellable (ngrams, texts)
                                                                   : 0;
    if (best == NULL || n_spellable > n_best) {
      g_strfreev (best);
      best = texts;
      n_best = n_spellable;
    } else {
      g_strfreev (texts);
    }
  }
  return best;
}

/* -- the scorer -- */

static void
set_prices (SewTextScorer *scorer)
{
  const SewLanguageModel *model = scorer->language_model;
  SewNgramState nothing, next;

  sew_ngram_model_begin (model->ngrams, &nothing);
  float unknown = sew_ngram_model_score (model->ngrams, &nothing, SEW_NGRAM_UNKNOWN, &next);
  scorer->unknown_price = scorer->lm_weight * unknown;
  scorer->root_price = scorer->lm_weight * sew_lexicon_get_best (model->lexicon, SEW_LEXICON_ROOT);
}

SewTextScorer *
sew_text_scorer_new (const SewVocabulary *vocabulary, const SewLanguageModel *language_model)
{
  SewTextScorer *scorer = g_new0 (SewTextScorer, 1);
  scorer->language_model = language_model;
  scorer->between_words = sew_vocabulary_has_delimiter (vocabulary);
  scorer->hot_texts = fold_tokens (vocabulary, g_utf8_casefold);
  if (language_model != NULL) {
    scorer->lexicon_texts = fold_tokens_as_model (vocabulary, language_model->ngrams);
    sew_text_scorer_set_weights (scorer, language_model->weight, language_model->word_score);
  }
  return scorer;
}

void
sew_text_scorer_free (SewTextScorer *scorer)
{
  g_strfreev (scorer->lexicon_texts);
  g_strfreev (scorer->hot_texts);
  g_free (scorer);
}

void
sew_text_scorer_set_weights (SewTextScorer *scorer, float weight, float word_score)
{
  scorer->lm_weight = weight * LN_10;
  scorer->word_score = word_score;
  if (scorer->language_model != NULL)
    set_prices (scorer);
}

void
sew_text_scorer_set_hot_words (SewTextScorer *scorer, const SewHotWords *hot_words)
{
  scorer->hot_words = hot_words;
}

static float
get_promise (const SewTextScorer *scorer, guint32 hot)
{
  return scorer->hot_words != NULL ? sew_hot_words_get_promise (scorer->hot_words, hot) : 0.0f;
}

static float
get_unknown_penalty (const SewTextScorer *scorer)
{
  return scorer->lm_weight * scorer->language_model->unknown_score;
}

static void
set_total (const SewTextScorer *scorer, SewTextScore *score)
{
  score->total = score->settled + get_promise (scorer, score->hot);
  if (score->in_word)
    score->total += scorer->word_score;
  if (scorer->language_model == NULL)
    return;
  if (!score->in_word)
    score->total += scorer->root_price;
  else if (score->letters != SEW_LEXICON_NONE)
    score->total += scorer->lm_weight
                    * sew_lexicon_get_best (scorer->language_model->lexicon, score->letters);
  else {
    score->total += scorer->unknown_price;
    /* A word that a hot phrase may have is not held to be unknown. */
    if (get_promise (scorer, score->hot) <= 0.0f)
      score->total += get_unknown_penalty (scorer);
  }
}

void
sew_text_scorer_forget_hot_words (const SewTextScorer *scorer, SewTextScore *score)
{
  score->hot = scorer->hot_words != NULL ? sew_hot_words_begin (scorer->hot_words) : 0;
  set_total (scorer, score);
}

void
sew_text_scorer_begin (const SewTextScorer *scorer, SewTextScore *next)
{
  const SewLanguageModel *model = scorer->language_model;

  *next = (SewTextScore){ .letters = SEW_LEXICON_ROOT };
  if (model != NULL) {
    next->context = g_new (SewTextContext, 1);
    next->context->n_references = 1;
    if (model->has_boundary)
      sew_ngram_model_begin_sentence (model->ngrams, &next->context->state);
    else
      sew_ngram_model_begin (model->ngrams, &next->context->state);
  }
  sew_text_scorer_forget_hot_words (scorer, next);
}

static void
copy_score (const SewTextScore *score, SewTextScore *next)
{
  *next = *score;
  if (next->context != NULL)
    next->context->n_references++;
}

void
sew_text_scorer_add_letter (const SewTextScorer *scorer, const SewTextScore *score, guint token,
                            SewTextScore *next)
{
  copy_score (score, next);
  next->in_word = TRUE;
  if (scorer->language_model != NULL)
    next->letters = sew_lexicon_step (scorer->language_model->lexicon, score->letters,
                                      scorer->lexicon_texts[token]);
  if (scorer->hot_words != NULL)
    next->hot = sew_hot_words_step (scorer->hot_words, score->hot, scorer->hot_texts[token],
                                    &next->settled);
  set_total (scorer, next);
}

/* Adds the open word's probability; a context of its own for the words that follow. */
static void
settle_word (const SewTextScorer *scorer, SewTextScore *next, gboolean hot)
{
  const SewLanguageModel *model = scorer->language_model;
  SewTextContext *context = g_new (SewTextContext, 1);
  guint word = sew_lexicon_get_word (model->lexicon, next->letters);

  context->n_references = 1;
  next->settled += scorer->lm_weight
                   * sew_ngram_model_score (model->ngrams, &next->context->state, word,
                                            &context->state);
  if (word == SEW_NGRAM_UNKNOWN && !hot)
    next->settled += get_unknown_penalty (scorer);
  sew_text_score_clear (next);
  next->context = context;
}

void
sew_text_scorer_end_word (const SewTextScorer *scorer, const SewTextScore *score,
                          SewTextScore *next)
{
  copy_score (score, next);
  if (!score->in_word)
    return;

  gboolean hot = get_promise (scorer, score->hot) > 0.0f;
  if (scorer->hot_words != NULL && scorer->between_words) {
    float bonus = 0.0f;
    next->hot = sew_hot_words_step (scorer->hot_words, score->hot, " ", &bonus);
    next->settled += bonus;
    hot = bonus > 0.0f || next->hot != sew_hot_words_begin (scorer->hot_words);
  }
  next->settled += scorer->word_score;
  if (scorer->language_model != NULL)
    settle_word (scorer, next, hot);
  next->in_word = FALSE;
  next->letters = SEW_LEXICON_ROOT;
  set_total (scorer, next);
}

float
sew_text_scorer_finish (const SewTextScorer *scorer, const SewTextScore *score)
{
  const SewLanguageModel *model = scorer->language_model;
  SewTextScore ended;

  sew_text_scorer_end_word (scorer, score, &ended);
  float total = ended.settled;
  if (model != NULL && model->has_boundary) {
    SewNgramState next;
    guint end = sew_ngram_model_get_end_of_sentence (model->ngrams);
    if (end != SEW_NGRAM_UNKNOWN)
      total += scorer->lm_weight
               * sew_ngram_model_score (model->ngrams, &ended.context->state, end, &next);
  }
  sew_text_score_clear (&ended);
  return total;
}

guint64
sew_text_score_hash_future (const SewTextScore *score)
{
  guint64 hash = sew_ngram_hash_words (1, score->hot);
  for (guint i = 0; score->context != NULL && i < score->context->state.n_words; i++)
    hash = sew_ngram_hash_words (hash, score->context->state.words[i]);
  return hash;
}

void
sew_text_score_clear (SewTextScore *score)
{
  if (score->context != NULL && --score->context->n_references == 0)
    g_free (score->context);
  score->context = NULL;
}
