/* Scans (`formats/inr-v1-pixels.md`): the samples of a tile as decisions, pixel by pixel, each with a
 * probability that is mixed from what is known of those before it. Everything is whole numbers. */
#ifndef INR_SCAN_H
#define INR_SCAN_H

#include <stdint.h>

enum {
    SCAN_CHANNELS = 4,
    SCAN_NETS = 3,     /* for a first color or alpha, a second color, a third */
    SCAN_INPUTS = 32,  /* of a network */
    SCAN_HIDDEN = 32,
    SCAN_PARTS = 3,    /* logistic distributions of a mixture */
    SCAN_OUTPUTS = 3 * SCAN_PARTS,
    SCAN_WIDE = 16,    /* outputs with some that are not used */
    SCAN_SIGMOIDS = 2050,
    SCAN_LOGARITHMS = 1025,
    SCAN_POWERS = 64,
};

/* What encoder and decoder know beforehand (8 of the specification). */
typedef struct {
    const int16_t *first;     /* [SCAN_NETS][SCAN_HIDDEN][SCAN_INPUTS], in 2^-10, as the next three */
    const int16_t *second;    /* [SCAN_NETS][SCAN_HIDDEN][SCAN_HIDDEN] */
    const int16_t *third;     /* [SCAN_NETS][SCAN_OUTPUTS][SCAN_HIDDEN + SCAN_INPUTS] */
    const int16_t *whitening; /* [SCAN_NETS][SCAN_INPUTS][SCAN_INPUTS] */
    const int32_t *sigmoid;   /* [SCAN_SIGMOIDS]: of (i - 1024) / 64, in 2^-24 */
    const int32_t *logarithm; /* [SCAN_LOGARITHMS]: base 2, of 1 + i / 1024, in 2^-12 */
    const int32_t *power;     /* [SCAN_POWERS]: 2^(-i / 64), in 2^-16 */
} inr_scan_model;

/* A tile. */
typedef struct {
    uint16_t *samples;   /* [height][width][channels]: decoded ones; an encoder finds originals there */
    const uint8_t *kept; /* [height][width]: whether a pixel is coded; NULL: all are */
    int32_t height, width, channels;
    int32_t bits;        /* of a sample, 8 to 16 */
    int32_t step;        /* odd: of samples that are no repeats */
} inr_scan;

/* What an encoder may lose, and what it takes for that. */
typedef struct {
    int32_t repeats;     /* whether pixels may repeat others */
    int32_t most;        /* levels that a sample may differ by where a pixel repeats another */
    float weight;        /* squared levels that a bit is worth */
    const float *bits;   /* [65537]: of a decision of each probability, in 2^-16 */
    uint32_t *symbols;   /* room for decisions */
    int64_t symbol_room;
    uint32_t *words;     /* the stream, last word first to be read */
    int64_t word_room;
} inr_scan_writer;

#endif
