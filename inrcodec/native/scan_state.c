/* The state of a walk (`formats/inr-v1-pixels.md`, 2). */
#include "scan_state.h"

#include <string.h>

enum { LEAST_BITS = 8, MOST_TABLE = 18, MOST_COUNTERS = 20, ALIGNED = 64 };

typedef struct {
    uint8_t *next;
    int64_t used;
} scan_room_left;

/* The next part of room; NULL where only its size is asked for. */
static void *part(scan_room_left *left, int64_t bytes)
{
    void *start = left->next ? left->next + left->used : NULL;
    left->used += (bytes + ALIGNED - 1) / ALIGNED * ALIGNED;
    return start;
}

static int bits_for(int64_t count, int most)
{
    int bits = LEAST_BITS;
    while (bits < most && (int64_t)1 << bits < count)
        bits++;
    return bits;
}

static int64_t lay_out(scan_walk *walk, uint8_t *room)
{
    const inr_scan *tile = walk->tile;
    int64_t pixels = (int64_t)tile->height * tile->width;
    int64_t padded = (int64_t)(tile->height + ROWS_ABOVE) * walk->stride;
    scan_room_left left = {room, 0};
    walk->table_bits = bits_for(pixels, MOST_TABLE);
    walk->counter_bits = bits_for(8 * pixels, MOST_COUNTERS);
    walk->learned = part(&left, sizeof(scan_learned));
    walk->recalls = part(&left, (int64_t)sizeof(scan_recall) * RECALLS << walk->table_bits);
    walk->repeat_counters = part(&left, (int64_t)sizeof(uint32_t) << walk->counter_bits);
    walk->exact_counters = part(&left, (int64_t)sizeof(uint32_t) << walk->counter_bits);
    walk->pixels = part(&left, padded * (int64_t)sizeof(uint64_t));
    walk->outcomes = part(&left, RECENT * walk->stride);
    for (int c = 0; c < tile->channels; c++) {
        walk->planes[c] = part(&left, padded * (int64_t)sizeof(uint16_t));
        walk->errors[c] = part(&left, (int64_t)RECENT * walk->stride * (int64_t)sizeof(int32_t));
        walk->ranks[c] = part(&left, RECENT * walk->stride);
    }
    return left.used;
}

int64_t scan_room(const inr_scan *tile)
{
    scan_walk walk = {.tile = tile, .stride = tile->width + 2 * MARGIN};
    return lay_out(&walk, NULL);
}

static void fill_weights(scan_weights *sets, size_t count, const int32_t start[MIXED])
{
    for (size_t i = 0; i < count; i++)
        memcpy(sets[i].weights, start, sizeof sets[i].weights);
}

static void turn(const int16_t *rows, int height, int width, int32_t *out, int stride)
{
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++)
            out[j * stride + i] = rows[i * width + j];
}

static void start_network(scan_network *network, const inr_scan_model *model, int net)
{
    turn(model->first + net * SCAN_HIDDEN * SCAN_INPUTS, SCAN_HIDDEN, SCAN_INPUTS, network->first[0], SCAN_HIDDEN);
    turn(model->second + net * SCAN_HIDDEN * SCAN_HIDDEN, SCAN_HIDDEN, SCAN_HIDDEN, network->second[0], SCAN_HIDDEN);
    turn(model->third + net * SCAN_OUTPUTS * (SCAN_HIDDEN + SCAN_INPUTS), SCAN_OUTPUTS, SCAN_HIDDEN + SCAN_INPUTS,
         network->third[0], SCAN_WIDE);
    turn(model->whitening + net * SCAN_INPUTS * SCAN_INPUTS, SCAN_INPUTS, SCAN_INPUTS, network->whitening[0], SCAN_INPUTS);
}

