/* The rate of real latents by context networks without rounding, and its gradients. */
#ifndef INR_RATE_H
#define INR_RATE_H

#include "contexts.h"

/* Room for the gradients by inputs, in whole groups of four. */
enum { MOST_INPUTS = MOST_MAGNITUDES + ODD + 4 };

/* The weights of a pass's network turned round, of inputs that are not zero throughout, packed for
 * `dense`. The low band is taken as it is, so that there are no gradients by slopes. */
typedef struct {
    int magnitudes, values;                /* outputs: inputs of the network, without slopes */
    float odd[MOST_INPUTS * ODD];          /* [values / 4][ODD][4] */
    float first[MOST_INPUTS * HIDDEN];     /* [(magnitudes + ODD) / 4][HIDDEN][4], the odd ones last */
    float second[HIDDEN * HIDDEN];         /* [8][HIDDEN][4] */
    float third[HIDDEN * (4 + ODD)];       /* [8][4 + ODD][4]: third, and gate */
} turned_network;

/* A chunk of positions: what is known of it, and what is found. */
typedef struct {
    int32_t latents[CHUNK]; /* whole */
    float exact[CHUNK];     /* real */
    float counts[CHUNK];    /* 1, or 0 where there is no latent */
    float own[CHUNK];       /* bits per unit of each latent by itself */
    double bits;            /* of latents, summed up */
    /* Gradients by weights, which lie as those do; NULL: not wanted. */
    const float *weights;
    float *by_weights;
    float constants[CONSTANTS];
} rate_chunk_latents;

/* What is found of a latent that is 0, where all inputs are. */
typedef struct {
    int known;
    float count; /* of such latents */
    double bits;
    float own[2];                  /* of real latents below 0, and above */
    float magnitudes[MOST_INPUTS]; /* by inputs */
} rate_of_zeros;

/* Turns the network of a pass round. */
void turn_network(const context_inputs *inputs, turned_network *turned);

/* Computes bits per unit of latents from `at` on, and adds those per unit of inputs to rows that lie
 * `apart` from the inputs. */
typedef void rate_chunk(const context_inputs *inputs, const turned_network *turned, ptrdiff_t at,
                        rate_chunk_latents *chunk, ptrdiff_t apart, rate_of_zeros *zeros);

/* Adds gradients by weights of the latents of a pass that are 0, where all inputs are. */
typedef void rate_zeros(const context_inputs *inputs, const turned_network *turned, const rate_of_zeros *zeros,
                        const rate_chunk_latents *like);

#endif
