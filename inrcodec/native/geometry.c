/* What sizes blocks may have: checks at the door. */
#include "geometry.h"

const int8_t PARITIES[PASSES][2] = {{0, 0}, {1, 1}, {0, 1}, {1, 0}};

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

void block_level_sides(const inr_block *block, int level, int *rows, int *columns)
{
    *rows = *columns = 0;
    for (int channel = 0; channel < block->channels; channel++)
        for (int band = 0; band < BANDS; band++) {
            const inr_band *one = detail_band(block, level, channel, band);
            *rows = at_least(*rows, (one->rows + 1) / 2);
            *columns = at_least(*columns, (one->columns + 1) / 2);
        }
}

static int are_parents_within(const inr_block *block, int level)
{
    int rows, columns;
    const inr_band *parents = parent_bands(block, level);
    block_level_sides(block, level, &rows, &columns);
    for (int i = 0; parents && i < block->channels * BANDS; i++) {
        const inr_band *band = parents + i;
        if (band->rows > rows || band->columns > columns)
            return 0;
    }
    return 1;
}

/* Whether the low band of a level, whose rows are those of band 0 and whose columns are those of band
 * 1, is what the level before comes to. */
static int is_low_of(const inr_block *block, int level, int channel)
{
    const inr_band *here = detail_band(block, level, channel, 0);
    const inr_band *low = (block->coarser ? block->coarser->low : block->low) + channel;
    if (level == 0 && (here[0].rows != low->rows || here[1].columns != low->columns))
        return 0;
    const inr_band *before = parent_bands(block, level);
    if (!before)
        return 1;
    before += channel * BANDS;
    return here[0].rows == before[0].rows + before[1].rows && here[1].columns == before[0].columns + before[1].columns;
}

/* Whether the four bands of a level are halves of an axis each. */
static int are_halves(const inr_band *details)
{
    int rows = details[0].rows - details[1].rows, columns = details[1].columns - details[0].columns;
    return details[2].rows == details[1].rows && details[2].columns == details[0].columns &&
           (rows == 0 || rows == 1) && (columns == 0 || columns == 1);
}

int block_is_possible(const inr_block *block)
{
    if (block->levels < 0 || block->finer < 0 || block->levels + block->finer > MOST_LEVELS)
        return 0;
    if (block->coarser && block->levels == 0)
        return 0;
    if (block->channels != 1 && block->channels != CHANNELS)
        return 0;
    for (int i = 0; i < block->levels * block->channels * BANDS; i++) {
        const inr_band *band = block->details + i;
        if (band->rows < 0 || band->rows > MOST_BAND_SIDE || band->columns < 0 || band->columns > MOST_BAND_SIDE)
            return 0;
    }
    for (int level = 0; level < block->levels; level++) {
        for (int channel = 0; channel < block->channels; channel++)
            if (!is_low_of(block, level, channel) || !are_halves(detail_band(block, level, channel, 0)))
                return 0;
        if (!are_parents_within(block, level))
            return 0;
    }
    return 1;
}

int are_alike(const inr_block *a, const inr_block *b)
{
    if (a->levels != b->levels || a->channels != b->channels)
        return 0;
    for (int i = 0; i < a->levels * a->channels * BANDS; i++)
        if (a->details[i].rows != b->details[i].rows || a->details[i].columns != b->details[i].columns)
            return 0;
    return 1;
}
