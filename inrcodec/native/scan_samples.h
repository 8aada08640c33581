/* Samples of pixels that repeat no other (`formats/inr-v1-pixels.md`, 6). */
#ifndef INR_SCAN_SAMPLES_H
#define INR_SCAN_SAMPLES_H

#include "scan_predict.h"

enum { MOST_OUTWARD = 3, MOST_HALVINGS = 3, EXACT_MASS = 4 };

/* The levels that a sample may have: origin + step * number, clamped, for numbers from low to high, and
 * what is known of them: probabilities, in 2^-24, of less than the lowest and of no more than the
 * highest. */
typedef struct {
    int32_t origin, low, high;
    int32_t mixture_low, mixture_high, filter_low, filter_high;
} sample_range;

/* How far the search for a residual has come (6.1). */
typedef struct {
    int phase;           /* 0: on which side of the middle; 1: outward; 2: halving */
    int side, outward;
    int32_t reach;       /* of the next step outward */
} residual_search;

/* A decision: whether a number is at least `split`. */
typedef struct {
    int32_t split, mixture, filter;
    scan_mixing mixing;
    curve_place curves[CURVES];
    uint32_t *counters[EXACT];
} sample_decision;

static int32_t level_of(const scan_walk *walk, const sample_range *range, int32_t number)
{
    return clamped(range->origin + number * walk->tile->step, 0, walk->peak);
}

static int32_t number_of(const scan_walk *walk, const sample_range *range, int32_t level)
{
    int32_t step = walk->tile->step, moved = level - range->origin + (step - 1) / 2;
    int32_t number = moved >= 0 ? moved / step : -((step - 1 - moved) / step);
    return clamped(number, range->low, range->high);
}

static sample_range whole_range(const scan_walk *walk, int32_t origin)
{
    int32_t step = walk->tile->step, half = (step - 1) / 2;
    return (sample_range){origin, -((origin + half) / step), (walk->peak - origin + half) / step, 0, ONE_24, 0, ONE_24};
}

/* Between the levels of a number and that below, in 2^-10 levels. */
static int64_t bound_below(const scan_walk *walk, const sample_range *range, int32_t number)
{
    int32_t step = walk->tile->step;
    return ((int64_t)range->origin + (int64_t)number * step - (step - 1) / 2) * 1024 - 512;
}

static uint32_t mass(int32_t from, int32_t to, int32_t numbers)
{
    return (uint32_t)(to > from ? to - from : 0) + (uint32_t)numbers;
}

/* Looks up what both distributions say of a split. */
static void weigh_split(const scan_walk *walk, const sample_range *range, const scan_prediction *p, sample_decision *decision)
{
    const inr_scan_model *model = walk->model;
    int32_t below = decision->split - range->low, above = range->high + 1 - decision->split;
    int64_t bound = bound_below(walk, range, decision->split);
    int32_t *inputs = decision->mixing.inputs;
    decision->mixture = mixture_below(model, p, bound);
    decision->filter = filter_below(model, p, bound);
    inputs[0] = stretched(model, mass(decision->mixture, range->mixture_high, above), mass(range->mixture_low, decision->mixture, below));
    inputs[1] = stretched(model, mass(decision->filter, range->filter_high, EXACT_MASS * above),
                          mass(range->filter_low, decision->filter, EXACT_MASS * below));
}

/* The next split of a residual, and what kind of decision it is (6.1). */
static int next_split(const sample_range *range, residual_search *search, int32_t *split)
{
    if (search->phase == 0) {
        *split = range->low < 0 ? 0 : 1;
        return 0;
    }
    if (search->phase == 1) {
        int32_t inward = search->side ? range->low + search->reach : range->high + 1 - search->reach;
        *split = clamped(inward, range->low + 1, range->high);
        return 1 + 4 * search->side + (search->outward < MOST_OUTWARD ? search->outward : MOST_OUTWARD);
    }
    int halvings = highest_bit((uint32_t)(range->high - range->low));
    *split = range->low + ((range->high - range->low + 1) >> 1);
    return 9 + 4 * (halvings < MOST_HALVINGS ? halvings : MOST_HALVINGS) + 2 * (search->outward > 0) + search->side;
}

