/* Maps of colors: which color of a list each pixel of a tile has. */
#ifndef INR_COLOR_MAP_H
#define INR_COLOR_MAP_H

#include <stdint.h>

enum {
    MAP_MARGIN = 2,     /* pixels around a map */
    MAP_PATTERNS = 256, /* which of a pixel's neighbors are alike */
    MAP_OUTCOMES = 5,   /* as the pixel to the left, above, above to the right, above to the left; none */
    MAP_CHANNELS = 4,
};

/* A map, in the order of rows, and what its pixels are worth. */
typedef struct {
    int32_t *colors;           /* [height + 4][width + 4]: the color of each pixel */
    const uint8_t *kept;       /* likewise: whether a pixel is coded; 0 in the margin */
    const int32_t *favored;    /* [height][width]: a color to be tried, too */
    const uint16_t *samples;   /* [height][width][channels]: originals */
    const uint16_t *levels;    /* [count][channels]: of colors */
    const double *pattern_bits; /* [MAP_PATTERNS][MAP_OUTCOMES]: of an outcome beside such neighbors */
    const double *color_bits;  /* [count]: of a color that no neighbor has */
    int32_t height, width, channels, count;
    double weight;             /* squared levels that a bit is worth */
} inr_color_map;

/* Room for regions, of at most so many pixels. */
typedef struct {
    int32_t *found, *marks; /* [height + 4][width + 4], 0 */
    int32_t *members;       /* [most] */
    int32_t *affected;      /* [7 * most] */
    int32_t most;
} inr_color_room;

#endif
