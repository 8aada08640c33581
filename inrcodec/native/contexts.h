/* Context networks (`formats/inr-v1-grid.md`, 5). */
#ifndef INR_CONTEXTS_H
#define INR_CONTEXTS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dense.h"

enum {
    ODD = 16,
    HIDDEN = 32,
    CONSTANTS = 12,
    SLOPES = 12,
    LOGITS = 5, /* above 0, above 1, above 2, larger still, positive */
    MOST_VALUES = 16 + 9 * 3 + SLOPES,
    MOST_MAGNITUDES = MOST_VALUES + 2 + 18 + 2,
    MOST_ODD = 511,
    MOST_GATE = 1023,
    MOST_HIDDEN = 2047,
    MOST_LOGIT = 1023
};

/* The weights of a kind of pass, divided by what sums are to be divided by, packed for `dense`. */
typedef struct {
    int values, magnitudes; /* numbers of inputs */
    const float *odd;         /* [4][values][4] */
    const float *sign;        /* [ODD], not packed */
    const float *gate;        /* [4][HIDDEN][4] */
    const float *first;       /* [8][magnitudes + ODD][4] */
    const float *constant;    /* [HIDDEN][CONSTANTS], not packed */
    const float *second;      /* [8][HIDDEN][4] */
    const float *second_bias; /* [HIDDEN] */
    const float *third;       /* [1][HIDDEN][4] */
    const float *third_bias;  /* [4] */
} context_network;

/* Lays the tensors of a network out from `next` on; returns where the next one begins. */
static inline const float *lay_network(context_network *w, int values, int magnitudes, const float *next)
{
    w->values = values;
    w->magnitudes = magnitudes;
    w->odd = next;
    w->sign = w->odd + values * ODD;
    w->gate = w->sign + ODD;
    w->first = w->gate + ODD * HIDDEN;
    w->constant = w->first + (magnitudes + ODD) * HIDDEN;
    w->second = w->constant + HIDDEN * CONSTANTS;
    w->second_bias = w->second + HIDDEN * HIDDEN;
    w->third = w->second_bias + HIDDEN;
    w->third_bias = w->third + HIDDEN * 4;
    return w->third_bias + 4;
}

/* What a gate adds to a weight of the sign. */
#define GATE_UNIT (1.0f / 512)

/* What a pass is computed from: rows at position 0 of each input that is not zero throughout, slopes
 * last. */
typedef struct {
    const context_network *network;
    const float *values[MOST_VALUES];
    int value_columns[MOST_VALUES], value_count;
    const float *magnitudes[MOST_MAGNITUDES];
    int magnitude_columns[MOST_MAGNITUDES + ODD], magnitude_count;
    float first_bias[HIDDEN];
} context_inputs;

/* Sets what the inputs that a pass has in common add to the first hidden layer. */
static inline void set_first_bias(context_inputs *inputs, const float constants[CONSTANTS])
{
    for (int o = 0; o < HIDDEN; o++) {
        float sum = 0;
        for (int k = 0; k < CONSTANTS; k++)
            sum += inputs->network->constant[o * CONSTANTS + k] * constants[k];
        inputs->first_bias[o] = ((sum / 4 + 12582912.0f) - 12582912.0f) / 16;
    }
}

/* Whether all inputs are 0 at a chunk of positions. */
static inline int is_zero(const float *const *in, int count, ptrdiff_t at)
{
    for (int k = 0; k < count; k++) {
        uint32_t any = 0, bits[CHUNK];
        memcpy(bits, in[k] + at, sizeof bits);
        for (int p = 0; p < CHUNK; p++)
            any |= bits[p];
        if (any << 1) /* -0 is 0 */
            return 0;
    }
    return 1;
}

/* Computes the logits [LOGITS][CHUNK] of the positions from `at` on. Returns 1 and computes nothing
 * where there are inputs, and all of them are 0 at all positions. */
typedef int context_chunk(const context_inputs *inputs, ptrdiff_t at, int16_t *logits);

#endif
