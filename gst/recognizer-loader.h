/* SPDX-License-Identifier: MIT */
#pragma once

#include <gst/gst.h>
#include <sew/sew.h>

#include "recognition-settings.h"

G_BEGIN_DECLS

/* Loads what a recognizer needs: the model, and then the language model, if one is asked for or
 * comes with the model. The element posts PROGRESS messages of both. */
typedef struct _SewRecognizerLoader SewRecognizerLoader;

/* element and settings are not owned. */
SewRecognizerLoader *sew_recognizer_loader_new (GstElement *element,
                                                SewRecognitionSettings *settings);
void sew_recognizer_loader_free (SewRecognizerLoader *self);

/* Begins to load in the background, unless it has begun. */
void sew_recognizer_loader_begin (SewRecognizerLoader *self);
gboolean sew_recognizer_loader_has_begun (const SewRecognizerLoader *self);
/* Waits until all is loaded. Returns: (transfer full) a new recognizer, or NULL with an error,
 * which is G_IO_ERROR_CANCELLED if the cancellable fired; then the loading goes on. */
SewRecognizer *sew_recognizer_loader_finish (SewRecognizerLoader *self, GCancellable *cancellable,
                                             GError **error);
/* Lets go of the models; what is on its way is given up. */
void sew_recognizer_loader_drop (SewRecognizerLoader *self);

G_END_DECLS
