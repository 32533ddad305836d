/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#define SEW_BYTE_ORDER_MARK "\357\273\277"

/* Some editors put one before the first line of a text, in which it means nothing. */
static inline const char *
sew_byte_order_mark_skip (const char *text)
{
  return g_str_has_prefix (text, SEW_BYTE_ORDER_MARK) ? text + sizeof SEW_BYTE_ORDER_MARK - 1
                                                      : text;
}
