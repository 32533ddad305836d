/* SPDX-License-Identifier: MIT */
#include "wav-file.h"

#include <math.h>
#include <sew/sew.h>
#include <string.h>

#define FORMAT_PCM 1
#define FORMAT_FLOAT 3
#define FORMAT_EXTENSIBLE 0xfffe

#define EXTENSIBLE_SIZE 40
#define SUBFORMAT_OFFSET 24

typedef struct {
  guint format;
  guint n_channels;
  guint rate_hz;
  guint bits;
} Format;

static guint
read_u16 (const guint8 *bytes)
{
  return bytes[0] | (guint) bytes[1] << 8;
}

static guint
read_u32 (const guint8 *bytes)
{
  return read_u16 (bytes) | read_u16 (bytes + 2) << 16;
}

/* The body of the first chunk of that name; NULL and an error if there is none that the file really
 * holds. */
static const guint8 *
find_chunk (const char *path, const guint8 *bytes, gsize n_bytes, const char *name, gsize *n_body,
            GError **error)
{
  gsize at = 12;
  while (at < n_bytes && n_bytes - at >= 8) {
    gsize size = read_u32 (bytes + at + 4);
    gboolean found = memcmp (bytes + at, name, 4) == 0;
    gsize rest = n_bytes - at - 8;
    if (size > rest) {
      g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED,
                   "%s: truncated: a chunk claims %" G_GSIZE_FORMAT " bytes where %" G_GSIZE_FORMAT
                   " are left",
                   path, size, rest);
      return NULL;
    }
    if (found) {
      *n_body = size;
      return bytes + at + 8;
    }
    at += 8 + size + size % 2;
  }
  g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: no “%.4s” chunk", path, name);
  return NULL;
}

static gboolean
read_format (const char *path, const guint8 *bytes, gsize n_bytes, Format *format, GError **error)
{
  gsize n_body;
  const guint8 *body = find_chunk (path, bytes, n_bytes, "fmt ", &n_body, error);
  if (body == NULL)
    return FALSE;
  if (n_body < 16) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: its format chunk is too short", path);
    return FALSE;
  }
  *format = (Format){
    .format = read_u16 (body),
    .n_channels = read_u16 (body + 2),
    .rate_hz = read_u32 (body + 4),
    .bits = read_u16 (body + 14),
  };
  if (format->format == FORMAT_EXTENSIBLE && n_body >= EXTENSIBLE_SIZE)
    format->format = read_u16 (body + SUBFORMAT_OFFSET);

  gboolean is_s16 = format->format == FORMAT_PCM && format->bits == 16;
  gboolean is_f32 = format->format == FORMAT_FLOAT && format->bits == 32;
  if (format->n_channels != 1 || format->rate_hz != SEW_SAMPLE_RATE_HZ || (!is_s16 && !is_f32)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
                 "%s: %u channels of %u-bit samples (format %u) at %u Hz, but it must be mono, "
                 "16-bit integer or 32-bit float, at %u Hz",
                 path, format->n_channels, format->bits, format->format, format->rate_hz,
                 SEW_SAMPLE_RATE_HZ);
    return FALSE;
  }
  return TRUE;
}

static float
read_sample (const guint8 *bytes, const Format *format)
{
  if (format->format == FORMAT_PCM)
    return (float) (gint16) read_u16 (bytes) / 32768.0f;
  guint32 bits = read_u32 (bytes);
  float sample;
  memcpy (&sample, &bits, sizeof sample);
  return sample;
}

float *
wav_file_read (const char *path, gsize *n_samples, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);
  if (file == NULL)
    return NULL;
  const guint8 *bytes = (const guint8 *) g_mapped_file_get_contents (file);
  gsize n_bytes = g_mapped_file_get_length (file);
  if (n_bytes < 12 || memcmp (bytes, "RIFF", 4) != 0 || memcmp (bytes + 8, "WAVE", 4) != 0) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED, "%s: not a WAV file", path);
    return NULL;
  }

  Format format;
  gsize n_body;
  if (!read_format (path, bytes, n_bytes, &format, error))
    return NULL;
  const guint8 *body = find_chunk (path, bytes, n_bytes, "data", &n_body, error);
  if (body == NULL)
    return NULL;

  gsize n = n_body / (format.bits / 8);
  g_autofree float *samples = g_new (float, MAX (n, 1));
  for (gsize i = 0; i < n; i++) {
    samples[i] = read_sample (body + i * (format.bits / 8), &format);
    if (!isfinite (samples[i])) {
      g_set_error (error, SEW_ERROR, SEW_ERROR_INVALID_AUDIO,
                   "%s: sample %" G_GSIZE_FORMAT " is not a finite number", path, i);
      return NULL;
    }
  }
  *n_samples = n;
  return g_steal_pointer (&samples);
}
