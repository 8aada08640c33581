/* What a sample is expected to be (`formats/inr-v1-pixels.md`, 5). */
#ifndef INR_SCAN_PREDICT_H
#define INR_SCAN_PREDICT_H

#include <stdlib.h>

#include "scan_network.h"
#include "scan_state.h"

enum { NEIGHBORS = 15, WEST = 0, FAR_WEST = 1, NEAR_NORTH_WEST = 4, NORTH_WEST = 5, NORTH = 6, NORTH_EAST = 7,
       NEAR_NORTH_EAST = 8, FAR_NORTH = 12, FAR_NORTH_EAST = 13 };

/* The distributions of a sample: a mixture of logistic ones by a network, and one by a filter. */
typedef struct {
    int net;
    int32_t base, exponent;            /* of inputs */
    int32_t neighbors[NEIGHBORS];
    int32_t inputs, filtered[SCAN_INPUTS]; /* of the filter: how many, and which */
    int64_t means[SCAN_PARTS], mean;   /* in 2^-10 levels */
    int32_t widths[SCAN_PARTS];        /* of 1 / scale, in 2^-16, times 2^(4 - shift) */
    int shifts[SCAN_PARTS];
    int32_t shares[SCAN_PARTS];        /* in 2^-16 */
    int32_t spread;                    /* a power of 2 near the scale of the largest part, in levels */
    int64_t filter_mean, filter_width; /* in 2^-10 levels; of 1 / scale, in 2^-16 */
    int32_t energy;                    /* the class of errors nearby */
} scan_prediction;

/* Of the mixture and of the filter: the probability, in 2^-24, of less than a bound in 2^-10 levels. */
static inline int32_t mixture_below(const inr_scan_model *model, const scan_prediction *p, int64_t bound)
{
    int64_t sum = 0;
    for (int i = 0; i < SCAN_PARTS; i++)
        sum += (int64_t)p->shares[i] * sigmoid(model, ((bound - p->means[i]) * p->widths[i] >> 12) >> p->shifts[i]);
    return (int32_t)(sum >> 16);
}

static inline int32_t filter_below(const inr_scan_model *model, const scan_prediction *p, int64_t bound)
{
    return sigmoid(model, (bound - p->filter_mean) * p->filter_width >> 16);
}

enum { OTHER_NEIGHBORS = 6, MOST_INPUT = 2047, FILTER_SLOWNESS = 4, FILTER_FLOOR = 1 << 16, LEAST_SCALE = -4096 };

/* Neighbors of a sample, from the nearest on; those that another channel is told by. */
static const int NEIGHBOR_OFFSETS[NEIGHBORS][2] = {{0, -1}, {0, -2}, {0, -3}, {-1, -3}, {-1, -2}, {-1, -1}, {-1, 0},
    {-1, 1}, {-1, 2}, {-1, 3}, {-2, -2}, {-2, -1}, {-2, 0}, {-2, 1}, {-2, 2}};
static const int OTHER_OFFSETS[OTHER_NEIGHBORS][2] = {{0, -1}, {-1, 0}, {-1, -1}, {-1, 1}, {0, -2}, {-2, 0}};

static int32_t middle_of_gradient(int32_t west, int32_t north, int32_t north_west)
{
    int32_t most = west > north ? west : north, least = west > north ? north : west;
    return north_west >= most ? least : north_west <= least ? most : west + north - north_west;
}

/* 5.1: the base that neighbors are compared with; returns the sum of gradients nearby. */
static int32_t find_base(const scan_walk *walk, const scan_pixel *pixel, int channel, scan_prediction *out)
{
    const uint16_t *own = walk->planes[channel] + pixel->at, *other = walk->planes[0] + pixel->at;
    int32_t g[NEIGHBORS];
    for (int i = 0; i < NEIGHBORS; i++) {
        ptrdiff_t offset = NEIGHBOR_OFFSETS[i][0] * walk->stride + NEIGHBOR_OFFSETS[i][1];
        out->neighbors[i] = own[offset];
        g[i] = own[offset] - (out->net ? other[offset] : 0);
    }
    out->base = out->net ? other[0] + ((g[WEST] + g[NORTH]) >> 1) : middle_of_gradient(g[WEST], g[NORTH], g[NORTH_WEST]);
    return abs(g[WEST] - g[FAR_WEST]) + abs(g[WEST] - g[NORTH_WEST]) + abs(g[NORTH] - g[NORTH_WEST]) +
           abs(g[NORTH] - g[NORTH_EAST]) + abs(g[NORTH] - g[FAR_NORTH]) + abs(g[NORTH_EAST] - g[FAR_NORTH_EAST]);
}

