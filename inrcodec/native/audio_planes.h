/* What networks see of a row of audio (`formats/inr-v1-audio.md`, 6): planes of its places, each in four
 * parts by the place modulo 4, so that a pass and all its neighbors lie side by side. */
#ifndef INR_AUDIO_PLANES_H
#define INR_AUDIO_PLANES_H

#include "audio.h"

enum {
    LAST, BEFORE, MEAN_8, MEAN_32, ABOVE_STEP, LEVEL_ABOVE, PLACE, /* of coefficients */
    OTHER, OTHER_MEAN_2, OTHER_MEAN_8, OTHER_SIGNED,               /* of the first channel of a pair */
    OWN, OWN_SIGNED, AROUND,                                       /* of the row itself */
    PLANES,
    /* Of levels and extents. */
    CHANGED = LAST, EXPECTED = BEFORE, DIFFERENCE_BELOW = MEAN_8, DIFFERENCE_ABOVE = MEAN_32,
    OTHER_CHANGED = OTHER, OTHER_DIFFERENCE = OTHER_MEAN_2, OTHER_SIGNED_CHANGE = OTHER_SIGNED,
    OTHER_SIGNED_DIFFERENCE = OTHER_MEAN_8
};

/* The first place of each pass. */
static const int FIRST_PLACES[ROW_PASSES] = {0, 2, 1, 3};

/* Coefficients beyond those of a row that means reach to, and some. */
enum { PLANE_REACH = 40 };

/* A plane: place k is `parts`[k % 4][k / 4]; places from -4 on are 0. */
typedef struct {
    float *parts[ROW_PASSES];
} row_plane;

typedef struct {
    row_plane planes[PLANES];
    int32_t *numbers, *sums; /* of places, and of those before: room for one row */
} row_planes;

static inline void plane_put(const row_plane *plane, ptrdiff_t place, float value)
{
    plane->parts[place & 3][place >> 2] = value;
}

/* Where a pass that begins at a place sees what is so many places beside it. */
static inline const float *plane_at(const row_plane *plane, int place)
{
    return plane->parts[place & 3] + (place >> 2);
}

/* Makes places from `count` on, as far as networks see, 0. */
void plane_end(const row_plane *plane, ptrdiff_t count);

/* A block's coefficients as contexts of later ones take them: of one with `length` 0 there are none. */
typedef struct {
    const int32_t *latents, *exponents;
    int length;
} audio_block;

/* Lays planes out for frames of so many samples. */
int64_t planes_size(int frame);
void lay_planes(row_planes *planes, int frame, float *floats);

/* Fills the planes of a row of `count` coefficients: from the last two blocks of its channel, and from the
 * other channel's block, NULL if it has none. */
void put_blocks(row_planes *planes, const inr_audio_model *model, const audio_row *row, const audio_block *last,
                const audio_block *other);

/* Fills those of places, of a rate; and those of levels, which are `expected` over steps (NULL: unknown). */
void put_places(row_planes *planes, const inr_audio_model *model, const audio_row *row, int rate);
void put_expected(row_planes *planes, const inr_audio_model *model, const audio_row *row,
                  const int32_t *expected);

/* What is known of levels: [bands] each; of the first channel of a pair, if there is one, both. */
typedef struct {
    const int32_t *changes, *other_levels, *other_changes;
} known_levels;

void put_levels(row_planes *planes, const inr_audio_model *model, const audio_row *row,
                const known_levels *known);
void put_extent(row_planes *planes, const inr_audio_model *model, int before, const int *other);

/* Prepares the planes of the row itself, and lets later passes see the numbers of one. */
void start_row(row_planes *planes, int count);
void put_numbers(row_planes *planes, const inr_audio_model *model, const audio_row *row, int first,
                 const int32_t *numbers);

/* Means around the places of a pass, of which so many have been coded. */
void put_around(row_planes *planes, const inr_audio_model *model, const audio_row *row, int number);

/* Collects what a pass is computed from. */
void row_inputs(const row_planes *planes, const audio_row *row, int number, context_inputs *inputs);

#endif
