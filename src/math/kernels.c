/* SPDX-License-Identifier: MIT */
#include "math/kernels.h"

#include <string.h>
#ifdef SEW_HAVE_X86_KERNELS
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

extern const SewKernels sew_kernels_baseline;
#ifdef SEW_HAVE_X86_KERNELS
extern const SewKernels sew_kernels_avx2;
extern const SewKernels sew_kernels_avx2vnni;
extern const SewKernels sew_kernels_avx512;
extern const SewKernels sew_kernels_avx512vnni;
extern const SewKernels sew_kernels_avx512bf16;
extern const SewKernels sew_kernels_amx;
#endif

/* Worst first. */
static const SewKernels *const compiled[] = {
  &sew_kernels_baseline,
#ifdef SEW_HAVE_X86_KERNELS
  &sew_kernels_avx2,       &sew_kernels_avx2vnni,   &sew_kernels_avx512,
  &sew_kernels_avx512vnni, &sew_kernels_avx512bf16, &sew_kernels_amx,
#endif
};

static const SewKernels *runnable[G_N_ELEMENTS (compiled) + 1];
static const SewKernels *chosen;

#ifdef SEW_HAVE_X86_KERNELS
/* What GCC 12 and clang have no names for yet. */
static gboolean
has_avx_vnni (void)
{
  guint eax, ebx, ecx, edx;
  return __get_cpuid_count (7, 1, &eax, &ebx, &ecx, &edx) && (eax & 1 << 4) != 0;
}

/* The system is to save tiles, which are 8 KiB a thread, and is asked to: Linux lends them to
 * processes that say they want them. */
static gboolean
may_use_tiles (void)
{
  const guint needed = 1 << 22 | 1 << 24 | 1 << 25; /* bfloat16, tiles, bytes */
  const guint64 saved = G_GUINT64_CONSTANT (3) << 17;
  const long request_permission = 0x1023, tile_data = 18;
  guint eax, ebx, ecx, edx, low, high;
  if (!__get_cpuid_count (7, 0, &eax, &ebx, &ecx, &edx) || (edx & needed) != needed)
    return FALSE;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & saved) != saved)
    return FALSE;
  return syscall (SYS_arch_prctl, request_permission, tile_data) == 0;
}
#endif

static gboolean
can_run (const SewKernels *kernels)
{
#ifdef SEW_HAVE_X86_KERNELS
  gboolean has_avx2 = __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
  gboolean has_avx512 = __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512vl")
                        && __builtin_cpu_supports ("avx512bw")
                        && __builtin_cpu_supports ("avx512dq");
  gboolean has_vnni = has_avx512 && __builtin_cpu_supports ("avx512vnni");
  if (kernels == &sew_kernels_avx2)
    return has_avx2;
  if (kernels == &sew_kernels_avx2vnni)
    return has_avx2 && has_avx_vnni ();
  if (kernels == &sew_kernels_avx512)
    return has_avx512;
  if (kernels == &sew_kernels_avx512vnni)
    return has_vnni;
  gboolean has_bf16 = has_vnni && __builtin_cpu_supports ("avx512bf16");
  /* Zen 4 does as many dot products of pairs as it does additions of products of floats, which
   * makes twice the work; of Intel's processors the one measured took twice the time for them. */
  if (kernels == &sew_kernels_avx512bf16)
    return has_bf16 && __builtin_cpu_is ("amd");
  if (kernels == &sew_kernels_amx)
    return has_bf16 && may_use_tiles ();
#endif
  return TRUE;
}

static void
find_runnable (void)
{
  const char *limit = g_getenv ("SEW_MAX_ISA");
  gboolean is_limited = FALSE;
  guint n = 0;
#ifdef SEW_HAVE_X86_KERNELS
  __builtin_cpu_init ();
#endif
  for (guint i = 0; i < G_N_ELEMENTS (compiled); i++) {
    if (can_run (compiled[i])) {
      runnable[n++] = compiled[i];
      chosen = is_limited ? chosen : compiled[i];
    }
    is_limited = is_limited || (limit != NULL && strcmp (compiled[i]->name, limit) == 0);
  }
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
