#include "coder.h"

#include <string.h>

#include "isa.h"

INR_DECLARED(context_chunk, context_chunk);

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

/* The logits where all inputs are 0. */
static void constant_logits(const context_inputs *inputs, int16_t *logits)
{
    context_inputs none = *inputs;
    none.value_count = none.magnitude_count = 0;
    memcpy(none.magnitude_columns, inputs->magnitude_columns + inputs->magnitude_count,
           ODD * sizeof(int));
    INR_CHOSEN(context_chunk)(&none, 0, logits);
}

/* The logits of a pass, chunk by chunk; those of nothing but zeros are computed once. */
static int pass_logits(const block_planes *planes, const block_pass *pass, const inr_room *room)
{
    context_inputs inputs;
    int16_t constant[LOGITS * CHUNK], *logits = room->logits;
    ptrdiff_t positions = pass_positions(pass);
    int known = 0;
    if ((positions + CHUNK - 1) / CHUNK * CHUNK * LOGITS > room->logit_count)
        return INR_USAGE;
    block_inputs(planes, pass, &inputs);
    for (ptrdiff_t at = 0; at < positions; at += CHUNK, logits += LOGITS * CHUNK)
        if (inputs.magnitude_count == 0 || INR_CHOSEN(context_chunk)(&inputs, at, logits)) {
            if (!known)
                constant_logits(&inputs, constant);
            known = 1;
            memcpy(logits, constant, sizeof constant);
        }
    return 0;
}

static int walk_band(block_planes *planes, int level, int channel, int band, latent_source *source,
                     const inr_room *room, calibration *calibrated)
{
    calibration before = *calibrated;
    pass_probabilities probabilities = {room->logits, calibrated};
    for (int number = 0; number < PASSES; number++) {
        block_pass pass;
        if (!block_pass_at(planes, level, channel, band, number, &pass))
            continue;
        int error = pass_logits(planes, &pass, room);
        if (!error)
            error = source->latents(source, &pass, &probabilities);
        if (error)
            return error;
        block_put(planes, &pass);
        calibration_learn(calibrated, planes->model->probabilities, room->logits, &pass);
    }
    if (source->leaves(source))
        *calibrated = before;
    else
        block_put_band(planes, level, channel, band);
    return 0;
}

int walk_block(const inr_block *block, const inr_model *model, latent_source *source, const inr_room *room)
{
    block_planes planes;
    calibration calibrated;
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
            calibration_start(&calibrated, model->probabilities);
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
                    error = walk_band(&planes, level, channel, band, source, room, &calibrated);
                    before[channel][band] = planes.levels[level].filled[channel][band];
                }
            }
        }
    return error;
}
