/* SPDX-License-Identifier: MIT */
#include "model/zip-archive.h"

#include <string.h>

#include <sew/sew-error.h>

/* Sizes and signatures of PKWARE's APPNOTE.TXT, sections 4.3.7 to 4.3.16. */
#define LOCAL_BYTES 30
#define LOCAL_SIGNATURE 0x04034b50u
#define CENTRAL_BYTES 46
#define CENTRAL_SIGNATURE 0x02014b50u
#define END_BYTES 22
#define END_SIGNATURE 0x06054b50u
#define END64_BYTES 56
#define END64_SIGNATURE 0x06064b50u
#define LOCATOR_BYTES 20
#define LOCATOR_SIGNATURE 0x07064b50u
#define ZIP64_EXTRA 1

#define MAX_COMMENT 65535
#define MAX_ENTRIES 200000
#define FLAG_ENCRYPTED 1

typedef struct {
  const guint8 *data;
  guint64 n_bytes;
  const char *file;
  GError **error;
} Archive;

typedef struct {
  guint64 n_entries;
  guint64 offset;
  guint64 n_bytes;
} Directory;

/* What the central directory says of one entry. */
typedef struct {
  const guint8 *name;
  guint name_bytes;
  guint flags;
  guint method;
  guint64 stored_bytes;
  guint64 n_bytes;
  guint64 offset; /* of the local header */
} Record;

typedef struct {
  guint64 begin;
  guint64 end;
} Span;

static guint
read16 (const guint8 *p)
{
  return p[0] | (guint) p[1] << 8;
}

static guint32
read32 (const guint8 *p)
{
  return read16 (p) | (guint32) read16 (p + 2) << 16;
}

static guint64
read64 (const guint8 *p)
{
  return read32 (p) | (guint64) read32 (p + 4) << 32;
}

