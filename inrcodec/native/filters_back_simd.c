/* The adjoint of the synthesis filters: gradients by what a filter gives to those by what it sees.
 * A convolution's adjoint is the convolution by turned weights over planes with zeros around them,
 * one place wider on each side than the planes; what falls outside is added to the border, as borders
 * are repeated on the way there. */
#include <string.h>

#include "filters.h"
#include "isa.h"

typedef struct {
    const inr_filter *adjoint;
    const inr_filtered *image;
    int start, stop; /* columns that come out */
    /* The last three rows of gradients by what the filter gives, and by its hidden layers, the last
     * first; then a row that comes out, and one that is folded. */
    float *layers[3], *out, *folded;
    const float *zeros;
    int next[3];
} tile;

static int clamped(int place, int count)
{
    return place < 0 ? 0 : place < count ? place : count - 1;
}

static int planes_of(int layer)
{
    return layer == 0 ? FILTER_CHANNELS : FILTER_WIDTH;
}

/* Column at place 0 of the rows of a layer: each sees one more on both sides. */
static int first_column(const tile *t, int layer)
{
    return t->start - 4 + layer;
}

static float *row_of(const tile *t, int layer, int row, int plane)
{
    return t->layers[layer] + ((ptrdiff_t)(row % 3) * planes_of(layer) + plane) * FILTER_ROW;
}

/* The convolution of a layer's gradients at a row, which may be one beyond the planes. */
static void convolve(const tile *t, int layer, int row, int columns, float *out)
{
    const float *in[FILTER_WIDTH * FILTER_TAPS];
    const inr_filter *f = t->adjoint;
    const float *weights = layer == 0 ? f->first : layer == 1 ? f->second : f->third;
    const float *bias = layer == 0 ? f->first_bias : layer == 1 ? f->second_bias : f->third_bias;
    int planes = planes_of(layer), inputs = planes * FILTER_TAPS, count = 0;
    for (int plane = 0; plane < planes; plane++)
        for (int i = -1; i <= 1; i++)
            for (int j = 0; j < 3; j++) {
                int inside = row + i >= 0 && row + i < t->image->rows;
                in[count++] = (inside ? row_of(t, layer, row + i, plane) : t->zeros) + j;
            }
    for (int at = 0; at < columns; at += CHUNK) {
        dense(in, NULL, inputs, inputs, weights, bias, layer < 2 ? FILTER_WIDTH : 4, out + at, FILTER_ROW);
        for (int k = 0; k < inputs; k++)
            in[k] += CHUNK;
    }
}

static void add_row(tile *t, int layer, int row, int planes, int columns, float *out)
{
    convolve(t, layer, row, columns, t->folded);
    for (int plane = 0; plane < planes; plane++)
        for (int i = 0; i < columns; i++)
            out[plane * FILTER_ROW + i] += t->folded[plane * FILTER_ROW + i];
}

/* The gradients by what a layer saw, at a row, with what fell outside of the planes. */
static void folded_row(tile *t, int layer, int row, int planes, float *out)
{
    int first = first_column(t, layer + 1), columns = t->stop + 3 - layer - first, last = t->image->columns - 1;
    convolve(t, layer, row, columns, out);
    if (row == 0)
        add_row(t, layer, -1, planes, columns, out);
    if (row == t->image->rows - 1)
        add_row(t, layer, row + 1, planes, columns, out);
    for (int plane = 0; plane < planes; plane++) {
        float *x = out + plane * FILTER_ROW - first;
        if (first < 0)
            x[0] += x[-1];
        if (last + 1 < first + columns)
            x[last] += x[last + 1];
        for (int column = first; column < 0; column++)
            x[column] = 0;
        for (int column = last + 1; column < first + columns; column++)
            x[column] = 0;
    }
}

static void hidden_row(tile *t, int layer, int row)
{
    float *out = row_of(t, layer, row, 0);
    folded_row(t, layer - 1, row, FILTER_WIDTH, out);
    int first = first_column(t, layer), last = t->stop + 4 - layer, columns = t->image->columns;
    int from = first < 0 ? 0 : first, until = last < columns ? last : columns;
    float *hidden = t->image->hidden[2 - layer];
    for (int plane = 0; plane < FILTER_WIDTH; plane++) {
        ptrdiff_t place = ((ptrdiff_t)plane * t->image->rows + row) * columns;
        const uint8_t *active =
            t->image->active[2 - layer] + ((ptrdiff_t)(plane / 8) * t->image->rows + row) * columns;
        int bit = 1 << plane % 8;
        float *x = out + plane * FILTER_ROW - first;
        for (int column = from; column < until; column++)
            x[column] = active[column] & bit ? x[column] : 0;
        for (int column = t->start; hidden && column < t->stop; column++)
            hidden[place + column] = x[column];
    }
}

static void copy_row(tile *t, int row)
{
    int first = first_column(t, 0), columns = t->image->columns;
    for (int plane = 0; plane < FILTER_CHANNELS; plane++) {
        float *out = row_of(t, 0, row, plane) - first;
        const float *in = t->image->planes[plane];
        for (int column = first; column < t->stop + 4; column++)
            out[column] = in && column >= 0 && column < columns ? in[(ptrdiff_t)row * columns + column] : 0;
    }
}

static void advance(tile *t, int layer, int row)
{
    row = clamped(row, t->image->rows);
    for (; t->next[layer] <= row; t->next[layer]++) {
        if (layer == 0) {
            copy_row(t, t->next[0]);
            continue;
        }
        advance(t, layer - 1, t->next[layer] + 1);
        hidden_row(t, layer, t->next[layer]);
    }
}

static void out_row(tile *t, int row)
{
    folded_row(t, 2, row, FILTER_CHANNELS, t->out);
    for (int plane = 0; plane < FILTER_CHANNELS; plane++) {
        if (!t->image->planes[plane] || !t->image->out[plane])
            continue;
        ptrdiff_t place = (ptrdiff_t)row * t->image->columns + t->start;
        const float *known = t->image->planes[plane] + place, *back = t->out + plane * FILTER_ROW + 1;
        float *out = t->image->out[plane] + place;
        for (int i = 0; i < t->stop - t->start; i++)
            out[i] = known[i] + back[i];
    }
}

void INR_ISA_NAME(filter_rows_back)(const inr_filter *filter, const inr_filtered *image, int first,
                                    int last, float *work)
{
    float *next = work;
    tile t = {.adjoint = filter, .image = image, .zeros = next};
    memset(next, 0, FILTER_ROW * sizeof *next);
    next += FILTER_ROW;
    for (int layer = 0; layer < 3; layer++) {
        t.layers[layer] = next;
        next += 3 * planes_of(layer) * FILTER_ROW;
    }
    t.out = next;
    t.folded = next + 4 * FILTER_ROW;
    for (t.start = 0; t.start < image->columns; t.start += FILTER_BACK_TILE) {
        t.stop = t.start + FILTER_BACK_TILE;
        t.stop = t.stop < image->columns ? t.stop : image->columns;
        for (int layer = 0; layer < 3; layer++)
            t.next[layer] = clamped(first - 3 + layer, image->rows);
        for (int row = first; row < last; row++) {
            advance(&t, 2, row + 1);
            out_row(&t, row);
        }
    }
}
