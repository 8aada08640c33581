/* The network of a sample and its filter's whitening (`formats/inr-v1-pixels.md`, 5.2 and 5.4). */
#ifndef INR_SCAN_NETWORK_H
#define INR_SCAN_NETWORK_H

#include <string.h>

#include "scan_state.h"

enum { MOST_ACTIVE = 8191 };

/* Adds products of values with their weights to sums; the compiler keeps sums of a fixed number in registers. */
static inline void add_products(const int32_t *weights, const int32_t *values, int count, int32_t *sums, int width)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < width; j++)
            sums[j] += weights[i * width + j] * values[i];
}

static inline void run_layer(const int32_t *weights, const int32_t *values, int32_t *out)
{
    int32_t sums[SCAN_HIDDEN];
    for (int j = 0; j < SCAN_HIDDEN; j++)
        sums[j] = 512;
    add_products(weights, values, SCAN_INPUTS, sums, SCAN_HIDDEN);
    for (int j = 0; j < SCAN_HIDDEN; j++)
        out[j] = clamped(sums[j] >> 10, 0, MOST_ACTIVE);
}

/* Computes SCAN_OUTPUTS numbers of SCAN_INPUTS, in 2^-10, and whitened inputs. */
static inline void run_network(const scan_network *network, const int32_t inputs[SCAN_INPUTS], int32_t outputs[SCAN_WIDE],
                               int32_t whitened[SCAN_INPUTS])
{
    int32_t hidden[SCAN_HIDDEN], last[SCAN_HIDDEN], sums[SCAN_INPUTS] = {0};
    run_layer(network->first[0], inputs, hidden);
    run_layer(network->second[0], hidden, last);
    for (int j = 0; j < SCAN_WIDE; j++)
        outputs[j] = 512;
    add_products(network->third[0], last, SCAN_HIDDEN, outputs, SCAN_WIDE);
    add_products(network->third[SCAN_HIDDEN], inputs, SCAN_INPUTS, outputs, SCAN_WIDE);
    for (int j = 0; j < SCAN_WIDE; j++)
        outputs[j] >>= 10;
    add_products(network->whitening[0], inputs, SCAN_INPUTS, sums, SCAN_INPUTS);
    for (int j = 0; j < SCAN_INPUTS; j++)
        whitened[j] = sums[j] >> 10;
}

#endif
