/* Pixels that repeat others (`formats/inr-v1-pixels.md`, 7). */
#ifndef INR_SCAN_REPEATS_H
#define INR_SCAN_REPEATS_H

#include <math.h>
#include <stdlib.h>

#include "scan_walk.h"

enum { NEIGHBOR_SOURCES = SOURCES - RECALLS, MOST_TRUST = 60000 };

/* The pixels that are tried, in order, and where each comes from. */
typedef struct {
    uint64_t pixels[SOURCES];
    int sources[SOURCES], count;
    int trusts[RECALLS];      /* 0: the context is new; 1 to 4 */
    uint32_t outcomes;        /* of six neighbors */
    int unlike;               /* whether none of the nearest four repeats another */
} repeat_tries;

typedef struct {
    scan_mixing mixing;
    uint32_t *counters[REPEAT_COUNTERS];
} repeat_decision;

static scan_recall *recall_in(const scan_walk *walk, int kind, uint32_t context)
{
    return walk->recalls + ((ptrdiff_t)kind << walk->table_bits) + (context >> (32 - walk->table_bits));
}

static uint16_t check_of(uint32_t context)
{
    return (uint16_t)((context & 0x7FFF) + 1);
}

static void recall_contexts(const scan_walk *walk, const scan_pixel *pixel, uint32_t contexts[RECALLS])
{
    contexts[0] = pixel->around;
    contexts[1] = pixel->near;
    contexts[2] = pixel->nearer;
    contexts[3] = joined_pixel(7, walk->pixels[pixel->at - 1]);
}

/* 7.1: contexts of the pixels to the left and above. */
static void find_repeat_contexts(const scan_walk *walk, scan_pixel *pixel)
{
    const uint64_t *here = walk->pixels + pixel->at, *above = here - walk->stride, *next = above - walk->stride;
    uint32_t context = joined_pixel(joined_pixel(1, here[-1]), above[0]);
    pixel->nearer = context;
    context = joined_pixel(joined_pixel(context, above[-1]), above[1]);
    pixel->near = context;
    context = joined_pixel(joined_pixel(context, here[-2]), next[0]);
    context = joined_pixel(joined_pixel(context, next[1]), next[-1]);
    context = joined_pixel(joined_pixel(context, above[2]), above[-2]);
    pixel->around = joined_pixel(joined_pixel(context, here[-3]), above[3]);
}

static void try_also(repeat_tries *tries, uint64_t channels, int source)
{
    for (int i = 0; i < tries->count; i++)
        if (tries->pixels[i] == channels)
            return;
    tries->pixels[tries->count] = channels;
    tries->sources[tries->count++] = source;
}

static void find_outcomes(const scan_walk *walk, const scan_pixel *pixel, repeat_tries *tries)
{
    const uint8_t *here = walk->outcomes + pixel->recent[0], *above = walk->outcomes + pixel->recent[1];
    const uint8_t *next = walk->outcomes + pixel->recent[2];
    tries->outcomes = here[-1] + 3u * above[0] + 9u * above[-1] + 27u * above[1] + 81u * here[-2] + 243u * next[0];
    tries->unlike = here[-1] == 2 && above[0] == 2 && above[-1] == 2 && above[1] == 2;
}

/* 7.2. */
static void find_tries(const scan_walk *walk, const scan_pixel *pixel, repeat_tries *tries)
{
    const uint64_t *here = walk->pixels + pixel->at, *above = here - walk->stride;
    const uint64_t neighbors[NEIGHBOR_SOURCES] = {here[-1], above[0], above[1], above[-1], here[-2]};
    uint32_t contexts[RECALLS];
    recall_contexts(walk, pixel, contexts);
    tries->count = 0;
    for (int kind = 0; kind < RECALLS; kind++) {
        const scan_recall *recall = recall_in(walk, kind, contexts[kind]);
        tries->trusts[kind] = 0;
        if (recall->check == check_of(contexts[kind])) {
            tries->trusts[kind] = 1 + (recall->trust < 3 ? recall->trust : 3);
            try_also(tries, walk->pixels[recall->at], kind);
        }
    }
    for (int i = 0; i < NEIGHBOR_SOURCES; i++)
        try_also(tries, neighbors[i], RECALLS + i);
    find_outcomes(walk, pixel, tries);
    int most = tries->unlike ? 1 : TRIES;
    tries->count = tries->count < most ? tries->count : most;
}

