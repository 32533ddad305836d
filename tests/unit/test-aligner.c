/* SPDX-License-Identifier: MIT */
#include "decoder/aligner.h"

#include <math.h>
#include <string.h>

/* symbols: '.' the blank, '|' the delimiter, and letters */
static const char symbols[] = ".|abcdefghijklmnopqrstuvwxyz";
#define N_SYMBOLS 28

static guint
find_symbol (char symbol)
{
  const char *found = strchr (symbols, symbol);
  g_assert_true (found != NULL && symbol != '\0');
  return (guint) (found - symbols);
}

/* text: words between spaces, each with its ways to be said between slashes; "-": none. */
static void
make_script (const char *text, SewScriptTokens *script)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  sew_script_tokens_init (script);
  for (guint i = 0; words[i] != NULL; i++) {
    g_auto (GStrv) ways = g_strsplit (words[i], "/", -1);
    sew_script_tokens_add_word (script);
    for (guint k = 0; ways[k] != NULL && *ways[k] != '-'; k++) {
      guint tokens[32];
      guint n_tokens = (guint) strlen (ways[k]);
      for (guint j = 0; j < n_tokens; j++)
        tokens[j] = find_symbol (ways[k][j]);
      sew_script_tokens_add_way (script, tokens, n_tokens);
    }
  }
}

/* -- against every place in every frame -- */

typedef struct {
  guint item; /* the word before which, or in which */
  int token;  /* of its way; -1 off the script, -2 on the delimiter, -3 on the blank after that */
  gboolean after; /* on the blank after the token */
  const guint *tokens;
  guint n_tokens;
  guint way; /* tells ways apart */
} Node;

#define MAX_NODES 200
#define MAX_FRAMES 40

typedef struct {
  Node nodes[MAX_NODES];
  guint n_nodes;
  guint n_items;
  gboolean delimited;
  const SewSearchCosts *costs;
} Graph;

static void
add_node (Graph *graph, guint item, int token, gboolean after, const guint *tokens, guint n_tokens,
          guint way)
{
  g_assert_cmpuint (graph->n_nodes, <, MAX_NODES);
  graph->nodes[graph->n_nodes++] = (Node){ item, token, after, tokens, n_tokens, way };
}

static void
make_graph (Graph *graph, const SewScriptTokens *script)
{
  for (guint i = 0; i <= script->n_words; i++) {
    add_node (graph, i, -1, FALSE, NULL, 0, 0);
    add_node (graph, i, -2, FALSE, NULL, 0, 0);
    add_node (graph, i, -3, FALSE, NULL, 0, 0);
    if (i == script->n_words)
      break;
    for (guint k = g_array_index (script->first_ways, guint, i);
         k < g_array_index (script->first_ways, guint, i + 1); k++) {
      const SewWay *way = &g_array_index (script->ways, SewWay, k);
      const guint *tokens = &g_array_index (script->tokens, guint, way->first_token);
      for (guint j = 0; j < 2 * way->n_tokens; j++)
        add_node (graph, i, (int) (j / 2), j % 2 == 1, tokens, way->n_tokens, k);
    }
  }
  graph->n_items = script->n_words;
}

static gboolean
is_exit (const Node *node)
{
  return node->token >= 0 && node->token == (int) node->n_tokens - 1;
}

