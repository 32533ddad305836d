/* SPDX-License-Identifier: MIT */
#include "decoder/prefix-tree.h"

#include <math.h>

#define BLOCK_LENGTH 256

static SewPrefix *
allocate (SewPrefixTree *tree, SewPrefix *parent, guint token)
{
  if (tree->unused == NULL) {
    SewPrefix *block = g_new (SewPrefix, BLOCK_LENGTH);
    g_ptr_array_add (tree->blocks, block);
    for (guint i = 0; i < BLOCK_LENGTH; i++) {
      block[i].next_sibling = tree->unused;
      tree->unused = &block[i];
    }
  }
  SewPrefix *prefix = tree->unused;
  tree->unused = prefix->next_sibling;
  *prefix = (SewPrefix){
    .parent = parent,
    .token = token,
    .blank = -INFINITY,
    .letter = -INFINITY,
    .next_blank = -INFINITY,
    .next_letter = -INFINITY,
    .serial = tree->n_made++,
  };
  return prefix;
}

static void
release (SewPrefixTree *tree, SewPrefix *prefix)
{
  sew_text_score_clear (&prefix->score);
  prefix->next_sibling = tree->unused;
  tree->unused = prefix;
}

void
sew_prefix_tree_init (SewPrefixTree *tree, guint token)
{
  *tree = (SewPrefixTree){ .blocks = g_ptr_array_new_with_free_func (g_free) };
  tree->root = allocate (tree, NULL, token);
}

SewPrefix *
sew_prefix_walk (SewPrefix *prefix)
{
  if (prefix->first_child != NULL)
    return prefix->first_child;
  while (prefix != NULL && prefix->next_sibling == NULL)
    prefix = prefix->parent;
  return prefix != NULL ? prefix->next_sibling : NULL;
}

void
sew_prefix_tree_clear (SewPrefixTree *tree)
{
  for (SewPrefix *prefix = tree->root; prefix != NULL; prefix = sew_prefix_walk (prefix))
    sew_text_score_clear (&prefix->score);
  tree->root = NULL;
  g_clear_pointer (&tree->blocks, g_ptr_array_unref);
}

SewPrefix *
sew_prefix_find_child (const SewPrefix *prefix, guint token)
{
  SewPrefix *child = prefix->first_child;
  while (child != NULL && child->token != token)
    child = child->next_sibling;
  return child;
}

SewPrefix *
sew_prefix_tree_add_child (SewPrefixTree *tree, SewPrefix *prefix, guint token)
{
  SewPrefix *child = allocate (tree, prefix, token);
  child->next_sibling = prefix->first_child;
  prefix->first_child = child;
  return child;
}

void
sew_prefix_tree_prune (SewPrefixTree *tree, SewPrefix *prefix)
{
  while (prefix != tree->root && !prefix->listed && prefix->first_child == NULL) {
    SewPrefix *parent = prefix->parent;
    SewPrefix **link = &parent->first_child;
    while (*link != prefix)
      link = &(*link)->next_sibling;
    *link = prefix->next_sibling;
    release (tree, prefix);
    prefix = parent;
  }
}

float
sew_prefix_tree_move_root (SewPrefixTree *tree, SewPrefix *root)
{
  float settled = root->score.settled;
  SewPrefix *above = root->parent;

  while (above != NULL) {
    SewPrefix *parent = above->parent;
    release (tree, above);
    above = parent;
  }
  root->parent = NULL;
  root->next_sibling = NULL;
  tree->root = root;
  for (SewPrefix *prefix = root; prefix != NULL; prefix = sew_prefix_walk (prefix)) {
    prefix->score.settled -= settled;
    prefix->score.total -= settled;
    prefix->total -= settled;
  }
  return settled;
}
