#include "isa.h"

#include "kernels.h"

int inr_isa(void)
{
#ifdef INR_VARIANTS
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        return ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return ISA_AVX2;
#endif
    return ISA_BASE;
}

int inr_abi(void)
{
    return INR_ABI;
}

int inr_instruction_set(void)
{
    return inr_isa();
}
