/* SPDX-License-Identifier: MIT */
#include "decoder/english-quantities.h"

#include <string.h>

#include "decoder/english-numbers.h"

#define MAX_WAYS 8
#define MAX_DIGITS 18 /* of a number that is said as one */

void
sew_english_quantities_add_way (GPtrArray *ways, const char *way)
{
  for (guint i = 0; i < ways->len; i++)
    if (g_str_equal (ways->pdata[i], way))
      return;
  if (ways->len < MAX_WAYS)
    g_ptr_array_add (ways, g_strdup (way));
}

/* -- numbers -- */

/* Digits in groups of three, if there are commas, and what follows the decimal point. */
typedef struct {
  gsize length;      /* bytes of the word that it takes */
  GString *integer;  /* only digits, maybe none */
  GString *fraction; /* only digits, maybe none */
  gboolean grouped;
  guint64 value; /* of the integer */
} Number;

static void
clear_number (Number *number)
{
  g_string_free (number->integer, TRUE);
  g_string_free (number->fraction, TRUE);
}

static gsize
count_digits (const char *text)
{
  return strspn (text, "0123456789");
}

static void
parse_number (const char *text, Number *number)
{
  const char *at = text;

  *number = (Number){ .integer = g_string_new (NULL), .fraction = g_string_new (NULL) };
  g_string_append_len (number->integer, at, (gssize) count_digits (at));
  at += number->integer->len;
  while (number->integer->len > 0 && *at == ',' && count_digits (at + 1) == 3) {
    g_string_append_len (number->integer, at + 1, 3);
    number->grouped = TRUE;
    at += 4;
  }
  if (*at == '.' && count_digits (at + 1) > 0) {
    g_string_append_len (number->fraction, at + 1, (gssize) count_digits (at + 1));
    at += 1 + number->fraction->len;
  }
  number->length = (gsize) (at - text);
  if (number->integer->len <= MAX_DIGITS)
    number->value = g_ascii_strtoull (number->integer->str, NULL, 10);
}

/* Numbers that are labels: telephones, rooms, agents. */
static gboolean
is_said_by_digits (const Number *number)
{
  return number->integer->len > MAX_DIGITS
         || (number->integer->len > 1 && number->integer->str[0] == '0');
}

static void
add_cardinals (GPtrArray *ways, const Number *number)
{
  g_autoptr (GString) year = g_string_new (NULL);

  if (number->integer->len == 4 && !number->grouped
      && sew_english_numbers_append_year (year, number->value))
    sew_english_quantities_add_way (ways, year->str);
  for (guint british = 0; british < 2; british++) {
    g_autoptr (GString) way = g_string_new (NULL);
    sew_english_numbers_append_cardinal (way, number->value, british == 1);
    sew_english_quantities_add_way (ways, way->str);
  }
}

static void
add_integer (GPtrArray *ways, const Number *number)
{
  gboolean by_digits = is_said_by_digits (number);

  if (!by_digits)
    add_cardinals (ways, number);
  if (!by_digits && (number->integer->len < 3 || number->grouped))
    return;
  for (guint letter_o = 0; letter_o < 2; letter_o++) {
    g_autoptr (GString) way = g_string_new (NULL);
    sew_english_numbers_append_digits (way, number->integer->str, letter_o == 1);
    sew_english_quantities_add_way (ways, way->str);
  }
}

static void
add_number (GPtrArray *ways, const Number *number)
{
  g_autoptr (GPtrArray) integers = g_ptr_array_new_with_free_func (g_free);

  if (number->integer->len > 0)
    add_integer (integers, number);
  if (number->fraction->len == 0) {
    for (guint i = 0; i < integers->len; i++)
      sew_english_quantities_add_way (ways, integers->pdata[i]);
    return;
  }
  if (number->integer->len == 0) {
    sew_english_quantities_add_way (integers, "");
    sew_english_quantities_add_way (integers, "zero");
  }
  for (guint i = 0; i < integers->len; i++)
    for (guint letter_o = 0; letter_o < 2; letter_o++) {
      g_autoptr (GString) way = g_string_new (integers->pdata[i]);
      sew_english_numbers_append_word (way, "point");
      sew_english_numbers_append_digits (way, number->fraction->str, letter_o == 1);
      sew_english_quantities_add_way (ways, way->str);
    }
}