/* What it costs to go from one node to another from one frame to the next. */
static double
price_step (const Graph *graph, const Node *from, const Node *to)
{
  gboolean same_way = from->item == to->item && from->way == to->way && from->token >= 0;

  if (from == to)
    return 0.0;
  if (to->token == -1) {
    if (from->token >= 0 && !is_exit (from))
      return INFINITY;
    guint at = from->token >= 0 ? from->item + 1 : from->item;
    if (at > to->item)
      return INFINITY;
    double leave = from->token == -1 ? 0.0 : (double) graph->costs->leave_cost;
    guint n_skipped = to->item - at;
    return leave
           + (n_skipped == 0 ? 0.0
                             : (double) graph->costs->skip_cost
                                   + n_skipped * (double) graph->costs->next_skip_cost);
  }
  if (to->token == -2)
    return graph->delimited && is_exit (from) && from->item + 1 == to->item
                   && to->item < graph->n_items
               ? 0.0
               : INFINITY;
  if (to->token == -3)
    return from->token == -2 && from->item == to->item ? 0.0 : INFINITY;
  if (to->after)
    return same_way && !from->after && from->token == to->token ? 0.0 : INFINITY;
  if (to->token > 0) {
    if (!same_way || from->token != to->token - 1)
      return INFINITY;
    return from->after || to->tokens[to->token - 1] != to->tokens[to->token] ? 0.0 : INFINITY;
  }
  if (from->token < 0)
    return from->item == to->item ? 0.0 : INFINITY;
  if (graph->delimited || !is_exit (from) || from->item + 1 != to->item)
    return INFINITY;
  return from->after || from->tokens[from->token] != to->tokens[0] ? 0.0 : INFINITY;
}

static double
emit (const Graph *graph, const Node *node, const float *row)
{
  double silence = MAX (row[0], graph->delimited ? row[1] : row[0]);
  double letter = -INFINITY;

  for (guint i = graph->delimited ? 2 : 1; i < N_SYMBOLS; i++)
    letter = MAX (letter, (double) row[i]);
  if (node->token == -1)
    return MAX (silence, letter - (double) graph->costs->letter_cost);
  if (node->token == -2)
    return row[1];
  if (node->token == -3 || node->after)
    return row[0];
  return row[node->tokens[node->token]];
}

static double
price_end (const Graph *graph, const Node *node)
{
  guint next = node->item;

  if (node->token >= 0) {
    if (!is_exit (node))
      return INFINITY;
    next++;
  }
  if (next == graph->n_items)
    return 0.0;
  return (node->token == -1 ? 0.0 : (double) graph->costs->leave_cost)
         + (double) graph->costs->skip_cost
         + (graph->n_items - next) * (double) graph->costs->next_skip_cost;
}

/* "word@first+n " for each word of the best way. */
static char *
search_all (Graph *graph, const float *rows, guint n_frames)
{
  static double scores[MAX_FRAMES + 1][MAX_NODES];
  static guint steps[MAX_FRAMES + 1][MAX_NODES];
  GString *text = g_string_new (NULL);

  for (guint s = 0; s < graph->n_nodes; s++)
    scores[0][s] = graph->nodes[s].item == 0 && graph->nodes[s].token == -3 ? 0.0 : -INFINITY;
  for (guint t = 1; t <= n_frames; t++)
    for (guint s = 0; s < graph->n_nodes; s++) {
      scores[t][s] = -INFINITY;
      for (guint r = 0; r < graph->n_nodes; r++) {
        double score = scores[t - 1][r] - price_step (graph, &graph->nodes[r], &graph->nodes[s]);
        if (score > scores[t][s]) {
          scores[t][s] = score;
          steps[t][s] = r;
        }
      }
      scores[t][s] += emit (graph, &graph->nodes[s], rows + (gsize) (t - 1) * N_SYMBOLS);
    }

  guint best = 0;
  for (guint s = 1; s < graph->n_nodes; s++)
    if (scores[n_frames][s] - price_end (graph, &graph->nodes[s])
        > scores[n_frames][best] - price_end (graph, &graph->nodes[best]))
      best = s;
  guint end = 0;
  for (guint t = n_frames; t > 0; best = steps[t--][best]) {
    const Node *node = &graph->nodes[best];
    const Node *before = &graph->nodes[steps[t][best]];
    if (node->token < 0)
      continue;
    if (end == 0 && is_exit (node) && !node->after)
      end = t;
    if (node->token == 0 && !node->after && before != node) {
      g_autofree char *word = g_strdup_printf ("%u@%u+%u ", node->item, t - 1, end - (t - 1));
      g_string_prepend (text, word);
      end = 0;
    }
  }
  return g_string_free (text, FALSE);
}

