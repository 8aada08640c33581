/* The rate of a block of real latents, of which contexts hold the nearest whole ones. */
#include "rate.h"

#include <string.h>

#include "kernels.h"

/* What contexts hold is 16*log2(1 + |q|). */
#define COMPRESSED 23.0831206f

INR_DECLARED(rate_chunk, rate_chunk);
INR_DECLARED(rate_zeros, rate_zeros);

/* The weight of an input in the sum of an output. */
static float weight_at(const float *packed, int inputs, int output, int input)
{
    return packed[((ptrdiff_t)(output / 4) * inputs + input) * 4 + output % 4];
}

void turn_network(const context_inputs *inputs, turned_network *turned)
{
    const context_network *w = inputs->network;
    int magnitudes = inputs->magnitude_count - SLOPES, values = inputs->value_count - SLOPES;
    memset(turned, 0, sizeof *turned);
    turned->magnitudes = magnitudes;
    turned->values = values;
    for (int i = 0; i < magnitudes + ODD; i++)
        for (int o = 0; o < HIDDEN; o++)
            turned->first[(i / 4 * HIDDEN + o) * 4 + i % 4] = weight_at(
                w->first, w->magnitudes + ODD, o, inputs->magnitude_columns[i + (i < magnitudes ? 0 : SLOPES)]);
    for (int i = 0; i < values; i++)
        for (int o = 0; o < ODD; o++)
            turned->odd[(i / 4 * ODD + o) * 4 + i % 4] =
                weight_at(w->odd, w->values, o, inputs->value_columns[i]);
    for (int i = 0; i < HIDDEN; i++) {
        for (int o = 0; o < HIDDEN; o++)
            turned->second[(i / 4 * HIDDEN + o) * 4 + i % 4] = weight_at(w->second, HIDDEN, o, i);
        for (int o = 0; o < 4 + ODD; o++)
            turned->third[(i / 4 * (4 + ODD) + o) * 4 + i % 4] =
                o < 4 ? weight_at(w->third, HIDDEN, o, i) : weight_at(w->gate, HIDDEN, o - 4, i);
    }
}

typedef struct {
    const inr_rate *rate;
    block_planes planes;
    ptrdiff_t apart; /* from planes to the gradients by them */
} rate_walk;

/* A band of real latents or of gradients, at the first latent of a pass. */
static float *place_in(const inr_block *block, const block_pass *pass, ptrdiff_t *down, ptrdiff_t *across)
{
    const inr_band *band = detail_band(block, pass->level, pass->channel, pass->band);
    int turned = pass->band == ROWS_HIGH;
    ptrdiff_t row = turned ? 1 : (ptrdiff_t)band->stride, column = turned ? (ptrdiff_t)band->stride : 1;
    *down = 2 * row;
    *across = 2 * column;
    return (float *)band->data + PARITIES[pass->number][0] * row + PARITIES[pass->number][1] * column;
}

/* Reads the latents of a chunk, or writes what is found of them. */
static void move_chunk(const rate_walk *walk, const block_pass *pass, ptrdiff_t at,
                       rate_chunk_latents *chunk, int back)
{
    ptrdiff_t down, across;
    float *exact = place_in(back ? walk->rate->gradients : walk->rate->exact, pass, &down, &across);
    const int32_t *whole = (const int32_t *)pass->source->data + pass->offset;
    ptrdiff_t row = at / pass->stride, column = at % pass->stride;
    for (int p = 0; p < CHUNK; p++) {
        int counts = column < pass->columns && row < pass->rows;
        if (!back) {
            chunk->counts[p] = (float)counts;
            chunk->exact[p] = counts ? exact[row * down + column * across] : 0;
            chunk->latents[p] = counts ? whole[row * pass->down + column * pass->across] : 0;
        } else if (counts)
            exact[row * down + column * across] = chunk->own[p];
        if (++column == pass->stride) {
            column = 0;
            row++;
        }
    }
}

