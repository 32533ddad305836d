/* SPDX-License-Identifier: MIT */
#include "recognizer-loader.h"

#include "model-cache.h"

/* A model or a language model. */
typedef struct {
  const char *name;
  const char *code; /* of the messages */
  SewModelClaim *claim;
  gpointer model; /* GObject */
  gboolean failed;
} Part;

struct _SewRecognizerLoader {
  GstElement *element;
  SewRecognitionSettings *settings;
  Part acoustic;
  Part language;
};

SewRecognizerLoader *
sew_recognizer_loader_new (GstElement *element, SewRecognitionSettings *settings)
{
  SewRecognizerLoader *self = g_new0 (SewRecognizerLoader, 1);

  self->element = element;
  self->settings = settings;
  self->acoustic = (Part){ .name = "the model", .code = "load-model" };
  self->language = (Part){ .name = "the language model", .code = "load-language-model" };
  return self;
}

void
sew_recognizer_loader_free (SewRecognizerLoader *self)
{
  sew_recognizer_loader_drop (self);
  g_free (self);
}

static void
post_progress (SewRecognizerLoader *self, const Part *part, GstProgressType type, const char *verb)
{
  g_autofree char *text = g_strdup_printf ("%s %s %s", verb, part->name,
                                           sew_model_cache_get_location (part->claim));

  gst_element_post_message (
      self->element, gst_message_new_progress (GST_OBJECT (self->element), type, part->code, text));
}

/* claim: (transfer full), or NULL. */
static void
begin (SewRecognizerLoader *self, Part *part, SewModelClaim *claim)
{
  part->claim = claim;
  if (claim != NULL)
    post_progress (self, part, GST_PROGRESS_TYPE_START, "Loading");
}

/* FALSE with an error if it failed or was cancelled. */
static gboolean
wait_for (SewRecognizerLoader *self, Part *part, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (part->claim == NULL || part->model != NULL)
    return TRUE;
  part->model = sew_model_cache_wait (part->claim, cancellable, &cause);
  if (part->model != NULL) {
    post_progress (self, part, GST_PROGRESS_TYPE_COMPLETE, "Loaded");
    return TRUE;
  }
  if (!g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    part->failed = TRUE;
    post_progress (self, part, GST_PROGRESS_TYPE_ERROR, "Could not load");
  }
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static void
drop (SewRecognizerLoader *self, Part *part)
{
  if (part->claim != NULL && part->model == NULL && !part->failed)
    post_progress (self, part, GST_PROGRESS_TYPE_CANCELED, "No longer loading");
  g_clear_object (&part->model);
  g_clear_pointer (&part->claim, sew_model_cache_release);
  part->failed = FALSE;
}

void
sew_recognizer_loader_begin (SewRecognizerLoader *self)
{
  if (self->acoustic.claim == NULL)
    begin (self, &self->acoustic, sew_recognition_settings_claim_model (self->settings));
}

gboolean
sew_recognizer_loader_has_begun (const SewRecognizerLoader *self)
{
  return self->acoustic.claim != NULL;
}

SewRecognizer *
sew_recognizer_loader_finish (SewRecognizerLoader *self, GCancellable *cancellable, GError **error)
{
  sew_recognizer_loader_begin (self);
  if (!wait_for (self, &self->acoustic, cancellable, error))
    return NULL;
  if (self->language.claim == NULL)
    begin (self, &self->language,
           sew_recognition_settings_claim_language_model (self->settings, self->acoustic.model));
  if (!wait_for (self, &self->language, cancellable, error))
    return NULL;

  SewRecognizer *recognizer = sew_recognizer_new (self->acoustic.model);
  sew_recognizer_set_language_model (recognizer, self->language.model);
  return recognizer;
}

void
sew_recognizer_loader_drop (SewRecognizerLoader *self)
{
  drop (self, &self->language);
  drop (self, &self->acoustic);
}
