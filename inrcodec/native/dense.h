/* A dense layer over a chunk of positions: what context networks, convolutions and coordinate
 * networks have in common. Included by files that are compiled once for each instruction set.
 *
 * Inputs are rows of CHUNK floats, wherever they lie: a shifted row of a plane is an input like any
 * other, so that a convolution gathers nothing. Four outputs stay in registers while all inputs pass. */
#ifndef INR_DENSE_H
#define INR_DENSE_H

#include <stddef.h>

#define CHUNK 64

#if defined(__AVX512F__)
#define LANES 16
#define VECTORS 4
#elif defined(__AVX2__)
#define LANES 8
#define VECTORS 2
#elif defined(__ARM_NEON)
#define LANES 4
#define VECTORS 4
#else
#define LANES 4
#define VECTORS 2
#endif

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef float loose_lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* out[o][p] = bias[o] + sum over k of weights[k][o] * in[k][p], for 4 outputs o and CHUNK positions p.
 * `columns` says which row of 4 weights belongs to each input; NULL: they are in order. */
static inline __attribute__((always_inline)) void dense_4(
    const float *const *in, const int *columns, int count, const float *weights, const float *bias,
    float *out, ptrdiff_t stride)
{
    for (int p = 0; p < CHUNK; p += LANES * VECTORS) {
        lanes sums[4][VECTORS];
#pragma GCC unroll 4
        for (int o = 0; o < 4; o++)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++)
                sums[o][v] = (lanes){0} + bias[o];
        for (int k = 0; k < count; k++) {
            const float *w = weights + 4 * (columns ? columns[k] : k), *x = in[k] + p;
            lanes row[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++)
                row[v] = *(const loose_lanes *)(x + v * LANES);
#pragma GCC unroll 4
            for (int o = 0; o < 4; o++)
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++)
                    sums[o][v] += w[o] * row[v];
        }
#pragma GCC unroll 4
        for (int o = 0; o < 4; o++)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++)
                *(loose_lanes *)(out + o * stride + p + v * LANES) = sums[o][v];
    }
}

/* A layer of `outputs` (a multiple of 4) outputs, the weights of which are packed as
 * [outputs / 4][inputs][4]; `packed` inputs there are, `count` of them are given. */
static inline void dense(
    const float *const *in, const int *columns, int count, int packed, const float *weights,
    const float *bias, int outputs, float *out, ptrdiff_t stride)
{
    for (int o = 0; o < outputs; o += 4)
        dense_4(in, columns, count, weights + (ptrdiff_t)o * packed, bias + o, out + o * stride, stride);
}

#endif
