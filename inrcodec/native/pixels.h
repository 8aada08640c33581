/* From channels to pixels: the turn of colors, interpolation, whole numbers
 * (`formats/inr-v1-grid.md`, 6 and 7). */
#ifndef INR_PIXELS_H
#define INR_PIXELS_H

#include <stddef.h>
#include <stdint.h>

enum { COLORS = 3 };

/* Turns planes of three channels: out[c] = sum over d of matrix[c][d] * planes[d]. */
typedef struct {
    const float *planes; /* [3][`stride` apart][count] */
    float *out;          /* [3][count] */
    float matrix[COLORS][COLORS];
    int64_t stride, count;
} inr_turn;

/* Adds up some places of a line for each output: out[o] += sum over t of weights[o][t] *
 * in[index[o][t]]. A place is a number of a row, or a whole row of `width` numbers. */
typedef struct {
    const float *in; /* [planes][places][width] */
    float *out;      /* [planes][outputs][width] */
    const int32_t *index;
    const float *weights;
    int64_t planes, places, outputs, taps, width;
} inr_sums;

typedef void turn_colors(const inr_turn *turn);
typedef void add_places(const inr_sums *sums);
typedef void whole_bytes(const float *values, int64_t count, uint8_t *out);
typedef void whole_words(const float *values, int64_t count, uint16_t *out);

#endif
