/* A dense layer over a chunk of positions: what context networks, convolutions and coordinate
 * networks have in common. Included by files that are compiled once for each instruction set.
 *
 * Inputs are rows of CHUNK floats, wherever they lie: a shifted row of a plane is an input like any
 * other, so that a convolution gathers nothing. Four outputs stay in registers while all inputs pass. */
#ifndef INR_DENSE_H
#define INR_DENSE_H

#include <stddef.h>

#define CHUNK 96

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef float loose_lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define LOADED(x, v) (*(const loose_lanes *)((x) + (v)*LANES))
#define STORED(x, v) (*(loose_lanes *)((x) + (v)*LANES))

/* Four outputs of 3 * LANES positions from `p` on. A function of its own, with sums by name and biases
 * last, so that compilers keep all sums in registers. */
static __attribute__((noinline)) void dense_tile(
    const float *const *in, const int *columns, int count, const float *weights, const float *bias,
    int p, float *out, ptrdiff_t stride)
{
    lanes a0 = {0}, a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0;
    lanes c0 = a0, c1 = a0, c2 = a0, d0 = a0, d1 = a0, d2 = a0;
    for (int k = 0; k < count; k++) {
        const float *w = weights + 4 * (columns ? columns[k] : k), *x = in[k] + p;
        lanes x0 = LOADED(x, 0), x1 = LOADED(x, 1), x2 = LOADED(x, 2);
        a0 += w[0] * x0, a1 += w[0] * x1, a2 += w[0] * x2;
        b0 += w[1] * x0, b1 += w[1] * x1, b2 += w[1] * x2;
        c0 += w[2] * x0, c1 += w[2] * x1, c2 += w[2] * x2;
        d0 += w[3] * x0, d1 += w[3] * x1, d2 += w[3] * x2;
    }
    out += p;
    STORED(out, 0) = a0 + bias[0], STORED(out, 1) = a1 + bias[0], STORED(out, 2) = a2 + bias[0];
    out += stride;
    STORED(out, 0) = b0 + bias[1], STORED(out, 1) = b1 + bias[1], STORED(out, 2) = b2 + bias[1];
    out += stride;
    STORED(out, 0) = c0 + bias[2], STORED(out, 1) = c1 + bias[2], STORED(out, 2) = c2 + bias[2];
    out += stride;
    STORED(out, 0) = d0 + bias[3], STORED(out, 1) = d1 + bias[3], STORED(out, 2) = d2 + bias[3];
}

/* out[o][p] = bias[o] + sum over k of weights[k][o] * in[k][p], for 4 outputs o and CHUNK positions p.
 * `columns` says which row of 4 weights belongs to each input; NULL: they are in order. */
static inline void dense_4(
    const float *const *in, const int *columns, int count, const float *weights, const float *bias,
    float *out, ptrdiff_t stride)
{
    for (int p = 0; p < CHUNK; p += 3 * LANES)
        dense_tile(in, columns, count, weights, bias, p, out, stride);
}

/* A layer of `outputs` (a multiple of 4) outputs, the weights of which are packed as
 * [outputs / 4][inputs][4]; `packed` inputs there are, `count` of them are given. */
static inline void dense(
    const float *const *in, const int *columns, int count, int packed, const float *weights,
    const float *bias, int outputs, float *out, ptrdiff_t stride)
{
    for (int p = 0; p < CHUNK; p += 3 * LANES)
        for (int o = 0; o < outputs; o += 4)
            dense_tile(in, columns, count, weights + (ptrdiff_t)o * packed, bias + o, p,
                       out + o * stride, stride);
}

#endif