static void
pull_words (SewAligner *aligner, GString *text)
{
  SewAlignedWord word;

  while (sew_aligner_pull (aligner, &word))
    g_string_append_printf (text, "%u@%u+%u ", word.word, (guint) word.first_frame,
                            (guint) word.n_frames);
}

static char *
align (const SewScriptTokens *script, const SewAlignerOptions *options, gboolean delimited,
       const float *rows, guint n_frames)
{
  SewAligner *aligner = sew_aligner_new (script, 0, delimited ? 1 : G_MAXUINT, N_SYMBOLS, options);
  GString *text = g_string_new (NULL);

  for (guint t = 0; t < n_frames; t++) {
    sew_aligner_push (aligner, t, rows + (gsize) t * N_SYMBOLS);
    pull_words (aligner, text);
  }
  sew_aligner_finish (aligner);
  pull_words (aligner, text);
  sew_aligner_free (aligner);
  return g_string_free (text, FALSE);
}

static void
make_noise (GRand *rand, double sharpness, float *rows, guint n_frames)
{
  for (guint t = 0; t < n_frames; t++) {
    double sum = 0.0;
    float *row = rows + (gsize) t * N_SYMBOLS;
    for (guint i = 0; i < N_SYMBOLS; i++) {
      row[i] = (float) g_rand_double_range (rand, -sharpness, 0.0);
      sum += exp ((double) row[i]);
    }
    for (guint i = 0; i < N_SYMBOLS; i++)
      row[i] -= (float) log (sum);
  }
}

static void
test_exhaustive (gconstpointer data)
{
  static const char *const scripts[] = { "a", "ab ba a", "aa/a|a b aab/bb/c cd", "abc abc abc" };
  gboolean delimited = GPOINTER_TO_INT (data);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  static float rows[MAX_FRAMES * N_SYMBOLS];
  guint n_whole = 0, n_parts = 0;

  for (guint round = 0; round < 200; round++) {
    SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
    SewScriptTokens script;
    Graph graph = { .costs = &options.costs, .delimited = delimited };
    guint n_frames = (guint) g_rand_int_range (rand, 1, MAX_FRAMES);

    options.costs.leave_cost = round % 3 == 0 ? 1000.0f : (float) g_rand_double_range (rand, 0, 3);
    options.costs.letter_cost = (float) g_rand_double_range (rand, 0, 2);
    options.costs.skip_cost = (float) g_rand_double_range (rand, 0, 3);
    options.interval = 1 + round % 5;
    options.costs.beam = 10000.0f;
    make_script (scripts[round % G_N_ELEMENTS (scripts)], &script);
    make_graph (&graph, &script);
    make_noise (rand, 5.0, rows, n_frames);
    g_autofree char *expected = search_all (&graph, rows, n_frames);
    g_autofree char *found = align (&script, &options, delimited, rows, n_frames);
    g_assert_cmpstr (found, ==, expected);
    guint n_said = 0;
    for (const char *at = found; *at != '\0'; at++)
      n_said += *at == '@';
    n_whole += n_said == script.n_words;
    n_parts += n_said > 0 && n_said < script.n_words;
    sew_script_tokens_clear (&script);
  }
  g_assert_cmpuint (n_whole, >, 20);
  g_assert_cmpuint (n_parts, >, 20);
}

/* -- what is said, as a good model hears it -- */

/* said: a symbol a frame. Returns [n_frames][N_SYMBOLS]. */
static float *
hear (const char *said)
{
  gsize n_frames = strlen (said);
  float *rows = g_new (float, n_frames *N_SYMBOLS);

  for (gsize t = 0; t < n_frames; t++)
    for (guint i = 0; i < N_SYMBOLS; i++)
      rows[t * N_SYMBOLS + i] = logf (i == find_symbol (said[t]) ? 0.973f : 0.001f);
  return rows;
}

static void
assert_aligns (const char *text, const char *said, const char *expected)
{
  const SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;
  g_autofree float *rows = hear (said);

  make_script (text, &script);
  g_autofree char *found = align (&script, &options, TRUE, rows, (guint) strlen (said));
  g_assert_cmpstr (found, ==, expected);
  sew_script_tokens_clear (&script);
}

