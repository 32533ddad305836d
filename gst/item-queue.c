/* SPDX-License-Identifier: MIT */
#include "item-queue.h"

#include <gst/base/gstqueuearray.h>

typedef struct {
  gpointer item;
  guint64 cost;
} Entry;

struct _SewItemQueue {
  GDestroyNotify free_item;
  guint64 limit;

  GMutex lock;
  GCond changed; /* there is room, there is an item, or flushing began */
  GstQueueArray *entries;
  guint64 cost; /* of all entries */
  gboolean flushing;
};

SewItemQueue *
sew_item_queue_new (guint64 limit, GDestroyNotify free_item)
{
  SewItemQueue *self = g_new0 (SewItemQueue, 1);

  self->free_item = free_item;
  self->limit = limit;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->entries = gst_queue_array_new_for_struct (sizeof (Entry), 32);
  self->flushing = TRUE;
  return self;
}

static gpointer
take_oldest (SewItemQueue *self)
{
  const Entry *entry = gst_queue_array_pop_head_struct (self->entries);

  if (entry == NULL)
    return NULL;
  self->cost -= entry->cost;
  return entry->item;
}

static void
drop_all (SewItemQueue *self)
{
  gpointer item;

  while ((item = take_oldest (self)) != NULL)
    self->free_item (item);
}

void
sew_item_queue_free (SewItemQueue *self)
{
  drop_all (self);
  gst_queue_array_free (self->entries);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

gboolean
sew_item_queue_push (SewItemQueue *self, gpointer item, guint64 cost)
{
  Entry entry = { item, cost };

  g_mutex_lock (&self->lock);
  while (!self->flushing && cost > 0 && self->cost >= self->limit)
    g_cond_wait (&self->changed, &self->lock);
  gboolean taken = !self->flushing;
  if (taken) {
    gst_queue_array_push_tail_struct (self->entries, &entry);
    self->cost += cost;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);

  if (!taken)
    self->free_item (item);
  return taken;
}

guint64
sew_item_queue_make_room (SewItemQueue *self)
{
  guint64 dropped = 0;

  g_mutex_lock (&self->lock);
  guint n_entries = self->cost >= self->limit ? gst_queue_array_get_length (self->entries) : 0;
  for (guint i = 0; i < n_entries; i++) {
    Entry entry = *(const Entry *) gst_queue_array_pop_head_struct (self->entries);
    if (entry.cost == 0) {
      gst_queue_array_push_tail_struct (self->entries, &entry);
    } else {
      dropped += entry.cost;
      self->free_item (entry.item);
    }
  }
  self->cost -= dropped;
  g_mutex_unlock (&self->lock);
  return dropped;
}

void
sew_item_queue_set_limit (SewItemQueue *self, guint64 limit)
{
  g_mutex_lock (&self->lock);
  self->limit = limit;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

guint64
sew_item_queue_get_cost (SewItemQueue *self)
{
  g_mutex_lock (&self->lock);
  guint64 cost = self->cost;
  g_mutex_unlock (&self->lock);
  return cost;
}

gpointer
sew_item_queue_pop (SewItemQueue *self)
{
  gpointer item = NULL;

  g_mutex_lock (&self->lock);
  while (!self->flushing && gst_queue_array_is_empty (self->entries))
    g_cond_wait (&self->changed, &self->lock);
  if (!self->flushing) {
    item = take_oldest (self);
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  return item;
}

gpointer
sew_item_queue_pop_free (SewItemQueue *self)
{
  gpointer item = NULL;

  g_mutex_lock (&self->lock);
  const Entry *oldest = gst_queue_array_peek_head_struct (self->entries);
  if (!self->flushing && oldest != NULL && oldest->cost == 0)
    item = take_oldest (self);
  g_mutex_unlock (&self->lock);
  return item;
}

void
sew_item_queue_set_flushing (SewItemQueue *self)
{
  g_mutex_lock (&self->lock);
  self->flushing = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
sew_item_queue_open (SewItemQueue *self)
{
  g_mutex_lock (&self->lock);
  drop_all (self);
  self->flushing = FALSE;
  g_mutex_unlock (&self->lock);
}
