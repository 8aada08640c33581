/* Layers of coordinate networks, one after another: each W·x + b and what follows it, at many points;
 * for several networks of one shape (tiles, signals), which are rows. */
#ifndef INR_LAYERS_H
#define INR_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include "dense.h"

/* What follows a linear layer. */
enum {
    LAYER_LINEAR,
    LAYER_SINE,
    LAYER_RELU,
    LAYER_LEAKY_RELU, /* a fifth of what is below 0 */
    LAYER_GAUSSIAN,   /* exp(-z²) */
    LAYER_FINER,      /* sin((|z| / parameter + 1)·z) */
    LAYER_KINDS
};

enum { LAYER_MOST_VALUES = 1 << 18 };

/* Strides are in floats; those of rows are 0 where all rows share what they see. */
typedef struct {
    const float *weights; /* [rows][outputs / 4][inputs][4], packed for `dense` */
    const float *bias;    /* [rows][outputs], up to a multiple of 4 */
    const float *added;   /* [rows][outputs][points], before what follows; NULL: nothing */
    const float *moved;   /* [rows][2]: a factor, and what is added, at last; NULL: 1 and 0 */
    int64_t weight_row, bias_row, added_row, added_stride, moved_row;
    int32_t inputs, outputs, kind;
    float parameter;
} inr_layer;

typedef struct {
    const float *in; /* [rows][inputs of the first layer][points] */
    float *out;      /* [rows][outputs of the last][points] */
    int64_t in_row, in_stride, out_row, out_stride;
    const inr_layer *layers;
    int32_t count;
} inr_layers;

/* Rows and points: `row` to `last_row` - 1, `point` to `last_point` - 1. */
typedef struct {
    int64_t row, last_row, point, last_point;
} inr_layer_box;

/* Room for a chunk: a place for each input of a layer; and CHUNK floats for each input of the first
 * layer, and twice for each output of a layer, up to multiples of 4. The most counts. */
typedef struct {
    const float **places;
    float *floats;
    int64_t place_count, float_count;
} inr_layer_room;

typedef void layer_values(const inr_layers *layers, const inr_layer_box *box, const inr_layer_room *room);
typedef void layer_activation(float *values, int64_t count, int kind, float parameter);

static inline int in_fours(int outputs)
{
    return (outputs + 3) / 4 * 4;
}

static inline int most_outputs(const inr_layers *layers)
{
    int most = 0;
    for (int k = 0; k < layers->count; k++)
        most = layers->layers[k].outputs > most ? layers->layers[k].outputs : most;
    return in_fours(most);
}

#endif
