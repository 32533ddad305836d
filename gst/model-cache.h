/* SPDX-License-Identifier: MIT */
#pragma once

#include <sew/sew.h>

G_BEGIN_DECLS

/* One copy of a model, or of a language model, for everyone in the process who asks for the same
 * one, loaded once, in a thread of its own. A claim says that someone wants the model; when nobody
 * has a claim any more the load is cancelled, or the model goes as soon as the last recognizer lets
 * go of it. */
typedef struct _SewModelClaim SewModelClaim;

/* Begins to load, or joins a load or a model that is there. Does not wait.
 * folder: NULL for the bundled model. */
SewModelClaim *sew_model_cache_claim (const char *folder, const char *language_code,
                                      SewPrecision precision);
/* The same for a language model. location: a file or a folder. */
SewModelClaim *sew_model_cache_claim_language_model (const char *location);
void sew_model_cache_release (SewModelClaim *claim);

/* What is asked for, for messages. */
const char *sew_model_cache_get_location (SewModelClaim *claim);

/* Waits until the model is loaded; a cancellable that fires ends the waiting, not the loading.
 * Returns: (transfer full) a SewModel or SewLanguageModel, or NULL with an error. */
gpointer sew_model_cache_wait (SewModelClaim *claim, GCancellable *cancellable, GError **error);

G_END_DECLS
