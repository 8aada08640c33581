#include "calibration.h"

#include <string.h>

#include "coder.h"

enum { BIN_BITS = 6, MOST_SHIFT = 64, PRIOR = 1 << 20 };

void calibration_start(calibration *c, const uint16_t *model)
{
    memset(c->errors, 0, sizeof c->errors);
    memset(c->spreads, 0, sizeof c->spreads);
    for (int d = 0; d < LOGITS; d++)
        memcpy(c->probabilities[d], model, sizeof c->probabilities[d]);
}

static int bin_of(int logit)
{
    return (logit + (1 << (BIN_BITS + 4))) >> BIN_BITS;
}

/* Counts decisions of a probability, of which some were 1. */
static void count(calibration *c, const uint16_t *model, int decision, int logit, int32_t trials, int32_t hits)
{
    int bin = bin_of(logit);
    int64_t probability = model[logit + MOST_LOGIT];
    c->errors[decision][bin] += hits * INT64_C(65536) - trials * probability;
    c->spreads[decision][bin] += trials * (probability * (65536 - probability) >> 16);
}

static void count_latent(calibration *c, const uint16_t *model, const int16_t *logits, int32_t q)
{
    int32_t size = q < 0 ? -q : q, more = size - 3 < UNARY ? size - 3 : UNARY;
    count(c, model, ABOVE_0, logits[ABOVE_0 * CHUNK], 1, size > 0);
    if (size == 0)
        return;
    count(c, model, POSITIVE, logits[POSITIVE * CHUNK], 1, q > 0);
    count(c, model, ABOVE_1, logits[ABOVE_1 * CHUNK], 1, size > 1);
    if (size > 1)
        count(c, model, ABOVE_2, logits[ABOVE_2 * CHUNK], 1, size > 2);
    if (size > 2)
        count(c, model, LARGER, logits[LARGER * CHUNK], more + (more < UNARY), more);
}

static int limited(int64_t x, int most)
{
    return x < -most ? -most : x > most ? most : (int)x;
}

/* What is added to the logits of a bin: 64 * errors / (spreads + prior), rounded. */
static int shift_of(int64_t errors, int64_t spreads)
{
    int64_t below = spreads + PRIOR, above = 64 * errors + below / 2, quotient = above / below;
    return limited(quotient - (above % below < 0), MOST_SHIFT);
}

static void set_probabilities(calibration *c, const uint16_t *model)
{
    for (int d = 0; d < LOGITS; d++) {
        int shifts[BINS];
        for (int bin = 0; bin < BINS; bin++)
            shifts[bin] = shift_of(c->errors[d][bin], c->spreads[d][bin]);
        for (int logit = -MOST_LOGIT; logit <= MOST_LOGIT; logit++)
            c->probabilities[d][logit + MOST_LOGIT] =
                model[limited(logit + shifts[bin_of(logit)], MOST_LOGIT) + MOST_LOGIT];
    }
}

void calibration_learn(calibration *c, const uint16_t *model, const int16_t *logits, const block_pass *pass)
{
    const int32_t *latents = (const int32_t *)pass->source->data + pass->offset;
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            ptrdiff_t position = i * pass->stride + j;
            const int16_t *at = logits + position / CHUNK * (LOGITS * CHUNK) + position % CHUNK;
            count_latent(c, model, at, latents[i * pass->down + j * pass->across]);
        }
    set_probabilities(c, model);
}
