/* Synthesis filters (`formats/inr-v1-grid.md`, 6): three convolutions of 3 by 3 with ReLU between. */
#ifndef INR_FILTERS_H
#define INR_FILTERS_H

#include <stddef.h>
#include <stdint.h>

#include "dense.h"

enum {
    FILTER_CHANNELS = 3,
    FILTER_WIDTH = 24,
    FILTER_TAPS = 9,
    FILTER_BYTES = FILTER_WIDTH / 8,
    FILTER_ROW = 5 * CHUNK,           /* floats of a row of a tile, a chunk more than are used */
    FILTER_TILE = 4 * CHUNK - 4,      /* columns that come out of a tile; and of the adjoint's */
    FILTER_BACK_TILE = 4 * CHUNK - 6,
    FILTER_FLOATS = (3 * (FILTER_CHANNELS + 2 * FILTER_WIDTH) + FILTER_WIDTH + 5) * FILTER_ROW
};

/* A filter at a step, packed for `dense`: inputs by channel, row, column. */
typedef struct {
    const float *first;       /* [6][27][4] */
    const float *first_bias;  /* [24], which tells the step */
    const float *second;      /* [6][216][4] */
    const float *second_bias; /* [24] */
    const float *third;       /* [1][216][4] */
    const float *third_bias;  /* [4] */
} inr_filter;

/* Planes of an image's channels: FILTER_CHANNELS of `rows` by `columns`; NULL: zeros. */
typedef struct {
    const float *planes[FILTER_CHANNELS];
    float *out[FILTER_CHANNELS]; /* channels with their correction; NULL: not wanted */
    uint8_t *active[2];          /* [3][rows][columns]: where ReLUs pass, a bit for each of 8 planes;
                                    NULL: not wanted */
    float *hidden[2];            /* [24][rows][columns]: of hidden layers; NULL: not wanted */
    int32_t rows, columns;
} inr_filtered;

/* Filters the rows from `first` to `last` - 1; `work` has FILTER_FLOATS. */
typedef void filter_rows(const inr_filter *filter, const inr_filtered *image, int first, int last,
                         float *work);

/* What a convolution of 3 by 3 saw, and gradients by what it gives. */
typedef struct {
    const float *seen;      /* [inputs][rows + 2][columns + 2]: with a place more on each side */
    const float *gradients; /* [outputs][rows][columns] */
    int32_t inputs, outputs, rows, columns;
} inr_convolved;

/* Computes the gradients by its weights, [outputs][inputs][9]. */
typedef void filter_weights(const inr_convolved *convolved, float *by_weights);

#endif
