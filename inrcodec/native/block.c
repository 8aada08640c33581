#include "block.h"

#include <string.h>

enum { PLANES_OF_BAND = PASSES * 3 + 3 };
/* Of a level and channel, in both orientations. */
enum { SLOPE_PLANES = 2 * PASSES * SLOPE_KINDS * 2 };

static int own_count(int number)
{
    int count = 0;
    for (int row = -2; row <= 2; row++)
        for (int column = -2; column <= 2; column++)
            count += seen_before(number, row, column);
    return count;
}

/* Networks in the order of `weights` (2.), each tensor packed as `context_network` says. */
static int read_networks(context_network *networks, const inr_model *model)
{
    const float *next = model->weights;
    for (int kind = 0; kind < KINDS; kind++) {
        context_network *w = networks + kind;
        int channel = kind / (2 * PASSES), diagonal = kind / PASSES % 2, own = own_count(kind % PASSES);
        int values = own + 9 * (1 + channel) + SLOPES;
        next = lay_network(w, values, values + 2 + 9 * (1 + diagonal) + 2 * (channel > 0), next);
    }
    return next - model->weights == model->count ? 0 : INR_USAGE;
}

/* Floats of a plane of either orientation: a rim of one row and one column, and a chunk more. */
static ptrdiff_t plane_size(int rows, int columns)
{
    ptrdiff_t plain = (ptrdiff_t)(rows + 2) * (columns + 1), turned = (ptrdiff_t)(columns + 2) * (rows + 1);
    return (plain > turned ? plain : turned) + 2 + CHUNK;
}

void block_low_size(const inr_block *block, int channel, int *rows, int *columns)
{
    const inr_band *low = (block->coarser ? block->coarser->low : block->low) + channel;
    *rows = low->rows;
    *columns = low->columns;
    if (block->levels == 0)
        return;
    const inr_band *details = detail_band(block, block->levels - 1, channel, 0);
    *rows = details[0].rows + details[1].rows;
    *columns = details[0].columns + details[1].columns;
}

static ptrdiff_t low_size(const inr_block *block, int level, int channel)
{
    const inr_band *details = detail_band(block, level, channel, 0);
    return (ptrdiff_t)details[0].rows * details[1].columns;
}

int64_t block_work(const inr_block *block)
{
    int64_t floats = 0, slopes = 0;
    if (!block_is_possible(block))
        return -1;
    for (int level = 0; level < block->levels; level++) {
        int rows, columns;
        block_level_sides(block, level, &rows, &columns);
        floats += (int64_t)plane_size(rows, columns) * block->channels * BANDS * PLANES_OF_BAND;
        for (int channel = 0; channel < block->channels; channel++)
            floats += low_size(block, level, channel);
        slopes = plane_size(rows, columns) * SLOPE_PLANES;
    }
    return floats + slopes + MOST_BAND_SIDE;
}

static void lay_out(block_level *planes, const inr_block *block, int level, float **next)
{
    int rows, columns;
    block_level_sides(block, level, &rows, &columns);
    ptrdiff_t size = plane_size(rows, columns);
    planes->stride[0] = columns + 1;
    planes->stride[1] = rows + 1;
    for (int channel = 0; channel < block->channels; channel++)
        for (int band = 0; band < BANDS; band++) {
            ptrdiff_t own = 1 + planes->stride[band == ROWS_HIGH], other = 1 + planes->stride[band != ROWS_HIGH];
            for (int number = 0; number < PASSES; number++, *next += 3 * size) {
                planes->own[channel][band][number][0] = *next + own;
                planes->own[channel][band][number][1] = *next + size + own;
                planes->turned[channel][band][number] = *next + 2 * size + other;
            }
            planes->parent[channel][band][0] = *next + own;
            planes->parent[channel][band][1] = *next + size + own;
            planes->parent_turned[channel][band] = *next + 2 * size + other;
            *next += 3 * size;
            planes->filled[channel][band] = planes->parent_filled[channel][band] = 0;
        }
}

