#include "audio_planes.h"

enum {
    MOST_SIZE = 4095, MOST_IN_EIGHTHS = 8191, MOST_RATIO = 96, RATIO_BITS = 7,
    LEAST_EXPECTED = -32, MOST_EXPECTED = 96, LEAST_OCTAVES = -64, OCTAVES = 192,
    HZ_OF_PLACE = 25, REACH = 12
};

/* Floats of a part: places before its first, those after its last, and a chunk. */
static int64_t part_floats(int frame)
{
    return frame / 4 + 12 + CHUNK;
}

int64_t planes_size(int frame)
{
    return PLANES * ROW_PASSES * part_floats(frame) + 2 * ((int64_t)frame + 1);
}

void lay_planes(row_planes *planes, int frame, float *floats)
{
    int64_t size = part_floats(frame);
    for (int plane = 0; plane < PLANES; plane++)
        for (int part = 0; part < ROW_PASSES; part++, floats += size)
            planes->planes[plane].parts[part] = floats + 1;
    planes->numbers = (int32_t *)floats;
    planes->sums = planes->numbers + frame;
}

void plane_end(const row_plane *plane, ptrdiff_t count)
{
    for (ptrdiff_t k = count; k < count + 8; k++)
        plane_put(plane, k, 0);
}

static int limited(int x, int least, int most)
{
    return x < least ? least : x > most ? most : x;
}

static float compress(const inr_audio_model *model, int32_t size)
{
    return model->logarithm[size < 1023 ? size : 1023];
}

static float compress_eighths(const inr_audio_model *model, int64_t size)
{
    return model->slopes[size < MOST_IN_EIGHTHS ? size : MOST_IN_EIGHTHS];
}

static float compress_signed(const inr_audio_model *model, int32_t number)
{
    return number < 0 ? -compress(model, -number) : compress(model, number);
}

static int32_t size_of(int32_t number)
{
    return number < 0 ? -number : number;
}

/* A magnitude of a block, in eighths of another step. */
static int64_t moved(const inr_audio_model *model, const audio_block *block, int place, int32_t exponent)
{
    int64_t size = size_of(block->latents[place]);
    int steps = limited(block->exponents[place] - exponent, -MOST_RATIO, MOST_RATIO);
    return ((size < MOST_SIZE ? size : MOST_SIZE) * model->ratios[steps + MOST_RATIO]) >> RATIO_BITS;
}

/* The magnitude of a block at a place of a row, in eighths of its step: a mean where the block has more. */
static int32_t brought(const inr_audio_model *model, const audio_block *block, const audio_row *row, int place)
{
    int64_t sum = 0;
    if (block->length <= row->length) {
        sum = moved(model, block, place / (row->length / block->length), row->exponents[place]);
    } else {
        int apart = block->length / row->length;
        for (int k = 0; k < apart; k++)
            sum += moved(model, block, place * apart + k, row->exponents[place]);
        sum /= apart;
    }
    return (int32_t)(sum < MOST_IN_EIGHTHS ? sum : MOST_IN_EIGHTHS);
}

/* Fills a plane, and `numbers`, with the magnitudes of a block; returns up to where they are known. */
static int put_brought(row_planes *planes, const inr_audio_model *model, const audio_row *row,
                       const audio_block *block, int plane)
{
    int end = row->count + PLANE_REACH < row->length ? row->count + PLANE_REACH : row->length;
    for (int k = 0; k < end; k++) {
        planes->numbers[k] = block->length ? brought(model, block, row, k) : 0;
        plane_put(planes->planes + plane, k, compress_eighths(model, planes->numbers[k]));
    }
    plane_end(planes->planes + plane, end);
    planes->sums[0] = 0;
    for (int k = 0; k < end; k++)
        planes->sums[k + 1] = planes->sums[k] + planes->numbers[k];
    return end;
}

/* Fills a plane with means of `numbers` over so many places on either side. */
static void put_means(row_planes *planes, const inr_audio_model *model, int count, int end, int reach, int plane)
{
    for (int k = 0; k < count; k++) {
        int first = k - reach < 0 ? 0 : k - reach, last = k + reach + 1 > end ? end : k + reach + 1;
        int32_t mean = (planes->sums[last] - planes->sums[first]) / (2 * reach + 1);
        plane_put(planes->planes + plane, k, compress_eighths(model, mean));
    }
}

