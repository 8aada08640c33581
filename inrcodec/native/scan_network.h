/* The network of a sample and its filter's whitening (`formats/inr-v1-pixels.md`, 5.2 and 5.4). */
#ifndef INR_SCAN_NETWORK_H
#define INR_SCAN_NETWORK_H

#include <string.h>

#include "scan.h"

enum { MOST_ACTIVE = 8191 };

static inline int32_t product(const int16_t *weights, const int16_t *values, int count)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += (int32_t)weights[i] * values[i];
    return sum;
}

static inline int16_t active(int32_t sum)
{
    int32_t value = (sum + 512) >> 10;
    return (int16_t)(value < 0 ? 0 : value > MOST_ACTIVE ? MOST_ACTIVE : value);
}

/* Computes SCAN_OUTPUTS numbers of SCAN_INPUTS, in 2^-10, and as many whitened inputs as are asked for. */
static inline void run_network(const inr_scan_model *model, int net, const int16_t *inputs, int32_t *outputs, int count,
                               int32_t *whitened)
{
    const int16_t *first = model->first + net * SCAN_HIDDEN * SCAN_INPUTS;
    const int16_t *second = model->second + net * SCAN_HIDDEN * SCAN_HIDDEN;
    const int16_t *third = model->third + net * SCAN_OUTPUTS * (SCAN_HIDDEN + SCAN_INPUTS);
    const int16_t *whitening = model->whitening + net * SCAN_INPUTS * SCAN_INPUTS;
    int16_t hidden[SCAN_HIDDEN], last[SCAN_HIDDEN + SCAN_INPUTS];
    for (int i = 0; i < SCAN_HIDDEN; i++)
        hidden[i] = active(product(first + i * SCAN_INPUTS, inputs, SCAN_INPUTS));
    for (int i = 0; i < SCAN_HIDDEN; i++)
        last[i] = active(product(second + i * SCAN_HIDDEN, hidden, SCAN_HIDDEN));
    memcpy(last + SCAN_HIDDEN, inputs, SCAN_INPUTS * sizeof *inputs);
    for (int i = 0; i < SCAN_OUTPUTS; i++)
        outputs[i] = (product(third + i * (SCAN_HIDDEN + SCAN_INPUTS), last, SCAN_HIDDEN + SCAN_INPUTS) + 512) >> 10;
    for (int i = 0; i < count; i++)
        whitened[i] = product(whitening + i * SCAN_INPUTS, inputs, SCAN_INPUTS) >> 10;
}

#endif