static void
test_said (void)
{
  assert_aligns ("abc de fgh", "..ab.cc.|..dd.e|.f.g.hh..", "0@2+5 1@11+4 2@17+6 ");
  assert_aligns ("aab", "a.ab", "0@0+4 ");
  /* words that have no way to be said are nowhere */
  assert_aligns ("- abc - - de -", "..abc|.de..", "1@2+3 4@7+2 ");
  assert_aligns ("-", "..abc|.de..", "");
  /* the way that was said */
  assert_aligns ("abc/de|fg hh", "..de..|.fg.|h.h", "0@2+8 1@12+3 ");
}

static void
test_not_said (void)
{
  assert_aligns ("abc bad/cab deed fgh", "..abc..|..de.ed..|..fgh", "0@2+3 2@10+5 3@20+3 ");
  assert_aligns ("abc bad cab beef deed", "..de.ed..", "4@2+5 ");
  assert_aligns ("abc bad cab beef deed", "..abc..", "0@2+3 ");
  assert_aligns ("abc bad", "........", "");
}

static void
test_extra (void)
{
  assert_aligns ("abc fgh", "..abc..|.bead.cafe|.ghee.dab|..fgh", "0@2+3 1@31+3 ");
  assert_aligns ("abc fgh", "cage.beef.aha.|abc..|fgh.|decade.ebb.chad", "0@15+3 1@21+3 ");
  assert_aligns ("abcabc", "gfhghfedgh.gehg", "");
}

/* What was passed over is in the next clip's past. */
static void
test_clips (void)
{
  const SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;
  g_autofree float *first = hear ("..abc|.bad|");
  g_autofree float *second = hear (".fade.|cab");
  g_autoptr (GString) text = g_string_new (NULL);

  make_script ("abc bad deaf fade cab", &script);
  SewAligner *aligner = sew_aligner_new (&script, 0, 1, N_SYMBOLS, &options);
  for (guint round = 0; round < 2; round++) {
    g_string_truncate (text, 0);
    for (guint t = 0; t < 11; t++)
      sew_aligner_push (aligner, t, first + (gsize) t * N_SYMBOLS);
    sew_aligner_finish (aligner);
    for (guint t = 0; t < 10; t++)
      sew_aligner_push (aligner, t, second + (gsize) t * N_SYMBOLS);
    sew_aligner_finish (aligner);
    sew_aligner_finish (aligner);
    pull_words (aligner, text);
    g_assert_cmpstr (text->str, ==, "0@2+3 1@7+3 3@1+4 4@7+3 ");
    sew_aligner_reset (aligner);
  }
  sew_aligner_free (aligner);
  sew_script_tokens_clear (&script);
}

/* Frames that are left out are silence, which ends words. */
static void
test_silence (void)
{
  const SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;
  static const char said[] = "abc.|..bad";
  g_autofree float *rows = hear (said);
  g_autoptr (GString) text = g_string_new (NULL);

  make_script ("abc bad", &script);
  SewAligner *aligner = sew_aligner_new (&script, 0, 1, N_SYMBOLS, &options);
  for (guint t = 0; said[t] != '\0'; t++) {
    sew_aligner_push (aligner, t < 3 ? t : 1000 + t, rows + (gsize) t * N_SYMBOLS);
    g_assert_cmpint (sew_aligner_is_open (aligner), ==, t < 3 || t > 6);
  }
  sew_aligner_finish (aligner);
  pull_words (aligner, text);
  g_assert_cmpstr (text->str, ==, "0@0+3 1@1007+3 ");
  sew_aligner_free (aligner);
  sew_script_tokens_clear (&script);
}

