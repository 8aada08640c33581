/* The 9/7 wavelet by lifting (`formats/inr-v1-grid.md`, 6). */
#ifndef INR_WAVELET_H
#define INR_WAVELET_H

#include <stdint.h>

/* A level of one channel: `whole` (rows, columns), and its four bands: low, and details 0 to 2. */
typedef struct {
    float *whole;
    float *bands[4];
    int32_t rows, columns;
} inr_wavelet;

#endif
