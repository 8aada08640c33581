/* Adaptive probabilities and how they are mixed (`formats/inr-v1-pixels.md`, 4). */
#ifndef INR_SCAN_MIXING_H
#define INR_SCAN_MIXING_H

#include "scan_numbers.h"

enum {
    MIXED = 8,            /* inputs of a mixer */
    CURVE_POINTS = 13,
    CURVE_ROOM = 16,      /* a curve fills half a line of a cache */
    CURVE_STEP = 512,     /* stretched probabilities between two points */
    CURVE_RATE = 6,
    COUNTER_BITS = 22,    /* of its probability, above the 10 of its count */
    COUNTS = 1024,
};

#define COUNTER_START (1u << 31)

/* Functions of few values, which are looked up. */
typedef struct {
    int32_t rate[COUNTS];                  /* of a counter's learning, in 2^-16 */
    int32_t belief[COUNTS];                /* in a counter's probability, in 2^-8 */
    int16_t stretch[ONE_16];               /* of a curve's probability, in 2^-16 */
    uint16_t squash[2 * STRETCH_MOST + 1]; /* of a stretched one, from the least on */
} scan_tables;

/* A counter: how often decisions in a context were 1. */
static inline uint32_t counter_probability(uint32_t counter)
{
    return counter >> (32 - COUNTER_BITS);
}

static inline int32_t counter_stretch(const inr_scan_model *model, uint32_t counter)
{
    uint32_t one = counter_probability(counter);
    return stretched(model, one, (1u << COUNTER_BITS) - one);
}

/* The same, less where few decisions were counted. */
static inline int32_t counter_belief(const inr_scan_model *model, const scan_tables *tables, uint32_t counter)
{
    return counter_stretch(model, counter) * tables->belief[counter % COUNTS] >> 8;
}

static inline void counter_learn(uint32_t *counter, const scan_tables *tables, int bit, int32_t limit)
{
    int32_t count = (int32_t)(*counter % COUNTS), one = (int32_t)counter_probability(*counter);
    int32_t target = bit ? (1 << COUNTER_BITS) - 1 : 0;
    one += (int32_t)((int64_t)(target - one) * tables->rate[count] >> 16);
    one = clamped(one, 16, (1 << COUNTER_BITS) - 17);
    *counter = (uint32_t)one << (32 - COUNTER_BITS) | (uint32_t)(count + (count < limit));
}

/* A curve: what another probability turned out to mean in a context. */
typedef struct {
    uint16_t points[CURVE_ROOM];
} scan_curve;

/* Where on a curve a probability is looked up. */
typedef struct {
    uint16_t *points;
    int32_t share; /* of the second, in 2^-8 */
} curve_place;

static inline curve_place curve_at(scan_curve *curve, int32_t stretch)
{
    int32_t at = stretch + STRETCH_MOST + 1;
    return (curve_place){curve->points + at / CURVE_STEP, at % CURVE_STEP >> 1};
}

/* That of a curve's probability, which is never near 0 or 1. */
static inline int32_t curve_bent(const inr_scan_model *model, uint32_t one)
{
    one = one < 8 ? 8 : one > ONE_16 - 8 ? ONE_16 - 8 : one;
    return stretched(model, one, ONE_16 - one);
}

static inline int32_t curve_stretch(const scan_tables *tables, curve_place place)
{
    return tables->stretch[(uint32_t)(place.points[0] * (256 - place.share) + place.points[1] * place.share) >> 8];
}

static inline void curve_learn(curve_place place, int bit)
{
    int32_t target = bit ? ONE_16 - 1 : 0;
    place.points[0] = (uint16_t)(place.points[0] + ((target - place.points[0]) * (256 - place.share) >> (8 + CURVE_RATE)));
    place.points[1] = (uint16_t)(place.points[1] + ((target - place.points[1]) * place.share >> (8 + CURVE_RATE)));
}

/* A mixer's weights for one context, in 2^-16. */
typedef struct {
    int32_t weights[MIXED];
} scan_weights;

/* A decision that is mixed: by two sets of weights, whose results are averaged. */
typedef struct {
    int32_t inputs[MIXED]; /* stretched */
    scan_weights *sets[2];
    int32_t stretches[2];
    int32_t rate;          /* of learning, in 2^-16 */
} scan_mixing;

/* The probability of 1, in 2^-16. */
static inline int32_t mixed(const scan_tables *tables, scan_mixing *mixing)
{
    for (int k = 0; k < 2; k++) {
        int64_t sum = 0;
        for (int i = 0; i < MIXED; i++)
            sum += (int64_t)mixing->sets[k]->weights[i] * mixing->inputs[i];
        mixing->stretches[k] = (int32_t)clamped_wide(sum >> 16, -STRETCH_MOST, STRETCH_MOST);
    }
    return tables->squash[STRETCH_MOST + ((mixing->stretches[0] + mixing->stretches[1]) >> 1)];
}

/* Moves weights by the gradient of what the decision cost. */
static inline void mixing_learn(const scan_tables *tables, scan_mixing *mixing, int bit)
{
    for (int k = 0; k < 2; k++) {
        int32_t error = (bit << 16) - tables->squash[STRETCH_MOST + mixing->stretches[k]], moved = mixing->rate * error >> 2;
        for (int i = 0; i < MIXED; i++) {
            int32_t *weight = mixing->sets[k]->weights + i;
            *weight = clamped(*weight + ((mixing->inputs[i] * moved + (1 << 13)) >> 14), -(1 << 20), 1 << 20);
        }
    }
}

#endif
