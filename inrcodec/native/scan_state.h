/* What a walk over a tile knows of the pixels before (`formats/inr-v1-pixels.md`, 2). */
#ifndef INR_SCAN_STATE_H
#define INR_SCAN_STATE_H

#include "latents.h"
#include "scan_mixing.h"

enum {
    MARGIN = 4,        /* pixels beside a row */
    ROWS_ABOVE = 2,    /* of a tile */
    RECENT = 3,        /* rows of what is soon forgotten */
    NODES = 25,        /* kinds of decisions about a residual */
    ENERGIES = 64,     /* classes of errors nearby, and every third of them */
    COARSE_ENERGIES = 16,
    RANK_CONTEXTS = 256,
    NEAR_CONTEXTS = 64,
    AROUND_CONTEXTS = 153,
    CURVES = 5,
    FILTERED = 27,     /* most inputs of a filter */
    SOURCES = 9,       /* of pixels that may be repeated */
    RECALLS = 4,       /* of those, from contexts */
    TRIES = 6,         /* at most */
    SAME_NEIGHBORS = 16,
    OUTCOMES = 729,    /* 3^6 */
    EXACT = 6,         /* counters of a decision about a sample's bits */
    FOUND = 1 << EXACT,
    REPEAT_COUNTERS = 7,
    RESIDUAL_RATE = 3, EXACT_RATE = 6, REPEAT_RATE = 6, /* of mixers' learning */
    LONG = 1023, SHORT = 255, /* limits of counts */
};

/* Where a context was seen last, and how well that foretold. */
typedef struct {
    uint32_t at; /* of the tile's padded pixels */
    uint16_t check, trust;
} scan_recall;

/* The filter of a channel, and the errors that it makes where errors nearby are of a class. */
typedef struct {
    int32_t weights[FILTERED]; /* in 2^-16 */
    int32_t errors[ENERGIES];  /* in 2^-10 levels */
} scan_filter;

/* Weights with those of one input beside each other. */
typedef struct {
    int32_t first[SCAN_INPUTS][SCAN_HIDDEN], second[SCAN_HIDDEN][SCAN_HIDDEN];
    int32_t third[SCAN_HIDDEN + SCAN_INPUTS][SCAN_WIDE], whitening[SCAN_INPUTS][SCAN_INPUTS];
} scan_network;

typedef struct {
    scan_network networks[SCAN_NETS];
    scan_tables tables;
    scan_filter filters[SCAN_CHANNELS];
    scan_weights by_node[SCAN_CHANNELS][NODES];
    scan_weights by_energy[SCAN_CHANNELS][NODES][COARSE_ENERGIES];
    scan_weights by_level[SCAN_CHANNELS][16][COARSE_ENERGIES];
    scan_weights by_found[SCAN_CHANNELS][FOUND];
    scan_weights by_source[TRIES][SOURCES * SAME_NEIGHBORS];
    scan_weights by_outcomes[TRIES][OUTCOMES];
    scan_curve curves[SCAN_CHANNELS][CURVES][RANK_CONTEXTS][NODES]; /* nodes of a sample are near each other */
} scan_learned;

/* A tile's rows have MARGIN pixels on either side, and ROWS_ABOVE rows above them. */
typedef struct {
    const inr_scan *tile;
    const inr_scan_model *model;
    scan_learned *learned;
    scan_recall *recalls;    /* [RECALLS][1 << table_bits] */
    uint32_t *repeat_counters, *exact_counters; /* [1 << counter_bits] each */
    int table_bits, counter_bits;
    int32_t stride;
    uint64_t *pixels;        /* channels, from the lowest bits on, 16 bits each */
    uint16_t *planes[SCAN_CHANNELS];
    /* Of the last RECENT rows: errors of channels, in 2^-4 levels; how high a sample was in its
     * distribution, 0 to 15; what came of a pixel: 0 the first try, 1 a later one, 2 none. */
    int32_t *errors[SCAN_CHANNELS];
    uint8_t *ranks[SCAN_CHANNELS], *outcomes;
    int32_t colors;          /* channels but alpha */
    int32_t peak;
    int repeats;             /* whether pixels may repeat others */
    /* One of both. */
    ans_reader *reader;
    symbol_writer *writer;
} scan_walk;

/* A pixel that is coded. */
typedef struct {
    int32_t row, column;
    ptrdiff_t at;            /* of padded planes and pixels */
    ptrdiff_t recent[RECENT]; /* of this row, that above and the next above, among recent ones */
    uint32_t near, nearer, around; /* contexts: four neighbors, two, twelve */
    uint64_t first;          /* the first that was tried, or that to the left */
    int by_bits;             /* whether samples are told bit by bit */
} scan_pixel;

/* Room in bytes for a walk over a tile; 0 where its sizes are not valid. */
int64_t scan_room(const inr_scan *tile);

/* Lays a walk out in room that is 0. */
void scan_start(scan_walk *walk, const inr_scan *tile, const inr_scan_model *model, uint8_t *room);

/* Extends a row to the left by what is above, and to the right by its last pixel. */
void scan_open_row(scan_walk *walk, int32_t row);
void scan_close_row(scan_walk *walk, int32_t row);

static inline ptrdiff_t recent_row(const scan_walk *walk, int32_t row)
{
    return (ptrdiff_t)((row + RECENT) % RECENT) * walk->stride + MARGIN;
}

/* Codes a decision of a probability to be 1, in 2^-16; a writer is told which. */
static inline int decide(scan_walk *walk, int32_t probability, int bit, int *error)
{
    if (walk->reader)
        return (int)ans_decision(walk->reader, (uint32_t)probability);
    *error |= put_decision(walk->writer, bit, (uint32_t)probability);
    return bit;
}

static inline uint32_t scrambled(uint32_t value)
{
    value = (value ^ value >> 16) * 0x7FEB352Du;
    value = (value ^ value >> 15) * 0x846CA68Bu;
    return value ^ value >> 16;
}

/* The context of a context and a number. */
static inline uint32_t joined(uint32_t context, uint32_t number)
{
    return scrambled(context * 0x9E3779B1u + number);
}

static inline uint32_t joined_pixel(uint32_t context, uint64_t pixel)
{
    return joined(joined(context, (uint32_t)pixel), (uint32_t)(pixel >> 32));
}

#endif
