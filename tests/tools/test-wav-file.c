/* SPDX-License-Identifier: MIT */

/* The commands' WAV reader: what it reads, and that nothing else gets through. */

#include "wav-file.h"

#include <glib/gstdio.h>
#include <math.h>
#include <sew/sew.h>
#include <string.h>

static void
append_u16 (GByteArray *bytes, guint value)
{
  const guint8 little[] = { value & 0xff, value >> 8 & 0xff };
  g_byte_array_append (bytes, little, sizeof little);
}

static void
append_u32 (GByteArray *bytes, guint value)
{
  append_u16 (bytes, value & 0xffff);
  append_u16 (bytes, value >> 16);
}

static void
append_tag (GByteArray *bytes, const char *tag)
{
  g_byte_array_append (bytes, (const guint8 *) tag, 4);
}

/* A header up to and with the size of the data chunk. */
static GByteArray *
make_header (guint format, guint n_channels, guint rate_hz, guint bits, guint n_data_bytes)
{
  GByteArray *bytes = g_byte_array_new ();
  append_tag (bytes, "RIFF");
  append_u32 (bytes, 36 + n_data_bytes);
  append_tag (bytes, "WAVE");
  append_tag (bytes, "fmt ");
  append_u32 (bytes, 16);
  append_u16 (bytes, format);
  append_u16 (bytes, n_channels);
  append_u32 (bytes, rate_hz);
  append_u32 (bytes, rate_hz * n_channels * bits / 8);
  append_u16 (bytes, n_channels * bits / 8);
  append_u16 (bytes, bits);
  append_tag (bytes, "data");
  append_u32 (bytes, n_data_bytes);
  return bytes;
}

static float *
read_bytes (GByteArray *bytes, gsize *n_samples, GError **error)
{
  g_autofree char *path = NULL;
  int file = g_file_open_tmp ("sew-XXXXXX.wav", &path, NULL);
  g_assert_cmpint (file, >=, 0);
  g_close (file, NULL);
  g_assert_true (g_file_set_contents (path, (const char *) bytes->data, bytes->len, NULL));
  float *samples = wav_file_read (path, n_samples, error);
  if (samples == NULL)
    g_assert_nonnull (strstr ((*error)->message, path));
  g_unlink (path);
  g_byte_array_unref (bytes);
  return samples;
}

static void
check_refused (GByteArray *bytes, int code, const char *reason)
{
  g_autoptr (GError) error = NULL;
  gsize n_samples;
  g_assert_null (read_bytes (bytes, &n_samples, &error));
  g_assert_error (error, SEW_ERROR, code);
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_s16 (void)
{
  g_autoptr (GError) error = NULL;
  gsize n_samples;
  GByteArray *bytes = make_header (1, 1, 16000, 16, 6);
  append_u16 (bytes, 0x8000);
  append_u16 (bytes, 0x4000);
  append_u16 (bytes, 0xffff);
  g_autofree float *samples = read_bytes (bytes, &n_samples, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_samples, ==, 3);
  g_assert_cmpfloat (samples[0], ==, -1);
  g_assert_cmpfloat (samples[1], ==, 0.5f);
  g_assert_cmpfloat (samples[2], ==, -1 / 32768.0f);
}

static void
test_f32 (void)
{
  g_autoptr (GError) error = NULL;
  gsize n_samples;
  GByteArray *bytes = make_header (3, 1, 16000, 32, 4);
  append_u32 (bytes, 0xbf400000); /* -0.75 */
  g_autofree float *samples = read_bytes (bytes, &n_samples, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_samples, ==, 1);
  g_assert_cmpfloat (samples[0], ==, -0.75f);
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  gsize n_samples = 1;
  g_autofree float *samples = read_bytes (make_header (1, 1, 16000, 16, 0), &n_samples, &error);
  g_assert_no_error (error);
  g_assert_nonnull (samples);
  g_assert_cmpuint (n_samples, ==, 0);
}

static void
test_not_finite (void)
{
  GByteArray *bytes = make_header (3, 1, 16000, 32, 8);
  append_u32 (bytes, 0);
  append_u32 (bytes, 0x7fc00000);
  check_refused (bytes, SEW_ERROR_INVALID_AUDIO, "sample 1");
}

static void
test_other_formats (void)
{
  check_refused (make_header (1, 2, 16000, 16, 0), SEW_ERROR_UNSUPPORTED, "2 channels");
  check_refused (make_header (1, 1, 44100, 16, 0), SEW_ERROR_UNSUPPORTED, "44100 Hz");
  check_refused (make_header (1, 1, 16000, 24, 0), SEW_ERROR_UNSUPPORTED, "24-bit");
  check_refused (make_header (85, 1, 16000, 16, 0), SEW_ERROR_UNSUPPORTED, "format 85");
}

/* Every way of cutting a good file short. */
static void
test_truncated (void)
{
  for (guint length = 0; length < 48; length++) {
    GByteArray *bytes = make_header (1, 1, 16000, 16, 4);
    append_u32 (bytes, 0);
    g_byte_array_set_size (bytes, length);
    check_refused (bytes, SEW_ERROR_MALFORMED, "");
  }
}

static void
test_lying_header (void)
{
  check_refused (make_header (1, 1, 16000, 16, 0xffffffff), SEW_ERROR_MALFORMED, "truncated");
  GByteArray *bytes = make_header (1, 1, 16000, 16, 0);
  bytes->data[16] = 4; /* the format chunk's size */
  check_refused (bytes, SEW_ERROR_MALFORMED, "");
}

static void
test_missing_file (void)
{
  g_autoptr (GError) error = NULL;
  gsize n_samples;
  g_assert_null (wav_file_read ("/nonexistent/clip.wav", &n_samples, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wav-file/s16", test_s16);
  g_test_add_func ("/wav-file/f32", test_f32);
  g_test_add_func ("/wav-file/empty", test_empty);
  g_test_add_func ("/wav-file/not-finite", test_not_finite);
  g_test_add_func ("/wav-file/other-formats", test_other_formats);
  g_test_add_func ("/wav-file/truncated", test_truncated);
  g_test_add_func ("/wav-file/lying-header", test_lying_header);
  g_test_add_func ("/wav-file/missing-file", test_missing_file);
  return g_test_run ();
}
