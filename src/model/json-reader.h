/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

/* Options of a JSON object, one after the other. The first problem sticks: later calls do nothing
 * and return the fallback, so that a long list of options is read without a branch a line. A member
 * that is missing or null counts as not given. */
typedef struct {
  const char *file; /* for messages */
  JsonObject *object;
  GError *error; /* the first problem, or NULL; whoever reads takes it */
} SewJsonReader;

/* The fallback itself need not be within the bounds. */
guint sew_json_reader_get_size (SewJsonReader *reader, const char *name, guint fallback,
                                guint minimum, guint maximum);
/* *n_values is the fallback's number and values the fallback unless the member is there. */
void sew_json_reader_get_sizes (SewJsonReader *reader, const char *name, guint *values,
                                guint *n_values, guint max_values, guint maximum);
gboolean sew_json_reader_get_flag (SewJsonReader *reader, const char *name, gboolean fallback);
float sew_json_reader_get_real (SewJsonReader *reader, const char *name, float fallback,
                                float maximum);
/* Borrowed from the object. */
const char *sew_json_reader_get_string (SewJsonReader *reader, const char *name,
                                        const char *fallback);
/* The member, or NULL if it is missing or null. */
JsonNode *sew_json_reader_find (SewJsonReader *reader, const char *name);
void sew_json_reader_fail (SewJsonReader *reader, int code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
