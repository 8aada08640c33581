/* Quantizing and writing a block (`formats/inr-v1-grid.md`, 4): latents by rate and distortion. */
#include "kernels.h"

#include <math.h>

#include "coder.h"

typedef struct {
    latent_source source;
    const inr_quantizer *quantizer;
    symbol_writer out;
    int64_t mark;
    uint32_t probability; /* of the band that is coded */
    int some;             /* whether it has a latent other than 0 */
} stream_writer;

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
    int bits = bit_length(any), error = put_plain(&writer->out, (uint32_t)bits, WIDTH_BITS);
    if (bits > MOST_WIDTH)
        return INR_USAGE;
    for (int half = 0; half < 2; half++)
        for (int i = 0; i < band->rows && !error; i++)
            for (int j = 0; j < band->columns && !error; j++) {
                uint32_t z = zigzag(latents + i * band->stride + j, band->stride, i, j);
                error = half == 0 ? put_plain(&writer->out, z >> 16, bits > 16 ? bits - 16 : 0)
                                  : put_plain(&writer->out, z & 0xFFFF, bits < 16 ? bits : 16);
            }
    return error;
}

static int quantize_pass(latent_source *source, const block_pass *pass, const pass_probabilities *p)
{
    stream_writer *writer = (stream_writer *)source;
    const inr_band *band =
        detail_band(writer->quantizer->exact, pass->level, pass->channel, pass->band);
    const float *exact = band->data;
    const latent_costs costs = {writer->quantizer->bits, writer->quantizer->weight};
    pass_latents latents = latents_of(pass);
    int turned = pass->band == ROWS_HIGH;
    ptrdiff_t row = turned ? 1 : (ptrdiff_t)band->stride, column = turned ? (ptrdiff_t)band->stride : 1;
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            ptrdiff_t from = (2 * i + PARITIES[pass->number][0]) * row + (2 * j + PARITIES[pass->number][1]) * column;
            int32_t q = quantized(&costs, p, i * pass->stride + j, exact[from]);
            latents.data[i * pass->down + j * pass->across] = q;
            writer->some |= q != 0;
        }
    return write_latents(&writer->out, &latents, p);
}

static int band_fills(latent_source *source, const inr_band *band, int index, uint32_t probability)
{
    stream_writer *writer = (stream_writer *)source;
    const inr_band *exact = writer->quantizer->exact->details + index;
    int filled = 0;
    for (int i = 0; i < band->rows; i++)
        for (int j = 0; j < band->columns; j++)
            filled |= fabsf(((const float *)exact->data)[i * exact->stride + j]) >= 0.5f;
    writer->mark = writer->out.count;
    writer->some = 0;
    writer->probability = probability;
    put_decision(&writer->out, filled, probability);
    return filled;
}

static int band_leaves(latent_source *source)
{
    stream_writer *writer = (stream_writer *)source;
    if (writer->some)
        return 0;
    writer->out.count = writer->mark;
    put_decision(&writer->out, 0, writer->probability);
    return 1;
}

int inr_encode_block(const inr_quantizer *quantizer, const inr_block *block, const inr_model *model,
                     const inr_room *room, int64_t *count)
{
    symbol_writer out = {quantizer->symbols, 0, quantizer->symbol_room};
    stream_writer writer = {{band_fills, quantize_pass, band_leaves}, quantizer, out, 0, 0, 0};
    int error = are_alike(block, quantizer->exact) ? 0 : INR_USAGE;
    for (int channel = 0; channel < block->channels && !block->coarser && !error; channel++)
        error = write_low(&writer, block->low + channel);
    if (!error)
        error = walk_block(block, model, &writer.source, room);
    return error ? error : write_stream(&writer.out, quantizer->words, quantizer->word_room, count);
}
