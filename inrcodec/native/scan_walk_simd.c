/* The walk over a tile (`formats/inr-v1-pixels.md`, 1). */
#include "scan_walk.h"

#include <stddef.h>

#include "isa.h"
#include "scan_predict.h"
#include "scan_repeats.h"
#include "scan_samples.h"

enum { SMOOTH = 16 };

/* Channels in the order of coding: green first, which tells most of the others. */
static int coded_channel(const inr_scan *tile, int channel)
{
    return tile->channels >= 3 && channel < 2 ? 1 - channel : channel;
}

static uint16_t *samples_at(const inr_scan *tile, const scan_pixel *pixel)
{
    return tile->samples + ((ptrdiff_t)pixel->row * tile->width + pixel->column) * tile->channels;
}

static uint64_t channels_of(const inr_scan *tile, const uint16_t *samples)
{
    uint64_t channels = 0;
    for (int c = 0; c < tile->channels; c++)
        channels |= (uint64_t)samples[coded_channel(tile, c)] << (16 * c);
    return channels;
}

static void put_pixel(scan_walk *walk, const scan_pixel *pixel, uint64_t channels)
{
    uint16_t *samples = samples_at(walk->tile, pixel);
    walk->pixels[pixel->at] = channels;
    for (int c = 0; c < walk->tile->channels; c++) {
        uint16_t sample = (uint16_t)(channels >> (16 * c));
        walk->planes[c][pixel->at] = sample;
        samples[coded_channel(walk->tile, c)] = sample;
    }
}

static void skip_samples(scan_walk *walk, const scan_pixel *pixel)
{
    for (int c = 0; c < walk->tile->channels; c++)
        scan_skip_sample(walk, pixel, c);
}

/* Codes the samples of a pixel that repeats no other. */
static uint64_t code_samples(scan_walk *walk, const scan_pixel *pixel, uint64_t original, int *error)
{
    uint64_t channels = 0;
    for (int c = 0; c < walk->tile->channels && !*error; c++) {
        uint16_t sample = (uint16_t)scan_code_sample(walk, pixel, c, (int32_t)(original >> (16 * c) & 0xFFFF), error);
        walk->planes[c][pixel->at] = sample;
        channels |= (uint64_t)sample << (16 * c);
    }
    return channels;
}

/* A pixel that is not there shows what is beside it. */
static void leave_out(scan_walk *walk, const scan_pixel *pixel)
{
    uint16_t *samples = samples_at(walk->tile, pixel);
    put_pixel(walk, pixel, walk->pixels[pixel->at - 1]);
    for (int c = 0; c < walk->tile->channels; c++)
        samples[c] = 0;
    walk->outcomes[pixel->recent[0]] = 0;
    skip_samples(walk, pixel);
}

/* What samples cost lately, to be compared with a repeat. */
static void learn_cost(scan_wanted *wanted, const symbol_writer *out, int64_t from)
{
    float bits = 0;
    for (int64_t i = from; i < out->count; i++) {
        uint32_t probability = out->symbols[i] & 0xFFFF;
        bits += wanted->bits[out->symbols[i] >> 16 ? probability : ONE_16 - probability];
    }
    wanted->none_bits += (bits - wanted->none_bits) / SMOOTH;
}

static void code_pixel(scan_walk *walk, scan_pixel *pixel, scan_wanted *wanted, int *error)
{
    uint64_t original = wanted ? channels_of(walk->tile, samples_at(walk->tile, pixel)) : 0, channels = 0;
    int repeats = 0;
    if (wanted)
        wanted->original = original;
    if (walk->repeats)
        repeats = scan_code_repeat(walk, pixel, wanted, &channels, error);
    if (repeats) {
        skip_samples(walk, pixel);
    } else {
        int64_t from = wanted ? walk->writer->count : 0;
        channels = code_samples(walk, pixel, original, error);
        if (wanted && walk->repeats)
            learn_cost(wanted, walk->writer, from);
    }
    put_pixel(walk, pixel, channels);
    if (walk->repeats)
        scan_learn_repeat(walk, pixel, channels);
}

int INR_ISA_NAME(scan_walk_tile) SCAN_WALK_ARGUMENTS
{
    const inr_scan *tile = walk->tile;
    int error = 0;
    for (int32_t row = 0; row < tile->height && !error; row++) {
        scan_open_row(walk, row);
        for (int32_t column = 0; column < tile->width && !error; column++) {
            ptrdiff_t at = (ptrdiff_t)(row + ROWS_ABOVE) * walk->stride + MARGIN + column;
            scan_pixel pixel = {.row = row, .column = column, .at = at};
            for (int i = 0; i < RECENT; i++)
                pixel.recent[i] = recent_row(walk, row - i) + column;
            if (tile->kept && !tile->kept[(ptrdiff_t)row * tile->width + column])
                leave_out(walk, &pixel);
            else
                code_pixel(walk, &pixel, wanted, &error);
        }
        scan_close_row(walk, row);
    }
    return error;
}
