#include "isa.h"

#include "kernels.h"

#ifdef INR_VARIANTS
#include <cpuid.h>

/* What the system saves of registers when it changes threads. */
enum { YMM = 0x06, ZMM = 0xE6 };

static uint32_t saved_registers(void)
{
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* By CPUID itself: not every compiler's library knows of `__builtin_cpu_supports`. */
static int best_isa(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1))
        return ISA_BASE;
    uint32_t saved = saved_registers();
    int fma = c >> 12 & 1;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return ISA_BASE;
    int avx2 = b >> 5 & 1, f = b >> 16 & 1, dq = b >> 17 & 1, bw = b >> 30 & 1, vl = b >> 31 & 1;
    if (f && dq && bw && vl && (saved & ZMM) == ZMM)
        return ISA_AVX512;
    return avx2 && fma && (saved & YMM) == YMM ? ISA_AVX2 : ISA_BASE;
}

int inr_isa(void)
{
    /* Found by the first that asks: CPUID takes long under a hypervisor. */
    static int found = -1;
    int isa = __atomic_load_n(&found, __ATOMIC_RELAXED);
    if (isa < 0) {
        isa = best_isa();
        __atomic_store_n(&found, isa, __ATOMIC_RELAXED);
    }
    return isa;
}
#else
int inr_isa(void)
{
    return ISA_BASE;
}
#endif

int inr_abi(void)
{
    return INR_ABI;
}

int inr_instruction_set(void)
{
    return inr_isa();
}
