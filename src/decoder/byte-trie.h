/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A prefix tree of strings, byte by byte. Nodes have numbers, [0, n_nodes), parents before
 * children. Immutable. */
typedef struct _SewByteTrie SewByteTrie;

#define SEW_BYTE_TRIE_ROOT 0
#define SEW_BYTE_TRIE_NONE G_MAXUINT32

/* strings: [n_strings], in the order of strcmp and each only once; they are not kept. */
SewByteTrie *sew_byte_trie_new (const char *const *strings, guint n_strings);
void sew_byte_trie_free (SewByteTrie *trie);

guint sew_byte_trie_get_n_nodes (const SewByteTrie *trie);
/* SEW_BYTE_TRIE_NONE if no string goes on like this. */
guint32 sew_byte_trie_step (const SewByteTrie *trie, guint32 node, guint8 byte);
/* The index of the string that ends here, or SEW_BYTE_TRIE_NONE. */
guint32 sew_byte_trie_get_string (const SewByteTrie *trie, guint32 node);
/* The children of a node follow each other. */
guint32 sew_byte_trie_get_first_child (const SewByteTrie *trie, guint32 node);
guint sew_byte_trie_get_n_children (const SewByteTrie *trie, guint32 node);
/* The byte that leads from its parent to a node. */
guint8 sew_byte_trie_get_byte (const SewByteTrie *trie, guint32 node);
