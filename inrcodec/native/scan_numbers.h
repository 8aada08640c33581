/* Logistic functions in whole numbers (`formats/inr-v1-pixels.md`, 3). */
#ifndef INR_SCAN_NUMBERS_H
#define INR_SCAN_NUMBERS_H

#include "scan.h"

enum {
    STRETCH_MOST = 3071,       /* of ln(p / (1 - p)), in 2^-8 */
    ONE_16 = 1 << 16,
    ONE_24 = 1 << 24,
    LN2 = 2839,                /* in 2^-12 and 2^-8 on either side, times 2^16 */
};

static inline int32_t clamped(int32_t value, int32_t least, int32_t most)
{
    return value < least ? least : value > most ? most : value;
}

static inline int64_t clamped_wide(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* The position of the highest bit of a number above 0. */
static inline int highest_bit(uint32_t value)
{
    return 31 - __builtin_clz(value);
}

/* 1 / (1 + e^-z) in 2^-24, for z in 2^-10. */
static inline int32_t sigmoid(const inr_scan_model *model, int64_t z)
{
    int32_t at = (int32_t)clamped_wide(z, -16384, 16383) + 16384;
    const int32_t *values = model->sigmoid + (at >> 4);
    return values[0] + ((values[1] - values[0]) * (at & 15) >> 4);
}

/* log2 of a number above 0, in 2^-12. */
static inline int32_t logarithm(const inr_scan_model *model, uint32_t value)
{
    int bits = highest_bit(value);
    uint32_t mantissa = bits >= 10 ? value >> (bits - 10) : value << (10 - bits);
    return bits * 4096 + model->logarithm[mantissa - 1024];
}

/* ln(one / zero) in 2^-8, of masses above 0. */
static inline int32_t stretched(const inr_scan_model *model, uint32_t one, uint32_t zero)
{
    int64_t bits = logarithm(model, one) - logarithm(model, zero);
    return clamped((int32_t)(bits * LN2 >> 16), -STRETCH_MOST, STRETCH_MOST);
}

/* The probability of a stretched one, 1 to 65535. */
static inline int32_t squashed(const inr_scan_model *model, int32_t stretch)
{
    return clamped(sigmoid(model, (int64_t)clamped(stretch, -STRETCH_MOST, STRETCH_MOST) * 4) >> 8, 1, ONE_16 - 1);
}

#endif
