/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>

#include <sew/sew-macros.h>

G_BEGIN_DECLS

/**
 * SEW_ERROR:
 *
 * The error domain of this library. Its codes are [error@Sew.Error].
 */
#define SEW_ERROR (sew_error_quark ())

/**
 * SewError:
 * @SEW_ERROR_NOT_FOUND: a file or folder is missing or can't be read
 * @SEW_ERROR_MALFORMED: a file breaks the rules of its own format: truncated, a lying header,
 *   a pickle that wants to run code
 * @SEW_ERROR_UNSUPPORTED: a well-formed file asks for something this library does not do, such as
 *   an unknown architecture or option
 * @SEW_ERROR_MISMATCH: the parts of a checkpoint contradict each other: a tensor is missing or of
 *   another shape than the configuration says, or the vocabulary does not fit the head
 * @SEW_ERROR_INVALID_AUDIO: samples that are not finite numbers
 *
 * What can go wrong with data that the caller does not control. The message names the file (or the
 * sample) and the reason in one line.
 */
typedef enum {
  SEW_ERROR_NOT_FOUND,
  SEW_ERROR_MALFORMED,
  SEW_ERROR_UNSUPPORTED,
  SEW_ERROR_MISMATCH,
  SEW_ERROR_INVALID_AUDIO,
} SewError;

SEW_API
GQuark sew_error_quark (void);

G_END_DECLS
