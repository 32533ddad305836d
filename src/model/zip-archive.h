/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The files of a zip archive in memory whose entries are stored as they are, as PyTorch writes it;
 * zip64 included. Compressed or encrypted entries are refused, so nothing grows; every entry lies
 * inside the file and overlaps no other. Checksums are not verified. */

typedef struct {
  const guint8 *data; /* inside the archive */
  gsize n_bytes;
} SewZipEntry;

/* name -> SewZipEntry, both owned by the table; NULL if it is no such archive. */
GHashTable *sew_zip_archive_read (const guint8 *contents, gsize n_bytes, const char *file,
                                  GError **error);
