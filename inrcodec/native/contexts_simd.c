/* Context networks over a chunk of positions (`formats/inr-v1-grid.md`, 5). All sums are whole
 * multiples of a power of two below 2^24 of them, so they are exact in any order, fused or not. */
#include <string.h>

#include "contexts.h"
#include "isa.h"

/* To the nearest integer, halves to even: for sizes below 2^22. */
#define ROUND(x) (((x) + 12582912.0f) - 12582912.0f)

static const float nothing[HIDDEN];

static void round_and_limit(float *x, int count, float least, float most)
{
    for (int i = 0; i < count; i++) {
        float rounded = ROUND(x[i]);
        rounded = rounded < least ? least : rounded;
        x[i] = rounded > most ? most : rounded;
    }
}

static void gated_sign(const float *sign, const float *odd, const float *gate, float *out)
{
    float sums[CHUNK] = {0};
    for (int k = 0; k < ODD; k++)
        for (int p = 0; p < CHUNK; p++)
            sums[p] += odd[k * CHUNK + p] * (sign[k] + gate[k * CHUNK + p] * GATE_UNIT);
    memcpy(out, sums, sizeof sums);
}

int INR_ISA_NAME(context_chunk)(const context_inputs *inputs, ptrdiff_t at, int16_t *logits)
{
    const context_network *w = inputs->network;
    if (inputs->magnitude_count && is_zero(inputs->magnitudes, inputs->magnitude_count, at) &&
        is_zero(inputs->values, inputs->value_count, at))
        return 1;
    float odd[ODD * CHUNK], unsigned_odd[ODD * CHUNK], out[LOGITS * CHUNK];
    float first[HIDDEN * CHUNK], second[HIDDEN * CHUNK], gate[ODD * CHUNK];
    const float *rows[MOST_MAGNITUDES + ODD];

    for (int k = 0; k < inputs->value_count; k++)
        rows[k] = inputs->values[k] + at;
    dense(rows, inputs->value_columns, inputs->value_count, w->values, w->odd, nothing, ODD, odd, CHUNK);
    round_and_limit(odd, ODD * CHUNK, -MOST_ODD, MOST_ODD);
    for (int i = 0; i < ODD * CHUNK; i++) {
        float o = odd[i];
        /* Rounded down: it is a multiple of 1/4. */
        unsigned_odd[i] = ROUND((o < 0 ? -o : o) * 0.25f - 0.375f);
    }

    int count = inputs->magnitude_count;
    for (int k = 0; k < count; k++)
        rows[k] = inputs->magnitudes[k] + at;
    for (int k = 0; k < ODD; k++)
        rows[count + k] = unsigned_odd + k * CHUNK;
    dense(rows, inputs->magnitude_columns, count + ODD, w->magnitudes + ODD, w->first,
          inputs->first_bias, HIDDEN, first, CHUNK);
    round_and_limit(first, HIDDEN * CHUNK, 0, MOST_HIDDEN);

    for (int k = 0; k < HIDDEN; k++)
        rows[k] = first + k * CHUNK;
    dense(rows, NULL, HIDDEN, HIDDEN, w->second, w->second_bias, HIDDEN, second, CHUNK);
    round_and_limit(second, HIDDEN * CHUNK, 0, MOST_HIDDEN);

    for (int k = 0; k < HIDDEN; k++)
        rows[k] = second + k * CHUNK;
    dense(rows, NULL, HIDDEN, HIDDEN, w->third, w->third_bias, 4, out, CHUNK);
    dense(rows, NULL, HIDDEN, HIDDEN, w->gate, nothing, ODD, gate, CHUNK);
    round_and_limit(gate, ODD * CHUNK, -MOST_GATE, MOST_GATE);
    gated_sign(w->sign, odd, gate, out + 4 * CHUNK);
    round_and_limit(out, LOGITS * CHUNK, -MOST_LOGIT, MOST_LOGIT);
    for (int i = 0; i < LOGITS * CHUNK; i++)
        logits[i] = (int16_t)out[i];
    return 0;
}
