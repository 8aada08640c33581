/* The low band that contexts see (`formats/inr-v1-grid.md`, 5.1). */
#ifndef INR_LOW_H
#define INR_LOW_H

#include <stddef.h>
#include <stdint.h>

#include "geometry.h"

enum { LOW_UNIT = 8, MOST_LOW = 1 << 16, SLOPE_KINDS = 6, SLOPE_TABLE = 1 << 13 };

/* Down and across, from one place of a slope to the other. */
extern const int8_t SLOPE_STEPS[SLOPE_KINDS][2];

/* A low band, or the same with rows and columns swapped. */
typedef struct {
    const int32_t *values;
    ptrdiff_t down, across;
    int rows, columns;
} low_view;

/* Planes of slopes by the parity of row and column (passes), of magnitudes and of signed values. */
typedef struct {
    ptrdiff_t stride;
    float *of[PASSES][SLOPE_KINDS][2];
} slope_planes;

/* The low band of the first level of a block. */
void low_start(const inr_block *block, int channel, int32_t *out);

/* The low band of a level from that of the level before and its details, of so many eighths each; `row`
 * has room for one. */
void low_join(const int32_t *low, const inr_band details[BANDS], int32_t unit, int32_t *row, int32_t *out);

/* The slopes of a low band, which leave planes as they are where one of the places is outside. */
void low_slopes(const low_view *low, const float *table, const slope_planes *planes);

#endif
