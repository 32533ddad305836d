/* SPDX-License-Identifier: MIT */
#include "model-cache.h"

#include <stdlib.h>

/* (transfer full) a GObject */
typedef gpointer (*Load) (SewModelClaim *claim, GError **error);

/* The claim is shared by everyone who asks for the same model. */
struct _SewModelClaim {
  Load load;
  char *key;
  char *location;
  char *language_code;
  SewPrecision precision;
  GCancellable *cancellable; /* fires when the last user leaves */

  /* under cache_lock */
  guint n_users;
  gboolean loading; /* the thread has a reference too */
  gboolean done;
  gpointer model; /* GObject */
  GError *error;
};

static GMutex cache_lock;
static GCond cache_changed; /* a load is done, or a waiter was cancelled */
static GHashTable *cache;   /* key -> SewModelClaim, not owned; NULL while it is empty */

static void
free_claim (SewModelClaim *claim)
{
  g_free (claim->key);
  g_free (claim->location);
  g_free (claim->language_code);
  g_object_unref (claim->cancellable);
  g_clear_object (&claim->model);
  g_clear_error (&claim->error);
  g_free (claim);
}

/* Under cache_lock: the next one to ask loads anew. */
static void
forget_claim (SewModelClaim *claim)
{
  if (cache == NULL || g_hash_table_lookup (cache, claim->key) != claim)
    return;
  g_hash_table_remove (cache, claim->key);
  if (g_hash_table_size (cache) == 0)
    g_clear_pointer (&cache, g_hash_table_unref);
}

static gpointer
load_model (SewModelClaim *claim, GError **error)
{
  return sew_model_new_at_precision (claim->location, claim->language_code, claim->precision,
                                     claim->cancellable, error);
}

static gpointer
load_language_model (SewModelClaim *claim, GError **error)
{
  return sew_language_model_new (claim->location, error);
}

static gpointer
load (gpointer data)
{
  SewModelClaim *claim = data;
  GError *error = NULL;
  gpointer model = claim->load (claim, &error);

  g_mutex_lock (&cache_lock);
  claim->model = model;
  claim->error = error;
  claim->done = TRUE;
  claim->loading = FALSE;
  if (error != NULL)
    forget_claim (claim);
  gboolean last = claim->n_users == 0;
  g_cond_broadcast (&cache_changed);
  g_mutex_unlock (&cache_lock);

  if (last)
    free_claim (claim);
  return NULL;
}

static SewModelClaim *
new_claim (Load how, char *key, const char *location, const char *language_code,
           SewPrecision precision)
{
  SewModelClaim *claim = g_new0 (SewModelClaim, 1);

  claim->load = how;
  claim->key = key;
  claim->location = g_strdup (location);
  claim->language_code = g_strdup (language_code);
  claim->precision = precision;
  claim->cancellable = g_cancellable_new ();
  claim->loading = TRUE;
  return claim;
}

/* The same for all ways to write a path. */
static char *
make_key (const char *kind, const char *location, const char *language_code)
{
  char *real = realpath (location, NULL);
  g_autofree char *canonical = real == NULL ? g_canonicalize_filename (location, NULL) : NULL;
  char *key = g_strdup_printf ("%s\n%s\n%s", kind, real != NULL ? real : canonical,
                               language_code != NULL ? language_code : "");
  free (real);
  return key;
}

/* key: (transfer full) */
static SewModelClaim *
join_or_load (Load how, char *key, const char *location, const char *language_code,
              SewPrecision precision)
{
  g_mutex_lock (&cache_lock);
  if (cache == NULL)
    cache = g_hash_table_new (g_str_hash, g_str_equal);
  SewModelClaim *claim = g_hash_table_lookup (cache, key);
  gboolean is_new = claim == NULL;
  if (is_new) {
    claim = new_claim (how, g_steal_pointer (&key), location, language_code, precision);
    g_hash_table_insert (cache, claim->key, claim);
  }
  claim->n_users++;
  g_mutex_unlock (&cache_lock);

  if (is_new)
    g_thread_unref (g_thread_new ("sew-model-load", load, claim));
  g_free (key);
  return claim;
}

SewModelClaim *
sew_model_cache_claim (const char *folder, const char *language_code, SewPrecision precision)
{
  g_autofree char *path = folder != NULL ? g_strdup (folder) : sew_model_dup_bundled_folder ();

  g_autofree char *kind = g_strconcat ("model ", sew_precision_get_name (precision), NULL);

  return join_or_load (load_model, make_key (kind, path, language_code), path, language_code,
                       precision);
}

SewModelClaim *
sew_model_cache_claim_language_model (const char *location)
{
  return join_or_load (load_language_model, make_key ("language model", location, NULL), location,
                       NULL, SEW_PRECISION_FLOAT32);
}

void
sew_model_cache_release (SewModelClaim *claim)
{
  g_autoptr (GCancellable) cancellable = NULL;

  g_mutex_lock (&cache_lock);
  gboolean last = --claim->n_users == 0;
  if (last)
    forget_claim (claim);
  if (last && claim->loading)
    cancellable = g_object_ref (claim->cancellable);
  g_mutex_unlock (&cache_lock);

  /* The loading thread frees the claim that it finds without users. */
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
  else if (last)
    free_claim (claim);
}

const char *
sew_model_cache_get_location (SewModelClaim *claim)
{
  return claim->location;
}

static void
wake_waiters (GCancellable *cancellable, gpointer data)
{
  g_mutex_lock (&cache_lock);
  g_cond_broadcast (&cache_changed);
  g_mutex_unlock (&cache_lock);
}

gpointer
sew_model_cache_wait (SewModelClaim *claim, GCancellable *cancellable, GError **error)
{
  gpointer model = NULL;
  gulong id = 0;

  if (cancellable != NULL)
    id = g_cancellable_connect (cancellable, G_CALLBACK (wake_waiters), NULL, NULL);

  g_mutex_lock (&cache_lock);
  while (!claim->done && !g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&cache_changed, &cache_lock);
  if (!claim->done)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Loading was cancelled");
  else if (claim->error != NULL)
    g_propagate_error (error, g_error_copy (claim->error));
  else
    model = g_object_ref (claim->model);
  g_mutex_unlock (&cache_lock);

  g_cancellable_disconnect (cancellable, id);
  return model;
}
