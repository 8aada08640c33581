/* Reading a block's stream (`formats/inr-v1-grid.md`, 4). */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

#include "coder.h"

/* The part of a channel's lowest band ("Lowest band"). */
static int read_low(ans_reader *reader, const inr_band *band)
{
    if (band->rows == 0 || band->columns == 0)
        return 0;
    int bits = (int)ans_plain(reader, WIDTH_BITS);
    if (bits > MOST_WIDTH)
        return INR_MALFORMED;
    int32_t *latents = band->data;
    /* Of several wide numbers, the upper parts of all come first. */
    for (int half = 0; half < 2; half++)
        for (int i = 0; i < band->rows; i++)
            for (int j = 0; j < band->columns; j++) {
                int32_t *z = latents + i * band->stride + j;
                if (half == 0)
                    *z = bits > 16 ? (int32_t)(ans_plain(reader, bits - 16) << 16) : 0;
                else
                    *z |= (int32_t)ans_plain(reader, bits < 16 ? bits : 16);
            }
    for (int i = 0; i < band->rows; i++)
        for (int j = 0; j < band->columns; j++) {
            int32_t *q = latents + i * band->stride + j;
            int32_t before = j ? q[-1] : i ? q[-band->stride] : 0;
            int32_t d = *q & 1 ? -((*q + 1) / 2) : *q / 2;
            if (labs((long)before + d) >= 1L << MOST_WIDTH)
                return INR_MALFORMED;
            *q = before + d;
        }
    return 0;
}

typedef struct {
    latent_source source;
    ans_reader stream;
    size_t lost; /* words */
    const inr_room *room;
} stream_reader;

/* An error, unless it comes from words that are not there. */
static int unless_cut(const stream_reader *reader, int error)
{
    return reader->stream.words < reader->lost ? INR_CUT : error;
}

static int fills(latent_source *source, const inr_band *band, int index, uint32_t probability)
{
    (void)band, (void)index;
    return (int)ans_decision(&((stream_reader *)source)->stream, probability);
}

static int leaves(latent_source *source)
{
    (void)source;
    return 0;
}

static void clear(const pass_latents *pass)
{
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++)
            pass->data[i * pass->down + j * pass->across] = 0;
}

static int read_pass(latent_source *source, const block_pass *pass, const pass_probabilities *p)
{
    stream_reader *reader = (stream_reader *)source;
    pass_latents latents = latents_of(pass);
    if ((int64_t)pass->rows * pass->columns > reader->room->position_count)
        return INR_USAGE;
    int error = unless_cut(reader, read_latents(&reader->stream, &latents, p, reader->room->positions));
    if (error == INR_CUT)
        clear(&latents);
    return error;
}

/* The lowest bands of all channels, or none of them. */
static int read_lows(stream_reader *reader, const inr_block *block)
{
    int error = 0;
    for (int channel = 0; channel < block->channels && !error; channel++)
        error = unless_cut(reader, read_low(&reader->stream, block->low + channel));
    for (int channel = 0; channel < block->channels && error; channel++)
        for (int i = 0; i < block->low[channel].rows; i++)
            memset((int32_t *)block->low[channel].data + i * block->low[channel].stride, 0,
                   (size_t)block->low[channel].columns * sizeof(int32_t));
    return error;
}

int inr_decode_block(const uint32_t *words, int64_t count, int64_t lost, const inr_block *block,
                     const inr_model *model, const inr_room *room, int32_t whole)
{
    if (lost < 0 || lost > count)
        return INR_USAGE;
    stream_reader reader = {{fills, read_pass, leaves}, {0}, (size_t)lost, room};
    ans_open(&reader.stream, (const uint8_t *)words, (size_t)count);
    int error = block->coarser ? 0 : read_lows(&reader, block);
    if (!error)
        error = walk_block(block, model, &reader.source, room);
    if (error || !whole)
        return error;
    return unless_cut(&reader, ans_finished(&reader.stream) ? 0 : INR_MALFORMED);
}

/* The low band of a channel, from level to level in two places in turn, the last in `out`. */
static void find_low(const inr_block *block, const inr_model *model, int channel, int32_t *out, int32_t *other,
                     int32_t *row)
{
    int32_t *low = block->levels % 2 ? other : out, *next = block->levels % 2 ? out : other;
    low_start(block, channel, low);
    for (int level = 0; level < block->levels; level++) {
        int32_t *before = low;
        low_join(low, detail_band(block, level, channel, 0), model->levels[depth_of(block, level)].unit, row, next);
        low = next;
        next = before;
    }
}

int inr_low_band(const inr_block *block, const inr_model *model, int32_t *out, int64_t count, int32_t *work,
                 int64_t work_count)
{
    if (!block_is_possible(block))
        return INR_USAGE;
    for (int channel = 0; channel < block->channels; channel++) {
        int rows, columns;
        block_low_size(block, channel, &rows, &columns);
        int64_t size = (int64_t)rows * columns;
        if (rows < 0 || columns < 0 || size > count || size + columns > work_count)
            return INR_USAGE;
        find_low(block, model, channel, out, work, work + size);
        out += size;
        count -= size;
    }
    return 0;
}

int inr_block_room(const inr_block *block, int64_t *floats, int64_t *logits, int64_t *positions)
{
    *floats = block_work(block);
    *logits = walk_logits(block);
    *positions = walk_positions(block);
    return *floats < 0 ? INR_USAGE : 0;
}