static void advance(residual_search *search, int32_t spread, int bit)
{
    if (search->phase == 0) {
        search->phase = 1;
        search->side = bit;
        search->reach = spread;
    } else if (search->phase == 1 && bit == search->side) {
        search->outward++;
        search->reach = search->outward < 16 ? spread << search->outward : search->reach;
        search->reach = clamped(search->reach, 1, 1 << 16);
    } else {
        search->phase = 2;
    }
}

static void narrow(sample_range *range, const sample_decision *decision, int bit)
{
    if (bit) {
        range->low = decision->split;
        range->mixture_low = decision->mixture;
        range->filter_low = decision->filter;
    } else {
        range->high = decision->split - 1;
        range->mixture_high = decision->mixture;
        range->filter_high = decision->filter;
    }
}

/* Where a neighbor is beside the middle: far below, below, at it, above, far above. */
static int place_beside(int32_t neighbor, int32_t middle, int32_t spread)
{
    int32_t difference = neighbor - middle;
    return difference < -spread ? 0 : difference < 0 ? 1 : difference == 0 ? 2 : difference <= spread ? 3 : 4;
}

/* The contexts of a residual's curves (6.2). */
static void find_curve_contexts(const scan_walk *walk, const scan_pixel *pixel, int channel, const scan_prediction *p, int32_t middle,
                          int contexts[CURVES])
{
    const uint8_t *here = walk->ranks[channel] + pixel->recent[0], *above = walk->ranks[channel] + pixel->recent[1];
    const uint8_t *next_above = walk->ranks[channel] + pixel->recent[2];
    const int32_t *n = p->neighbors;
    static const int BITS[8] = {WEST, NORTH, NORTH_WEST, NORTH_EAST, FAR_WEST, FAR_NORTH, NEAR_NORTH_WEST, NEAR_NORTH_EAST};
    int other = channel ? walk->ranks[channel - 1][pixel->recent[0]] >> 2 : 0;
    int places = place_beside(n[WEST], middle, p->spread) * 5 + place_beside(n[NORTH], middle, p->spread);
    contexts[0] = (above[1] >> 2) * 64 + (above[-1] >> 2) * 16 + (here[-2] >> 2) * 4 + (next_above[0] >> 2);
    contexts[1] = (here[-1] >> 2) * 16 + (above[0] >> 2) * 4 + other;
    contexts[2] = places * 2 + (n[NORTH_EAST] > middle);
    contexts[3] = place_beside(n[WEST], middle, p->spread) * 50 + place_beside(n[NORTH_EAST], middle, p->spread) * 10 +
                  place_beside(n[NORTH_WEST], middle, p->spread) * 2 + (n[NORTH] > middle);
    contexts[4] = 0;
    for (int i = 0; i < 8; i++)
        contexts[4] |= (n[BITS[i]] > middle) << i;
}

static int32_t code_decision(scan_walk *walk, sample_decision *decision, int32_t number, int *error)
{
    int32_t probability = mixed(&walk->learned->tables, &decision->mixing);
    int bit = decide(walk, probability, number >= decision->split, error);
    mixing_learn(&walk->learned->tables, &decision->mixing, bit);
    return bit;
}