static void
add_ordinal (GPtrArray *ways, const Number *number)
{
  for (guint british = 0; british < 2; british++) {
    g_autoptr (GString) way = g_string_new (NULL);
    sew_english_numbers_append_ordinal (way, number->value, british == 1);
    sew_english_quantities_add_way (ways, way->str);
  }
}

/* "1980s" */
static void
add_decade (GPtrArray *ways, const Number *number)
{
  g_autoptr (GPtrArray) numbers = g_ptr_array_new_with_free_func (g_free);

  add_number (numbers, number);
  for (guint i = 0; i < numbers->len; i++) {
    g_autoptr (GString) way = g_string_new (numbers->pdata[i]);
    sew_english_numbers_make_plural (way);
    sew_english_quantities_add_way (ways, way->str);
  }
}

/* "10:30" */
static void
add_time (GPtrArray *ways, guint hours, guint minutes)
{
  g_autoptr (GString) way = g_string_new (NULL);

  sew_english_numbers_append_cardinal (way, hours, FALSE);
  if (minutes == 0) {
    sew_english_quantities_add_way (ways, way->str);
    g_string_append (way, " o'clock");
  } else {
    if (minutes < 10)
      g_string_append (way, " oh");
    sew_english_numbers_append_cardinal (way, minutes, FALSE);
  }
  sew_english_quantities_add_way (ways, way->str);
}

/* "3/4" */
static void
add_fraction (GPtrArray *ways, guint64 numerator, guint64 denominator)
{
  g_autoptr (GString) over = g_string_new (NULL);

  for (guint one = 0; one < (numerator == 1 ? 2 : 1); one++)
    for (guint quarters = 0; quarters < (denominator == 4 ? 2 : 1); quarters++) {
      g_autoptr (GString) way = g_string_new (NULL);
      g_autoptr (GString) part = g_string_new (NULL);
      if (one == 1)
        g_string_append (way, "a");
      else
        sew_english_numbers_append_cardinal (way, numerator, FALSE);
      if (denominator == 2)
        g_string_append (part, numerator == 1 ? "half" : "halve");
      else if (denominator == 4 && quarters == 0)
        g_string_append (part, "quarter");
      else
        sew_english_numbers_append_ordinal (part, denominator, FALSE);
      if (numerator != 1)
        sew_english_numbers_make_plural (part);
      sew_english_numbers_append_word (way, part->str);
      sew_english_quantities_add_way (ways, way->str);
    }
  sew_english_numbers_append_cardinal (over, numerator, FALSE);
  g_autoptr (GString) plain = g_string_new (over->str);
  sew_english_numbers_append_cardinal (plain, denominator, FALSE);
  sew_english_quantities_add_way (ways, plain->str);
  g_string_append (over, " over");
  sew_english_numbers_append_cardinal (over, denominator, FALSE);
  sew_english_quantities_add_way (ways, over->str);
}

/* -- amounts of money -- */

static const struct {
  gunichar symbol;
  const char *one, *many;
  const char *hundredths; /* NULL: none */
} currencies[] = {
  { '$', "dollar", "dollars", "cents" },  { 0xa3, "pound", "pounds", "pence" },
  { 0x20ac, "euro", "euros", "cents" },   { 0xa5, "yen", "yen", NULL },
  { 0x20b9, "rupee", "rupees", "paise" }, { 0xa2, "cent", "cents", NULL },
};

/* Index of the currency, -1 if the character is none. */
int
sew_english_quantities_find_currency (gunichar symbol)
{
  for (guint i = 0; i < G_N_ELEMENTS (currencies); i++)
    if (currencies[i].symbol == symbol)
      return (int) i;
  return -1;
}

/* "m" after a number: "million". NULL if it is none of these; length: bytes that it takes. */
static const char *
find_scale (const char *text, gsize *length)
{
  static const struct {
    const char *written, *said;
  } scales[] = { { "bn", "billion" }, { "mn", "million" }, { "k", "thousand" },
                 { "m", "million" },  { "b", "billion" },  { "t", "trillion" } };

  *length = 0;
  for (guint i = 0; i < G_N_ELEMENTS (scales); i++) {
    gsize n = strlen (scales[i].written);
    if (g_ascii_strncasecmp (text, scales[i].written, n) == 0 && !g_ascii_isalnum (text[n])) {
      *length = n;
      return scales[i].said;
    }
  }
  return NULL;
}

