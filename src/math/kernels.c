/* SPDX-License-Identifier: MIT */
#include "math/kernels.h"

#include <string.h>

extern const SewKernels sew_kernels_baseline;
#ifdef SEW_HAVE_X86_KERNELS
extern const SewKernels sew_kernels_avx2;
extern const SewKernels sew_kernels_avx512;
#endif

static const SewKernels *runnable[4];
static const SewKernels *chosen;

static void
find_runnable (void)
{
  guint n = 0;
  runnable[n++] = &sew_kernels_baseline;
#ifdef SEW_HAVE_X86_KERNELS
  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    runnable[n++] = &sew_kernels_avx2;
  if (__builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512vl")
      && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512dq"))
    runnable[n++] = &sew_kernels_avx512;
#endif

  chosen = runnable[n - 1];
  const char *limit = g_getenv ("SEW_MAX_ISA");
  for (guint i = 0; limit != NULL && i < n; i++)
    if (strcmp (runnable[i]->name, limit) == 0)
      chosen = runnable[i];
}

static void
find_runnable_once (void)
{
  static gsize done;
  if (g_once_init_enter (&done)) {
    find_runnable ();
    g_once_init_leave (&done, 1);
  }
}

const SewKernels *
sew_kernels_get (void)
{
  find_runnable_once ();
  return chosen;
}

const SewKernels *const *
sew_kernels_list (void)
{
  find_runnable_once ();
  return runnable;
}
