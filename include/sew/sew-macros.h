/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/**
 * SEW_API: (skip)
 *
 * Marks what the library exports; everything else is hidden.
 */
#ifndef SEW_API
#define SEW_API __attribute__ ((visibility ("default"))) extern
#endif