/* 6.1: outward from the middle of the mixture, then by halves. */
static void code_residual(scan_walk *walk, const scan_pixel *pixel, int channel, const scan_prediction *p, sample_range *range,
                          int32_t number, int *error)
{
    residual_search search = {0, 0, 0, 0};
    int contexts[CURVES], energy = p->energy / 3 < COARSE_ENERGIES ? p->energy / 3 : COARSE_ENERGIES - 1;
    find_curve_contexts(walk, pixel, channel, p, range->origin, contexts);
    int32_t reach = p->spread > walk->tile->step ? p->spread / walk->tile->step : 1;
    while (range->low < range->high && !*error) {
        sample_decision decision;
        int node = next_split(range, &search, &decision.split);
        weigh_split(walk, range, p, &decision);
        for (int i = 0; i < CURVES; i++) {
            decision.curves[i] = curve_at(&walk->learned->curves[channel][i][contexts[i]][node], decision.mixing.inputs[0]);
            decision.mixing.inputs[2 + i] = curve_stretch(&walk->learned->tables, decision.curves[i]);
        }
        decision.mixing.inputs[MIXED - 1] = 64;
        decision.mixing.rate = RESIDUAL_RATE;
        decision.mixing.sets[0] = &walk->learned->by_node[channel][node];
        decision.mixing.sets[1] = &walk->learned->by_energy[channel][node][energy];
        int bit = code_decision(walk, &decision, number, error);
        for (int i = 0; i < CURVES; i++)
            curve_learn(decision.curves[i], bit);
        narrow(range, &decision, bit);
        advance(&search, reach, bit);
    }
}

/* 6.3: by halves of all levels, in contexts of what else the pixel and those beside it have. */
static void code_exactly(scan_walk *walk, const scan_pixel *pixel, int channel, const scan_prediction *p, sample_range *range,
                         int32_t number, int *error)
{
    const uint64_t *pixels = walk->pixels + pixel->at;
    uint32_t known = joined((uint32_t)channel, 0);
    int energy = p->energy / 3 < COARSE_ENERGIES ? p->energy / 3 : COARSE_ENERGIES - 1;
    for (int c = 0; c < channel; c++)
        known = joined(known, walk->planes[c][pixel->at]);
    const uint32_t contexts[EXACT] = {known, joined_pixel(joined(known, 1), pixel->first), joined_pixel(joined(known, 2), pixels[-1]),
        joined_pixel(joined(known, 3), pixels[-walk->stride]), (uint32_t)channel,
        joined_pixel(joined_pixel(joined(known, 4), pixels[-1]), pixels[-walk->stride])};
    while (range->low < range->high && !*error) {
        sample_decision decision;
        int found = 0, level = highest_bit((uint32_t)(range->high - range->low));
        decision.split = range->low + ((range->high - range->low + 1) >> 1);
        weigh_split(walk, range, p, &decision);
        for (int i = 0; i < EXACT; i++) {
            uint32_t context = joined(joined(contexts[i], (uint32_t)range->low), (uint32_t)(range->high * EXACT + i));
            decision.counters[i] = walk->exact_counters + (context >> (32 - walk->counter_bits));
            decision.mixing.inputs[2 + i] = counter_belief(walk->model, &walk->learned->tables, *decision.counters[i]);
            found |= (*decision.counters[i] % COUNTS > 2) << i;
        }
        decision.mixing.rate = EXACT_RATE;
        decision.mixing.sets[0] = &walk->learned->by_level[channel][level][energy];
        decision.mixing.sets[1] = &walk->learned->by_found[channel][found];
        int bit = code_decision(walk, &decision, number, error);
        for (int i = 0; i < EXACT; i++)
            counter_learn(decision.counters[i], &walk->learned->tables, bit, SHORT);
        narrow(range, &decision, bit);
    }
}

/* Codes a pixel's sample of a channel, a writer the nearest to the original; returns what is decoded. */
static inline int32_t scan_code_sample(scan_walk *walk, const scan_pixel *pixel, int channel, int32_t original, int *error)
{
    scan_prediction p;
    scan_predict(walk, pixel, channel, &p);
    int32_t middle = (int32_t)clamped_wide((p.mean + 512) >> 10, 0, walk->peak);
    sample_range range = whole_range(walk, pixel->by_bits ? 0 : middle);
    int32_t number = number_of(walk, &range, original);
    if (pixel->by_bits)
        code_exactly(walk, pixel, channel, &p, &range, number, error);
    else
        code_residual(walk, pixel, channel, &p, &range, number, error);
    int32_t sample = level_of(walk, &range, range.low);
    scan_learn_sample(walk, pixel, channel, &p, sample, (range.mixture_low + range.mixture_high) >> 1);
    return sample;
}

#endif