static float compressed(const inr_model *model, int32_t latent)
{
    int32_t size = latent < 0 ? -latent : latent;
    return model->logarithm[size < 1023 ? size : 1023];
}

/* Lets contexts of the first level see what is known of one level coarser. */
static void put_parents(block_planes *planes, int channel, int band)
{
    const inr_band *source = planes->bands.coarser->parents + channel * BANDS + band;
    block_level *level = planes->levels;
    int turned = band == ROWS_HIGH, any = 0;
    ptrdiff_t stride = level->stride[turned], other = level->stride[!turned];
    for (int i = 0; i < source->rows; i++)
        for (int j = 0; j < source->columns; j++) {
            int32_t latent = ((const int32_t *)source->data)[i * source->stride + j];
            float size = compressed(planes->model, latent);
            ptrdiff_t row = turned ? j : i, column = turned ? i : j;
            level->parent[channel][band][0][row * stride + column] = size;
            level->parent[channel][band][1][row * stride + column] = latent < 0 ? -size : size;
            level->parent_turned[channel][band][column * other + row] = size;
            any |= latent != 0;
        }
    level->parent_filled[channel][band] = (uint8_t)any;
}

int block_start(block_planes *planes, const inr_block *block, const inr_model *model, float *work,
                int64_t count)
{
    int64_t needed = block_work(block);
    if (needed < 0 || needed > count)
        return INR_USAGE;
    planes->bands = *block;
    planes->model = model;
    for (int level = 0; level < block->levels; level++) {
        lay_out(planes->levels + level, block, level, &work);
        for (int channel = 0; channel < block->channels; channel++) {
            planes->low[level][channel] = (int32_t *)work;
            work += low_size(block, level, channel);
        }
    }
    planes->row = (int32_t *)work;
    planes->slope_floats = work + MOST_BAND_SIDE;
    for (int i = 0; block->coarser && i < block->channels * BANDS; i++)
        put_parents(planes, i / BANDS, i % BANDS);
    return read_networks(planes->networks, model);
}

void block_put_low(block_planes *planes, int level, int channel)
{
    int32_t *out = planes->low[level][channel];
    if (level == 0)
        low_start(&planes->bands, channel, out);
    else
        low_join(planes->low[level - 1][channel], detail_band(&planes->bands, level - 1, channel, 0),
                 planes->model->levels[depth_of(&planes->bands, level - 1)].unit, planes->row, out);
}

void block_put_slopes(block_planes *planes, int level, int channel)
{
    const inr_band *details = detail_band(&planes->bands, level, channel, 0);
    const int32_t *low = planes->low[level][channel];
    int rows = details[0].rows, columns = details[1].columns, most_rows, most_columns;
    block_level_sides(&planes->bands, level, &most_rows, &most_columns);
    ptrdiff_t size = plane_size(most_rows, most_columns);
    float *next = planes->slope_floats;
    memset(next, 0, (size_t)size * SLOPE_PLANES * sizeof(float));
    for (int turned = 0; turned < 2; turned++) {
        slope_planes *slopes = planes->slopes + turned;
        slopes->stride = planes->levels[level].stride[turned];
        for (int plane = 0; plane < PASSES * SLOPE_KINDS * 2; plane++, next += size)
            slopes->of[plane / (SLOPE_KINDS * 2)][plane / 2 % SLOPE_KINDS][plane % 2] = next + 1 + slopes->stride;
        low_view view = {low, turned ? 1 : columns, turned ? columns : 1, turned ? columns : rows,
                         turned ? rows : columns};
        low_slopes(&view, planes->model->slopes, slopes);
    }
}

int block_pass_at(const block_planes *planes, int level, int channel, int band, int number,
                  block_pass *pass)
{
    const inr_band *source = detail_band(&planes->bands, level, channel, band);
    int turned = band == ROWS_HIGH, row = PARITIES[number][0], column = PARITIES[number][1];
    int rows = turned ? source->columns : source->rows, columns = turned ? source->rows : source->columns;
    ptrdiff_t down = turned ? 1 : (ptrdiff_t)source->stride, across = turned ? (ptrdiff_t)source->stride : 1;
    *pass = (block_pass){
        .level = level, .channel = channel, .band = band, .number = number,
        .rows = (rows - row + 1) / 2, .columns = (columns - column + 1) / 2,
        .offset = row * down + column * across, .down = 2 * down, .across = 2 * across,
        .stride = planes->levels[level].stride[turned], .source = source};
    return pass->rows > 0 && pass->columns > 0;
}

