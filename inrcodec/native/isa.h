/* Instruction sets: a file `*_simd.c` is compiled once for each of those that a build has, with
 * INR_ISA as its name; the best that the machine runs is chosen when a kernel is called. */
#ifndef INR_ISA_H
#define INR_ISA_H

#ifndef INR_ISA
#define INR_ISA base
#endif

#define INR_JOINED(name, isa) name##_##isa
#define INR_NAMED(name, isa) INR_JOINED(name, isa)
#define INR_ISA_NAME(name) INR_NAMED(name, INR_ISA)

enum { ISA_BASE, ISA_AVX2, ISA_AVX512 };

/* The best instruction set that the build has and the machine runs. */
int inr_isa(void);

#ifdef INR_VARIANTS
#define INR_CHOSEN(name) \
    (inr_isa() == ISA_AVX512 ? name##_avx512 : inr_isa() == ISA_AVX2 ? name##_avx2 : name##_base)
#define INR_DECLARED(kind, name) extern kind name##_base, name##_avx2, name##_avx512
#else
#define INR_CHOSEN(name) name##_base
#define INR_DECLARED(kind, name) extern kind name##_base
#endif

#endif
