/* SPDX-License-Identifier: MIT */
#include "item-queue.h"

static int n_freed;

static void
free_item (gpointer item)
{
  g_atomic_int_inc (&n_freed);
  g_free (item);
}

static gpointer
push_ten (gpointer data)
{
  gsize n_taken = 0;

  for (int i = 0; i < 10; i++) {
    int *item = g_new (int, 1);
    *item = i;
    n_taken += sew_item_queue_push (data, item, 1);
  }
  return GSIZE_TO_POINTER (n_taken);
}

static void
test_order (void)
{
  SewItemQueue *queue = sew_item_queue_new (3, free_item);

  n_freed = 0;
  sew_item_queue_open (queue);
  GThread *thread = g_thread_new ("push", push_ten, queue);
  for (int i = 0; i < 10; i++) {
    g_autofree int *item = sew_item_queue_pop (queue);
    g_assert_cmpint (*item, ==, i);
  }
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (thread)), ==, 10);
  sew_item_queue_free (queue);
  g_assert_cmpint (n_freed, ==, 0);
}

/* What costs nothing may be taken by itself, but not before what costs something. */
static void
test_free (void)
{
  SewItemQueue *queue = sew_item_queue_new (3, free_item);

  n_freed = 0;
  sew_item_queue_open (queue);
  g_assert_null (sew_item_queue_pop_free (queue));
  sew_item_queue_push (queue, g_new (int, 1), 0);
  sew_item_queue_push (queue, g_new (int, 1), 1);
  sew_item_queue_push (queue, g_new (int, 1), 0);
  g_autofree int *item = sew_item_queue_pop_free (queue);
  g_assert_nonnull (item);
  g_assert_null (sew_item_queue_pop_free (queue));
  sew_item_queue_set_flushing (queue);
  sew_item_queue_free (queue);
  g_assert_cmpint (n_freed, ==, 2);
}

/* With a higher limit there is room at once, and no more with a lower one. */
static void
test_limit (void)
{
  SewItemQueue *queue = sew_item_queue_new (3, free_item);

  n_freed = 0;
  sew_item_queue_open (queue);
  GThread *thread = g_thread_new ("push", push_ten, queue);
  sew_item_queue_set_limit (queue, 10);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (thread)), ==, 10);
  sew_item_queue_set_limit (queue, 3);
  g_assert_cmpuint (sew_item_queue_get_cost (queue), ==, 10);
  g_assert_cmpuint (sew_item_queue_make_room (queue), ==, 10);
  sew_item_queue_free (queue);
  g_assert_cmpint (n_freed, ==, 10);
}

/* A producer that waits for room and a consumer that waits for items both wake. */
static void
test_flush (void)
{
  SewItemQueue *queue = sew_item_queue_new (3, free_item);

  n_freed = 0;
  sew_item_queue_open (queue);
  GThread *pusher = g_thread_new ("push", push_ten, queue);
  g_usleep (20 * G_TIME_SPAN_MILLISECOND);
  sew_item_queue_set_flushing (queue);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (pusher)), ==, 3);
  g_assert_cmpint (n_freed, ==, 7);
  g_assert_null (sew_item_queue_pop (queue));

  sew_item_queue_open (queue);
  g_assert_cmpint (n_freed, ==, 10);

  GThread *popper = g_thread_new ("pop", (GThreadFunc) sew_item_queue_pop, queue);
  g_usleep (20 * G_TIME_SPAN_MILLISECOND);
  sew_item_queue_set_flushing (queue);
  g_assert_null (g_thread_join (popper));
  sew_item_queue_free (queue);
}

/* What costs nothing, and what is larger than the limit, gets in. */
static void
test_cost (void)
{
  SewItemQueue *queue = sew_item_queue_new (3, free_item);

  n_freed = 0;
  sew_item_queue_open (queue);
  g_assert_true (sew_item_queue_push (queue, g_new0 (int, 1), 100));
  g_assert_true (sew_item_queue_push (queue, g_new0 (int, 1), 0));
  g_assert_true (sew_item_queue_push (queue, g_new0 (int, 1), 0));
  sew_item_queue_free (queue);
  g_assert_cmpint (n_freed, ==, 3);
}

/* Room is made only where there is none, by all that costs something. */
static void
test_make_room (void)
{
  SewItemQueue *queue = sew_item_queue_new (3, free_item);

  n_freed = 0;
  sew_item_queue_open (queue);
  sew_item_queue_push (queue, g_new0 (int, 1), 2);
  g_assert_cmpuint (sew_item_queue_make_room (queue), ==, 0);
  sew_item_queue_push (queue, g_new0 (int, 1), 0);
  sew_item_queue_push (queue, g_new0 (int, 1), 2);
  g_assert_cmpuint (sew_item_queue_get_cost (queue), ==, 4);
  g_assert_cmpuint (sew_item_queue_make_room (queue), ==, 4);
  g_assert_cmpuint (sew_item_queue_get_cost (queue), ==, 0);
  g_assert_cmpint (n_freed, ==, 2);
  g_free (sew_item_queue_pop (queue));
  sew_item_queue_free (queue);
  g_assert_cmpint (n_freed, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/item-queue/order", test_order);
  g_test_add_func ("/item-queue/flush", test_flush);
  g_test_add_func ("/item-queue/cost", test_cost);
  g_test_add_func ("/item-queue/make-room", test_make_room);
  g_test_add_func ("/item-queue/free", test_free);
  g_test_add_func ("/item-queue/limit", test_limit);
  return g_test_run ();
}
