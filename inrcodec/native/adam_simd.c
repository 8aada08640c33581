/* Steps of Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015) for latents. */
#include <math.h>

#include "kernels.h"

#define EPSILON 1e-8f

/* To the nearest integer, halves to even: for sizes below 2^22. */
#define ROUND(x) (((x) + 12582912.0f) - 12582912.0f)

void INR_ISA_NAME(adam_step)(const inr_adam *adam)
{
    float *restrict latents = adam->latents, *restrict means = adam->means;
    float *restrict squares = adam->squares;
    const float *by_error = adam->by_error, *by_rate = adam->by_rate;
    for (int64_t i = 0; i < adam->count; i++) {
        float x = latents[i];
        float gradient = by_error[i] + 2 * (x - ROUND(x)) + by_rate[i];
        float mean = means[i] + adam->mean_rate * (gradient - means[i]);
        float square = squares[i] + adam->square_rate * (gradient * gradient - squares[i]);
        means[i] = mean;
        squares[i] = square;
        latents[i] = x - adam->rate * mean / (sqrtf(square * adam->square_scale) + EPSILON);
    }
}
