/* SPDX-License-Identifier: MIT */
#include "decoder/script-tokens.h"

#include <string.h>

void
sew_script_tokens_init (SewScriptTokens *script)
{
  guint first = 0;

  script->n_words = 0;
  script->first_ways = g_array_new (FALSE, FALSE, sizeof (guint));
  script->ways = g_array_new (FALSE, FALSE, sizeof (SewWay));
  script->tokens = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (script->first_ways, first);
}

void
sew_script_tokens_clear (SewScriptTokens *script)
{
  g_array_unref (script->first_ways);
  g_array_unref (script->ways);
  g_array_unref (script->tokens);
}

void
sew_script_tokens_add_word (SewScriptTokens *script)
{
  guint first = script->ways->len;

  script->n_words++;
  g_array_append_val (script->first_ways, first);
}

void
sew_script_tokens_add_way (SewScriptTokens *script, const guint *tokens, guint n_tokens)
{
  SewWay way = { script->tokens->len, n_tokens };
  guint first = g_array_index (script->first_ways, guint, script->n_words - 1);

  for (guint i = first; i < script->ways->len; i++) {
    const SewWay *other = &g_array_index (script->ways, SewWay, i);
    const guint *others = &g_array_index (script->tokens, guint, other->first_token);
    if (other->n_tokens == n_tokens && memcmp (others, tokens, n_tokens * sizeof *tokens) == 0)
      return;
  }
  g_array_append_vals (script->tokens, tokens, n_tokens);
  g_array_append_val (script->ways, way);
  g_array_index (script->first_ways, guint, script->n_words) = script->ways->len;
}
