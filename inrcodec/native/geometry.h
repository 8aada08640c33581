/* Levels, bands and passes of a block (`formats/inr-v1-grid.md`, 3 and 4). */
#ifndef INR_GEOMETRY_H
#define INR_GEOMETRY_H

#include <stddef.h>
#include <stdint.h>

enum { CHANNELS = 3, BANDS = 3, PASSES = 4, MOST_LEVELS = 7, KINDS = CHANNELS * 2 * PASSES };
enum { ROWS_HIGH = 1, BOTH_HIGH = 2 };

extern const int8_t PARITIES[PASSES][2]; /* of row and column, of each pass */

static inline int pass_of_parity(int row, int column)
{
    return row ? (column ? 1 : 3) : (column ? 2 : 0);
}

/* A band of a channel as the caller holds it: `stride` values from row to row. */
typedef struct {
    void *data;
    int64_t stride;
    int32_t rows, columns;
} inr_band;

/* The bands of a block: `low` [channels], `details` [levels][channels][BANDS], coarsest first. */
typedef struct {
    const inr_band *low, *details;
    int32_t levels, channels;
} inr_block;

static inline const inr_band *detail_band(const inr_block *block, int level, int channel, int band)
{
    return &block->details[(level * block->channels + channel) * BANDS + band];
}

#endif
