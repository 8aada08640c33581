#include "calibration.h"

#include <string.h>

enum { MOST_SHIFT = 64, PRIOR = 1 << 20 };

void calibration_start(calibration *c, const uint16_t *model)
{
    memset(c, 0, sizeof *c);
    c->model = model;
}

/* Counts decisions of a probability, of which some were 1. */
static void count(calibration *c, int decision, int logit, int32_t trials, int32_t hits)
{
    int bin = bin_of(logit);
    int64_t probability = c->model[logit + MOST_LOGIT];
    c->errors[decision][bin] += hits * INT64_C(65536) - trials * probability;
    c->spreads[decision][bin] += trials * (probability * (65536 - probability) >> 16);
}

static void count_latent(calibration *c, const int16_t *logits, int32_t q)
{
    int32_t size = q < 0 ? -q : q, more = size - 3 < UNARY ? size - 3 : UNARY;
    count(c, ABOVE_0, logits[ABOVE_0 * CHUNK], 1, size > 0);
    if (size == 0)
        return;
    count(c, POSITIVE, logits[POSITIVE * CHUNK], 1, q > 0);
    count(c, ABOVE_1, logits[ABOVE_1 * CHUNK], 1, size > 1);
    if (size > 1)
        count(c, ABOVE_2, logits[ABOVE_2 * CHUNK], 1, size > 2);
    if (size > 2)
        count(c, LARGER, logits[LARGER * CHUNK], more + (more < UNARY), more);
}

/* What is added to the logits of a bin: 64 * errors / (spreads + prior), rounded. */
static int16_t shift_of(int64_t errors, int64_t spreads)
{
    int64_t below = spreads + PRIOR, above = 64 * errors + below / 2, quotient = above / below;
    quotient -= above % below < 0;
    return (int16_t)(quotient < -MOST_SHIFT ? -MOST_SHIFT : quotient > MOST_SHIFT ? MOST_SHIFT : quotient);
}

void calibration_learn(calibration *c, const int16_t *logits, const pass_latents *pass)
{
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            ptrdiff_t position = i * pass->stride + j;
            const int16_t *at = logits + position / CHUNK * (LOGITS * CHUNK) + position % CHUNK;
            count_latent(c, at, pass->data[i * pass->down + j * pass->across]);
        }
    for (int d = 0; d < LOGITS; d++)
        for (int bin = 0; bin < BINS; bin++)
            c->shifts[d][bin] = shift_of(c->errors[d][bin], c->spreads[d][bin]);
}
