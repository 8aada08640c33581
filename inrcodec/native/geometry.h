/* Levels, bands and passes of a block (`formats/inr-v1-grid.md`, 3 and 4). */
#ifndef INR_GEOMETRY_H
#define INR_GEOMETRY_H

#include <stddef.h>
#include <stdint.h>

enum { CHANNELS = 3, BANDS = 3, PASSES = 4, MOST_LEVELS = 7, KINDS = CHANNELS * 2 * PASSES };
enum { ROWS_HIGH = 1, BOTH_HIGH = 2 };
enum { MOST_BAND_SIDE = 1 << 12 };

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

/* What is known before a block that begins above the lowest band: the low band [channels] that its first
 * level refines, in eighths of a step, and the details [channels][BANDS] one level coarser. */
typedef struct {
    const inr_band *low, *parents;
} inr_coarser;

/* The bands of a block: `low` [channels], `details` [levels][channels][BANDS], coarsest first; `finer` so
 * many levels that are not in it. With `coarser`, there is nothing of `low`; NULL: it has the lowest band. */
typedef struct {
    const inr_band *low, *details;
    const inr_coarser *coarser;
    int32_t levels, channels, finer;
} inr_block;

/* The number of a level from the finest, from 0 on. */
static inline int depth_of(const inr_block *block, int level)
{
    return block->finer + block->levels - 1 - level;
}

/* The details of a level as its parents; NULL where there are none. */
static inline const inr_band *parent_bands(const inr_block *block, int level)
{
    if (level > 0)
        return &block->details[(level - 1) * block->channels * BANDS];
    return block->coarser ? block->coarser->parents : 0;
}

static inline const inr_band *detail_band(const inr_block *block, int level, int channel, int band)
{
    return &block->details[(level * block->channels + channel) * BANDS + band];
}

/* Whether its sizes are those of a block: halves of each other, as far as kernels go. */
int block_is_possible(const inr_block *block);

/* Whether two have bands of the same sizes. */
int are_alike(const inr_block *a, const inr_block *b);

/* The most rows and columns of a level's planes: half those of its largest band, rounded up. */
void block_level_sides(const inr_block *block, int level, int *rows, int *columns);

#endif
