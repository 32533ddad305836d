/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "model/checkpoint.h"

/* Small checkpoints, whole or broken, made for tests. */

typedef struct {
  char *name;
  guint n_dims;
  gsize shape[SEW_MAX_DIMS];
  gsize n_values;
  float *values; /* multiples of 1/8 that every type holds exactly */
} FixtureTensor;

/* A folder of its own, with nothing in it. Removing takes one level of files along. */
char *fixture_new_folder (void);
void fixture_remove_folder (char *folder);

void fixture_write (const char *folder, const char *name, const void *data, gsize n_bytes);
void fixture_write_text (const char *folder, const char *name, const char *text);

/* config.json of a tiny model of the family ("sew", "sew-d", "wav2vec2", "hubert"), with more
 * members ("\"vocab_size\": 5, ...") that take the place of those of the same name. */
void fixture_write_config (const char *folder, const char *family, const char *more);

/* The tensors that belong to that configuration, of FixtureTensor. */
GPtrArray *fixture_new_tensors (const char *family);
FixtureTensor *fixture_add_tensor (GPtrArray *tensors, const char *name, guint n_dims, ...);
FixtureTensor *fixture_find_tensor (GPtrArray *tensors, const char *name);
void fixture_remove_tensor (GPtrArray *tensors, const char *name);

/* header: JSON, which may lie; data: what follows it. */
GByteArray *fixture_pack_safetensors (const char *header, gconstpointer data, gsize n_bytes);
GByteArray *fixture_encode_safetensors (GPtrArray *tensors, SewDtype dtype);

/* A zip archive of stored entries, one after the other. */
typedef struct {
  GByteArray *bytes;
  GByteArray *directory;
  guint n_entries;
} FixtureZip;

void fixture_zip_begin (FixtureZip *zip);
void fixture_zip_add (FixtureZip *zip, const char *name, gconstpointer data, gsize n_bytes);
/* The archive; frees the rest. zip64: with its end records, and 32-bit fields saturated. */
GByteArray *fixture_zip_end (FixtureZip *zip, gboolean zip64);

/* What torch.save() makes of a state dictionary. */
GByteArray *fixture_encode_torch (GPtrArray *tensors, SewDtype dtype);
/* The archive around a pickle of one's own. */
GByteArray *fixture_wrap_pickle (const char *program, gsize n_bytes);

/* A whole checkpoint: config.json, the given tensors as model.safetensors. */
void fixture_write_model (const char *folder, const char *family, GPtrArray *tensors);
void fixture_write_array (const char *folder, const char *name, GByteArray *bytes);

/* Asserts an error of that code whose message has all the words in the NULL-terminated list. */
void fixture_assert_error (GError *error, int code, ...) G_GNUC_NULL_TERMINATED;
