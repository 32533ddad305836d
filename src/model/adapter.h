/* SPDX-License-Identifier: MIT */
#pragma once

#include "model/checkpoint.h"
#include "model/model-config.h"

/* MMS: adapter.<language>.safetensors or .bin beside the checkpoint hold the attention adapters and
 * the head of one language. Puts those of the language in place of the checkpoint's own and *config
 * right about the size of the head. Does nothing where the folder has no adapters. */
gboolean sew_adapter_apply (SewCheckpoint *checkpoint, SewModelConfig *config, const char *folder,
                            const char *language, GError **error);