/* "5.50": "five dollars and fifty cents" */
static void
add_hundredths (GPtrArray *ways, const Number *number, guint currency)
{
  static const char *const links[] = { "", "and", "" };
  const char *units[] = { "", currencies[currency].hundredths, currencies[currency].hundredths };
  g_autoptr (GString) hundredths = g_string_new (NULL);

  sew_english_numbers_append_cardinal (hundredths,
                                       g_ascii_strtoull (number->fraction->str, NULL, 10), FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (links); i++) {
    g_autoptr (GString) way = g_string_new (NULL);
    sew_english_numbers_append_cardinal (way, number->value, FALSE);
    sew_english_numbers_append_word (way, number->value == 1 ? currencies[currency].one
                                                             : currencies[currency].many);
    g_string_append_printf (way, "%s%s %s%s%s", *links[i] != '\0' ? " " : "", links[i],
                            hundredths->str, *units[i] != '\0' ? " " : "", units[i]);
    sew_english_quantities_add_way (ways, way->str);
  }
}

/* scale: NULL if there is none. */
static void
add_amount (GPtrArray *ways, const Number *number, const char *scale, guint currency)
{
  gboolean one = number->value == 1 && number->fraction->len == 0 && scale == NULL;
  g_autoptr (GPtrArray) numbers = g_ptr_array_new_with_free_func (g_free);

  if (number->fraction->len == 2 && scale == NULL && currencies[currency].hundredths != NULL
      && !is_said_by_digits (number))
    add_hundredths (ways, number, currency);
  add_number (numbers, number);
  /* without the unit where it comes later: "$5 million" */
  for (guint with_unit = 2; with_unit-- > 0;)
    for (guint i = 0; i < numbers->len; i++) {
      g_autoptr (GString) way = g_string_new (numbers->pdata[i]);
      if (scale != NULL)
        sew_english_numbers_append_word (way, scale);
      if (with_unit == 1)
        sew_english_numbers_append_word (way, one ? currencies[currency].one
                                                  : currencies[currency].many);
      sew_english_quantities_add_way (ways, way->str);
    }
}

/* -- in a text -- */

static gsize
match_any (const char *text, const char *const *suffixes)
{
  for (; *suffixes != NULL; suffixes++) {
    gsize n = strlen (*suffixes);
    if (g_ascii_strncasecmp (text, *suffixes, n) == 0 && !g_ascii_isalnum (text[n]))
      return n;
  }
  return 0;
}

/* The number at the beginning of text, with what belongs to it. Returns the bytes it takes. */
gsize
sew_english_quantities_read_number (GPtrArray *ways, const char *text)
{
  static const char *const ordinals[] = { "st", "nd", "rd", "th", NULL };
  static const char *const plurals[] = { "s", "'s", NULL };
  Number number;
  gsize length;

  parse_number (text, &number);
  const char *rest = text + number.length;
  gboolean whole = number.fraction->len == 0 && !is_said_by_digits (&number);
  gsize n_more = count_digits (rest + (*rest != '\0'));
  int currency = sew_english_quantities_find_currency (g_utf8_get_char (rest));
  length = number.length;
  if (whole && match_any (rest, ordinals) > 0) {
    add_ordinal (ways, &number);
    length += 2;
  } else if (whole && match_any (rest, plurals) > 0) {
    add_decade (ways, &number);
    length += match_any (rest, plurals);
  } else if (number.integer->len <= 2 && *rest == ':' && n_more == 2) {
    add_time (ways, (guint) number.value, (guint) g_ascii_strtoull (rest + 1, NULL, 10));
    length += 3;
  } else if (whole && *rest == '/' && n_more > 0 && n_more < 3 && rest[1] != '0') {
    add_fraction (ways, number.value, g_ascii_strtoull (rest + 1, NULL, 10));
    length += 1 + n_more;
  } else if (currency >= 0) {
    add_amount (ways, &number, NULL, (guint) currency);
    length += (gsize) (g_utf8_next_char (rest) - rest);
  } else {
    add_number (ways, &number);
  }
  clear_number (&number);
  return length;
}

/* "$5", at its symbol. Returns the bytes it takes. */
gsize
sew_english_quantities_read_amount (GPtrArray *ways, const char *text, guint currency)
{
  const char *digits = g_utf8_next_char (text);
  gsize scale_length;
  Number number;

  parse_number (digits, &number);
  gsize length = (gsize) (digits - text) + number.length;
  const char *scale = find_scale (text + length, &scale_length);
  add_amount (ways, &number, scale, currency);
  clear_number (&number);
  return length + scale_length;
}
