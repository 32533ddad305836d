/* SPDX-License-Identifier: MIT */
#include "recognition-options.h"

static SewTextCase text_case = SEW_TEXT_CASE_AS_IS;
static int max_lines = 2;
static int line_length = 42;
static double min_duration_s = 1.0;
static double max_duration_s = 7.0;
static double reading_speed = 17.0;
static double gap_s = 0.08;

static gboolean
parse_text_case (const char *option, const char *value, gpointer data, GError **error)
{
  if (sew_text_case_parse (value, &text_case))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "there is no text case %s: as-is, lower, upper and sentence there are", value);
  return FALSE;
}

static const GOptionEntry entries[] = {
  { "text-case", 0, 0, G_OPTION_ARG_CALLBACK, parse_text_case,
    "as-is, lower, upper or sentence (default: as-is)", "CASE" },
  { "max-lines", 0, 0, G_OPTION_ARG_INT, &max_lines, "Most lines of a subtitle (default: 2)", "N" },
  { "line-length", 0, 0, G_OPTION_ARG_INT, &line_length,
    "Most characters of a line of a subtitle (default: 42)", "N" },
  { "min-duration", 0, 0, G_OPTION_ARG_DOUBLE, &min_duration_s,
    "Shortest time a subtitle is shown (default: 1)", "SECONDS" },
  { "max-duration", 0, 0, G_OPTION_ARG_DOUBLE, &max_duration_s,
    "Longest time a subtitle is shown (default: 7)", "SECONDS" },
  { "reading-speed", 0, 0, G_OPTION_ARG_DOUBLE, &reading_speed,
    "Most characters of a subtitle a second, 0 for any (default: 17)", "N" },
  { "cue-gap", 0, 0, G_OPTION_ARG_DOUBLE, &gap_s,
    "Shortest time between two subtitles (default: 0.08)", "SECONDS" },
  { NULL },
};

static gboolean
is_duration (double seconds)
{
  return seconds >= 0.0 && seconds <= 3600.0;
}

static gboolean
check (GOptionContext *context, GOptionGroup *group, gpointer data, GError **error)
{
  const char *mistake = NULL;

  if (max_lines < 1 || max_lines > 8)
    mistake = "--max-lines must be from 1 to 8";
  else if (line_length < 1 || line_length > 250)
    mistake = "--line-length must be from 1 to 250";
  else if (!is_duration (min_duration_s) || !is_duration (max_duration_s) || !is_duration (gap_s))
    mistake = "--min-duration, --max-duration and --cue-gap must be from 0 to 3600 seconds";
  else if (max_duration_s < 0.1)
    mistake = "--max-duration must be 0.1 seconds or more";
  else if (!(reading_speed >= 0.0 && reading_speed <= 1000.0))
    mistake = "--reading-speed must be from 0 to 1000";
  if (mistake != NULL)
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, mistake);
  return mistake == NULL;
}

GOptionGroup *
recognition_options_get_group (void)
{
  GOptionGroup *group = g_option_group_new (
      "text", "How text is written and laid out:", "Show the options about text", NULL, NULL);

  g_option_group_add_entries (group, entries);
  g_option_group_set_parse_hooks (group, NULL, check);
  return group;
}

static guint64
to_samples (double seconds)
{
  return (guint64) (seconds * 1000.0 + 0.5) * SEW_SAMPLE_RATE_HZ / 1000;
}

void
recognition_options_apply (SewRecognizer *recognizer)
{
  const SewCueLimits limits = {
    .max_lines = (guint) max_lines,
    .line_length = (guint) line_length,
    .min_duration = to_samples (min_duration_s),
    .max_duration = to_samples (max_duration_s),
    .reading_speed = reading_speed,
    .gap = to_samples (gap_s),
  };

  sew_recognizer_set_cue_limits (recognizer, &limits);
  sew_recognizer_set_text_case (recognizer, text_case);
}
