/* Colors of pixels by what they cost: iterated conditional modes (Besag, 1986). */
#include "color_map.h"

#include <math.h>
#include <stddef.h>

#include "kernels.h"

enum { MOST_SIDE = 1 << 16, MOST_PIXELS = 1 << 24, TRIED = 10 };

static int is_valid(const inr_color_map *map)
{
    return map->height >= 1 && map->width >= 1 && map->height <= MOST_SIDE && map->width <= MOST_SIDE &&
           (int64_t)map->height * map->width <= MOST_PIXELS && map->channels >= 1 && map->channels <= MAP_CHANNELS && map->count >= 1;
}

/* All colors are in the list, so that none is looked up beyond it. */
static int is_closed(const inr_color_map *map)
{
    int64_t pixels = (int64_t)map->height * map->width;
    int64_t padded = (int64_t)(map->height + 2 * MAP_MARGIN) * (map->width + 2 * MAP_MARGIN);
    for (int64_t i = 0; i < padded; i++)
        if (map->colors[i] < 0 || map->colors[i] >= map->count)
            return 0;
    for (int64_t i = 0; i < pixels; i++)
        if (map->favored[i] < 0 || map->favored[i] >= map->count)
            return 0;
    return 1;
}

/* Which of the neighbors that are coded before a pixel are alike. */
static int pattern_at(const int32_t *here, ptrdiff_t stride)
{
    int32_t west = here[-1], north = here[-stride], north_west = here[-stride - 1], north_east = here[-stride + 1];
    return (west == north) | (west == north_west) << 1 | (north == north_west) << 2 | (north == north_east) << 3 |
           (west == north_east) << 4 | (north_west == north_east) << 5 | (west == here[-2]) << 6 | (north == here[-2 * stride]) << 7;
}

static int outcome_at(const int32_t *here, ptrdiff_t stride)
{
    int32_t own = here[0];
    return own == here[-1] ? 0 : own == here[-stride] ? 1 : own == here[-stride + 1] ? 2 : own == here[-stride - 1] ? 3 : 4;
}

static double bits_at(const inr_color_map *map, ptrdiff_t at, ptrdiff_t stride)
{
    const int32_t *here = map->colors + at;
    if (!map->kept[at])
        return 0;
    int outcome = outcome_at(here, stride);
    double bits = map->pattern_bits[pattern_at(here, stride) * MAP_OUTCOMES + outcome];
    return outcome == MAP_OUTCOMES - 1 ? bits + map->color_bits[here[0]] : bits;
}

/* Squared levels by which a color is off. */
static double error_of(const inr_color_map *map, const uint16_t *samples, int32_t color)
{
    const uint16_t *levels = map->levels + (ptrdiff_t)color * map->channels;
    double sum = 0;
    for (int c = 0; c < map->channels; c++) {
        double difference = (double)samples[c] - (double)levels[c];
        sum += difference * difference;
    }
    return sum;
}

/* What a color costs at a pixel, with those after it that see it; `most` if that is more. */
static double cost_of(const inr_color_map *map, ptrdiff_t at, ptrdiff_t stride, const uint16_t *samples, int32_t color, double most)
{
    const ptrdiff_t seeing[] = {0, 1, 2, stride - 1, stride, stride + 1, 2 * stride};
    double error = error_of(map, samples, color), bits = 0;
    if (error >= most)
        return most;
    map->colors[at] = color;
    for (int i = 0; i < 7; i++)
        bits += bits_at(map, at + seeing[i], stride);
    return error + map->weight * bits;
}

/* Gives a pixel the color of least cost among its own, the favored one and those of its neighbors;
 * returns whether that is another. */
static int settle(const inr_color_map *map, ptrdiff_t at, ptrdiff_t stride, const uint16_t *samples, int32_t favored)
{
    const ptrdiff_t around[] = {-1, 1, -stride, stride, -stride - 1, -stride + 1, stride - 1, stride + 1};
    int32_t own = map->colors[at], tried[TRIED] = {own, favored}, best = own;
    int alike = own == favored;
    for (int i = 0; i < 8; i++) {
        tried[2 + i] = map->colors[at + around[i]];
        alike &= tried[2 + i] == own;
    }
    if (alike)
        return 0;
    double least = INFINITY;
    for (int i = 0; i < TRIED; i++) {
        int known = 0;
        for (int j = 0; j < i && !known; j++)
            known = tried[j] == tried[i];
        if (known)
            continue;
        double cost = cost_of(map, at, stride, samples, tried[i], least);
        if (cost < least) {
            least = cost;
            best = tried[i];
        }
    }
    map->colors[at] = best;
    return best != own;
}

int inr_settle_colors(const inr_color_map *map, int32_t backward, int64_t *changed)
{
    if (!is_valid(map) || !is_closed(map))
        return INR_USAGE;
    ptrdiff_t stride = map->width + 2 * MAP_MARGIN;
    int64_t pixels = (int64_t)map->height * map->width;
    *changed = 0;
    for (int64_t i = 0; i < pixels; i++) {
        int64_t number = backward ? pixels - 1 - i : i;
        ptrdiff_t at = (number / map->width + MAP_MARGIN) * stride + MAP_MARGIN + number % map->width;
        if (map->kept[at])
            *changed += settle(map, at, stride, map->samples + number * map->channels, map->favored[number]);
    }
    return 0;
}
