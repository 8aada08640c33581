/* Logits corrected by what the latents before them have shown (`formats/inr-v1-grid.md`, 5.2). */
#ifndef INR_CALIBRATION_H
#define INR_CALIBRATION_H

#include "block.h"

enum { BINS = 32, TABLE = 2 * MOST_LOGIT + 1 };

/* Of each decision and bin of logits: how much more often it was 1 than its probability said, and the
 * spread that was to be expected, both in 2^-16; and the probabilities of logits that follow. */
typedef struct {
    int64_t errors[LOGITS][BINS], spreads[LOGITS][BINS];
    uint16_t probabilities[LOGITS][TABLE];
} calibration;

/* Begins with the model's probabilities, of logits from -MOST_LOGIT on. */
void calibration_start(calibration *c, const uint16_t *model);

/* Learns from the latents of a pass, of which `logits` has [chunks][LOGITS][CHUNK]. */
void calibration_learn(calibration *c, const uint16_t *model, const int16_t *logits, const block_pass *pass);

#endif