static void rate_pass(const rate_walk *walk, const block_pass *pass)
{
    context_inputs inputs;
    turned_network turned;
    rate_chunk_latents chunk = {.weights = walk->planes.model->weights, .by_weights = walk->rate->by_weights};
    rate_of_zeros zeros = {0};
    ptrdiff_t positions = pass_positions(pass);
    block_inputs(&walk->planes, pass, &inputs);
    turn_network(&inputs, &turned);
    pass_constants(&walk->planes, pass, chunk.constants);
    for (ptrdiff_t at = 0; at < positions; at += CHUNK) {
        move_chunk(walk, pass, at, &chunk, 0);
        INR_CHOSEN(rate_chunk)(&inputs, &turned, at, &chunk, walk->apart, &zeros);
        move_chunk(walk, pass, at, &chunk, 1);
    }
    if (chunk.by_weights && zeros.count > 0)
        INR_CHOSEN(rate_zeros)(&inputs, &turned, &zeros, &chunk);
    if (walk->rate->bits)
        *walk->rate->bits += chunk.bits;
}

static int is_filled(const inr_band *band)
{
    const int32_t *latents = band->data;
    for (int i = 0; i < band->rows; i++)
        for (int j = 0; j < band->columns; j++)
            if (latents[i * band->stride + j])
                return 1;
    return 0;
}

/* Adds what latents of a pass change in the bits of others. */
static void add_by_contexts(const rate_walk *walk, const block_pass *pass)
{
    ptrdiff_t down, across, exact_down, exact_across;
    float *gradients = place_in(walk->rate->gradients, pass, &down, &across);
    const float *exact = place_in(walk->rate->exact, pass, &exact_down, &exact_across);
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            float by[2], x = exact[i * exact_down + j * exact_across];
            float *gradient = gradients + i * down + j * across, side = x > 0 ? 1.0f : x < 0 ? -1.0f : 0;
            block_sum(&walk->planes, pass, walk->apart, i, j, by);
            *gradient += COMPRESSED / (1 + x * side) * (by[0] * side + by[1]);
            *gradient *= walk->rate->weight;
        }
}

typedef void of_pass(const rate_walk *walk, const block_pass *pass);

static void each_pass(const rate_walk *walk, int level, int channel, int band, of_pass *function)
{
    for (int number = 0; number < PASSES; number++) {
        block_pass pass;
        if (block_pass_at(&walk->planes, level, channel, band, number, &pass))
            function(walk, &pass);
    }
}

static void rate_and_put(const rate_walk *walk, const block_pass *pass)
{
    rate_pass(walk, pass);
    block_put((block_planes *)&walk->planes, pass);
}

int inr_rate_gradients(const inr_rate *rate, const inr_block *block, const inr_model *model,
                       float *planes, int64_t count)
{
    rate_walk walk = {.rate = rate, .apart = count / 2};
    int error = are_alike(block, rate->exact) && are_alike(block, rate->gradients) ? 0 : INR_USAGE;
    if (!error)
        error = block_start(&walk.planes, block, model, planes, count / 2);
    if (error)
        return error;
    for (int level = 0; level < block->levels; level++)
        for (int channel = 0; channel < block->channels; channel++) {
            int has_slopes = 0;
            block_put_low(&walk.planes, level, channel);
            for (int band = 0; band < BANDS; band++)
                if (is_filled(detail_band(block, level, channel, band))) {
                    if (!has_slopes)
                        block_put_slopes(&walk.planes, level, channel);
                    has_slopes = 1;
                    each_pass(&walk, level, channel, band, rate_and_put);
                    block_put_band(&walk.planes, level, channel, band);
                }
        }
    for (int level = 0; level < block->levels; level++)
        for (int channel = 0; channel < block->channels; channel++)
            for (int band = 0; band < BANDS; band++)
                if (walk.planes.levels[level].filled[channel][band])
                    each_pass(&walk, level, channel, band, add_by_contexts);
    return 0;
}
