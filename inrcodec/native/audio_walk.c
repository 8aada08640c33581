#include "audio.h"
#include "audio_planes.h"

enum { FALL_UP = 3, FALL_DOWN = 7, FAINT = 20, EIGHTHS = 4, FIRST_LEVEL = 28, FIRST_FALL = 4 };
enum { MOST_COUNTED = 1024, LONGER = 5, SHORTER = 6, FIRST_BLOCK = 7, MASKING = 8, FRAME = 9 };

/* A channel while a group is coded. */
typedef struct {
    audio_block last[2]; /* blocks */
    const inr_audio_bands *bands; /* of the last group; NULL: there is none */
    int32_t levels[EAR_BANDS], changes[EAR_BANDS];
    int extent;
    int count;            /* coefficients that are coded of a block */
    int32_t *exponents;   /* of a block of the group */
    int32_t *expected;
} audio_channel;

typedef struct {
    const inr_audio_layout *layout;
    const inr_audio_model *model;
    const inr_audio_blocks *blocks;
    const inr_audio_room *room;
    audio_source *source;
    context_network networks[ROW_KINDS];
    calibration calibrations[ROW_CALIBRATIONS];
    row_planes planes;
    audio_channel channels[MOST_AUDIO_CHANNELS];
    int32_t cuts[DEPTHS], asked[DEPTHS]; /* of the last, whether blocks are joined */
    int last_length, group, block;
    ptrdiff_t start;
} audio_walk;

/* The numbers of a network's inputs (6.), by the kind of pass. */
static int start_networks(audio_walk *walk)
{
    static const int GIVEN[3][2] = {{1, 1}, {4, 2}, {13, 0}}, OF_OTHER[3][2] = {{1, 1}, {4, 4}, {7, 3}};
    static const int NEIGHBORS[ROW_PASSES] = {0, 2, 4, 6};
    const float *next = walk->model->weights;
    for (int kind = 0; kind < ROW_KINDS; kind++) {
        int role = kind < 2 ? ROLE_EXTENT : kind < 10 ? ROLE_LEVEL : ROLE_COEFFICIENT;
        int number = kind < 2 ? 0 : (kind - 2) % ROW_PASSES;
        int second = kind < 2 ? kind : kind < 10 ? (kind - 2) / 4 : (kind - 10) / 8;
        int values = GIVEN[role][1] + second * OF_OTHER[role][1];
        int magnitudes = GIVEN[role][0] + second * OF_OTHER[role][0] + NEIGHBORS[number] + 1;
        if (role == ROLE_LEVEL)
            values += NEIGHBORS[number];
        next = lay_network(walk->networks + kind, values, magnitudes, next);
    }
    return next - walk->model->weights == walk->model->count ? 0 : INR_USAGE;
}

static int depth_of_length(const audio_walk *walk, int length)
{
    int depth = 0;
    while (walk->layout->frame >> depth > length)
        depth++;
    return depth;
}

/* The inputs that the rows of a block have in common. */
static void constants_of(const audio_walk *walk, int length, float constants[CONSTANTS])
{
    int bits = 0;
    memset(constants, 0, CONSTANTS * sizeof *constants);
    constants[depth_of_length(walk, length)] = 64;
    constants[LONGER] = walk->last_length > length ? 64 : 0;
    constants[SHORTER] = 0 < walk->last_length && walk->last_length < length ? 64 : 0;
    constants[FIRST_BLOCK] = walk->last_length == 0 ? 64 : 0;
    constants[MASKING] = (float)(4 * walk->layout->masking);
    while (walk->layout->frame >> bits)
        bits++;
    constants[FRAME] = (float)(32 * (bits - 11));
}

