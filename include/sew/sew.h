/* SPDX-License-Identifier: MIT */
#pragma once

#include <sew/sew-benchmark.h>
#include <sew/sew-cue-limits.h>
#include <sew/sew-error.h>
#include <sew/sew-language-model.h>
#include <sew/sew-macros.h>
#include <sew/sew-model.h>
#include <sew/sew-phrase-list.h>
#include <sew/sew-precision.h>
#include <sew/sew-recognizer.h>
#include <sew/sew-script.h>
#include <sew/sew-segment.h>
#include <sew/sew-text-case.h>
#include <sew/sew-version.h>
#include <sew/sew-word.h>
