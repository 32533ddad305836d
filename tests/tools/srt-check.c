/* SPDX-License-Identifier: MIT */
#include "srt-check.h"

#include <string.h>

const SrtLimits srt_limits_common = {
  .max_lines = 2,
  .line_length = 42,
  .min_duration_ms = 1000,
  .max_duration_ms = 7000,
  .reading_speed = 17.0,
  .gap_ms = 80,
};

typedef struct {
  const SrtLimits *limits;
  SrtReport *report;
} Check;

static void complain (Check *check, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
complain (Check *check, const char *format, ...)
{
  va_list arguments;

  g_string_append_printf (check->report->problems, "cue %u: ", check->report->n_cues + 1);
  va_start (arguments, format);
  g_string_append_vprintf (check->report->problems, format, arguments);
  va_end (arguments);
  g_string_append_c (check->report->problems, '\n');
}

static gboolean
parse_times (const char *line, guint64 *start_ms, guint64 *end_ms)
{
  static const char pattern[] = "^(\\d\\d):([0-5]\\d):([0-5]\\d),(\\d{3}) --> "
                                "(\\d\\d):([0-5]\\d):([0-5]\\d),(\\d{3})$";
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  guint64 times[2] = { 0, 0 };
  static const guint64 factors[] = { 60, 60, 1000, 1 };

  if (!g_regex_match (regex, line, 0, &match))
    return FALSE;
  for (int i = 0; i < 8; i++) {
    g_autofree char *digits = g_match_info_fetch (match, i + 1);
    times[i / 4] = (times[i / 4] + g_ascii_strtoull (digits, NULL, 10)) * factors[i % 4];
  }
  *start_ms = times[0];
  *end_ms = times[1];
  return TRUE;
}

static void
check_times (Check *check, guint64 start_ms, guint64 end_ms, glong n_characters)
{
  const SrtLimits *limits = check->limits;
  guint64 earliest_ms = check->report->n_cues > 0 ? check->report->end_ms + limits->gap_ms : 0;

  if (end_ms <= start_ms) {
    complain (check, "ends before it begins");
    return;
  }
  guint64 duration_ms = end_ms - start_ms;
  if (start_ms < check->report->end_ms)
    complain (check, "overlaps the one before");
  else if (start_ms < earliest_ms)
    complain (check, "begins %u ms after the one before",
              (guint) (start_ms - check->report->end_ms));
  if (duration_ms < limits->min_duration_ms || duration_ms > limits->max_duration_ms)
    complain (check, "lasts %u ms", (guint) duration_ms);
  double speed = 1000.0 * (double) n_characters / (double) duration_ms;
  if (speed > limits->reading_speed)
    complain (check, "has %.2f characters a second", speed);
}

/* lines: number, times, text. */
static void
check_cue (Check *check, char **lines)
{
  guint64 start_ms, end_ms;
  glong n_characters = -1;
  guint n_lines = g_strv_length (lines);
  g_autofree char *number = g_strdup_printf ("%u", check->report->n_cues + 1);

  if (n_lines < 3) {
    complain (check, "has only %u lines", n_lines);
    return;
  }
  if (!g_str_equal (lines[0], number))
    complain (check, "is numbered %s", lines[0]);
  if (n_lines - 2 > check->limits->max_lines)
    complain (check, "has %u lines of text", n_lines - 2);
  for (char **line = lines + 2; *line; line++) {
    glong length = g_utf8_strlen (*line, -1);
    n_characters += length + 1;
    if (length > check->limits->line_length)
      complain (check, "has a line of %ld characters", length);
    if (g_str_has_prefix (*line, " ") || g_str_has_suffix (*line, " "))
      complain (check, "has a space at the end of a line");
  }
  if (parse_times (lines[1], &start_ms, &end_ms)) {
    check_times (check, start_ms, end_ms, n_characters);
    check->report->end_ms = end_ms;
  } else {
    complain (check, "has no times but: %s", lines[1]);
  }
}

SrtReport *
srt_check (const char *content, const SrtLimits *limits)
{
  SrtReport *report = g_new0 (SrtReport, 1);
  Check check = { limits, report };

  report->problems = g_string_new (NULL);
  if (!g_utf8_validate (content, -1, NULL)) {
    complain (&check, "the file is not UTF-8");
    return report;
  }
  if (*content != '\0' && !g_str_has_suffix (content, "\n"))
    complain (&check, "the file's last line has no end");
  g_autofree char *text = g_strchomp (g_strdup (content));
  g_auto (GStrv) cues = g_strsplit (text, "\n\n", -1);
  for (char **cue = cues; *cue; cue++, report->n_cues++) {
    g_auto (GStrv) lines = g_strsplit (*cue, "\n", -1);
    check_cue (&check, lines);
  }
  return report;
}

void
srt_report_free (SrtReport *report)
{
  g_string_free (report->problems, TRUE);
  g_free (report);
}