/* Codes the numbers of a row, pass by pass; planes of what is given are filled. */
static int code_row(audio_walk *walk, const audio_row *row, int32_t *numbers)
{
    int second = row->channel % 2, is_short = row->length < walk->layout->frame >> 2;
    int kind = row->role == ROLE_EXTENT ? second
             : row->role == ROLE_LEVEL  ? 2 + 4 * second
                                        : 10 + 4 * (2 * second + is_short);
    calibration *state = walk->calibrations + (row->role == ROLE_EXTENT ? second
                                               : row->role == ROLE_LEVEL ? 2 + second
                                                                         : 4 + 2 * second + is_short);
    float constants[CONSTANTS];
    constants_of(walk, row->length, constants);
    start_row(&walk->planes, row->count);
    for (int number = 0; number < ROW_PASSES; number++) {
        int first = FIRST_PLACES[number], columns = (row->count - first + ROW_PASSES - 1) / ROW_PASSES;
        if (row->count <= first)
            continue;
        context_inputs inputs = {.network = walk->networks + kind + number};
        pass_latents latents = {numbers + first, 1, columns, 0, ROW_PASSES, columns};
        pass_probabilities probabilities = {walk->room->logits, state};
        if (number)
            put_around(&walk->planes, walk->model, row, number);
        row_inputs(&walk->planes, row, number, &inputs);
        set_first_bias(&inputs, constants);
        pass_logits(&inputs, columns, walk->room->logits);
        int error = walk->source->numbers(walk->source, row, first, &latents, &probabilities);
        if (error)
            return error;
        put_numbers(&walk->planes, walk->model, row, first, numbers);
        calibration_learn(state, walk->room->logits, &latents);
    }
    return 0;
}

/* What levels mask in each band, in eighths of an octave. */
static int masked(const inr_audio_bands *bands, const int32_t *levels, int band)
{
    int most = -(1 << 20);
    for (int k = 0; k < bands->count; k++) {
        int away = bands->places[band] - bands->places[k];
        int fall = away > 0 ? FALL_UP * away : -FALL_DOWN * away;
        most = EIGHTHS * levels[k] - fall > most ? EIGHTHS * levels[k] - fall : most;
    }
    return most;
}

static int shifted(int product)
{
    return product >= 0 ? product >> 4 : -((15 - product) >> 4);
}

/* The steps of a group that follow from its levels (4.). */
static void set_steps(const audio_walk *walk, const inr_audio_bands *bands, audio_channel *channel)
{
    const inr_audio_layout *layout = walk->layout;
    channel->count = 0;
    for (int band = 0; band < bands->count; band++) {
        int32_t exponent = layout->step + shifted(layout->masking * masked(bands, channel->levels, band)) +
                           shifted(layout->tilt * (bands->places[band] - EAR_BANDS));
        int32_t expected = EIGHTHS * (channel->levels[band] - LEVEL_OF_1) - (exponent - EXPONENT_OF_1);
        if (channel->levels[band] > 0 && expected >= -FAINT)
            channel->count = bands->edges[band + 1];
        for (int k = bands->edges[band]; k < bands->edges[band + 1]; k++) {
            channel->exponents[k] = exponent;
            channel->expected[k] = expected;
        }
    }
}

/* The band of those of the last group that is nearest, the lower one of two. */
static int nearest(const inr_audio_bands *of, int place)
{
    int best = 0, least = 1 << 20;
    for (int k = 0; k < of->count; k++) {
        int away = place > of->places[k] ? place - of->places[k] : of->places[k] - place;
        if (away < least) {
            least = away;
            best = k;
        }
    }
    return best;
}

