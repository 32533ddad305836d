/* SPDX-License-Identifier: MIT */
#include "pending-words.h"

#include "transcript-meta.h"

struct _SewPendingWords {
  GMutex lock;
  GQueue words;   /* GstStructure */
  GQueue partial; /* GstStructure */
};

SewPendingWords *
sew_pending_words_new (void)
{
  SewPendingWords *self = g_new0 (SewPendingWords, 1);

  g_mutex_init (&self->lock);
  g_queue_init (&self->words);
  g_queue_init (&self->partial);
  return self;
}

void
sew_pending_words_free (SewPendingWords *self)
{
  sew_pending_words_clear (self);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
sew_pending_words_clear (SewPendingWords *self)
{
  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->words, (GDestroyNotify) gst_structure_free);
  g_queue_clear_full (&self->partial, (GDestroyNotify) gst_structure_free);
  g_mutex_unlock (&self->lock);
}

/* words: GstValueArray of structures, or NULL. */
static void
append_words (GQueue *queue, const GValue *words)
{
  guint n_words = words != NULL ? gst_value_array_get_size (words) : 0;

  for (guint i = 0; i < n_words; i++)
    g_queue_push_tail (queue, g_value_dup_boxed (gst_value_array_get_value (words, i)));
}

void
sew_pending_words_add (SewPendingWords *self, const GstStructure *transcript)
{
  const GValue *words = gst_structure_get_value (transcript, "words");

  g_mutex_lock (&self->lock);
  append_words (&self->words, words);
  if (gst_value_array_get_size (words) == 0 && !g_queue_is_empty (&self->words))
    gst_structure_set_value (g_queue_peek_tail (&self->words), "end",
                             gst_structure_get_value (transcript, "end"));
  g_mutex_unlock (&self->lock);
}

void
sew_pending_words_set_partial (SewPendingWords *self, const GstStructure *transcript)
{
  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->partial, (GDestroyNotify) gst_structure_free);
  append_words (&self->partial, gst_structure_get_value (transcript, "words"));
  g_mutex_unlock (&self->lock);
}

static gboolean
begins_before (const GstStructure *word, GstClockTime end)
{
  GstClockTime start;

  return !GST_CLOCK_TIME_IS_VALID (end) || !gst_structure_get_uint64 (word, "running-time", &start)
         || !GST_CLOCK_TIME_IS_VALID (start) || start < end;
}

GstBuffer *
sew_pending_words_put (SewPendingWords *self, GstBuffer *buffer, GstClockTime end)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  g_mutex_lock (&self->lock);
  while (!g_queue_is_empty (&self->words) && begins_before (g_queue_peek_head (&self->words), end))
    g_ptr_array_add (words, g_queue_pop_head (&self->words));
  while (!GST_CLOCK_TIME_IS_VALID (end) && !g_queue_is_empty (&self->partial))
    g_ptr_array_add (words, g_queue_pop_head (&self->partial));
  g_mutex_unlock (&self->lock);

  if (words->len == 0)
    return buffer;
  buffer = gst_buffer_make_writable (buffer);
  sew_transcript_meta_add_words (buffer, words);
  return buffer;
}
