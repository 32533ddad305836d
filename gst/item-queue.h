/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A bounded queue between two threads. Each item has a cost (a length of time, say); a push waits
 * while the costs of what is queued add up to the limit. Flushing wakes both sides. */
typedef struct _SewItemQueue SewItemQueue;

/* A queue that is flushing: to be opened before use. free_item: frees what is dropped. */
SewItemQueue *sew_item_queue_new (guint64 limit, GDestroyNotify free_item);
void sew_item_queue_free (SewItemQueue *self);

/* Takes the item over, and waits for room first. FALSE: the queue is flushing and the item is
 * gone. An item of cost 0 never waits. */
gboolean sew_item_queue_push (SewItemQueue *self, gpointer item, guint64 cost);

/* If there is no room, drops the items that cost something, all of them, so that the next push does
 * not wait (if nobody else pushes). Returns what they cost. */
guint64 sew_item_queue_make_room (SewItemQueue *self);

/* At once; what is queued stays, even if that is more. */
void sew_item_queue_set_limit (SewItemQueue *self, guint64 limit);

/* What all that is queued costs. */
guint64 sew_item_queue_get_cost (SewItemQueue *self);

/* The oldest item (transfer full), waiting for one; NULL: the queue is flushing. */
gpointer sew_item_queue_pop (SewItemQueue *self);

/* The oldest item (transfer full), if there is one and it costs nothing; or NULL. Never waits. */
gpointer sew_item_queue_pop_free (SewItemQueue *self);

/* Wakes everyone; pushes and pops fail from now on. What is queued stays. */
void sew_item_queue_set_flushing (SewItemQueue *self);

/* Drops what is queued and lets pushes and pops work again. */
void sew_item_queue_open (SewItemQueue *self);

G_END_DECLS