/* "Starts". */
static void start_learned(scan_learned *learned, const inr_scan_model *model, int bits)
{
    static const int32_t RESIDUAL[MIXED] = {22000, 9000, 9000, 9000, 9000, 9000, 9000, 0};
    static const int32_t EXACTLY[MIXED] = {6000, 6000, 16000, 16000, 16000, 16000, 16000, 16000};
    static const int32_t REPEAT[MIXED] = {20000, 20000, 20000, 20000, 20000, 20000, 20000, 0};
    for (int net = 0; net < SCAN_NETS; net++)
        start_network(learned->networks + net, model, net);
    for (int32_t i = 0; i < ONE_16; i++)
        learned->tables.stretch[i] = (int16_t)curve_bent(model, (uint32_t)i);
    for (int32_t i = 0; i <= 2 * STRETCH_MOST; i++)
        learned->tables.squash[i] = (uint16_t)squashed(model, i - STRETCH_MOST);
    for (int count = 0; count < COUNTS; count++) {
        learned->tables.rate[count] = 655360 / (10 * count + 16);
        learned->tables.belief[count] = 256 - 2560 / (7 * count + 10);
    }
    for (int c = 0; c < SCAN_CHANNELS; c++)
        for (int i = 0; i < ENERGIES; i++)
            learned->filters[c].errors[i] = (40 + (2 * (4 + i % 4) << i / 4) / 5) << (bits - 8);
    fill_weights(learned->by_node[0], SCAN_CHANNELS * NODES, RESIDUAL);
    fill_weights(learned->by_energy[0][0], SCAN_CHANNELS * NODES * COARSE_ENERGIES, RESIDUAL);
    fill_weights(learned->by_level[0][0], SCAN_CHANNELS * 16 * COARSE_ENERGIES, EXACTLY);
    fill_weights(learned->by_found[0], SCAN_CHANNELS * FOUND, EXACTLY);
    fill_weights(learned->by_source[0], TRIES * SOURCES * SAME_NEIGHBORS, REPEAT);
    fill_weights(learned->by_outcomes[0], TRIES * OUTCOMES, REPEAT);
    scan_curve straight;
    for (int i = 0; i < CURVE_POINTS; i++)
        straight.points[i] = (uint16_t)squashed(model, i * CURVE_STEP - STRETCH_MOST - 1);
    scan_curve *curves = learned->curves[0][0][0];
    for (size_t i = 0; i < sizeof learned->curves / sizeof straight; i++)
        curves[i] = straight;
}

void scan_start(scan_walk *walk, const inr_scan *tile, const inr_scan_model *model, uint8_t *room)
{
    *walk = (scan_walk){.tile = tile, .model = model, .stride = tile->width + 2 * MARGIN};
    lay_out(walk, room);
    walk->colors = tile->channels < 3 ? 1 : 3;
    walk->peak = (1 << tile->bits) - 1;
    start_learned(walk->learned, model, tile->bits);
    for (int64_t i = 0; i < (int64_t)1 << walk->counter_bits; i++)
        walk->repeat_counters[i] = walk->exact_counters[i] = COUNTER_START;
    uint64_t middle = (uint64_t)(walk->peak + 1) / 2, pixel = 0;
    for (int c = 0; c < tile->channels; c++)
        pixel |= middle << (16 * c);
    for (int32_t i = 0; i < ROWS_ABOVE * walk->stride; i++) {
        walk->pixels[i] = pixel;
        for (int c = 0; c < tile->channels; c++)
            walk->planes[c][i] = (uint16_t)middle;
    }
    for (int c = 0; c < tile->channels; c++)
        memset(walk->ranks[c], 8, (size_t)(RECENT * walk->stride));
}

void scan_open_row(scan_walk *walk, int32_t row)
{
    ptrdiff_t at = (ptrdiff_t)(row + ROWS_ABOVE) * walk->stride + MARGIN;
    ptrdiff_t here = recent_row(walk, row), above = recent_row(walk, row - 1);
    for (int i = 1; i <= MARGIN; i++) {
        walk->pixels[at - i] = walk->pixels[at - walk->stride];
        walk->outcomes[here - i] = walk->outcomes[above];
        for (int c = 0; c < walk->tile->channels; c++) {
            walk->planes[c][at - i] = walk->planes[c][at - walk->stride];
            walk->errors[c][here - i] = walk->errors[c][above];
            walk->ranks[c][here - i] = walk->ranks[c][above];
        }
    }
}

void scan_close_row(scan_walk *walk, int32_t row)
{
    ptrdiff_t at = (ptrdiff_t)(row + ROWS_ABOVE) * walk->stride + MARGIN + walk->tile->width;
    ptrdiff_t here = recent_row(walk, row) + walk->tile->width;
    for (int i = 0; i < MARGIN; i++) {
        walk->pixels[at + i] = walk->pixels[at - 1];
        walk->outcomes[here + i] = walk->outcomes[here - 1];
        for (int c = 0; c < walk->tile->channels; c++) {
            walk->planes[c][at + i] = walk->planes[c][at - 1];
            walk->errors[c][here + i] = walk->errors[c][here - 1];
            walk->ranks[c][here + i] = walk->ranks[c][here - 1];
        }
    }
}
