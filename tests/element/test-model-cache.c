/* SPDX-License-Identifier: MIT */
#include "model-cache.h"

#include <string.h>

#include <glib/gstdio.h>

static const char *
get_model_folder (void)
{
  return g_getenv ("SEW_TEST_MODEL");
}

static gpointer
wait_for_model (gpointer claim)
{
  return sew_model_cache_wait (claim, NULL, NULL);
}

/* Whoever asks for the same folder, by whatever path, gets the same object. */
static void
test_shared (void)
{
  g_autofree char *detour = g_build_filename (get_model_folder (), "..", "sew", ".", NULL);
  SewModelClaim *a = sew_model_cache_claim (get_model_folder (), "en-US", SEW_PRECISION_FLOAT32);
  SewModelClaim *b = sew_model_cache_claim (detour, "en-US", SEW_PRECISION_FLOAT32);
  GThread *thread = g_thread_new ("wait", wait_for_model, a);
  g_autoptr (SewModel) model_b = sew_model_cache_wait (b, NULL, NULL);
  g_autoptr (SewModel) model_a = g_thread_join (thread);

  g_assert_nonnull (model_a);
  g_assert_true (model_a == model_b);
  g_object_add_weak_pointer (G_OBJECT (model_a), (gpointer *) &model_a);
  sew_model_cache_release (a);
  g_assert_nonnull (model_a);
  SewModelClaim *c = sew_model_cache_claim (get_model_folder (), "en-US", SEW_PRECISION_FLOAT32);
  g_autoptr (SewModel) model_c = sew_model_cache_wait (c, NULL, NULL);
  g_assert_true (model_c == model_b);
  sew_model_cache_release (b);
  sew_model_cache_release (c);
  g_object_remove_weak_pointer (G_OBJECT (model_a), (gpointer *) &model_a);
}

/* Language models are shared, too, and are not taken for models. */
static void
test_language_models (void)
{
  g_autofree char *location = g_test_build_filename (G_TEST_DIST, "data", "model-with-words",
                                                     "language_model", NULL);
  g_autofree char *detour = g_build_filename (location, "..", "language_model", NULL);
  SewModelClaim *a = sew_model_cache_claim_language_model (location);
  SewModelClaim *b = sew_model_cache_claim_language_model (detour);
  SewModelClaim *no_model = sew_model_cache_claim (location, "en-US", SEW_PRECISION_FLOAT32);
  g_autoptr (SewLanguageModel) model_a = sew_model_cache_wait (a, NULL, NULL);
  g_autoptr (SewLanguageModel) model_b = sew_model_cache_wait (b, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (SEW_IS_LANGUAGE_MODEL (model_a));
  g_assert_true (model_a == model_b);
  g_assert_null (sew_model_cache_wait (no_model, NULL, &error));
  g_assert_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND);
  sew_model_cache_release (a);
  sew_model_cache_release (b);
  sew_model_cache_release (no_model);
}

/* Whoever wants another precision gets a model of its own. */
static void
test_precisions (void)
{
  SewModelClaim *a = sew_model_cache_claim (get_model_folder (), "en-US", SEW_PRECISION_FLOAT32);
  SewModelClaim *b = sew_model_cache_claim (get_model_folder (), "en-US", SEW_PRECISION_INT8);
  g_autoptr (SewModel) model_a = sew_model_cache_wait (a, NULL, NULL);
  g_autoptr (SewModel) model_b = sew_model_cache_wait (b, NULL, NULL);

  g_assert_cmpint (sew_model_get_precision (model_a), ==, SEW_PRECISION_FLOAT32);
  g_assert_cmpint (sew_model_get_precision (model_b), ==, SEW_PRECISION_INT8);
  sew_model_cache_release (a);
  sew_model_cache_release (b);
}

/* Nobody wants it any more: it goes, and the next one loads anew. */
static void
test_released (void)
{
  SewModelClaim *claim = sew_model_cache_claim (get_model_folder (), "en-US",
                                                SEW_PRECISION_FLOAT32);
  SewModel *model = sew_model_cache_wait (claim, NULL, NULL);

  g_object_add_weak_pointer (G_OBJECT (model), (gpointer *) &model);
  g_object_unref (model);
  g_assert_nonnull (model);
  sew_model_cache_release (claim);
  g_assert_null (model);

  for (int i = 0; i < 20; i++)
    sew_model_cache_release (
        sew_model_cache_claim (get_model_folder (), "en-US", SEW_PRECISION_FLOAT32));
  claim = sew_model_cache_claim (get_model_folder (), "en-US", SEW_PRECISION_FLOAT32);
  model = sew_model_cache_wait (claim, NULL, NULL);
  g_assert_nonnull (model);
  g_object_unref (model);
  sew_model_cache_release (claim);
}

/* A failure is told to everyone who waits, and not remembered. */
static void
test_failure (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sew-test-XXXXXX", NULL);

  for (int i = 0; i < 2; i++) {
    SewModelClaim *a = sew_model_cache_claim (folder, "en-US", SEW_PRECISION_FLOAT32);
    SewModelClaim *b = sew_model_cache_claim (folder, "en-US", SEW_PRECISION_FLOAT32);
    g_autoptr (GError) error_a = NULL;
    g_autoptr (GError) error_b = NULL;
    g_assert_null (sew_model_cache_wait (a, NULL, &error_a));
    g_assert_null (sew_model_cache_wait (b, NULL, &error_b));
    g_assert_error (error_a, SEW_ERROR, SEW_ERROR_NOT_FOUND);
    g_assert_error (error_b, SEW_ERROR, SEW_ERROR_NOT_FOUND);
    g_assert_nonnull (strstr (error_a->message, folder));
    g_assert_cmpstr (sew_model_cache_get_location (a), ==, folder);
    sew_model_cache_release (a);
    sew_model_cache_release (b);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_cancelled (void)
{
  SewModelClaim *claim = sew_model_cache_claim (get_model_folder (), "en-US",
                                                SEW_PRECISION_FLOAT32);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_object_unref (sew_model_cache_wait (claim, NULL, NULL));
  g_cancellable_cancel (cancellable);
  g_autoptr (SewModel) there = sew_model_cache_wait (claim, cancellable, &error);
  g_assert_nonnull (there);
  g_assert_no_error (error);
  sew_model_cache_release (claim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-cache/shared", test_shared);
  g_test_add_func ("/model-cache/language-models", test_language_models);
  g_test_add_func ("/model-cache/precisions", test_precisions);
  g_test_add_func ("/model-cache/released", test_released);
  g_test_add_func ("/model-cache/failure", test_failure);
  g_test_add_func ("/model-cache/cancelled", test_cancelled);
  return g_test_run ();
}