/* 7.3: whether the pixel is the one that is tried. */
static int32_t weigh_try(const scan_walk *walk, const scan_pixel *pixel, const repeat_tries *tries, int try, repeat_decision *out)
{
    const uint64_t *here = walk->pixels + pixel->at, *above = here - walk->stride;
    uint64_t tried = tries->pixels[try];
    int source = tries->sources[try];
    int same = (tried == here[-1]) | (tried == above[0]) << 1 | (tried == above[1]) << 2 | (tried == above[-1]) << 3;
    uint32_t kind = (uint32_t)((source * SAME_NEIGHBORS + same) * 8 + try), number = (uint32_t)try;
    uint32_t trusts = (uint32_t)(tries->trusts[0] * 25 + tries->trusts[1] * 5 + tries->trusts[2]);
    const uint32_t contexts[REPEAT_COUNTERS] = {joined(joined(11, kind), trusts), joined(pixel->near, number + 1),
        joined(pixel->nearer, number + 11), joined(tries->outcomes * 8 + number, (uint32_t)same + 99), joined(pixel->around, number + 31),
        joined(joined_pixel(joined_pixel(12, tried), here[-1]), number + 41),
        joined(joined_pixel(pixel->nearer, tried), (uint32_t)source + 51)};
    for (int i = 0; i < REPEAT_COUNTERS; i++) {
        out->counters[i] = walk->repeat_counters + (scrambled(contexts[i]) >> (32 - walk->counter_bits));
        out->mixing.inputs[i] = i == 0 || i == 3 ? counter_stretch(walk->model, *out->counters[i])
                                                 : counter_belief(walk->model, &walk->learned->tables, *out->counters[i]);
    }
    out->mixing.inputs[MIXED - 1] = 256;
    out->mixing.rate = REPEAT_RATE;
    out->mixing.sets[0] = &walk->learned->by_source[try][source * SAME_NEIGHBORS + same];
    out->mixing.sets[1] = &walk->learned->by_outcomes[try][tries->outcomes];
    return mixed(&walk->learned->tables, &out->mixing);
}

static int32_t sample_of(uint64_t channels, int channel)
{
    return (int32_t)(channels >> (16 * channel) & 0xFFFF);
}

/* Squared levels by which a pixel is off; negative where a sample is too far off. */
static double error_of(const scan_walk *walk, const scan_wanted *wanted, uint64_t tried)
{
    double sum = 0;
    for (int c = 0; c < walk->tile->channels; c++) {
        int32_t difference = abs(sample_of(tried, c) - sample_of(wanted->original, c));
        if (difference > wanted->most)
            return -1;
        sum += (double)difference * difference;
    }
    return sum;
}

/* An error and what bits are worth. The product of two floats is exact in a double, so that contraction,
 * which these kernels allow, changes nothing. */
static double cost_of(const scan_wanted *wanted, double error, float bits)
{
    return error + (double)wanted->weight * (double)bits;
}

/* The try of least cost for an encoder; `count` for none. */
static int chosen_try(const scan_walk *walk, const scan_pixel *pixel, const repeat_tries *tries, const scan_wanted *wanted)
{
    float before = 0;
    double least = INFINITY;
    int best = tries->count;
    for (int i = 0; i < tries->count; i++) {
        double error = error_of(walk, wanted, tries->pixels[i]);
        if (error == 0 && before == 0 && wanted->most == 0)
            return i;
        if (wanted->most == 0)
            continue;
        repeat_decision decision;
        int32_t probability = weigh_try(walk, pixel, tries, i, &decision);
        double cost = cost_of(wanted, error, before + wanted->bits[probability]);
        if (error >= 0 && cost < least) {
            least = cost;
            best = i;
        }
        before += wanted->bits[ONE_16 - probability];
    }
    return cost_of(wanted, wanted->none_error, before + wanted->none_bits) < least ? tries->count : best;
}

/* Codes whether a pixel repeats another, and which; returns whether it does, with its channels.
 * `wanted` is NULL for a reader. */
static inline int scan_code_repeat(scan_walk *walk, scan_pixel *pixel, const scan_wanted *wanted, uint64_t *channels, int *error)
{
    repeat_tries tries;
    find_repeat_contexts(walk, pixel);
    find_tries(walk, pixel, &tries);
    pixel->first = tries.pixels[0];
    pixel->by_bits = !tries.unlike;
    int chosen = wanted ? chosen_try(walk, pixel, &tries, wanted) : 0, hit = 0, try = 0;
    for (; try < tries.count && !hit && !*error; try++) {
        repeat_decision decision;
        int32_t probability = weigh_try(walk, pixel, &tries, try, &decision);
        hit = decide(walk, probability, try == chosen, error);
        mixing_learn(&walk->learned->tables, &decision.mixing, hit);
        for (int i = 0; i < REPEAT_COUNTERS; i++)
            counter_learn(decision.counters[i], &walk->learned->tables, hit, i == 0 || i == 3 ? LONG : SHORT);
    }
    walk->outcomes[pixel->recent[0]] = (uint8_t)(!hit ? 2 : try > 1);
    *channels = hit ? tries.pixels[try - 1] : 0;
    return hit;
}

/* 7.4: learns a pixel in the contexts that it was found in. */
static inline void scan_learn_repeat(scan_walk *walk, const scan_pixel *pixel, uint64_t channels)
{
    uint32_t contexts[RECALLS];
    recall_contexts(walk, pixel, contexts);
    for (int kind = 0; kind < RECALLS; kind++) {
        scan_recall *recall = recall_in(walk, kind, contexts[kind]);
        int known = recall->check == check_of(contexts[kind]);
        int right = known && walk->pixels[recall->at] == channels;
        if (right)
            recall->trust = recall->trust < MOST_TRUST ? recall->trust + 1 : MOST_TRUST;
        else
            recall->trust = known && recall->trust > 1 ? recall->trust / 2 : 0;
        if (right || recall->trust == 0)
            recall->at = (uint32_t)pixel->at;
        recall->check = check_of(contexts[kind]);
    }
}

#endif
