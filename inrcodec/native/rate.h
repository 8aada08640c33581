/* The rate of real latents by context networks without rounding, and its gradients. */
#ifndef INR_RATE_H
#define INR_RATE_H

#include "contexts.h"

/* Room for the gradients by inputs, in whole groups of four. */
enum { MOST_INPUTS = MOST_MAGNITUDES + ODD + 4 };

/* The weights of a network transposed, packed for `dense`. */
typedef struct {
    const float *odd;    /* [values / 4, up][ODD][4] */
    const float *sign;   /* [2][1][4] */
    const float *first;  /* [(magnitudes + ODD) / 4, up][HIDDEN][4] */
    const float *second; /* [8][HIDDEN][4] */
    const float *third;  /* [8][4][4] */
} transposed_network;

/* A chunk of positions: what is known, and what is found. */
typedef struct {
    const float *wanted;   /* [CHUNK]: real latents; whole ones are the nearest */
    float weight;          /* what a bit counts */
    int valid_first, valid_last; /* the run of positions that count, which may be several calls */
    float *own;            /* [CHUNK]: bits per unit of each latent by itself */
    float *magnitudes;     /* [MOST_INPUTS][CHUNK]: gradients by inputs */
    float *values;         /* [MOST_INPUTS][CHUNK] */
} rate_chunk_data;

typedef void rate_chunk(const context_inputs *inputs, const transposed_network *back, ptrdiff_t at,
                        rate_chunk_data *data);

#endif
