/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A regular file mapped for reading. Never blocks: pipes and devices are refused. */
GMappedFile *sew_file_map_open (const char *path, GError **error);

/* What a Git clone without LFS leaves in a big file's place; worth a message of its own. */
gboolean sew_file_map_is_lfs_pointer (GMappedFile *map);
