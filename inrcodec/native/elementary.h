/* Sine and exponential of floats, to about a unit of their last place, in operations that compilers
 * turn into vectors. Included by files that are compiled once for each instruction set. */
#ifndef INR_ELEMENTARY_H
#define INR_ELEMENTARY_H

#include <stdint.h>
#include <string.h>

/* Adding it leaves no bits below 1: what is added is rounded, to the lowest bits of the sum. */
#define ROUNDING 12582912.0f
/* Up to here whole multiples of pi's first parts are exact. */
#define LARGEST_ANGLE 8192.0f

static inline uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* sin(r) for |r| up to pi / 2: the polynomial of the least error, 5e-9. */
static inline float sine_near_zero(float r)
{
    float square = r * r;
    float p = 2.6000548132e-6f;
    p = p * square - 1.9806614728e-4f;
    p = p * square + 8.3330171183e-3f;
    p = p * square - 1.6666656733e-1f;
    return r + r * square * p;
}

/* sin(x) for |x| up to LARGEST_ANGLE: x less k times pi, in three parts, with a minus for odd k. */
static inline float sine(float x)
{
    float shifted = x * 0.318309886184f + ROUNDING, k = shifted - ROUNDING;
    float r = ((x - k * 3.140625f) - k * 9.675025939941406e-4f) - k * 1.509957990978e-7f;
    return float_of(bits_of(sine_near_zero(r)) ^ bits_of(shifted) << 31);
}

/* The same for larger ones, in doubles; 0 from 2^26 on, where floats are eight apart. */
static inline float sine_of_large(float x)
{
    double turns = x * 0.31830988618379067;
    if (!(turns < 1 << 26 && turns > -(1 << 26)))
        return x - x;
    int32_t k = (int32_t)(turns < 0 ? turns - 0.5 : turns + 0.5);
    float r = (float)((x - k * 3.1415926218032837) - k * 3.178650954705639e-8);
    return k & 1 ? -sine_near_zero(r) : sine_near_zero(r);
}

/* exp(x) for x up to 88; that of -87 below it. */
static inline float exponential(float x)
{
    x = x < -87.0f ? -87.0f : x;
    float shifted = x * 1.44269504089f + ROUNDING, k = shifted - ROUNDING;
    float r = (x - k * 6.93115234375e-1f) - k * 3.1946183e-5f;
    float p = 1.3814600e-3f;
    p = p * r + 8.3687156e-3f;
    p = p * r + 4.1668389e-2f;
    p = p * r + 1.6666521e-1f;
    p = p * r + 4.9999994e-1f;
    p = p * r * r + r + 1;
    return p * float_of((bits_of(shifted) + 127) << 23);
}

#endif
