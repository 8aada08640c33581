/* What the pixels of a map of colors cost. */
#ifndef INR_COLOR_COSTS_H
#define INR_COLOR_COSTS_H

#include "color_map.h"

#include <stddef.h>

enum { SEEING = 7 };

/* Tells whether sizes are in range, and all colors in the list. */
int color_map_is_valid(const inr_color_map *map);

static inline ptrdiff_t stride_of(const inr_color_map *map)
{
    return map->width + 2 * MAP_MARGIN;
}

/* Where a pixel is, which are numbered row by row. */
static inline ptrdiff_t place_of(const inr_color_map *map, int64_t number)
{
    return (number / map->width + MAP_MARGIN) * stride_of(map) + MAP_MARGIN + number % map->width;
}

/* Where those are that see a pixel: itself, and those after it. */
static inline void find_seeing(const inr_color_map *map, ptrdiff_t seeing[SEEING])
{
    ptrdiff_t stride = stride_of(map);
    const ptrdiff_t found[SEEING] = {0, 1, 2, stride - 1, stride, stride + 1, 2 * stride};
    for (int i = 0; i < SEEING; i++)
        seeing[i] = found[i];
}

/* Which of the neighbors that are coded before a pixel are alike. */
static inline int pattern_at(const int32_t *here, ptrdiff_t stride)
{
    int32_t west = here[-1], north = here[-stride], north_west = here[-stride - 1], north_east = here[-stride + 1];
    return (west == north) | (west == north_west) << 1 | (north == north_west) << 2 | (north == north_east) << 3 |
           (west == north_east) << 4 | (north_west == north_east) << 5 | (west == here[-2]) << 6 | (north == here[-2 * stride]) << 7;
}

static inline int outcome_at(const int32_t *here, ptrdiff_t stride)
{
    int32_t own = here[0];
    return own == here[-1] ? 0 : own == here[-stride] ? 1 : own == here[-stride + 1] ? 2 : own == here[-stride - 1] ? 3 : 4;
}

static inline double bits_at(const inr_color_map *map, ptrdiff_t at)
{
    ptrdiff_t stride = stride_of(map);
    const int32_t *here = map->colors + at;
    if (!map->kept[at])
        return 0;
    int outcome = outcome_at(here, stride);
    double bits = map->pattern_bits[pattern_at(here, stride) * MAP_OUTCOMES + outcome];
    return outcome == MAP_OUTCOMES - 1 ? bits + map->color_bits[here[0]] : bits;
}

/* Squared levels by which a color is off. */
static inline double error_of(const inr_color_map *map, const uint16_t *samples, int32_t color)
{
    const uint16_t *levels = map->levels + (ptrdiff_t)color * map->channels;
    double sum = 0;
    for (int c = 0; c < map->channels; c++) {
        double difference = (double)samples[c] - (double)levels[c];
        sum += difference * difference;
    }
    return sum;
}

#endif
