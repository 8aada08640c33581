/* Quantizing and writing a block (`formats/inr-v1-grid.md`, 4): latents by rate and distortion, the
 * decisions that tell them, and their stream, which a stack takes last first. */
#include "kernels.h"

#include <math.h>

#include "ans.h"
#include "coder.h"

/* A symbol: a decision with its probability, or a plain number of so many bits. */
enum { PLAIN = 1 << 31, DECISION = 1 << 16 };

typedef struct {
    latent_source source;
    const inr_quantizer *quantizer;
    int64_t count, mark;
    uint32_t probability; /* of the band that is coded */
    int some;             /* whether it has a latent other than 0 */
} stream_writer;

static int put(stream_writer *writer, uint32_t symbol)
{
    if (writer->count == writer->quantizer->symbol_room)
        return INR_ROOM;
    writer->quantizer->symbols[writer->count++] = symbol;
    return 0;
}

static int put_decision(stream_writer *writer, int bit, uint32_t probability)
{
    return put(writer, (uint32_t)bit * DECISION | probability);
}

static int put_plain(stream_writer *writer, uint32_t value, int bits)
{
    return bits ? put(writer, (uint32_t)PLAIN | (uint32_t)bits << 16 | value) : 0;
}

static int bit_length(uint32_t value)
{
    int bits = 0;
    for (; value; value >>= 1)
        bits++;
    return bits;
}

static uint32_t zigzag(const int32_t *q, int64_t stride, int row, int column)
{
    int32_t before = column ? q[-1] : row ? q[-stride] : 0, d = *q - before;
    return d < 0 ? 2 * (uint32_t)-d - 1 : 2 * (uint32_t)d;
}

/* "Lowest band". */
static int write_low(stream_writer *writer, const inr_band *band)
{
    const int32_t *latents = band->data;
    uint32_t any = 0;
    if (band->rows == 0 || band->columns == 0)
        return 0;
    for (int i = 0; i < band->rows; i++)
        for (int j = 0; j < band->columns; j++)
            any |= zigzag(latents + i * band->stride + j, band->stride, i, j);
    int bits = bit_length(any), error = put_plain(writer, (uint32_t)bits, WIDTH_BITS);
    if (bits > MOST_WIDTH)
        return INR_USAGE;
    for (int half = 0; half < 2; half++)
        for (int i = 0; i < band->rows && !error; i++)
            for (int j = 0; j < band->columns && !error; j++) {
                uint32_t z = zigzag(latents + i * band->stride + j, band->stride, i, j);
                error = half == 0 ? put_plain(writer, z >> 16, bits > 16 ? bits - 16 : 0)
                                  : put_plain(writer, z & 0xFFFF, bits < 16 ? bits : 16);
            }
    return error;
}

/* Bits of a magnitude, without its sign. */
static float code_length(const inr_quantizer *quantizer, const pass_probabilities *p, ptrdiff_t at,
                         int32_t size)
{
    const float *bits = quantizer->bits;
    uint32_t above_0 = probability_at(p, at, ABOVE_0);
    float sum = bits[size > 0 ? above_0 : 65536 - above_0];
    for (int32_t least = 1; least < 3 && size >= least; least++) {
        uint32_t above = probability_at(p, at, least);
        sum += bits[size > least ? above : 65536 - above];
    }
    if (size > 2) {
        uint32_t larger = probability_at(p, at, LARGER);
        int32_t more = size - 3 < UNARY ? size - 3 : UNARY;
        sum += (float)more * bits[larger] + (more < UNARY ? bits[65536 - larger] : 0);
    }
    if (size > 2 + UNARY)
        sum += (float)(WIDTH_BITS + bit_length((uint32_t)(size - 2 - UNARY)) - 1);
    return sum;
}

/* The magnitude of least cost: the nearest, the next towards 0, or 0. */
static int32_t quantized(const inr_quantizer *quantizer, const pass_probabilities *p, ptrdiff_t at,
                         float exact)
{
    float size = fabsf(exact), least = INFINITY;
    int32_t nearest = (int32_t)floorf(size + 0.5f), best = 0;
    if (size < 0.5f)
        return 0;
    uint32_t positive = probability_at(p, at, POSITIVE);
    float sign = quantizer->bits[exact > 0 ? positive : 65536 - positive];
    int32_t candidates[3] = {nearest, nearest > 1 ? nearest - 1 : 0, 0};
    for (int k = 0; k < 3; k++) {
        int32_t candidate = candidates[k];
        float bits = code_length(quantizer, p, at, candidate) + (candidate > 0 ? sign : 0);
        float difference = size - (float)candidate;
        float cost = difference * difference + quantizer->weight * bits;
        if (cost < least) {
            least = cost;
            best = candidate;
        }
    }
    return exact < 0 ? -best : best;
}

static int32_t latent_at(const block_pass *pass, int row, int column)
{
    return ((const int32_t *)pass->source->data)[pass->offset + row * pass->down + column * pass->across];
}

