/* What a pass is computed from (`formats/inr-v1-grid.md`, 5): rows of the planes of a block, each with
 * an offset, so that nothing is gathered. */
#include "block.h"

/* Other bands of the level, as seen by each: those at the parent, and the windows at this level. */
static const int8_t OTHERS[BANDS][2] = {{1, 2}, {0, 2}, {0, 1}};
static const int8_t SIBLINGS[BANDS][2] = {{1, -1}, {0, -1}, {0, 1}};

/* Adds an input; those that are 0 throughout (NULL) only count. */
static void add(context_inputs *inputs, int *column, const float *magnitude, const float *value)
{
    if (magnitude) {
        inputs->magnitudes[inputs->magnitude_count] = magnitude;
        inputs->magnitude_columns[inputs->magnitude_count++] = *column;
    }
    if (value) {
        inputs->values[inputs->value_count] = value;
        inputs->value_columns[inputs->value_count++] = *column;
    }
    ++*column;
}

/* The plane and the offset in it of what is `row` rows and `column` columns away from a pass. */
static int neighbor(const block_pass *pass, int row, int column, ptrdiff_t *offset)
{
    int r = PARITIES[pass->number][0] + row + 4, c = PARITIES[pass->number][1] + column + 4;
    *offset = (ptrdiff_t)(r / 2 - 2) * pass->stride + (c / 2 - 2);
    return pass_of_parity(r % 2, c % 2);
}

/* A band of the level as the network of the pass sees it, or NULL where it is not known yet. */
static const float *seen(const block_level *level, const block_pass *pass, int channel, int band,
                         int number)
{
    if (!level->filled[channel][band])
        return NULL;
    if ((band == ROWS_HIGH) == (pass->band == ROWS_HIGH))
        return level->own[channel][band][number][0];
    return level->turned[channel][band][number];
}

/* A window (3 by 3) of another band of the level, or another channel. */
static void add_window(context_inputs *inputs, int *count, const block_level *level,
                       const block_pass *pass, int channel, int band, int signs)
{
    for (int row = -1; row <= 1; row++)
        for (int column = -1; column <= 1; column++) {
            ptrdiff_t offset;
            int number = neighbor(pass, row, column, &offset);
            const float *plane = seen(level, pass, channel, band, number);
            const float *value = plane && signs ? level->own[channel][band][number][1] + offset : NULL;
            add(inputs, count, plane ? plane + offset : NULL, value);
        }
}

static void add_own(context_inputs *inputs, int *count, const block_level *level, const block_pass *pass)
{
    for (int row = -2; row <= 2; row++)
        for (int column = -2; column <= 2; column++)
            if (seen_before(pass->number, row, column)) {
                ptrdiff_t offset;
                int number = neighbor(pass, row, column, &offset);
                float *const *planes = level->own[pass->channel][pass->band][number];
                add(inputs, count, planes[0] + offset, planes[1] + offset);
            }
}

static void add_parent(context_inputs *inputs, int *count, const block_level *level, const block_pass *pass)
{
    int known = level->parent_filled[pass->channel][pass->band];
    float *const *planes = level->parent[pass->channel][pass->band];
    for (int row = -1; row <= 1; row++)
        for (int column = -1; column <= 1; column++) {
            ptrdiff_t offset = row * pass->stride + column;
            add(inputs, count, known ? planes[0] + offset : NULL, known ? planes[1] + offset : NULL);
        }
}

/* The other bands, one level coarser, at the place of the pass. */
static void add_other_parents(context_inputs *inputs, int *count, const block_level *level,
                              const block_pass *pass)
{
    for (int i = 0; i < 2; i++) {
        int channel = pass->channel, band = OTHERS[pass->band][i];
        int alike = (band == ROWS_HIGH) == (pass->band == ROWS_HIGH);
        const float *plane = alike ? level->parent[channel][band][0] : level->parent_turned[channel][band];
        add(inputs, count, level->parent_filled[channel][band] ? plane : NULL, NULL);
    }
}

/* The slopes of the low band around the place of the pass: from it, and to it. */
static void add_slopes(context_inputs *inputs, const block_planes *planes, const block_pass *pass, int count)
{
    int value = inputs->network->values - SLOPES;
    const slope_planes *slopes = planes->slopes + (pass->band == ROWS_HIGH);
    for (int k = 0; k < SLOPES; k++) {
        ptrdiff_t offset;
        int kind = k / 2, back = k % 2;
        int number = neighbor(pass, back ? -SLOPE_STEPS[kind][0] : 0, back ? -SLOPE_STEPS[kind][1] : 0, &offset);
        float *const *plane = slopes->of[number][kind];
        inputs->magnitudes[inputs->magnitude_count] = plane[0] + offset;
        inputs->magnitude_columns[inputs->magnitude_count++] = count + k;
        inputs->values[inputs->value_count] = plane[1] + offset;
        inputs->value_columns[inputs->value_count++] = value + k;
    }
}

void pass_constants(const block_planes *planes, const block_pass *pass, float constants[CONSTANTS])
{
    int depth = depth_of(&planes->bands, pass->level);
    for (int i = 0; i < CONSTANTS; i++)
        constants[i] = 0;
    constants[depth] = 64;
    constants[CONSTANTS - 5] = (float)planes->model->levels[depth].coarser;
    constants[CONSTANTS - 4] = pass->band == ROWS_HIGH ? 64 : 0;
    for (int i = 0; i < 3; i++)
        constants[CONSTANTS - 3 + i] = (float)planes->model->levels[depth].step[i];
}

void block_inputs(const block_planes *planes, const block_pass *pass, context_inputs *inputs)
{
    const block_level *level = planes->levels + pass->level;
    int count = 0, channel = pass->channel, band = pass->band;
    inputs->network = planes->networks + (channel * 2 + (band == BOTH_HIGH)) * PASSES + pass->number;
    inputs->value_count = inputs->magnitude_count = 0;
    add_own(inputs, &count, level, pass);                    /* 1. */
    add_parent(inputs, &count, level, pass);                 /* 2. */
    for (int below = 0; below < channel; below++)            /* 3. */
        add_window(inputs, &count, level, pass, below, band, 1);
    add_other_parents(inputs, &count, level, pass);          /* 4. */
    for (int i = 0; i < 2 && SIBLINGS[band][i] >= 0; i++)    /* 5. */
        add_window(inputs, &count, level, pass, channel, SIBLINGS[band][i], 0);
    for (int i = 0; channel && i < 2; i++) {                 /* 6. */
        const float *plane = seen(level, pass, 0, OTHERS[band][i], pass->number);
        add(inputs, &count, plane, NULL);
    }
    add_slopes(inputs, planes, pass, count);                 /* 7. */
    for (int k = 0; k < ODD; k++)
        inputs->magnitude_columns[inputs->magnitude_count + k] = count + SLOPES + k;
    float constants[CONSTANTS];
    pass_constants(planes, pass, constants);
    set_first_bias(inputs, constants);
}