static int code_levels(audio_walk *walk, int number, audio_row *row)
{
    const inr_audio_bands *bands = walk->layout->bands + depth_of_length(walk, row->length);
    audio_channel *channel = walk->channels + number, *other = number % 2 ? channel - 1 : NULL;
    int32_t expected[EAR_BANDS], changes[EAR_BANDS], found[EAR_BANDS] = {0};
    for (int k = 0; k < bands->count; k++) {
        int first = FIRST_LEVEL - bands->places[k] / FIRST_FALL;
        int same = channel->bands ? nearest(channel->bands, bands->places[k]) : 0;
        expected[k] = channel->bands ? channel->levels[same] : first > 1 ? first : 1;
        changes[k] = channel->bands ? channel->changes[same] : 0;
    }
    known_levels known = {changes, other ? other->levels : NULL, other ? other->changes : NULL};
    row->role = ROLE_LEVEL;
    row->count = bands->count;
    row->expected = expected;
    put_levels(&walk->planes, walk->model, row, &known);
    int error = code_row(walk, row, found);
    for (int k = 0; k < bands->count && !error; k++) {
        if (found[k] < -MOST_LEVEL || found[k] > MOST_LEVEL || expected[k] + found[k] < 0 ||
            expected[k] + found[k] > MOST_LEVEL)
            error = INR_MALFORMED;
        channel->levels[k] = expected[k] + found[k];
        channel->changes[k] = found[k];
    }
    channel->bands = bands;
    if (!error)
        set_steps(walk, bands, channel);
    return error;
}

static int code_extent(audio_walk *walk, int number, audio_row *row)
{
    audio_channel *channel = walk->channels + number, *other = number % 2 ? channel - 1 : NULL;
    int32_t change = 0, before = channel->extent;
    row->role = ROLE_EXTENT;
    row->count = 1;
    row->expected = &before;
    put_extent(&walk->planes, walk->model, channel->extent, other ? &other->extent : NULL);
    int error = code_row(walk, row, &change);
    if (error || change < -EXTENTS || change > EXTENTS || before + change < 0 || before + change > EXTENTS)
        return error ? error : INR_MALFORMED;
    channel->extent = before + change;
    channel->count = channel->extent * row->length / EXTENTS;
    for (int k = 0; k < row->length; k++)
        channel->exponents[k] = walk->layout->step;
    return 0;
}

static int code_block(audio_walk *walk, int number, audio_row *row)
{
    const inr_audio_layout *layout = walk->layout;
    audio_channel *channel = walk->channels + number;
    ptrdiff_t at = (ptrdiff_t)number * layout->frames * layout->frame + walk->start;
    audio_block block = {walk->blocks->latents + at, walk->blocks->exponents + at, row->length};
    int error = 0;
    memcpy(walk->blocks->exponents + at, channel->exponents, (size_t)row->length * sizeof(int32_t));
    row->role = ROLE_COEFFICIENT;
    row->count = channel->count;
    row->exponents = block.exponents;
    row->start = walk->start;
    if (channel->count) {
        put_blocks(&walk->planes, walk->model, row, channel->last, number % 2 ? channel[-1].last : NULL);
        put_places(&walk->planes, walk->model, row, layout->rate);
        put_expected(&walk->planes, walk->model, row, layout->masking ? channel->expected : NULL);
        error = code_row(walk, row, walk->blocks->latents + at);
    }
    channel->last[1] = channel->last[0];
    channel->last[0] = block;
    return error;
}

/* Codes blocks of one length, which have levels, or an extent, in common. */
static int code_group(audio_walk *walk, int length, int count)
{
    int error = 0, channels = walk->layout->channels;
    for (int number = 0; number < channels && !error; number++) {
        audio_row row = {.channel = number, .group = walk->group, .start = walk->start, .length = length};
        error = walk->layout->masking ? code_levels(walk, number, &row) : code_extent(walk, number, &row);
    }
    for (int k = 0; k < count && !error; k++) {
        for (int number = 0; number < channels && !error; number++) {
            audio_row row = {.channel = number, .group = walk->group, .length = length};
            error = code_block(walk, number, &row);
            memcpy(walk->blocks->levels + ((ptrdiff_t)walk->block * channels + number) * EAR_BANDS,
                   walk->channels[number].levels, sizeof walk->channels[number].levels);
        }
        walk->blocks->lengths[walk->block++] = length;
        walk->last_length = length;
        walk->start += length;
    }
    walk->group++;
    return error;
}

