/* SPDX-License-Identifier: MIT */
#include "decoder/greedy-decoder.h"

#include <math.h>
#include <string.h>

#define N_SYMBOLS 4

/* Frames in which the named symbol has probability 0.7; '.' is the blank, 0. */
static void
make_frame (char symbol, float *log_probs)
{
  guint best = symbol == '.' ? 0 : (guint) (symbol - 'a') + 1;
  for (guint i = 0; i < N_SYMBOLS; i++)
    log_probs[i] = logf (i == best ? 0.7f : 0.1f);
}

static GArray *
decode (const char *symbols)
{
  SewGreedyDecoder decoder;
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (SewToken));
  SewToken token;

  sew_greedy_decoder_init (&decoder, 0, N_SYMBOLS);
  for (guint64 frame = 0; symbols[frame] != '\0'; frame++) {
    float log_probs[N_SYMBOLS];
    make_frame (symbols[frame], log_probs);
    if (sew_greedy_decoder_push (&decoder, frame, log_probs, &token))
      g_array_append_val (tokens, token);
  }
  if (sew_greedy_decoder_finish (&decoder, &token))
    g_array_append_val (tokens, token);
  g_assert_false (sew_greedy_decoder_finish (&decoder, &token));
  return tokens;
}

static void
assert_decodes (const char *symbols, const char *expected)
{
  g_autoptr (GArray) tokens = decode (symbols);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < tokens->len; i++) {
    const SewToken *token = &g_array_index (tokens, SewToken, i);
    g_string_append_printf (text, "%c%u+%u ", 'a' + token->id - 1, (guint) token->first_frame,
                            token->n_frames);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_collapse (void)
{
  assert_decodes ("", "");
  assert_decodes ("....", "");
  assert_decodes ("a", "a0+1 ");
  assert_decodes ("..aab..", "a2+2 b4+1 ");
  assert_decodes ("a.a", "a0+1 a2+1 ");
  assert_decodes ("abcaa", "a0+1 b1+1 c2+1 a3+2 ");
}

static void
test_skip_ends_run (void)
{
  SewGreedyDecoder decoder;
  SewToken token;
  float log_probs[N_SYMBOLS];

  make_frame ('b', log_probs);
  sew_greedy_decoder_init (&decoder, 0, N_SYMBOLS);
  g_assert_false (sew_greedy_decoder_push (&decoder, 5, log_probs, &token));
  g_assert_false (sew_greedy_decoder_push (&decoder, 6, log_probs, &token));
  g_assert_true (sew_greedy_decoder_push (&decoder, 8, log_probs, &token));
  g_assert_cmpuint (token.first_frame, ==, 5);
  g_assert_cmpuint (token.n_frames, ==, 2);
  g_assert_true (sew_greedy_decoder_finish (&decoder, &token));
  g_assert_cmpuint (token.first_frame, ==, 8);
  g_assert_cmpuint (token.n_frames, ==, 1);
}

static void
test_best_frame_of_run (void)
{
  SewGreedyDecoder decoder;
  SewToken token;
  const float probs[] = { 0.5f, 0.9f, 0.6f };

  sew_greedy_decoder_init (&decoder, 0, 2);
  for (guint i = 0; i < G_N_ELEMENTS (probs); i++) {
    float log_probs[2] = { logf (1.0f - probs[i]), logf (probs[i]) };
    log_probs[0] -= 1e-3f;
    g_assert_false (sew_greedy_decoder_push (&decoder, i, log_probs, &token));
  }
  g_assert_true (sew_greedy_decoder_finish (&decoder, &token));
  g_assert_cmpuint (token.n_frames, ==, 3);
  g_assert_cmpfloat_with_epsilon (token.log_prob, logf (0.9f), 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/greedy-decoder/collapse", test_collapse);
  g_test_add_func ("/greedy-decoder/skip-ends-run", test_skip_ends_run);
  g_test_add_func ("/greedy-decoder/best-frame-of-run", test_best_frame_of_run);
  return g_test_run ();
}