/* Frames that say nothing do no harm to the others. */
static void
test_not_numbers (void)
{
  const SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;
  g_autofree float *rows = hear ("..abc.|..bad");

  for (guint i = 0; i < N_SYMBOLS; i++) {
    rows[i] = NAN;
    rows[N_SYMBOLS + i] = -INFINITY;
  }
  make_script ("abc bad", &script);
  g_autofree char *found = align (&script, &options, TRUE, rows, 12);
  g_assert_true (g_str_has_suffix (found, "+5 1@9+3 ") || g_str_has_suffix (found, "+3 1@9+3 "));
  sew_script_tokens_clear (&script);
}

static void
test_confidence (void)
{
  const SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;
  SewAlignedWord word;
  g_autofree float *rows = hear ("aab|c");

  rows[find_symbol ('a')] = logf (0.5f);
  rows[N_SYMBOLS + find_symbol ('a')] = logf (0.9f);
  rows[2 * N_SYMBOLS + find_symbol ('b')] = logf (0.4f);
  rows[4 * N_SYMBOLS + find_symbol ('c')] = logf (0.6f);
  make_script ("ab|c", &script);
  SewAligner *aligner = sew_aligner_new (&script, 0, 1, N_SYMBOLS, &options);
  for (guint t = 0; t < 5; t++)
    sew_aligner_push (aligner, t, rows + (gsize) t * N_SYMBOLS);
  sew_aligner_finish (aligner);
  g_assert_true (sew_aligner_pull (aligner, &word));
  g_assert_cmpfloat_with_epsilon (word.confidence, cbrt (0.9 * 0.4 * 0.6), 1e-5);
  sew_aligner_free (aligner);
  sew_script_tokens_clear (&script);
}

/* -- endless -- */

/* Words of some length, and how a mumbler says them. */
static void
make_speech (GRand *rand, guint n_words, GString *text, GString *said)
{
  for (guint i = 0; i < n_words; i++) {
    if (i > 0)
      g_string_append_c (text, ' ');
    for (int n_letters = g_rand_int_range (rand, 1, 8); n_letters > 0; n_letters--) {
      char letter = symbols[g_rand_int_range (rand, 2, N_SYMBOLS)];
      g_string_append_c (text, letter);
      if (said->len > 0 && said->str[said->len - 1] == letter)
        g_string_append_c (said, '.');
      g_string_append_c (said, g_rand_int_range (rand, 0, 10) == 0 ? 'a' : letter);
    }
    g_string_append (said, g_rand_int_range (rand, 0, 20) == 0 ? ".|......." : ".|.");
  }
}

/* An hour takes no more memory than a minute, and how often words are looked for changes nothing.
 */
static void
test_endless (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GString) seldom = g_string_new (NULL);
  SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;

  make_speech (rand, 1500, text, said);
  make_script (text->str, &script);
  g_autofree float *rows = hear (said->str);
  options.interval = 300;
  g_autofree char *found = align (&script, &options, TRUE, rows, (guint) said->len);

  options.interval = 10;
  SewAligner *aligner = sew_aligner_new (&script, 0, 1, N_SYMBOLS, &options);
  gsize most_early = 0, most_late = 0;
  for (guint t = 0; t < said->len; t++) {
    gsize *most = t < 1000 ? &most_early : &most_late;
    sew_aligner_push (aligner, t, rows + (gsize) t * N_SYMBOLS);
    *most = MAX (*most, sew_aligner_count_pending (aligner));
    pull_words (aligner, seldom);
    g_assert_cmpuint (t - sew_aligner_get_pending_frame (aligner) + 1, <=, 400);
  }
  sew_aligner_finish (aligner);
  pull_words (aligner, seldom);
  g_assert_cmpuint (most_late, <, 2 * most_early);
  g_assert_cmpstr (seldom->str, ==, found);
  guint n_said = 0;
  for (const char *at = found; *at != '\0'; at++)
    n_said += *at == '@';
  g_assert_cmpuint (n_said, >, 1490);
  sew_aligner_free (aligner);
  sew_script_tokens_clear (&script);
}

static guint
count_said (const char *found, guint first, guint end)
{
  guint n_said = 0;

  for (guint i = first; i < end; i++) {
    g_autofree char *word = g_strdup_printf (i == 0 ? "%u@" : " %u@", i);
    n_said += strstr (found, word) != NULL;
  }
  return n_said;
}