/* 5.1: the inputs of network and filter. */
static void find_inputs(const scan_walk *walk, const scan_pixel *pixel, int channel, scan_prediction *out, int32_t inputs[SCAN_INPUTS])
{
    int shift = walk->tile->bits - 8;
    int32_t gradients = find_base(walk, pixel, channel, out) + (8 << shift);
    int32_t differences[FILTERED], count = 0;
    out->exponent = highest_bit((uint32_t)gradients);
    for (int i = 0; i < NEIGHBORS; i++)
        differences[count++] = out->neighbors[i] - out->base;
    for (int c = 0; c < out->net; c++)
        for (int i = 0; i < OTHER_NEIGHBORS; i++) {
            const uint16_t *other = walk->planes[c] + pixel->at;
            differences[count++] = other[OTHER_OFFSETS[i][0] * walk->stride + OTHER_OFFSETS[i][1]] - other[0];
        }
    out->inputs = count;
    for (int i = 0; i < SCAN_INPUTS; i++) {
        int64_t wide = i < count ? (int64_t)differences[i] * 1024 >> out->exponent : 0;
        inputs[i] = (int32_t)clamped_wide(wide, -MOST_INPUT, MOST_INPUT);
    }
    inputs[SCAN_INPUTS - 3] = 128 * (out->exponent - shift - 5);
    inputs[SCAN_INPUTS - 2] = 2 * (int32_t)((int64_t)gradients * 256 >> out->exponent) - 768;
    inputs[SCAN_INPUTS - 1] = 256;
}

/* 5.3: the mixture of a network's outputs. */
static void find_mixture(const scan_walk *walk, const int32_t *outputs, scan_prediction *out)
{
    const int32_t *power = walk->model->power, *logits = outputs + 2 * SCAN_PARTS;
    int32_t most = logits[0], sum = 0, largest = 0, rest = ONE_16, scales[SCAN_PARTS];
    for (int i = 1; i < SCAN_PARTS; i++)
        most = logits[i] > most ? logits[i] : most;
    for (int i = 0; i < SCAN_PARTS; i++) {
        int32_t octaves = clamped((most - logits[i]) >> 2, 0, 16384) * 369 >> 10; /* log2(e), in 2^-6 */
        out->shares[i] = octaves >= 16 * SCAN_POWERS ? 0 : power[octaves % SCAN_POWERS] >> octaves / SCAN_POWERS;
        sum += out->shares[i];
    }
    out->mean = 0;
    for (int i = 0; i < SCAN_PARTS; i++) {
        int32_t scale = clamped(outputs[SCAN_PARTS + i], -ONE_16, ONE_16) + out->exponent * 1024;
        scales[i] = clamped(scale, LEAST_SCALE, (walk->tile->bits + 1) * 1024);
        int32_t octaves = (scales[i] - LEAST_SCALE + 8) >> 4;
        out->widths[i] = power[octaves % SCAN_POWERS];
        out->shifts[i] = octaves / SCAN_POWERS;
        out->means[i] = (int64_t)out->base * 1024 + (int64_t)clamped(outputs[i], -ONE_16, ONE_16) * (1 << out->exponent);
        out->shares[i] = (int32_t)(((int64_t)out->shares[i] << 16) / sum);
        rest -= out->shares[i];
        largest = out->shares[i] > out->shares[largest] ? i : largest;
    }
    out->shares[0] += rest;
    for (int i = 0; i < SCAN_PARTS; i++)
        out->mean += out->means[i] * out->shares[i] >> 16;
    out->spread = scales[largest] < 1024 ? 1 : 1 << (scales[largest] >> 10);
}