void block_put(block_planes *planes, const block_pass *pass)
{
    const int32_t *latents = (const int32_t *)pass->source->data + pass->offset;
    float *const *own = planes->levels[pass->level].own[pass->channel][pass->band][pass->number];
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            int32_t latent = latents[i * pass->down + j * pass->across];
            float size = compressed(planes->model, latent);
            own[0][i * pass->stride + j] = size;
            own[1][i * pass->stride + j] = latent < 0 ? -size : size;
        }
}

/* Copies the magnitudes of a pass with rows and columns swapped. */
static void put_turned(block_level *level, const block_pass *pass)
{
    const float *own = level->own[pass->channel][pass->band][pass->number][0];
    /* The pass of the band turned is the one of parities swapped. */
    int number = pass_of_parity(PARITIES[pass->number][1], PARITIES[pass->number][0]);
    float *turned = level->turned[pass->channel][pass->band][number];
    ptrdiff_t stride = level->stride[pass->band != ROWS_HIGH];
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++)
            turned[j * stride + i] = own[i * pass->stride + j];
}

/* Copies a pass to where one level finer sees it as a parent. */
static void put_parent(block_level *finer, const block_level *level, const block_pass *pass)
{
    float *const *own = level->own[pass->channel][pass->band][pass->number];
    float *const *parent = finer->parent[pass->channel][pass->band];
    float *turned = finer->parent_turned[pass->channel][pass->band];
    int is_turned = pass->band == ROWS_HIGH;
    ptrdiff_t stride = finer->stride[is_turned], other = finer->stride[!is_turned];
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            ptrdiff_t row = 2 * i + PARITIES[pass->number][0], column = 2 * j + PARITIES[pass->number][1];
            parent[0][row * stride + column] = own[0][i * pass->stride + j];
            parent[1][row * stride + column] = own[1][i * pass->stride + j];
            turned[column * other + row] = own[0][i * pass->stride + j];
        }
}

void block_put_band(block_planes *planes, int level, int channel, int band)
{
    block_pass pass;
    block_level *here = planes->levels + level, *finer = here + 1;
    int has_finer = level + 1 < planes->bands.levels;
    here->filled[channel][band] = 1;
    if (has_finer)
        finer->parent_filled[channel][band] = 1;
    for (int number = 0; number < PASSES; number++)
        if (block_pass_at(planes, level, channel, band, number, &pass)) {
            put_turned(here, &pass);
            if (has_finer)
                put_parent(finer, here, &pass);
        }
}

void block_sum(const block_planes *planes, const block_pass *pass, ptrdiff_t apart, int i, int j,
               float by[2])
{
    const block_level *level = planes->levels + pass->level, *finer = level + 1;
    int channel = pass->channel, band = pass->band, is_turned = band == ROWS_HIGH;
    int row_parity = PARITIES[pass->number][0], column_parity = PARITIES[pass->number][1];
    ptrdiff_t at = apart + i * pass->stride + j;
    by[0] = level->own[channel][band][pass->number][0][at];
    by[1] = level->own[channel][band][pass->number][1][at];
    by[0] += level->turned[channel][band][pass_of_parity(column_parity, row_parity)]
                          [apart + j * level->stride[!is_turned] + i];
    if (pass->level + 1 == planes->bands.levels)
        return;
    ptrdiff_t row = 2 * i + row_parity, column = 2 * j + column_parity;
    ptrdiff_t place = apart + row * finer->stride[is_turned] + column;
    by[0] += finer->parent[channel][band][0][place];
    by[1] += finer->parent[channel][band][1][place];
    by[0] += finer->parent_turned[channel][band][apart + column * finer->stride[!is_turned] + row];
}