static gboolean
refuse (const Archive *archive, const char *reason)
{
  g_set_error (archive->error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: %s", archive->file, reason);
  return FALSE;
}

/* The end record is the last thing in the file but for a comment whose length it tells. */
static gboolean
find_end (const Archive *archive, guint64 *position)
{
  guint64 lowest;

  if (archive->n_bytes < END_BYTES)
    return FALSE;
  lowest = archive->n_bytes - MIN (archive->n_bytes, END_BYTES + MAX_COMMENT);
  for (guint64 at = archive->n_bytes - END_BYTES + 1; at-- > lowest;) {
    if (read32 (archive->data + at) == END_SIGNATURE
        && read16 (archive->data + at + 20) == archive->n_bytes - at - END_BYTES) {
      *position = at;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
read_directory64 (const Archive *archive, guint64 end, Directory *directory)
{
  const guint8 *locator, *record;
  guint64 position;

  if (end < LOCATOR_BYTES)
    return refuse (archive, "truncated zip64 records");
  locator = archive->data + end - LOCATOR_BYTES;
  position = read64 (locator + 8);
  if (read32 (locator) != LOCATOR_SIGNATURE || end < END64_BYTES || position > end - END64_BYTES)
    return refuse (archive, "bad zip64 locator");
  record = archive->data + position;
  if (read32 (record) != END64_SIGNATURE)
    return refuse (archive, "bad zip64 end record");
  directory->n_entries = read64 (record + 32);
  directory->n_bytes = read64 (record + 40);
  directory->offset = read64 (record + 48);
  return TRUE;
}

static gboolean
read_directory (const Archive *archive, Directory *directory)
{
  const guint8 *record;
  guint64 end;

  if (!find_end (archive, &end))
    return refuse (archive, "no zip directory at its end; the file may be truncated");
  record = archive->data + end;
  directory->n_entries = read16 (record + 10);
  directory->n_bytes = read32 (record + 12);
  directory->offset = read32 (record + 16);
  if ((directory->n_entries == G_MAXUINT16 || directory->n_bytes == G_MAXUINT32
       || directory->offset == G_MAXUINT32)
      && !read_directory64 (archive, end, directory))
    return FALSE;
  if (directory->offset > end || directory->n_bytes > end - directory->offset)
    return refuse (archive, "its zip directory lies outside of the file");
  if (directory->n_entries > MAX_ENTRIES
      || directory->n_entries * CENTRAL_BYTES > directory->n_bytes)
    return refuse (archive, "its zip directory has more entries than room for them");
  return TRUE;
}

/* Sizes that do not fit 32 bits are in an extra field, in this order. */
static gboolean
read_extra64 (const guint8 *extra, guint n_bytes, Record *record)
{
  guint64 *values[3];
  guint n_values = 0;

  if (record->n_bytes == G_MAXUINT32)
    values[n_values++] = &record->n_bytes;
  if (record->stored_bytes == G_MAXUINT32)
    values[n_values++] = &record->stored_bytes;
  if (record->offset == G_MAXUINT32)
    values[n_values++] = &record->offset;
  while (n_values > 0 && n_bytes >= 4) {
    guint id = read16 (extra), length = read16 (extra + 2);

    if (length > n_bytes - 4)
      return FALSE;
    if (id == ZIP64_EXTRA) {
      for (guint i = 0; i < n_values; i++) {
        if (8 * (i + 1) > length)
          return FALSE;
        *values[i] = read64 (extra + 4 + 8 * i);
      }
      return TRUE;
    }
    extra += 4 + length;
    n_bytes -= 4 + length;
  }
  return n_values == 0;
}

/* Moves *position past the entry. */
static gboolean
read_record (const Archive *archive, const Directory *directory, guint64 *position, Record *record)
{
  guint64 room = directory->offset + directory->n_bytes - *position;
  const guint8 *p = archive->data + *position;
  guint extra_bytes, comment_bytes;
  guint64 length;

  if (room < CENTRAL_BYTES || read32 (p) != CENTRAL_SIGNATURE)
    return refuse (archive, "bad entry in its zip directory");
  record->flags = read16 (p + 8);
  record->method = read16 (p + 10);
  record->stored_bytes = read32 (p + 20);
  record->n_bytes = read32 (p + 24);
  record->name_bytes = read16 (p + 28);
  record->offset = read32 (p + 42);
  record->name = p + CENTRAL_BYTES;
  extra_bytes = read16 (p + 30);
  comment_bytes = read16 (p + 32);
  length = (guint64) CENTRAL_BYTES + record->name_bytes + extra_bytes + comment_bytes;
  if (length > room || !read_extra64 (record->name + record->name_bytes, extra_bytes, record))
    return refuse (archive, "bad entry in its zip directory");
  *position += length;
  return TRUE;
}

static gboolean
check_record (const Archive *archive, const Record *record)
{
  if (!g_utf8_validate_len ((const char *) record->name, record->name_bytes, NULL))
    return refuse (archive, "an entry's name is not text");
  if ((record->flags & FLAG_ENCRYPTED) == 0 && record->method == 0
      && record->stored_bytes == record->n_bytes)
    return TRUE;
  g_set_error (archive->error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
               "%s: the entry \"%.*s\" is compressed or encrypted; PyTorch stores entries as they "
               "are, and only that is read",
               archive->file, (int) MIN (record->name_bytes, 200u), record->name);
  return FALSE;
}

/* The local header has to tell the same story, and the data end before the directory. */
static gboolean
locate (const Archive *archive, const Directory *directory, const Record *record,
        SewZipEntry *entry, Span *span)
{
  guint64 limit = directory->offset;
  const guint8 *p;
  guint64 start;

  if (limit < LOCAL_BYTES || record->offset > limit - LOCAL_BYTES)
    return refuse (archive, "an entry lies outside of the file");
  p = archive->data + record->offset;
  if (read32 (p) != LOCAL_SIGNATURE || read16 (p + 8) != record->method
      || (read16 (p + 6) & FLAG_ENCRYPTED) != 0 || read16 (p + 26) != record->name_bytes)
    return refuse (archive, "an entry's two headers contradict each other");
  start = record->offset + LOCAL_BYTES + record->name_bytes + read16 (p + 28);
  if (start > limit || record->n_bytes > limit - start)
    return refuse (archive, "an entry lies outside of the file");
  if (memcmp (p + LOCAL_BYTES, record->name, record->name_bytes) != 0)
    return refuse (archive, "an entry's two headers contradict each other");
  entry->data = archive->data + start;
  entry->n_bytes = (gsize) record->n_bytes;
  *span = (Span){ record->offset, start + record->n_bytes };
  return TRUE;
}

static int
compare_spans (const void *a, const void *b)
{
  const Span *first = a, *second = b;

  return first->begin < second->begin ? -1 : first->begin > second->begin;
}

static gboolean
check_spans (const Archive *archive, GArray *spans)
{
  g_array_sort (spans, compare_spans);
  for (guint i = 1; i < spans->len; i++) {
    if (g_array_index (spans, Span, i).begin < g_array_index (spans, Span, i - 1).end)
      return refuse (archive, "its entries overlap");
  }
  return TRUE;
}

static gboolean
read_entries (const Archive *archive, const Directory *directory, GHashTable *entries)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (Span));
  guint64 position = directory->offset;

  for (guint64 i = 0; i < directory->n_entries; i++) {
    SewZipEntry entry;
    Record record;
    Span span;
    char *name;

    if (!read_record (archive, directory, &position, &record) || !check_record (archive, &record)
        || !locate (archive, directory, &record, &entry, &span))
      return FALSE;
    g_array_append_val (spans, span);
    name = g_strndup ((const char *) record.name, record.name_bytes);
    if (!g_hash_table_insert (entries, name, g_memdup2 (&entry, sizeof entry)))
      return refuse (archive, "two entries of the same name");
  }
  return check_spans (archive, spans);
}

GHashTable *
sew_zip_archive_read (const guint8 *contents, gsize n_bytes, const char *file, GError **error)
{
  g_autoptr (GHashTable) entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Archive archive = { contents, n_bytes, file, error };
  Directory directory;

  if (!read_directory (&archive, &directory) || !read_entries (&archive, &directory, entries))
    return NULL;
  return g_steal_pointer (&entries);
}
