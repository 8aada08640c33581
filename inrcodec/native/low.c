/* The low band that contexts see (`formats/inr-v1-grid.md`, 5.1): whole numbers in eighths of a step,
 * and the slopes between them. */
#include "low.h"

#include <string.h>

const int8_t SLOPE_STEPS[SLOPE_KINDS][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}, {0, 2}, {2, 0}};

static int32_t limited(int32_t x, int32_t most)
{
    return x < -most ? -most : x > most ? most : x;
}

/* P of the specification: a product in 1024ths, rounded. */
static int32_t product(int32_t factor, int32_t x)
{
    return (factor * x + 512) >> 10;
}

static int32_t in_eighths(int32_t latent, int32_t unit)
{
    return limited(latent, MOST_LOW / unit) * unit;
}

/* Both halves of an axis, as vectors of `width` values. */
typedef struct {
    int32_t *low, *high;
    ptrdiff_t stride;
    int lows, highs, width;
} halves;

static void lift(const halves *x, int to_high, int32_t factor)
{
    int count = to_high ? x->highs : x->lows, last = (to_high ? x->lows : x->highs) - 1;
    for (int i = 0; i < count; i++) {
        int before = i - !to_high, after = before + 1;
        before = before < 0 ? 0 : before > last ? last : before;
        after = after > last ? last : after;
        int32_t *target = (to_high ? x->high : x->low) + i * x->stride;
        const int32_t *source = to_high ? x->low : x->high;
        for (int j = 0; j < x->width; j++)
            target[j] += product(factor, source[before * x->stride + j] + source[after * x->stride + j]);
    }
}

static void scale(int32_t *x, ptrdiff_t stride, int count, int width, int32_t factor)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < width; j++)
            x[i * stride + j] = product(factor, x[i * stride + j]);
}

static void join(const halves *x)
{
    if (x->highs == 0)
        return;
    scale(x->low, x->stride, x->lows, x->width, 891);
    scale(x->high, x->stride, x->highs, x->width, 1177);
    lift(x, 0, -454);
    lift(x, 1, -904);
    lift(x, 0, 54);
    lift(x, 1, 1624);
}

void low_start(const inr_block *block, int channel, int32_t *out)
{
    const inr_band *band = (block->coarser ? block->coarser->low : block->low) + channel;
    int32_t unit = block->coarser ? 1 : LOW_UNIT;
    const int32_t *values = band->data;
    for (int i = 0; i < band->rows; i++)
        for (int j = 0; j < band->columns; j++)
            *out++ = in_eighths(values[i * band->stride + j], unit);
}

/* Copies a row of a band. */
static void copy_row(const inr_band *band, int row, int32_t unit, int32_t *out)
{
    const int32_t *latents = (const int32_t *)band->data + row * band->stride;
    for (int j = 0; j < band->columns; j++)
        out[j] = in_eighths(latents[j], unit);
}

static void limit_all(int32_t *x, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        x[i] = limited(x[i], MOST_LOW);
}

void low_join(const int32_t *low, const inr_band details[BANDS], int32_t unit, int32_t *row, int32_t *out)
{
    int lows = details[1].columns, highs = details[0].columns, columns = lows + highs;
    int rows = details[0].rows + details[1].rows;
    for (int i = 0; i < rows; i++) {
        int32_t *line = out + (ptrdiff_t)i * columns;
        if (i % 2)
            copy_row(details + 1, i / 2, unit, line);
        else
            memcpy(line, low + (ptrdiff_t)(i / 2) * lows, (size_t)lows * sizeof(int32_t));
        copy_row(details + (i % 2 ? 2 : 0), i / 2, unit, line + lows);
    }
    join(&(halves){out, out + columns, 2 * (ptrdiff_t)columns, (rows + 1) / 2, rows / 2, columns});
    limit_all(out, (ptrdiff_t)rows * columns);
    for (int i = 0; i < rows; i++) {
        int32_t *line = out + (ptrdiff_t)i * columns;
        memcpy(row, line, (size_t)columns * sizeof(int32_t));
        join(&(halves){row, row + lows, 1, lows, highs, 1});
        for (int j = 0; j < columns; j++)
            line[j] = limited(row[j % 2 ? lows + j / 2 : j / 2], MOST_LOW);
    }
}

void low_slopes(const low_view *low, const float *table, const slope_planes *planes)
{
    for (int kind = 0; kind < SLOPE_KINDS; kind++) {
        int down = SLOPE_STEPS[kind][0], across = SLOPE_STEPS[kind][1];
        ptrdiff_t step = down * low->down + across * low->across;
        for (int i = 0; i + down < low->rows; i++)
            for (int j = across < 0; j < low->columns && j + across < low->columns; j++) {
                const int32_t *here = low->values + i * low->down + j * low->across;
                int32_t d = here[step] - here[0], size = d < 0 ? -d : d;
                float slope = table[size < SLOPE_TABLE ? size : SLOPE_TABLE - 1];
                float *const *plane = planes->of[pass_of_parity(i % 2, j % 2)][kind];
                ptrdiff_t at = (i / 2) * planes->stride + j / 2;
                plane[0][at] = slope;
                plane[1][at] = d < 0 ? -slope : slope;
            }
    }
}