/* The script is found again wherever it goes on, however much of it is left out; data: live. */
static void
test_excerpts (gconstpointer data)
{
  static const guint parts[][2] = { { 900, 1000 }, { 1010, 1100 }, { 1900, 1999 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) said = g_string_new (NULL);
  SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;
  guint n_words = 0;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autoptr (GString) unsaid = g_string_new (NULL);
    make_speech (rand, parts[i][0] - n_words, text, unsaid);
    g_string_append_c (text, ' ');
    make_speech (rand, parts[i][1] - parts[i][0], text, said);
    g_string_append_c (text, ' ');
    n_words = parts[i][1];
  }
  g_string_append_c (text, 'a');
  make_script (text->str, &script);
  g_autofree float *rows = hear (said->str);
  if (GPOINTER_TO_INT (data)) {
    options.interval = 5;
    options.longest_delay = 10;
    options.longest_dispute = 150;
  }
  g_autofree char *found = align (&script, &options, TRUE, rows, (guint) said->len);
  g_assert_cmpuint (count_said (found, 0, 900), <=, 5);
  g_assert_cmpuint (count_said (found, 900, 1000), >=, 98);
  g_assert_cmpuint (count_said (found, 1010, 1100), >=, 88);
  g_assert_cmpuint (count_said (found, 1100, 1900), <=, 25);
  g_assert_cmpuint (count_said (found, 1900, 1999), >=, 70);
  sew_script_tokens_clear (&script);
}

/* In silence nothing is ever decided, but words are not held for ever. */
static void
test_delay (void)
{
  SewAlignerOptions options = SEW_ALIGNER_OPTIONS_INIT;
  SewScriptTokens script;
  SewAlignedWord word;
  g_autofree float *rows = hear ("..abc.|.bad...");

  options.longest_delay = 60;
  options.interval = 10;
  make_script ("abc bad deed", &script);
  SewAligner *aligner = sew_aligner_new (&script, 0, 1, N_SYMBOLS, &options);
  for (guint t = 0; t < 14; t++)
    sew_aligner_push (aligner, t, rows + (gsize) t * N_SYMBOLS);
  g_assert_false (sew_aligner_pull (aligner, &word));
  g_assert_cmpuint (sew_aligner_get_pending_frame (aligner), <=, 2);
  for (guint t = 14; t < 90; t++)
    sew_aligner_push (aligner, t, rows);
  g_assert_true (sew_aligner_pull (aligner, &word));
  g_assert_cmpuint (word.word, ==, 0);
  g_assert_true (sew_aligner_pull (aligner, &word));
  g_assert_cmpuint (word.word, ==, 1);
  g_assert_false (sew_aligner_pull (aligner, &word));
  g_assert_cmpuint (sew_aligner_get_pending_frame (aligner), >=, 20);
  sew_aligner_free (aligner);
  sew_script_tokens_clear (&script);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/aligner/exhaustive", GINT_TO_POINTER (TRUE), test_exhaustive);
  g_test_add_data_func ("/aligner/exhaustive-no-delimiter", GINT_TO_POINTER (FALSE),
                        test_exhaustive);
  g_test_add_func ("/aligner/said", test_said);
  g_test_add_func ("/aligner/not-said", test_not_said);
  g_test_add_func ("/aligner/extra", test_extra);
  g_test_add_func ("/aligner/clips", test_clips);
  g_test_add_func ("/aligner/silence", test_silence);
  g_test_add_func ("/aligner/not-numbers", test_not_numbers);
  g_test_add_func ("/aligner/confidence", test_confidence);
  g_test_add_func ("/aligner/endless", test_endless);
  g_test_add_data_func ("/aligner/excerpts", GINT_TO_POINTER (FALSE), test_excerpts);
  g_test_add_data_func ("/aligner/excerpts-live", GINT_TO_POINTER (TRUE), test_excerpts);
  g_test_add_func ("/aligner/delay", test_delay);
  return g_test_run ();
}
