/* Synthesis filters, tile by tile of columns and row by row (`formats/inr-v1-grid.md`, 6). Of each
 * layer the last three rows are kept, which is all that the next one sees. */
#include <string.h>

#include "filters.h"

#include "isa.h"

typedef struct {
    const inr_filter *filter;
    const inr_filtered *image;
    int start, stop;       /* columns that come out */
    float *known, *layers[2], *out;
    int next[3];           /* rows that are to come: of the input, of both layers */
} tile;

static int clamped(int place, int count)
{
    return place < 0 ? 0 : place < count ? place : count - 1;
}

/* A row of a layer of so many planes. */
static float *row_of(float *layer, int planes, int row, int plane)
{
    return layer + ((ptrdiff_t)(row % 3) * planes + plane) * FILTER_ROW;
}

/* The rows of inputs around a row that a convolution weighs at each place. */
static void weighed_rows(const float **in, float *layer, int planes, int row, int rows)
{
    for (int plane = 0; plane < planes; plane++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                *in++ = row_of(layer, planes, clamped(row + i - 1, rows), plane) + j;
}

/* Borders repeat the outermost value: column `first` is at place 0 of rows. */
static void repeat_borders(float *row, int first, int last, int columns)
{
    for (int column = first; column < 0; column++)
        row[column - first] = row[-first];
    for (int column = columns; column < last; column++)
        row[column - first] = row[columns - 1 - first];
}

static void copy_row(tile *t, int row)
{
    for (int plane = 0; plane < FILTER_CHANNELS; plane++) {
        float *out = row_of(t->known, FILTER_CHANNELS, row, plane);
        const float *in = t->image->planes[plane];
        for (int column = t->start - 3; column < t->stop + 3; column++)
            out[column - t->start + 3] =
                in ? in[(ptrdiff_t)row * t->image->columns + clamped(column, t->image->columns)] : 0;
    }
}

/* Keeps where ReLUs of eight planes pass, a bit for each. */
static void keep_eight(const float *restrict x, int count, uint8_t *restrict active)
{
    for (int i = 0; i < count; i++) {
        int bits = 0;
        for (int plane = 0; plane < 8; plane++)
            bits |= (x[plane * FILTER_ROW + i] > 0) << plane;
        active[i] = (uint8_t)bits;
    }
}

/* Keeps what is wanted of a hidden layer's row, of which `x` is the first column that comes out. */
static void keep_row(const tile *t, int number, int row, const float *x)
{
    const inr_filtered *image = t->image;
    int count = t->stop - t->start;
    ptrdiff_t place = (ptrdiff_t)row * image->columns + t->start;
    ptrdiff_t size = (ptrdiff_t)image->rows * image->columns;
    for (int k = 0; image->active[number] && k < FILTER_BYTES; k++)
        keep_eight(x + 8 * k * FILTER_ROW, count, image->active[number] + k * size + place);
    for (int plane = 0; image->hidden[number] && plane < FILTER_WIDTH; plane++)
        memcpy(image->hidden[number] + plane * size + place, x + plane * FILTER_ROW,
               (size_t)count * sizeof *x);
}

/* A hidden layer's row. */
static void hidden_row(tile *t, int number, int row)
{
    const inr_filter *f = t->filter;
    const float *in[FILTER_WIDTH * FILTER_TAPS];
    int columns = t->image->columns, first = t->start - 2 + number, last = t->stop + 2 - number;
    int planes = number ? FILTER_WIDTH : FILTER_CHANNELS, inputs = planes * FILTER_TAPS;
    float *out = row_of(t->layers[number], FILTER_WIDTH, row, 0);
    weighed_rows(in, number ? t->layers[0] : t->known, planes, row, t->image->rows);
    for (int at = 0; at < last - first; at += CHUNK) {
        dense(in, NULL, inputs, inputs, number ? f->second : f->first,
              number ? f->second_bias : f->first_bias, FILTER_WIDTH, out + at, FILTER_ROW);
        for (int k = 0; k < inputs; k++)
            in[k] += CHUNK;
        for (int plane = 0; plane < FILTER_WIDTH; plane++)
            for (int i = 0; i < CHUNK; i++) {
                float *x = out + plane * FILTER_ROW + at + i;
                *x = *x > 0 ? *x : 0;
            }
    }
    for (int plane = 0; plane < FILTER_WIDTH; plane++)
        repeat_borders(out + plane * FILTER_ROW, first, last, columns);
    keep_row(t, number, row, out + t->start - first);
}

/* Goes on with a layer, and with those before it, up to a row. */
static void advance(tile *t, int layer, int row)
{
    row = clamped(row, t->image->rows);
    for (; t->next[layer] <= row; t->next[layer]++) {
        if (layer == 0) {
            copy_row(t, t->next[0]);
            continue;
        }
        advance(t, layer - 1, t->next[layer] + 1);
        hidden_row(t, layer - 1, t->next[layer]);
    }
}

static void out_row(tile *t, int row)
{
    const float *in[FILTER_WIDTH * FILTER_TAPS];
    weighed_rows(in, t->layers[1], FILTER_WIDTH, row, t->image->rows);
    for (int at = 0; at < t->stop - t->start; at += CHUNK) {
        dense(in, NULL, FILTER_WIDTH * FILTER_TAPS, FILTER_WIDTH * FILTER_TAPS, t->filter->third,
              t->filter->third_bias, 4, t->out + at, FILTER_ROW);
        for (int k = 0; k < FILTER_WIDTH * FILTER_TAPS; k++)
            in[k] += CHUNK;
    }
    for (int plane = 0; plane < FILTER_CHANNELS; plane++) {
        if (!t->image->planes[plane] || !t->image->out[plane])
            continue;
        ptrdiff_t place = (ptrdiff_t)row * t->image->columns + t->start;
        const float *known = t->image->planes[plane] + place;
        float *out = t->image->out[plane] + place;
        for (int i = 0; i < t->stop - t->start; i++)
            out[i] = known[i] + t->out[plane * FILTER_ROW + i];
    }
}

void INR_ISA_NAME(filter_rows)(const inr_filter *filter, const inr_filtered *image, int first, int last,
                               float *work)
{
    for (int start = 0; start < image->columns; start += FILTER_TILE) {
        int stop = start + FILTER_TILE < image->columns ? start + FILTER_TILE : image->columns;
        tile t = {filter, image, start, stop, work, {0}, 0, {0}};
        t.layers[0] = work + 3 * FILTER_CHANNELS * FILTER_ROW;
        t.layers[1] = t.layers[0] + 3 * FILTER_WIDTH * FILTER_ROW;
        t.out = t.layers[1] + 3 * FILTER_WIDTH * FILTER_ROW;
        for (int layer = 0; layer < 3; layer++)
            t.next[layer] = clamped(first - 3 + layer, image->rows);
        for (int row = first; row < last; row++) {
            advance(&t, 2, row + 1);
            out_row(&t, row);
        }
    }
}
