/* SPDX-License-Identifier: MIT */
#pragma once

#include "decoder/text-scorer.h"

/* The texts that a beam search holds, as a tree that shares their beginnings. */
typedef struct _SewPrefix SewPrefix;
struct _SewPrefix {
  SewPrefix *parent;
  SewPrefix *first_child;
  SewPrefix *next_sibling;
  guint token;     /* the last one; the root's is what was committed last */
  gboolean listed; /* in the beam, or in the making of the next one */

  /* log P of all the ways to read this text in the frames so far, by whether they end with a blank
   * or with the token; and the same with the frame that is being read. */
  float blank;
  float letter;
  float next_blank;
  float next_letter;

  float total;    /* log P of both, and what the text is worth: what the beam is ordered by */
  guint64 serial; /* orders what is equal */
  guint64 future; /* equal for texts that what follows cannot tell apart */
  guint slot;     /* of that future, while texts are compared */
  SewTextScore score;
};

typedef struct {
  SewPrefix *root;
  SewPrefix *unused; /* linked by next_sibling */
  GPtrArray *blocks;
  guint64 n_made;
} SewPrefixTree;

/* One prefix, the root, with an unset score. */
void sew_prefix_tree_init (SewPrefixTree *tree, guint token);
void sew_prefix_tree_clear (SewPrefixTree *tree);

/* NULL if it is not there. */
SewPrefix *sew_prefix_find_child (const SewPrefix *prefix, guint token);
/* All prefixes, beginning with the root; NULL after the last. */
SewPrefix *sew_prefix_walk (SewPrefix *prefix);
/* The new child's score is unset. */
SewPrefix *sew_prefix_tree_add_child (SewPrefixTree *tree, SewPrefix *prefix, guint token);
/* Removes a prefix that is neither listed nor has children, and then its parent if that leaves it
 * like this; but not the root. */
void sew_prefix_tree_prune (SewPrefixTree *tree, SewPrefix *prefix);
/* A prefix that all others begin with becomes the root; its score's settled part is taken off all.
 * Returns that part. */
float sew_prefix_tree_move_root (SewPrefixTree *tree, SewPrefix *root);
