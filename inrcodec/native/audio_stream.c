/* Reading and writing a stream of audio (`formats/inr-v1-audio.md`, 3 to 5). */
#include <math.h>

#include "kernels.h"

enum { ANGLE_BITS = 6, EVEN = 1 << 15 };

typedef struct {
    audio_source source;
    ans_reader stream;
    int32_t *kept;
} audio_reader;

static int read_angles(audio_source *source, int pair, int32_t *angles)
{
    audio_reader *reader = (audio_reader *)source;
    int several = (int)ans_decision(&reader->stream, EVEN);
    (void)pair;
    for (int band = 0; band < EAR_BANDS; band++)
        angles[band] = several || band == 0 ? (int32_t)ans_plain(&reader->stream, ANGLE_BITS) : angles[0];
    return 0;
}

static int read_cut(audio_source *source, int length, uint32_t probability)
{
    (void)length;
    return (int)ans_decision(&((audio_reader *)source)->stream, probability);
}

static int read_joined(audio_source *source, int block, uint32_t probability)
{
    (void)block;
    return (int)ans_decision(&((audio_reader *)source)->stream, probability);
}

static int read_numbers(audio_source *source, const audio_row *row, int first, const pass_latents *pass,
                        const pass_probabilities *p)
{
    audio_reader *reader = (audio_reader *)source;
    (void)row, (void)first;
    return read_latents(&reader->stream, pass, p, reader->kept);
}

int inr_decode_audio(const uint32_t *words, int64_t count, const inr_audio_layout *layout,
                     const inr_audio_model *model, const inr_audio_blocks *blocks, const inr_audio_room *room)
{
    audio_reader reader = {{read_angles, read_cut, read_joined, read_numbers}, {0}, room->positions};
    if (count < 0)
        return INR_USAGE;
    ans_open(&reader.stream, (const uint8_t *)words, (size_t)count);
    int error = walk_audio(layout, model, blocks, &reader.source, room);
    return error || ans_finished(&reader.stream) ? error : INR_MALFORMED;
}

typedef struct {
    audio_source source;
    const inr_audio_layout *layout;
    const inr_audio_signal *signal;
    symbol_writer out;
    int next; /* block */
} audio_writer;

static int write_angles(audio_source *source, int pair, int32_t *angles)
{
    audio_writer *writer = (audio_writer *)source;
    const int32_t *wanted = writer->signal->angles + pair * EAR_BANDS;
    int several = 0;
    for (int band = 0; band < EAR_BANDS; band++) {
        several |= wanted[band] != wanted[0];
        angles[band] = wanted[band];
    }
    int error = put_decision(&writer->out, several, EVEN);
    for (int band = 0; band < (several ? EAR_BANDS : 1) && !error; band++)
        error = put_plain(&writer->out, (uint32_t)wanted[band], ANGLE_BITS);
    return error;
}

static int write_cut(audio_source *source, int length, uint32_t probability)
{
    audio_writer *writer = (audio_writer *)source;
    int cut = writer->signal->lengths[writer->next] < length;
    put_decision(&writer->out, cut, probability);
    /* The shortest are not asked of. */
    int is_last = length == writer->layout->frame >> (DEPTHS - 2);
    writer->next += cut ? 2 * is_last : 1;
    return cut;
}

static int write_joined(audio_source *source, int block, uint32_t probability)
{
    audio_writer *writer = (audio_writer *)source;
    int joined = writer->signal->joined[block] != 0;
    put_decision(&writer->out, joined, probability);
    return joined;
}

/* The change of a level that suits: none where it is near what is expected. */
static int32_t level_change(double exact, int32_t expected, double near_enough)
{
    double level = rint(exact);
    level = level < 0 ? 0 : level > MOST_LEVEL ? MOST_LEVEL : level;
    return fabs(exact - expected) < near_enough && level > 0 ? 0 : (int32_t)level - expected;
}

static int32_t coefficient(const audio_writer *writer, const audio_row *row, int place, ptrdiff_t at,
                           const pass_probabilities *p)
{
    const inr_audio_signal *signal = writer->signal;
    ptrdiff_t samples = (ptrdiff_t)writer->layout->frames * writer->layout->frame;
    double exact = signal->coefficients[row->channel * samples + row->start + place];
    double steps = exact / signal->steps[row->exponents[place] + MOST_STEPS / 2], most = signal->most;
    steps = steps < -most ? -most : steps > most ? most : steps == steps ? steps : 0;
    const latent_costs costs = {signal->bits, signal->weight};
    return quantized(&costs, p, at, (float)steps);
}

static int write_numbers(audio_source *source, const audio_row *row, int first, const pass_latents *pass,
                         const pass_probabilities *p)
{
    audio_writer *writer = (audio_writer *)source;
    ptrdiff_t group = (ptrdiff_t)row->group * writer->layout->channels + row->channel;
    for (int j = 0; j < pass->columns; j++) {
        int place = first + j * (int)pass->across;
        int32_t *number = pass->data + j * pass->across;
        if (row->role == ROLE_LEVEL)
            *number = level_change(writer->signal->levels[group * EAR_BANDS + place], row->expected[place],
                                   writer->signal->near_enough);
        else if (row->role == ROLE_EXTENT)
            *number = writer->signal->extents[group] - row->expected[0];
        else
            *number = coefficient(writer, row, place, j, p);
    }
    return write_latents(&writer->out, pass, p);
}

/* Whether lengths are those of frames that are cut in halves. */
static int lengths_fit(const inr_audio_layout *layout, const int32_t *lengths)
{
    int block = 0;
    for (int frame = 0; frame < layout->frames; frame++)
        for (int start = 0; start < layout->frame; start += lengths[block++]) {
            int length = lengths[block];
            if (length < layout->frame >> (DEPTHS - 1) || length > layout->frame || (length & (length - 1)) ||
                start % length)
                return 0;
        }
    return 1;
}

int inr_encode_audio(const inr_audio_signal *signal, const inr_audio_layout *layout,
                     const inr_audio_model *model, const inr_audio_blocks *blocks, const inr_audio_room *room,
                     int64_t *count)
{
    symbol_writer out = {signal->symbols, 0, signal->symbol_room};
    audio_writer writer = {{write_angles, write_cut, write_joined, write_numbers}, layout, signal, out, 0};
    if (!audio_is_possible(layout) || !lengths_fit(layout, signal->lengths))
        return INR_USAGE;
    int error = walk_audio(layout, model, blocks, &writer.source, room);
    return error ? error : write_stream(&writer.out, signal->words, signal->word_room, count);
}

int inr_audio_room_of(const inr_audio_layout *layout, int64_t *floats, int64_t *logits, int64_t *positions)
{
    if (!audio_is_possible(layout))
        return INR_USAGE;
    *floats = audio_plane_floats(layout);
    *logits = audio_logits(layout);
    *positions = audio_positions(layout);
    return 0;
}
