/* SPDX-License-Identifier: MIT */
#include "sew/sew-script.h"

#include <gio/gio.h>
#include <string.h>

#include "sew/sew-error.h"

/* A search takes about 64 bytes for a byte of text. This much is more than two days of speech. */
#define MAX_BYTES (4 * 1024 * 1024)

/* That is for letters. "$9" may be said in as many letters, in one way or another. */
#define SPOKEN_OUT_BYTES 64

#define BYTE_ORDER_MARK 0xfeff
#define LINE_SEPARATOR 0x2028
#define PARAGRAPH_SEPARATOR 0x2029

/**
 * SewScript:
 *
 * A text that is known to be spoken, whose words a recognizer is to find in the audio: see
 * [method@Sew.Recognizer.set_script].
 *
 * Words stand between white space, with all their punctuation, and keep it. Chinese characters and
 * Japanese kana are words of their own. A line break ends an utterance.
 *
 * Immutable; may be shared between threads and recognizers.
 */
struct _SewScript {
  GObject parent_instance;

  GString *text;  /* the words, a NUL after each */
  GArray *starts; /* gsize: of each word in text */
  GArray *lines;  /* gsize: of each word */
  gsize weight;   /* bytes, as many as if all was spelled out */
};

G_DEFINE_FINAL_TYPE (SewScript, sew_script, G_TYPE_OBJECT)

static void
sew_script_finalize (GObject *object)
{
  SewScript *self = SEW_SCRIPT (object);

  g_string_free (self->text, TRUE);
  g_array_unref (self->starts);
  g_array_unref (self->lines);
  G_OBJECT_CLASS (sew_script_parent_class)->finalize (object);
}

static void
sew_script_class_init (SewScriptClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sew_script_finalize;
}

static void
sew_script_init (SewScript *self)
{
  self->text = g_string_new (NULL);
  self->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->lines = g_array_new (FALSE, FALSE, sizeof (gsize));
}

static gboolean
ends_line (gunichar c)
{
  return c == '\n' || c == '\r' || c == '\f' || c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR;
}

/* Letters that are written without spaces between words. */
static gboolean
is_word_alone (gunichar c)
{
  switch (g_unichar_get_script (c)) {
  case G_UNICODE_SCRIPT_HAN:
  case G_UNICODE_SCRIPT_HIRAGANA:
  case G_UNICODE_SCRIPT_KATAKANA:
  case G_UNICODE_SCRIPT_BOPOMOFO:
    return g_unichar_isalpha (c);
  default:
    return FALSE;
  }
}

/* Digits and symbols that a word is said for. */
static gboolean
is_spoken_out (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
  case G_UNICODE_CURRENCY_SYMBOL:
  case G_UNICODE_MATH_SYMBOL:
  case G_UNICODE_OTHER_SYMBOL:
    return TRUE;
  default:
    return c == '%';
  }
}

static void
end_word (SewScript *self, gsize start, gsize line)
{
  if (start == self->text->len)
    return;
  g_string_append_c (self->text, '\0');
  g_array_append_val (self->starts, start);
  g_array_append_val (self->lines, line);
}

/* text is valid UTF-8. */
static void
split (SewScript *self, const char *text, const char *end)
{
  gsize start = 0, line = 0;
  gboolean line_has_words = FALSE;
  gunichar last_letter = 0; /* of the open word */

  for (; text < end; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);
    gboolean is_space = g_unichar_isspace (c);
    gboolean begins_word = g_unichar_isalnum (c)
                           && ((is_word_alone (c) && last_letter != 0)
                               || is_word_alone (last_letter));

    if (is_space || ends_line (c) || begins_word) {
      line_has_words |= start < self->text->len;
      end_word (self, start, line);
      start = self->text->len;
      last_letter = 0;
    }
    if (ends_line (c) && line_has_words) {
      line++;
      line_has_words = FALSE;
    }
    if (is_space || g_unichar_iscntrl (c) || c == BYTE_ORDER_MARK || ends_line (c))
      continue;
    g_string_append_unichar (self->text, c);
    self->weight += is_spoken_out (c) ? SPOKEN_OUT_BYTES : 1;
    if (g_unichar_isalnum (c))
      last_letter = c;
  }
  end_word (self, start, line);
}

static gsize
count_lines (const char *text, const char *end)
{
  gsize n_lines = 1;

  for (; text < end; text++)
    n_lines += *text == '\n';
  return n_lines;
}

