/* From channels to pixels, in loops that compilers turn into vectors. */
#include "pixels.h"

#include "isa.h"

void INR_ISA_NAME(turn_colors)(const inr_turn *t)
{
    const float *a = t->planes, *b = a + t->stride, *c = b + t->stride;
    for (int color = 0; color < COLORS; color++) {
        float x = t->matrix[color][0], y = t->matrix[color][1], z = t->matrix[color][2];
        float *restrict out = t->out + color * t->count;
        for (int64_t i = 0; i < t->count; i++)
            out[i] = x * a[i] + y * b[i] + z * c[i];
    }
}

static void add_row(const float *restrict in, float weight, int64_t width, float *restrict out)
{
    for (int64_t i = 0; i < width; i++)
        out[i] += weight * in[i];
}

static float sum_of(const float *in, const int32_t *index, const float *weights, int64_t taps)
{
    float sum = 0;
    for (int64_t t = 0; t < taps; t++)
        sum += weights[t] * in[index[t]];
    return sum;
}

void INR_ISA_NAME(add_places)(const inr_sums *s)
{
    for (int64_t plane = 0; plane < s->planes; plane++) {
        const float *in = s->in + plane * s->places * s->width;
        float *out = s->out + plane * s->outputs * s->width;
        for (int64_t o = 0; o < s->outputs; o++) {
            const int32_t *index = s->index + o * s->taps;
            const float *weights = s->weights + o * s->taps;
            if (s->width == 1)
                out[o] += sum_of(in, index, weights, s->taps);
            else
                for (int64_t t = 0; t < s->taps; t++)
                    add_row(in + index[t] * s->width, weights[t], s->width, out + o * s->width);
        }
    }
}

/* A value from 0 to 1 in parts of `peak`; what is no number is 0. */
static inline float level(float x, float peak)
{
    x = x > 0 ? x : 0;
    x = x < 1 ? x : 1;
    return x * peak + 0.5f;
}

void INR_ISA_NAME(whole_bytes)(const float *values, int64_t count, uint8_t *restrict out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = (uint8_t)(int32_t)level(values[i], 255);
}

void INR_ISA_NAME(whole_words)(const float *values, int64_t count, uint16_t *restrict out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = (uint16_t)(int32_t)level(values[i], 65535);
}
