/* SPDX-License-Identifier: MIT */
#include "decoder/byte-trie.h"

#include <string.h>

typedef struct {
  guint32 first_child;
  guint32 string;
  guint8 byte;
  guint8 n_children; /* 255 bytes but NUL exist */
} Node;

struct _SewByteTrie {
  Node *nodes;
  guint n_nodes;
};

/* The strings that begin like a node. */
typedef struct {
  guint first;
  guint end;
  guint depth;
} Range;

/* Appends the children of a node whose strings are sorted, one range for each next byte. */
static void
add_children (GArray *nodes, GArray *ranges, guint index, const char *const *strings)
{
  Range range = g_array_index (ranges, Range, index);
  Node node = g_array_index (nodes, Node, index);

  if (range.first < range.end && strings[range.first][range.depth] == '\0')
    node.string = range.first++;
  node.first_child = nodes->len;
  while (range.first < range.end) {
    char byte = strings[range.first][range.depth];
    Range child = { .first = range.first, .depth = range.depth + 1 };
    while (range.first < range.end && strings[range.first][range.depth] == byte)
      range.first++;
    child.end = range.first;
    Node child_node = { .string = SEW_BYTE_TRIE_NONE, .byte = (guint8) byte };
    g_array_append_val (nodes, child_node);
    g_array_append_val (ranges, child);
    node.n_children++;
  }
  g_array_index (nodes, Node, index) = node;
}

SewByteTrie *
sew_byte_trie_new (const char *const *strings, guint n_strings)
{
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (Range));
  const Node root = { .string = SEW_BYTE_TRIE_NONE };
  const Range all = { .end = n_strings };

  g_array_append_val (nodes, root);
  g_array_append_val (ranges, all);
  for (guint i = 0; i < nodes->len; i++)
    add_children (nodes, ranges, i, strings);

  SewByteTrie *trie = g_new (SewByteTrie, 1);
  trie->n_nodes = nodes->len;
  trie->nodes = g_new (Node, nodes->len);
  memcpy (trie->nodes, nodes->data, nodes->len * sizeof (Node));
  g_array_free (nodes, TRUE);
  return trie;
}

void
sew_byte_trie_free (SewByteTrie *trie)
{
  g_free (trie->nodes);
  g_free (trie);
}

guint
sew_byte_trie_get_n_nodes (const SewByteTrie *trie)
{
  return trie->n_nodes;
}

guint32
sew_byte_trie_step (const SewByteTrie *trie, guint32 node, guint8 byte)
{
  guint32 child = trie->nodes[node].first_child;
  guint32 end = child + trie->nodes[node].n_children;
  for (; child < end; child++)
    if (trie->nodes[child].byte == byte)
      return child;
  return SEW_BYTE_TRIE_NONE;
}

guint32
sew_byte_trie_get_string (const SewByteTrie *trie, guint32 node)
{
  return trie->nodes[node].string;
}

guint32
sew_byte_trie_get_first_child (const SewByteTrie *trie, guint32 node)
{
  return trie->nodes[node].first_child;
}

guint
sew_byte_trie_get_n_children (const SewByteTrie *trie, guint32 node)
{
  return trie->nodes[node].n_children;
}

guint8
sew_byte_trie_get_byte (const SewByteTrie *trie, guint32 node)
{
  return trie->nodes[node].byte;
}