/**
 * sew_script_new:
 * @text: (array length=n_bytes) (element-type guint8): UTF-8, with or without a byte order mark
 * @n_bytes: its length, or -1 if it ends with a NUL
 * @error: return location for an error
 *
 * Makes a script of a text.
 *
 * If it fails, the code is `SEW_ERROR_MALFORMED` for what is not UTF-8 or has no words, and
 * `SEW_ERROR_UNSUPPORTED` for more than 4 MiB, of which a digit or a symbol takes 64 bytes, as it
 * is said in words.
 *
 * Returns: (transfer full): a new script, or %NULL with @error set
 */
SewScript *
sew_script_new (const char *text, gssize n_bytes, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  gsize length = n_bytes < 0 ? strlen (text) : (gsize) n_bytes;
  const char *end;

  if (length > MAX_BYTES) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
                 "a script of more than %d bytes is too long", MAX_BYTES);
    return NULL;
  }
  if (!g_utf8_validate_len (text, length, &end)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_MALFORMED,
                 "not UTF-8 text: byte 0x%02x in line %" G_GSIZE_FORMAT, (guint8) *end,
                 count_lines (text, end));
    return NULL;
  }

  g_autoptr (SewScript) self = g_object_new (SEW_TYPE_SCRIPT, NULL);
  split (self, text, text + length);
  if (self->starts->len == 0) {
    g_set_error_literal (error, SEW_ERROR, SEW_ERROR_MALFORMED, "the script has no words");
    return NULL;
  }
  if (self->weight > MAX_BYTES) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_UNSUPPORTED,
                 "a script of more than %d bytes is too long, and a digit or a symbol counts as %d",
                 MAX_BYTES, SPOKEN_OUT_BYTES);
    return NULL;
  }
  return g_steal_pointer (&self);
}

/* As much of a file as a script may have, and one byte, whatever the file is. */
static char *
read_file (const char *path, gsize *n_bytes, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);

  if (stream == NULL)
    return NULL;
  g_autofree char *text = g_malloc (MAX_BYTES + 1);
  if (!g_input_stream_read_all (G_INPUT_STREAM (stream), text, MAX_BYTES + 1, n_bytes, NULL, error))
    return NULL;
  return g_steal_pointer (&text);
}

/**
 * sew_script_new_from_file:
 * @path: (type filename): a text file in UTF-8
 * @error: return location for an error
 *
 * Reads a script. Errors are those of [ctor@Sew.Script.new], or `SEW_ERROR_NOT_FOUND`, and name the
 * file.
 *
 * Returns: (transfer full): a new script, or %NULL with @error set
 */
SewScript *
sew_script_new_from_file (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  g_autoptr (GError) read_error = NULL;
  gsize n_bytes;
  g_autofree char *text = read_file (path, &n_bytes, &read_error);

  if (text == NULL) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: %s", path, read_error->message);
    return NULL;
  }
  SewScript *self = sew_script_new (text, (gssize) n_bytes, error);
  if (self == NULL)
    g_prefix_error (error, "%s: ", path);
  return self;
}

/**
 * sew_script_get_n_words:
 * @self: a script
 *
 * Counts its words.
 *
 * Returns: how many words it has, at least 1
 */
gsize
sew_script_get_n_words (SewScript *self)
{
  g_return_val_if_fail (SEW_IS_SCRIPT (self), 0);

  return self->starts->len;
}

/**
 * sew_script_get_word:
 * @self: a script
 * @index: from 0 to one less than [method@Sew.Script.get_n_words]
 *
 * Gives one of its words.
 *
 * Returns: (transfer none): the word as it is written, UTF-8 without spaces
 */
const char *
sew_script_get_word (SewScript *self, gsize index)
{
  g_return_val_if_fail (SEW_IS_SCRIPT (self) && index < self->starts->len, NULL);

  return self->text->str + g_array_index (self->starts, gsize, index);
}

/**
 * sew_script_get_line:
 * @self: a script
 * @index: from 0 to one less than [method@Sew.Script.get_n_words]
 *
 * Tells in which line a word stands. Lines without words do not count.
 *
 * Returns: the number of the line, from 0
 */
gsize
sew_script_get_line (SewScript *self, gsize index)
{
  g_return_val_if_fail (SEW_IS_SCRIPT (self) && index < self->lines->len, 0);

  return g_array_index (self->lines, gsize, index);
}
