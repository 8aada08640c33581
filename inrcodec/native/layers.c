/* Layers of coordinate networks: the doors. */
#include "kernels.h"

#include "isa.h"

INR_DECLARED(layer_values, layer_values);
INR_DECLARED(layer_activation, layer_activation);

static int is_size(int32_t values)
{
    return 1 <= values && values <= LAYER_MOST_VALUES;
}

/* Each layer takes what the one before it gives. */
static int are_possible(const inr_layers *layers)
{
    for (int k = 0; k < layers->count; k++) {
        const inr_layer *l = &layers->layers[k];
        if (!is_size(l->inputs) || !is_size(l->outputs) || l->kind < 0 || l->kind >= LAYER_KINDS ||
            (k && l->inputs != l[-1].outputs))
            return 0;
    }
    return layers->count > 0;
}

static int is_enough(const inr_layers *layers, const inr_layer_room *room)
{
    int64_t most = 0, inputs = layers->layers[0].inputs;
    for (int k = 0; k < layers->count; k++)
        most = layers->layers[k].inputs > most ? layers->layers[k].inputs : most;
    return room->place_count >= most && room->float_count >= (inputs + 2 * most_outputs(layers)) * CHUNK;
}

int inr_layer_values(const inr_layers *layers, const inr_layer_box *box, const inr_layer_room *room)
{
    if (!are_possible(layers) || !is_enough(layers, room) || box->row < 0 || box->point < 0)
        return INR_USAGE;
    INR_CHOSEN(layer_values)(layers, box, room);
    return 0;
}

int inr_layer_activation(float *values, int64_t count, int32_t kind, float parameter)
{
    if (kind < 0 || kind >= LAYER_KINDS)
        return INR_USAGE;
    INR_CHOSEN(layer_activation)(values, count, kind, parameter);
    return 0;
}
