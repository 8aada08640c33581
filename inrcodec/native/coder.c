#include "coder.h"

#include <string.h>

/* The probability that a band has a latent other than 0: where the band one level coarser has none,
 * and where it has. */
static const uint32_t FILLED[2] = {8192, 61440};

/* The most latents of a pass, and positions of its planes in whole chunks. */
static void largest_pass(const inr_block *block, int64_t *latents, int64_t *positions)
{
    *latents = *positions = 0;
    for (int i = 0; i < block->levels * block->channels * BANDS; i++) {
        int64_t rows = (block->details[i].rows + 1) / 2, columns = (block->details[i].columns + 1) / 2;
        /* Planes of the level may be a little wider than those of the band. */
        int64_t across = (rows + 2) * (columns + 3), down = (rows + 3) * (columns + 2);
        int64_t whole = (across > down ? across : down) + CHUNK;
        *latents = rows * columns > *latents ? rows * columns : *latents;
        *positions = whole > *positions ? whole : *positions;
    }
}

int64_t walk_logits(const inr_block *block)
{
    int64_t latents, positions;
    largest_pass(block, &latents, &positions);
    return (positions / CHUNK + 1) * CHUNK * LOGITS;
}

int64_t walk_positions(const inr_block *block)
{
    int64_t latents, positions;
    largest_pass(block, &latents, &positions);
    return latents;
}

/* The logits of a pass. */
static int logits_of_pass(const block_planes *planes, const block_pass *pass, const inr_room *room)
{
    context_inputs inputs;
    ptrdiff_t positions = pass_positions(pass);
    if ((positions + CHUNK - 1) / CHUNK * CHUNK * LOGITS > room->logit_count)
        return INR_USAGE;
    block_inputs(planes, pass, &inputs);
    pass_logits(&inputs, positions, room->logits);
    return 0;
}

static int walk_band(block_planes *planes, int level, int channel, int band, latent_source *source,
                     const inr_room *room, calibration *state)
{
    calibration before = *state;
    pass_probabilities probabilities = {room->logits, state};
    for (int number = 0; number < PASSES; number++) {
        block_pass pass;
        if (!block_pass_at(planes, level, channel, band, number, &pass))
            continue;
        int error = logits_of_pass(planes, &pass, room);
        if (!error)
            error = source->latents(source, &pass, &probabilities);
        if (error)
            return error;
        block_put(planes, &pass);
        pass_latents latents = latents_of(&pass);
        calibration_learn(state, room->logits, &latents);
    }
    if (source->leaves(source))
        *state = before;
    else
        block_put_band(planes, level, channel, band);
    return 0;
}

int walk_block(const inr_block *block, const inr_model *model, latent_source *source, const inr_room *room)
{
    block_planes planes;
    calibration state;
    uint8_t before[CHANNELS][BANDS]; /* of the level before: filled, or without samples */
    int error = block_start(&planes, block, model, room->planes, room->plane_floats);
    int slopes_of = -1; /* the level and channel */
    memset(before, 1, sizeof before);
    for (int i = 0; block->coarser && i < block->channels * BANDS && !error; i++) {
        const inr_band *parent = block->coarser->parents + i;
        before[i / BANDS][i % BANDS] =
            parent->rows == 0 || parent->columns == 0 || planes.levels[0].parent_filled[i / BANDS][i % BANDS];
    }
    for (int level = 0; level < block->levels && !error; level++)
        for (int channel = 0; channel < block->channels && !error; channel++) {
            block_put_low(&planes, level, channel);
            calibration_start(&state, model->probabilities);
            for (int band = 0; band < BANDS && !error; band++) {
                int index = (level * block->channels + channel) * BANDS + band;
                const inr_band *one = block->details + index;
                if (one->rows == 0 || one->columns == 0)
                    continue;
                uint32_t probability = FILLED[before[channel][band]];
                before[channel][band] = (uint8_t)source->fills(source, one, index, probability);
                if (before[channel][band]) {
                    if (slopes_of != index / BANDS)
                        block_put_slopes(&planes, level, channel);
                    slopes_of = index / BANDS;
                    error = walk_band(&planes, level, channel, band, source, room, &state);
                    before[channel][band] = planes.levels[level].filled[channel][band];
                }
            }
        }
    return error;
}