/* 5.4: the class of errors nearby. */
static int32_t energy_of(const scan_walk *walk, const scan_pixel *pixel, int channel, int net)
{
    const int32_t *here = walk->errors[channel] + pixel->recent[0], *above = walk->errors[channel] + pixel->recent[1];
    int64_t sum = 2 * (int64_t)here[-1] + 2 * (int64_t)above[0] + above[-1] + above[1];
    for (int c = 0; c < net; c++)
        sum += 2 * (int64_t)walk->errors[c][pixel->recent[0]];
    uint32_t energy = (uint32_t)(sum >> (walk->tile->bits - 8 + 2)) + 1;
    int bits = highest_bit(energy);
    uint32_t quarter = bits < 2 ? energy << (2 - bits) : energy >> (bits - 2);
    return clamped(4 * bits + (int32_t)(quarter & 3), 0, ENERGIES - 1);
}

/* 5.4: the distribution by the channel's filter. */
static void find_filtered(const scan_walk *walk, int channel, scan_prediction *out)
{
    const scan_filter *filter = walk->learned->filters + channel;
    int64_t sum = 0;
    for (int i = 0; i < out->inputs; i++)
        sum += (int64_t)filter->weights[i] * out->filtered[i];
    out->filter_mean = clamped_wide((int64_t)out->base * 1024 + (sum >> 16) * (1 << out->exponent), 0,
                                    (int64_t)walk->peak * 1024);
    /* A logistic distribution's mean error is 1.386 times its scale. */
    out->filter_width = ((int64_t)1386 * 65536 / 1000 * 1024) / (filter->errors[out->energy] + 100);
}

static inline void scan_predict(const scan_walk *walk, const scan_pixel *pixel, int channel, scan_prediction *out)
{
    int32_t inputs[SCAN_INPUTS], outputs[SCAN_WIDE];
    out->net = channel < walk->colors ? channel : 0;
    find_inputs(walk, pixel, channel, out, inputs);
    run_network(walk->learned->networks + out->net, inputs, outputs, out->filtered);
    find_mixture(walk, outputs, out);
    out->energy = energy_of(walk, pixel, channel, out->net);
    find_filtered(walk, channel, out);
}

/* 5.5: learns a sample. */
static inline void scan_learn_sample(scan_walk *walk, const scan_pixel *pixel, int channel, const scan_prediction *p, int32_t sample,
                       int32_t below)
{
    scan_filter *filter = walk->learned->filters + channel;
    int64_t error = (int64_t)sample * 1024 - p->filter_mean, energy = FILTER_FLOOR;
    int32_t *average = filter->errors + p->energy;
    for (int i = 0; i < p->inputs; i++)
        energy += (int64_t)p->filtered[i] * p->filtered[i];
    int64_t size = ((error < 0 ? -error : error) << 16 >> p->exponent) / energy, gain = error < 0 ? -size : size;
    for (int i = 0; i < p->inputs; i++)
        filter->weights[i] = (int32_t)clamped_wide(filter->weights[i] + (gain * p->filtered[i] >> FILTER_SLOWNESS), -(1 << 24), 1 << 24);
    *average += ((int32_t)(error < 0 ? -error : error) - *average) >> 6;
    int64_t missed = (int64_t)sample * 1024 - p->mean;
    walk->errors[channel][pixel->recent[0]] = (int32_t)clamped_wide((missed < 0 ? -missed : missed) >> 6, 0, 1 << 24);
    walk->ranks[channel][pixel->recent[0]] = (uint8_t)clamped(below >> 20, 0, 15);
}

/* What is known of a sample that repeats another's. */
static inline void scan_skip_sample(scan_walk *walk, const scan_pixel *pixel, int channel)
{
    walk->errors[channel][pixel->recent[0]] = 0;
    walk->ranks[channel][pixel->recent[0]] = 8;
}

#endif
