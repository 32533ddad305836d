/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* The files of a mapped zip archive whose entries are stored as they are, as PyTorch writes it;
 * zip64 included. Compressed or encrypted entries are refused, so nothing grows; every entry lies
 * inside the file and overlaps no other. Checksums are not verified. */

typedef struct {
  const guint8 *data; /* inside the mapping */
  gsize n_bytes;
} SewZipEntry;

/* name -> SewZipEntry, both owned by the table; NULL if it is no such archive. */
GHashTable *sew_zip_archive_read (GMappedFile *map, const char *file, GError **error);
