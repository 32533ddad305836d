/* SPDX-License-Identifier: MIT */
#include "model/file-map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include <sew/sew-error.h>

#define LFS_SIGNATURE "version https://git-lfs"

static GMappedFile *
map_descriptor (int fd, const char *path, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  GMappedFile *map;
  struct stat info;

  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode)) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: not a regular file", path);
    return NULL;
  }
  map = g_mapped_file_new_from_fd (fd, FALSE, &local_error);
  if (map == NULL)
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: cannot map: %s", path,
                 local_error->message);
  return map;
}

GMappedFile *
sew_file_map_open (const char *path, GError **error)
{
  GMappedFile *map;
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);

  if (fd < 0) {
    g_set_error (error, SEW_ERROR, SEW_ERROR_NOT_FOUND, "%s: %s", path, g_strerror (errno));
    return NULL;
  }
  map = map_descriptor (fd, path, error);
  g_close (fd, NULL);
  return map;
}

gboolean
sew_file_map_is_lfs_pointer (GMappedFile *map)
{
  return g_mapped_file_get_length (map) >= strlen (LFS_SIGNATURE)
         && memcmp (g_mapped_file_get_contents (map), LFS_SIGNATURE, strlen (LFS_SIGNATURE)) == 0;
}