/* 4.: what is left of a magnitude that is not told one by one. */
static int put_escape(stream_writer *writer, int32_t size)
{
    uint32_t rest = (uint32_t)(size - 2 - UNARY);
    int bits = bit_length(rest) - 1;
    if (bits > MOST_WIDTH)
        return INR_USAGE;
    rest -= 1u << bits;
    int error = put_plain(writer, (uint32_t)bits, WIDTH_BITS);
    if (!error)
        error = put_plain(writer, rest >> 16, bits > 16 ? bits - 16 : 0);
    return error ? error : put_plain(writer, rest & 0xFFFF, bits < 16 ? bits : 16);
}

/* 1. to 4. of a pass. Step -2 tells what is not 0, -1 signs, the others whether |q| > step. */
static int write_latents(stream_writer *writer, const block_pass *pass, const pass_probabilities *p)
{
    int error = 0, going = 1;
    for (int step = -2; step < UNARY + 4 && going && !error; step++) {
        if (step == 0)
            continue;
        going = step < 0;
        for (int i = 0; i < pass->rows && !error; i++)
            for (int j = 0; j < pass->columns && !error; j++) {
                ptrdiff_t at = i * pass->stride + j;
                int32_t q = latent_at(pass, i, j), size = q < 0 ? -q : q;
                if (step == -2)
                    error = put_decision(writer, size > 0, probability_at(p, at, ABOVE_0));
                else if (size > 0 && step == -1)
                    error = put_decision(writer, q > 0, probability_at(p, at, POSITIVE));
                else if (size >= step && step > 0 && step < UNARY + 3) {
                    error = put_decision(writer, size > step, probability_at(p, at, decision_above(step)));
                    going |= size > step;
                } else if (size >= step && step == UNARY + 3)
                    error = put_escape(writer, size);
            }
        going |= step < 0;
    }
    return error;
}

static int quantize_pass(latent_source *source, const block_pass *pass, const pass_probabilities *p)
{
    stream_writer *writer = (stream_writer *)source;
    const inr_band *band =
        detail_band(writer->quantizer->exact, pass->level, pass->channel, pass->band);
    const float *exact = band->data;
    int32_t *latents = pass->source->data;
    int turned = pass->band == ROWS_HIGH;
    ptrdiff_t row = turned ? 1 : (ptrdiff_t)band->stride, column = turned ? (ptrdiff_t)band->stride : 1;
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            ptrdiff_t from = (2 * i + PARITIES[pass->number][0]) * row + (2 * j + PARITIES[pass->number][1]) * column;
            int32_t q = quantized(writer->quantizer, p, i * pass->stride + j, exact[from]);
            latents[pass->offset + i * pass->down + j * pass->across] = q;
            writer->some |= q != 0;
        }
    return write_latents(writer, pass, p);
}

static int band_fills(latent_source *source, const inr_band *band, int index, uint32_t probability)
{
    stream_writer *writer = (stream_writer *)source;
    const inr_band *exact = writer->quantizer->exact->details + index;
    int filled = 0;
    for (int i = 0; i < band->rows; i++)
        for (int j = 0; j < band->columns; j++)
            filled |= fabsf(((const float *)exact->data)[i * exact->stride + j]) >= 0.5f;
    writer->mark = writer->count;
    writer->some = 0;
    writer->probability = probability;
    put_decision(writer, filled, probability);
    return filled;
}

static int band_leaves(latent_source *source)
{
    stream_writer *writer = (stream_writer *)source;
    if (writer->some)
        return 0;
    writer->count = writer->mark;
    put_decision(writer, 0, writer->probability);
    return 1;
}

/* The stream of all symbols, last first. */
static int write_stream(const stream_writer *writer, int64_t *count)
{
    ans_writer stream = {writer->quantizer->words, 0, (size_t)writer->quantizer->word_room, 0};
    for (int64_t i = writer->count - 1; i >= 0; i--) {
        uint32_t symbol = writer->quantizer->symbols[i], value = symbol & 0xFFFF;
        int bits = symbol >> 16 & 0xFF, there;
        if (symbol & (uint32_t)PLAIN)
            there = ans_push(&stream, 1u << (ANS_BITS - bits), value << (ANS_BITS - bits));
        else if (symbol & DECISION)
            there = ans_push(&stream, value << 8, ANS_TOTAL - (value << 8));
        else
            there = ans_push(&stream, ANS_TOTAL - (value << 8), 0);
        if (!there)
            return INR_ROOM;
    }
    if (!ans_close(&stream))
        return INR_ROOM;
    *count = (int64_t)stream.count;
    return 0;
}

int inr_encode_block(const inr_quantizer *quantizer, const inr_block *block, const inr_model *model,
                     const inr_room *room, int64_t *count)
{
    stream_writer writer = {{band_fills, quantize_pass, band_leaves}, quantizer, 0, 0, 0, 0};
    int error = are_alike(block, quantizer->exact) ? 0 : INR_USAGE;
    for (int channel = 0; channel < block->channels && !block->coarser && !error; channel++)
        error = write_low(&writer, block->low + channel);
    if (!error)
        error = walk_block(block, model, &writer.source, room);
    return error ? error : write_stream(&writer, count);
}