void put_blocks(row_planes *planes, const inr_audio_model *model, const audio_row *row, const audio_block *last,
                const audio_block *other)
{
    put_brought(planes, model, row, last + 1, BEFORE);
    int end = put_brought(planes, model, row, last, LAST);
    put_means(planes, model, row->count, end, 8, MEAN_8);
    put_means(planes, model, row->count, end, 32, MEAN_32);
    if (!other)
        return;
    end = put_brought(planes, model, row, other, OTHER);
    put_means(planes, model, row->count, end, 2, OTHER_MEAN_2);
    put_means(planes, model, row->count, end, 8, OTHER_MEAN_8);
    for (int k = 0; k < end; k++) {
        float size = compress_eighths(model, planes->numbers[k]);
        int32_t q = other->latents[k];
        plane_put(planes->planes + OTHER_SIGNED, k, q < 0 ? -size : q > 0 ? size : 0);
    }
    plane_end(planes->planes + OTHER_SIGNED, end);
}

void put_places(row_planes *planes, const inr_audio_model *model, const audio_row *row, int rate)
{
    for (int k = 0; k < row->count; k++) {
        int64_t place = (2 * (int64_t)k + 1) * rate / (4 * (int64_t)row->length * HZ_OF_PLACE);
        plane_put(planes->planes + PLACE, k, compress(model, place < 1023 ? (int32_t)place : 1023));
    }
}

void put_expected(row_planes *planes, const inr_audio_model *model, const audio_row *row, const int32_t *expected)
{
    for (int k = 0; k < row->count; k++) {
        int octaves = expected ? limited(expected[k] - LEAST_OCTAVES, 0, OCTAVES - 1) : 0;
        int level = expected ? limited(expected[k], LEAST_EXPECTED, MOST_EXPECTED) - LEAST_EXPECTED : 0;
        plane_put(planes->planes + ABOVE_STEP, k, expected ? model->expected[octaves] : 0);
        plane_put(planes->planes + LEVEL_ABOVE, k, (float)level);
    }
}

void put_levels(row_planes *planes, const inr_audio_model *model, const audio_row *row, const known_levels *known)
{
    row_plane *p = planes->planes;
    for (int k = 0; k < row->count; k++) {
        int32_t own = row->expected[k];
        int32_t below = row->expected[k > 0 ? k - 1 : 0], above = row->expected[k + 1 < row->count ? k + 1 : k];
        plane_put(p + CHANGED, k, compress(model, size_of(known->changes[k])));
        plane_put(p + EXPECTED, k, (float)(2 * own));
        plane_put(p + DIFFERENCE_BELOW, k, compress_signed(model, below - own));
        plane_put(p + DIFFERENCE_ABOVE, k, compress_signed(model, above - own));
        if (!known->other_levels)
            continue;
        int32_t difference = known->other_levels[k] - own, change = known->other_changes[k];
        plane_put(p + OTHER_CHANGED, k, compress(model, size_of(change)));
        plane_put(p + OTHER_DIFFERENCE, k, compress(model, size_of(difference)));
        plane_put(p + OTHER_SIGNED_CHANGE, k, compress_signed(model, change));
        plane_put(p + OTHER_SIGNED_DIFFERENCE, k, compress_signed(model, difference));
    }
    plane_end(p + CHANGED, row->count);
    plane_end(p + OTHER_CHANGED, row->count);
    plane_end(p + OTHER_SIGNED_CHANGE, row->count);
}

void put_extent(row_planes *planes, const inr_audio_model *model, int before, const int *other)
{
    row_plane *p = planes->planes;
    plane_put(p + CHANGED, 0, (float)(2 * before));
    plane_put(p + DIFFERENCE_BELOW, 0, (float)(2 * before - EXTENTS));
    if (other) {
        plane_put(p + OTHER_CHANGED, 0, (float)(2 * *other));
        plane_put(p + OTHER_SIGNED_CHANGE, 0, compress_signed(model, *other - before));
    }
}

void start_row(row_planes *planes, int count)
{
    for (int k = 0; k < count; k++) {
        plane_put(planes->planes + OWN, k, 0);
        plane_put(planes->planes + OWN_SIGNED, k, 0);
        plane_put(planes->planes + AROUND, k, 0);
        planes->numbers[k] = 0;
    }
    plane_end(planes->planes + OWN, count);
    plane_end(planes->planes + OWN_SIGNED, count);
}

