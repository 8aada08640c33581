/* Colors of pixels by what they cost: iterated conditional modes (Besag, 1986). */
#include "color_costs.h"

#include <math.h>

#include "kernels.h"

enum { MOST_SIDE = 1 << 16, MOST_PIXELS = 1 << 24, TRIED = 10 };

static int has_sizes(const inr_color_map *map)
{
    return map->height >= 1 && map->width >= 1 && map->height <= MOST_SIDE && map->width <= MOST_SIDE &&
           (int64_t)map->height * map->width <= MOST_PIXELS && map->channels >= 1 && map->channels <= MAP_CHANNELS && map->count >= 1;
}

/* No pixel of the margin is coded, so that what is around a coded one is there. */
static int has_margin(const inr_color_map *map)
{
    int64_t stride = stride_of(map), last = map->height + MAP_MARGIN;
    for (int64_t row = 0; row < map->height + 2 * MAP_MARGIN; row++) {
        int inside = row >= MAP_MARGIN && row < last;
        for (int64_t column = 0; column < stride; column++)
            if (map->kept[row * stride + column] && !(inside && column >= MAP_MARGIN && column < map->width + MAP_MARGIN))
                return 0;
    }
    return 1;
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

int color_map_is_valid(const inr_color_map *map)
{
    return has_sizes(map) && has_margin(map) && is_closed(map);
}

/* What a color costs at a pixel, with those after it that see it; `most` if that is more. */
static double cost_of(const inr_color_map *map, ptrdiff_t at, const uint16_t *samples, int32_t color, double most)
{
    double error = error_of(map, samples, color), bits = 0;
    ptrdiff_t seeing[SEEING];
    if (error >= most)
        return most;
    find_seeing(map, seeing);
    map->colors[at] = color;
    for (int i = 0; i < SEEING; i++)
        bits += bits_at(map, at + seeing[i]);
    return error + map->weight * bits;
}

/* Gives a pixel the color of least cost among its own, the favored one and those of its neighbors;
 * returns whether that is another. */
static int settle(const inr_color_map *map, ptrdiff_t at, const uint16_t *samples, int32_t favored)
{
    ptrdiff_t stride = stride_of(map);
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
        double cost = cost_of(map, at, samples, tried[i], least);
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
    if (!color_map_is_valid(map))
        return INR_USAGE;
    int64_t pixels = (int64_t)map->height * map->width;
    *changed = 0;
    for (int64_t i = 0; i < pixels; i++) {
        int64_t number = backward ? pixels - 1 - i : i;
        ptrdiff_t at = place_of(map, number);
        if (map->kept[at])
            *changed += settle(map, at, map->samples + number * map->channels, map->favored[number]);
    }
    return 0;
}
