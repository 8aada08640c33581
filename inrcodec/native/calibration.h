/* Logits corrected by what the latents before them have shown (`formats/inr-v1-grid.md`, 5.2). */
#ifndef INR_CALIBRATION_H
#define INR_CALIBRATION_H

#include "contexts.h"

enum { BINS = 32, BIN_BITS = 6, UNARY = 16 };
enum { ABOVE_0, ABOVE_1, ABOVE_2, LARGER, POSITIVE };

/* The latents of a pass: row i, column j is `data`[i * down + j * across], and its position, of which
 * there are logits, i * `stride` + j. */
typedef struct {
    int32_t *data;
    int rows, columns;
    ptrdiff_t down, across, stride;
} pass_latents;

static inline int32_t *latent_at(const pass_latents *pass, ptrdiff_t position)
{
    return pass->data + position / pass->stride * pass->down + position % pass->stride * pass->across;
}

/* Of each decision and bin of logits: how much more often it was 1 than its probability said, and the
 * spread that was to be expected, both in 2^-16; and what is added to logits, which follows. */
typedef struct {
    const uint16_t *model; /* probabilities of logits, from -MOST_LOGIT on */
    int64_t errors[LOGITS][BINS], spreads[LOGITS][BINS];
    int16_t shifts[LOGITS][BINS];
} calibration;

static inline int limited_logit(int logit)
{
    return logit < -MOST_LOGIT ? -MOST_LOGIT : logit > MOST_LOGIT ? MOST_LOGIT : logit;
}

static inline int bin_of(int logit)
{
    return (logit + (1 << (BIN_BITS + 4))) >> BIN_BITS;
}

/* The probability of a decision of this logit, in 2^-16. */
static inline uint32_t calibrated(const calibration *c, int decision, int logit)
{
    return c->model[limited_logit(logit + c->shifts[decision][bin_of(logit)]) + MOST_LOGIT];
}

/* Begins with the model's probabilities. */
void calibration_start(calibration *c, const uint16_t *model);

/* Learns from the latents of a pass, of which `logits` has [chunks][LOGITS][CHUNK]. */
void calibration_learn(calibration *c, const int16_t *logits, const pass_latents *pass);

#endif