void put_numbers(row_planes *planes, const inr_audio_model *model, const audio_row *row, int first,
                 const int32_t *numbers)
{
    for (int k = first; k < row->count; k += ROW_PASSES) {
        plane_put(planes->planes + OWN, k, compress(model, size_of(numbers[k])));
        plane_put(planes->planes + OWN_SIGNED, k, compress_signed(model, numbers[k]));
        planes->numbers[k] = size_of(numbers[k]);
    }
}

void put_around(row_planes *planes, const inr_audio_model *model, const audio_row *row, int number)
{
    int64_t sum = 0;
    for (int k = 0; k < REACH && k < row->count; k++)
        sum += planes->numbers[k];
    for (int k = 0; k < row->count; k++) {
        sum += k + REACH < row->count ? planes->numbers[k + REACH] : 0;
        sum -= k > REACH ? planes->numbers[k - REACH - 1] : 0;
        plane_put(planes->planes + AROUND, k, compress_eighths(model, 32 * sum / ((2 * REACH + 1) * number)));
    }
}

static void add_magnitude(context_inputs *inputs, const row_planes *planes, int plane, int place)
{
    inputs->magnitude_columns[inputs->magnitude_count] = inputs->magnitude_count;
    inputs->magnitudes[inputs->magnitude_count++] = plane_at(planes->planes + plane, place);
}

static void add_value(context_inputs *inputs, const row_planes *planes, int plane, int place)
{
    inputs->value_columns[inputs->value_count] = inputs->value_count;
    inputs->values[inputs->value_count++] = plane_at(planes->planes + plane, place);
}

static void add_given(context_inputs *inputs, const row_planes *planes, const audio_row *row, int first)
{
    int second = row->channel % 2;
    if (row->role == ROLE_EXTENT) {
        add_magnitude(inputs, planes, CHANGED, first);
        add_value(inputs, planes, DIFFERENCE_BELOW, first);
        if (second) {
            add_magnitude(inputs, planes, OTHER_CHANGED, first);
            add_value(inputs, planes, OTHER_SIGNED_CHANGE, first);
        }
        return;
    }
    int is_level = row->role == ROLE_LEVEL, reach = is_level ? 1 : 2;
    for (int away = -reach; away <= reach; away++)
        add_magnitude(inputs, planes, is_level ? CHANGED : LAST, first + away);
    if (is_level) {
        add_magnitude(inputs, planes, EXPECTED, first);
        add_value(inputs, planes, DIFFERENCE_BELOW, first);
        add_value(inputs, planes, DIFFERENCE_ABOVE, first);
    } else {
        for (int away = -1; away <= 1; away++)
            add_magnitude(inputs, planes, BEFORE, first + away);
        for (int plane = MEAN_8; plane <= PLACE; plane++)
            add_magnitude(inputs, planes, plane, first);
    }
    if (!second)
        return;
    for (int away = -reach; away <= reach; away++)
        add_magnitude(inputs, planes, OTHER, first + away);
    add_magnitude(inputs, planes, OTHER_MEAN_2, first);
    if (!is_level)
        add_magnitude(inputs, planes, OTHER_MEAN_8, first);
    for (int away = -1; away <= 1; away++)
        add_value(inputs, planes, OTHER_SIGNED, first + away);
    if (is_level)
        add_value(inputs, planes, OTHER_SIGNED_DIFFERENCE, first);
}

/* Whether passes before one have coded a place. */
static int is_before(int place, int number)
{
    for (int k = 0; k < number; k++)
        if (FIRST_PLACES[k] == (place & 3))
            return 1;
    return 0;
}

void row_inputs(const row_planes *planes, const audio_row *row, int number, context_inputs *inputs)
{
    int first = FIRST_PLACES[number];
    inputs->magnitude_count = inputs->value_count = 0;
    add_given(inputs, planes, row, first);
    for (int away = -3; away <= 3; away++)
        if (is_before(first + away, number)) {
            add_magnitude(inputs, planes, OWN, first + away);
            if (row->role == ROLE_LEVEL)
                add_value(inputs, planes, OWN_SIGNED, first + away);
        }
    add_magnitude(inputs, planes, AROUND, first);
    for (int k = 0; k < ODD; k++)
        inputs->magnitude_columns[inputs->magnitude_count + k] = inputs->magnitude_count + k;
}
