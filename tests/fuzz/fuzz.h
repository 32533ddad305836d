/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* What a fuzz target is made of. With -Dfuzzing=true (and clang) each becomes a program of
 * libFuzzer; always, replay.c runs it on its seeds and on many changes of them, the same every
 * time. */

/* libFuzzer's name for it. Never fails; what is wrong ends in an assertion or a sanitizer. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize n_bytes);

/* How many changes of the seeds a replay tries. */
extern const guint fuzz_n_rounds;

/* Adds good input, of GByteArray. */
void fuzz_add_seeds (GPtrArray *seeds);

/* Asserts that either it worked or there is one clear error, which it frees. */
void fuzz_check_result (gboolean worked, GError *error);
/* Asserts that all tensors lie inside the file, by reading them. */
void fuzz_check_tensors (GHashTable *tensors, const guint8 *data, gsize n_bytes);
/* A folder for the files of one target, removed when the program ends. */
const char *fuzz_get_folder (void);
void fuzz_write_file (const char *name, const guint8 *data, gsize n_bytes);
void fuzz_add_text (GPtrArray *seeds, const char *text);
