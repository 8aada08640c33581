/* Regions of one color that take that of another beside them, where that costs less. */
#include "color_costs.h"

#include "kernels.h"

enum { BESIDE = 16, SIDES = 4, LARGE = -1 };

/* A region, and the colors beside it. */
typedef struct {
    int32_t own, size, count, beside[BESIDE];
} color_region;

static void note_beside(color_region *region, int32_t color)
{
    for (int i = 0; i < region->count; i++)
        if (region->beside[i] == color)
            return;
    if (region->count < BESIDE)
        region->beside[region->count++] = color;
}

static void forget(const inr_color_room *room, const color_region *region)
{
    for (int32_t i = 0; i < region->size; i++)
        room->found[room->members[i]] = LARGE;
}

/* Finds the pixels of a region and the colors beside it; returns whether it is small enough. */
static int find_region(const inr_color_map *map, const inr_color_room *room, ptrdiff_t at, int32_t number, color_region *region)
{
    const ptrdiff_t stride = stride_of(map), sides[SIDES] = {1, -1, stride, -stride};
    *region = (color_region){map->colors[at], 1, 0, {0}};
    room->members[0] = (int32_t)at;
    room->found[at] = number;
    for (int32_t i = 0; i < region->size; i++)
        for (int side = 0; side < SIDES; side++) {
            ptrdiff_t next = room->members[i] + sides[side];
            if (!map->kept[next] || room->found[next] == number)
                continue;
            if (map->colors[next] != region->own) {
                note_beside(region, map->colors[next]);
            } else if (room->found[next] == LARGE || region->size == room->most) {
                forget(room, region);
                return 0;
            } else {
                room->found[next] = number;
                room->members[region->size++] = (int32_t)next;
            }
        }
    return 1;
}

/* Finds the pixels that see those of a region; returns how many there are. */
static int32_t find_affected(const inr_color_map *map, const inr_color_room *room, const color_region *region, int32_t number)
{
    ptrdiff_t seeing[SEEING];
    int32_t count = 0;
    find_seeing(map, seeing);
    for (int32_t i = 0; i < region->size; i++)
        for (int k = 0; k < SEEING; k++) {
            ptrdiff_t at = room->members[i] + seeing[k];
            if (room->marks[at] == number)
                continue;
            room->marks[at] = number;
            room->affected[count++] = (int32_t)at;
        }
    return count;
}

static void paint(const inr_color_map *map, const inr_color_room *room, const color_region *region, int32_t color)
{
    for (int32_t i = 0; i < region->size; i++)
        map->colors[room->members[i]] = color;
}

/* What a region costs in a color, with all pixels that see it. */
static double region_cost(const inr_color_map *map, const inr_color_room *room, const color_region *region, int32_t affected, int32_t color)
{
    ptrdiff_t stride = stride_of(map);
    double error = 0, bits = 0;
    paint(map, room, region, color);
    for (int32_t i = 0; i < region->size; i++) {
        int64_t row = room->members[i] / stride - MAP_MARGIN, column = room->members[i] % stride - MAP_MARGIN;
        error += error_of(map, map->samples + (row * map->width + column) * map->channels, color);
    }
    for (int32_t i = 0; i < affected; i++)
        bits += bits_at(map, room->affected[i]);
    return error + map->weight * bits;
}

/* Gives a region the color of least cost among its own and those beside it; returns whether that is
 * another. */
static int settle_region(const inr_color_map *map, const inr_color_room *room, const color_region *region, int32_t number)
{
    int32_t affected = find_affected(map, room, region, number), best = region->own;
    double least = region_cost(map, room, region, affected, region->own);
    for (int i = 0; i < region->count; i++) {
        double cost = region_cost(map, room, region, affected, region->beside[i]);
        if (cost < least) {
            least = cost;
            best = region->beside[i];
        }
    }
    paint(map, room, region, best);
    return best != region->own;
}

int inr_settle_regions(const inr_color_map *map, const inr_color_room *room, int64_t *changed)
{
    if (!color_map_is_valid(map) || room->most < 1)
        return INR_USAGE;
    int64_t pixels = (int64_t)map->height * map->width;
    *changed = 0;
    for (int64_t i = 0; i < pixels; i++) {
        color_region region;
        ptrdiff_t at = place_of(map, i);
        int32_t number = (int32_t)(i + 1);
        if (map->kept[at] && !room->found[at] && find_region(map, room, at, number, &region))
            *changed += settle_region(map, room, &region, number);
    }
    return 0;
}