/* The probability of an answer that has been 1 so often before. */
static uint32_t probability_of(const audio_walk *walk, int question)
{
    return (uint32_t)((walk->cuts[question] << 16) / walk->asked[question]);
}

static void count_answer(audio_walk *walk, int question, int answer)
{
    int32_t *cuts = walk->cuts + question, *asked = walk->asked + question;
    *cuts += answer;
    if (++*asked == MOST_COUNTED) {
        *cuts = *cuts / 2 > 1 ? *cuts / 2 : 1;
        *asked /= 2;
    }
}

/* Codes into how many blocks a part of a frame is cut; `lengths` are those of the frame so far. */
static void code_cuts(audio_walk *walk, int depth, int *lengths, int *count)
{
    int length = walk->layout->frame >> depth;
    if (depth < DEPTHS - 1) {
        int cut = walk->source->is_cut(walk->source, length, probability_of(walk, depth));
        count_answer(walk, depth, cut);
        if (cut) {
            code_cuts(walk, depth + 1, lengths, count);
            code_cuts(walk, depth + 1, lengths, count);
            return;
        }
    }
    lengths[(*count)++] = length;
}

static int code_frame(audio_walk *walk)
{
    int lengths[1 << (DEPTHS - 1)], joined[1 << (DEPTHS - 1)] = {0}, count = 0, error = 0, start = 0;
    int quarter = walk->layout->frame >> 2;
    code_cuts(walk, 0, lengths, &count);
    for (int k = 0; k < count; start += lengths[k++])
        if (k && lengths[k] < quarter && lengths[k - 1] == lengths[k] && start % quarter) {
            uint32_t probability = probability_of(walk, DEPTHS - 1);
            joined[k] = walk->source->is_joined(walk->source, walk->block + k, probability);
            count_answer(walk, DEPTHS - 1, joined[k]);
        }
    for (int k = 0; k < count && !error;) {
        int several = 1;
        while (k + several < count && joined[k + several])
            several++;
        error = code_group(walk, lengths[k], several);
        k += several;
    }
    return error;
}

/* Divides the planes' room, and begins with what holds before the first block. */
static int start_walk(audio_walk *walk)
{
    const inr_audio_layout *layout = walk->layout;
    if (walk->room->plane_floats < audio_plane_floats(layout) ||
        walk->room->logit_count < audio_logits(layout) || walk->room->position_count < audio_positions(layout))
        return INR_USAGE;
    lay_planes(&walk->planes, layout->frame, walk->room->planes);
    int32_t *next = (int32_t *)(walk->room->planes + planes_size(layout->frame));
    for (int number = 0; number < layout->channels; number++, next += 2 * layout->frame) {
        walk->channels[number].exponents = next;
        walk->channels[number].expected = next + layout->frame;
    }
    for (int k = 0; k < ROW_CALIBRATIONS; k++)
        calibration_start(walk->calibrations + k, walk->model->probabilities);
    for (int question = 0; question < DEPTHS; question++) {
        walk->cuts[question] = 1;
        walk->asked[question] = 2;
    }
    return start_networks(walk);
}

int walk_audio(const inr_audio_layout *layout, const inr_audio_model *model, const inr_audio_blocks *blocks,
               audio_source *source, const inr_audio_room *room)
{
    audio_walk walk = {.layout = layout, .model = model, .blocks = blocks, .source = source, .room = room};
    int error = audio_is_possible(layout) ? start_walk(&walk) : INR_USAGE;
    for (int pair = 0; pair < layout->channels / 2 && !error; pair++)
        error = source->angles(source, pair, blocks->angles + pair * EAR_BANDS);
    for (int frame = 0; frame < layout->frames && !error; frame++)
        error = code_frame(&walk);
    return error;
}
