/* Walking over the pixels of a tile, for a reader and a writer. */
#ifndef INR_SCAN_WALK_H
#define INR_SCAN_WALK_H

#include "scan_state.h"

/* What an encoder takes a pixel for. */
typedef struct {
    uint64_t original;
    int32_t most;      /* levels that a sample may differ by */
    float weight;      /* squared levels that a bit is worth */
    const float *bits; /* as `inr_scan_writer` has them */
    float none_bits;   /* what a pixel's samples took lately, on average */
    float none_error;  /* squared levels that they are off, on average */
} scan_wanted;

/* Codes all pixels; `wanted` is NULL for a reader. Returns an error of kernels. */
#define SCAN_WALK_ARGUMENTS (scan_walk *walk, scan_wanted *wanted)
typedef int scan_walk_kernel SCAN_WALK_ARGUMENTS;

#endif
