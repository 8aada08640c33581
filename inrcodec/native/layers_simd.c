/* Layers of coordinate networks, a chunk of points at a time, on which all is done before the next. */
#include "layers.h"

#include "elementary.h"
#include "isa.h"

static void sines(float *restrict x, int count)
{
    int large = 0;
    for (int i = 0; i < count; i++)
        large |= !(x[i] <= LARGEST_ANGLE && x[i] >= -LARGEST_ANGLE);
    if (large)
        for (int i = 0; i < count; i++)
            x[i] = sine_of_large(x[i]);
    else
        for (int i = 0; i < count; i++)
            x[i] = sine(x[i]);
}

static void relus(float *restrict x, int count, float below)
{
    for (int i = 0; i < count; i++)
        x[i] = x[i] > 0 ? x[i] : below * x[i];
}

static void gaussians(float *restrict x, int count)
{
    for (int i = 0; i < count; i++)
        x[i] = exponential(-(x[i] * x[i]));
}

static void finer_angles(float *restrict x, int count, float omega)
{
    for (int i = 0; i < count; i++)
        x[i] = ((x[i] < 0 ? -x[i] : x[i]) / omega + 1) * x[i];
}

static void activate(float *x, int count, int kind, float parameter)
{
    if (kind == LAYER_FINER)
        finer_angles(x, count, parameter);
    if (kind == LAYER_SINE || kind == LAYER_FINER)
        sines(x, count);
    else if (kind == LAYER_RELU)
        relus(x, count, 0);
    else if (kind == LAYER_LEAKY_RELU)
        relus(x, count, 0.2f);
    else if (kind == LAYER_GAUSSIAN)
        gaussians(x, count);
}

void INR_ISA_NAME(layer_activation)(float *values, int64_t count, int kind, float parameter)
{
    for (int64_t at = 0; at < count; at += CHUNK)
        activate(values + at, count - at < CHUNK ? (int)(count - at) : CHUNK, kind, parameter);
}

static void prefetch(const float *values)
{
    for (int i = 0; i < CHUNK; i += 16)
        __builtin_prefetch(values + i);
}

/* Copies a chunk's inputs next to each other, with zeros after fewer points than CHUNK: where they
 * lie, they may compete for a few lines of the cache. */
static void copy_inputs(const inr_layers *l, int64_t row, int64_t at, int count, float *copy)
{
    for (int k = 0; k < l->layers[0].inputs; k++, copy += CHUNK) {
        const float *in = l->in + row * l->in_row + k * l->in_stride + at;
        memcpy(copy, in, (size_t)count * sizeof *copy);
        memset(copy + count, 0, (size_t)(CHUNK - count) * sizeof *copy);
        prefetch(in + count);
    }
}

/* Where a chunk's values go. */
static float *out_of(const inr_layers *l, int64_t row, int64_t at, int output)
{
    return l->out + row * l->out_row + output * l->out_stride + at;
}

static void chunk_values(const inr_layer *l, int64_t row, int64_t at, int count, const float **in,
                         float *out)
{
    dense(in, NULL, l->inputs, l->inputs, l->weights + row * l->weight_row, l->bias + row * l->bias_row,
          in_fours(l->outputs), out, CHUNK);
    for (int o = 0; o < l->outputs && l->added; o++)
        for (int i = 0; i < count; i++)
            out[o * CHUNK + i] += l->added[row * l->added_row + o * l->added_stride + at + i];
    activate(out, l->outputs * CHUNK, l->kind, l->parameter);
    if (!l->moved)
        return;
    const float *moved = l->moved + row * l->moved_row;
    for (int i = 0; i < l->outputs * CHUNK; i++)
        out[i] = moved[0] * out[i] + moved[1];
}

/* All layers of a chunk, which take turns at two places for their values. */
static void chain(const inr_layers *l, int64_t row, int64_t at, int count, const inr_layer_room *room)
{
    float *copy = room->floats, *values[2] = {copy + (ptrdiff_t)l->layers[0].inputs * CHUNK};
    const float *in = copy;
    values[1] = values[0] + (ptrdiff_t)most_outputs(l) * CHUNK;
    copy_inputs(l, row, at, count, copy);
    for (int o = 0; o < l->layers[l->count - 1].outputs; o++)
        prefetch(out_of(l, row, at, o));
    for (int k = 0; k < l->count; k++) {
        for (int i = 0; i < l->layers[k].inputs; i++)
            room->places[i] = in + (ptrdiff_t)i * CHUNK;
        chunk_values(&l->layers[k], row, at, count, room->places, values[k % 2]);
        in = values[k % 2];
    }
    for (int o = 0; o < l->layers[l->count - 1].outputs; o++)
        memcpy(out_of(l, row, at, o), in + (ptrdiff_t)o * CHUNK, (size_t)count * sizeof *in);
}

void INR_ISA_NAME(layer_values)(const inr_layers *layers, const inr_layer_box *box,
                                const inr_layer_room *room)
{
    for (int64_t row = box->row; row < box->last_row; row++)
        for (int64_t at = box->point; at < box->last_point; at += CHUNK) {
            int64_t left = box->last_point - at;
            chain(layers, row, at, left < CHUNK ? (int)left : CHUNK, room);
        }
}
