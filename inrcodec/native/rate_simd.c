/* The rate of a chunk of latents, forward and backward, by context networks without rounding
 * (`formats/inr-v1-grid.md`, 4 and 5). Rounding is passed straight through. */
#include <string.h>

#include "coder.h"
#include "isa.h"
#include "rate.h"

#define BITS 1.44269504f /* of a nat */
#define LOGIT_UNIT (1.0f / 64)

static const float nothing[MOST_INPUTS];

/* What is computed on the way forward. */
typedef struct {
    float odd[ODD * CHUNK], first[HIDDEN * CHUNK], second[HIDDEN * CHUNK];
    float gated[ODD * CHUNK]; /* what odd values weigh in the sign */
    float logits[LOGITS * CHUNK]; /* in nats: above 0, above 1, above 2, larger still, positive */
} activations;

static void limit(float *x, int count, float least, float most)
{
    for (int i = 0; i < count; i++) {
        float limited = x[i] < least ? least : x[i];
        x[i] = limited > most ? most : limited;
    }
}

static void set_rows(const float **rows, const float *x, int count)
{
    for (int k = 0; k < count; k++)
        rows[k] = x + k * CHUNK;
}

/* The logit of the sign, from gates, which become what odd values weigh. */
static void set_sign(const context_network *w, activations *x)
{
    float sums[CHUNK] = {0};
    limit(x->gated, ODD * CHUNK, -MOST_GATE, MOST_GATE);
    for (int k = 0; k < ODD; k++)
        for (int p = 0; p < CHUNK; p++) {
            float *weight = x->gated + k * CHUNK + p;
            *weight = w->sign[k] + *weight * GATE_UNIT;
            sums[p] += x->odd[k * CHUNK + p] * *weight;
        }
    memcpy(x->logits + POSITIVE * CHUNK, sums, sizeof sums);
}

static void forward(const context_inputs *inputs, ptrdiff_t at, activations *x)
{
    const context_network *w = inputs->network;
    const float *rows[MOST_MAGNITUDES + ODD] = {NULL};
    float unsigned_odd[ODD * CHUNK];

    for (int k = 0; k < inputs->value_count; k++)
        rows[k] = inputs->values[k] + at;
    dense(rows, inputs->value_columns, inputs->value_count, w->values, w->odd, nothing, ODD, x->odd, CHUNK);
    limit(x->odd, ODD * CHUNK, -MOST_ODD, MOST_ODD);
    for (int i = 0; i < ODD * CHUNK; i++)
        unsigned_odd[i] = (x->odd[i] < 0 ? -x->odd[i] : x->odd[i]) * 0.25f;

    int count = inputs->magnitude_count;
    for (int k = 0; k < count; k++)
        rows[k] = inputs->magnitudes[k] + at;
    set_rows(rows + count, unsigned_odd, ODD);
    dense(rows, inputs->magnitude_columns, count + ODD, w->magnitudes + ODD, w->first,
          inputs->first_bias, HIDDEN, x->first, CHUNK);
    limit(x->first, HIDDEN * CHUNK, 0, MOST_HIDDEN);
    set_rows(rows, x->first, HIDDEN);
    dense(rows, NULL, HIDDEN, HIDDEN, w->second, w->second_bias, HIDDEN, x->second, CHUNK);
    limit(x->second, HIDDEN * CHUNK, 0, MOST_HIDDEN);
    set_rows(rows, x->second, HIDDEN);
    dense(rows, NULL, HIDDEN, HIDDEN, w->third, w->third_bias, 4, x->logits, CHUNK);
    dense(rows, NULL, HIDDEN, HIDDEN, w->gate, nothing, ODD, x->gated, CHUNK);
    set_sign(w, x);
    for (int i = 0; i < LOGITS * CHUNK; i++)
        x->logits[i] *= LOGIT_UNIT;
    limit(x->logits, LOGITS * CHUNK, -80, 80);
}

/* exp of what is between -80 and 80: a power of two times a polynomial, to 1 in 10^6. */
static inline float exponential(float x)
{
    float octaves = x * BITS, whole = (octaves + 12582912.0f) - 12582912.0f;
    float r = (octaves - whole) * 0.693147181f;
    float p = 1 + r * (1 + r * (1 / 2.0f + r * (1 / 6.0f + r * (1 / 24.0f + r * (1 / 120.0f)))));
    int32_t bits = ((int32_t)whole + 127) * (1 << 23);
    float power;
    memcpy(&power, &bits, sizeof power);
    return power * p;
}

/* log(1 + exp(x)), given exp(-|x|): by the series of atanh. */
static inline float softplus(float x, float small)
{
    float s = small / (2 + small), t = s * s;
    float log = 2 * s * (1 + t * (1 / 3.0f + t * (1 / 5.0f + t * (1 / 7.0f + t * (1 / 9.0f)))));
    return (x > 0 ? x : 0) + log;
}

static inline float absolute(float x)
{
    return x < 0 ? -x : x;
}

/* Bits per unit by the logits of a chunk, and of its latents by themselves: the line between the
 * whole magnitudes below and above. */
static void by_logits(const float *logits, rate_chunk_latents *chunk, float *gradients)
{
    float bits = 0;
    float zero[LOGITS][CHUNK]; /* nats of a decision that is 0; of the sign, that is as it is */
    for (int d = 0; d < LOGITS; d++)
        for (int p = 0; p < CHUNK; p++) {
            float logit = logits[d * CHUNK + p];
            float small = exponential(-absolute(logit));
            float low = small / (1 + small), probability = logit > 0 ? 1 - low : low;
            int32_t q = chunk->latents[p], size = q < 0 ? -q : q;
            float more = (float)(size < 3 ? 0 : size - 3 < UNARY ? size - 3 : UNARY);
            float stops = more < UNARY && size > 2 ? 1.0f : 0.0f;
            float trials = d < 3 ? (float)(size >= d) : d == LARGER ? more + stops : (float)(size > 0);
            float hits = d < 3 ? (float)(size > d) : d == LARGER ? more : (float)(q > 0);
            gradients[d * CHUNK + p] =
                (trials * probability - hits) * (BITS * LOGIT_UNIT) * chunk->counts[p];
            zero[d][p] = softplus(d == POSITIVE && chunk->exact[p] > 0 ? -logit : logit, small);
            bits += (trials * zero[d][p] - (d == POSITIVE ? 0 : hits * logit)) * chunk->counts[p];
        }
    chunk->bits += bits * BITS;
    for (int p = 0; p < CHUNK; p++) {
        float exact = chunk->exact[p], size = absolute(exact);
        float to_1 = zero[ABOVE_1][p] - logits[ABOVE_0 * CHUNK + p] + zero[POSITIVE][p];
        float to_2 = zero[ABOVE_2][p] - logits[ABOVE_1 * CHUNK + p];
        float to_3 = zero[LARGER][p] - logits[ABOVE_2 * CHUNK + p];
        float on = -logits[LARGER * CHUNK + p];
        float bits = size < 1 ? to_1 : size < 2 ? to_2 : size < 3 ? to_3 : on;
        chunk->own[p] = exact > 0 ? bits * BITS : exact < 0 ? -bits * BITS : 0;
    }
}

static void where_positive(float *gradients, const float *x, int count)
{
    for (int i = 0; i < count; i++)
        gradients[i] = x[i] > 0 ? gradients[i] : 0;
}

/* Adds gradients by the weights of a layer, packed as for `dense`, from those by its outputs, a multiple
 * of 4 of them: sums over positions, which a dense layer comes to whose inputs are these positions, and
 * whose positions are the inputs. */
static void add_products(const float *gradients, int outputs, const float *const *rows,
                         const int *columns, int count, int packed, float *by_weights)
{
    float turned[CHUNK * CHUNK], weights[HIDDEN * CHUNK], sums[HIDDEN * CHUNK];
    const float *in[CHUNK];
    set_rows(in, turned, CHUNK);
    for (int o = 0; o < outputs; o++)
        for (int p = 0; p < CHUNK; p++)
            weights[(o / 4 * CHUNK + p) * 4 + o % 4] = gradients[o * CHUNK + p];
    for (int first = 0; first < count; first += CHUNK) {
        int some = count - first < CHUNK ? count - first : CHUNK;
        for (int k = 0; k < CHUNK; k++)
            for (int p = 0; p < CHUNK; p++)
                turned[p * CHUNK + k] = k < some ? rows[first + k][p] : 0;
        for (int o = 0; o < outputs; o += 4)
            for (int k = 0; k < some; k += 3 * LANES)
                dense_tile(in, NULL, CHUNK, weights + o * CHUNK, nothing, k, sums + o * CHUNK, CHUNK);
        for (int o = 0; o < outputs; o++)
            for (int k = 0; k < some; k++) {
                int column = columns ? columns[first + k] : first + k;
                by_weights[((ptrdiff_t)(o / 4) * packed + column) * 4 + o % 4] += sums[o * CHUNK + k];
            }
    }
}

static float sum_of(const float *x)
{
    lanes sums = {0};
    for (int p = 0; p < CHUNK; p += LANES)
        sums += LOADED(x + p, 0);
    float sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += sums[i];
    return sum;
}

/* Adds gradients by biases, each times a factor. */
static void add_sums(const float *gradients, int outputs, float factor, ptrdiff_t stride, float *by_biases)
{
    for (int o = 0; o < outputs; o++)
        by_biases[o * stride] += factor * sum_of(gradients + o * CHUNK);
}

/* Adds gradients by the weights of a network, from those by the sums of all its layers. */
static void add_by_weights(const context_inputs *inputs, ptrdiff_t at, const activations *x,
                           const float *gradients, const float *gate, const float *second, const float *first,
                           const float *odd, const rate_chunk_latents *chunk)
{
    const context_network *w = inputs->network;
    float *to = chunk->by_weights, unsigned_odd[ODD * CHUNK];
    const float *from = chunk->weights, *rows[MOST_MAGNITUDES + ODD];
    int count = inputs->magnitude_count;
    set_rows(rows, x->second, HIDDEN);
    add_products(gradients, 4, rows, NULL, HIDDEN, HIDDEN, to + (w->third - from));
    add_sums(gradients, 4, 1, 1, to + (w->third_bias - from));
    add_products(gate, ODD, rows, NULL, HIDDEN, HIDDEN, to + (w->gate - from));
    add_sums(gate, ODD, 1 / GATE_UNIT, 1, to + (w->sign - from));
    set_rows(rows, x->first, HIDDEN);
    add_products(second, HIDDEN, rows, NULL, HIDDEN, HIDDEN, to + (w->second - from));
    add_sums(second, HIDDEN, 1, 1, to + (w->second_bias - from));
    for (int k = 0; k < CONSTANTS; k++)
        if (chunk->constants[k] != 0)
            add_sums(first, HIDDEN, chunk->constants[k] / 64, CONSTANTS, to + (w->constant - from) + k);
    for (int i = 0; i < ODD * CHUNK; i++)
        unsigned_odd[i] = absolute(x->odd[i]) * 0.25f;
    for (int k = 0; k < count; k++)
        rows[k] = inputs->magnitudes[k] + at;
    set_rows(rows + count, unsigned_odd, ODD);
    add_products(first, HIDDEN, rows, inputs->magnitude_columns, count + ODD, w->magnitudes + ODD,
                 to + (w->first - from));
    for (int k = 0; k < inputs->value_count; k++)
        rows[k] = inputs->values[k] + at;
    add_products(odd, ODD, rows, inputs->value_columns, inputs->value_count, w->values,
                 to + (w->odd - from));
}

static int in_fours(int count)
{
    return (count + 3) / 4 * 4;
}

/* `gradients` by logits to those by inputs; and by weights, where they are wanted of a chunk. */
static void backward(const context_inputs *inputs, const turned_network *turned, ptrdiff_t at,
                     const activations *x, const float *gradients, const rate_chunk_latents *chunk,
                     float *magnitudes, float *values)
{
    const float *rows[HIDDEN], *by_sign = gradients + POSITIVE * CHUNK;
    float second[HIDDEN * CHUNK], narrow[HIDDEN * CHUNK], odd[ODD * CHUNK], gate[ODD * CHUNK];
    for (int k = 0; k < ODD; k++)
        for (int p = 0; p < CHUNK; p++)
            gate[k * CHUNK + p] = x->odd[k * CHUNK + p] * by_sign[p] * GATE_UNIT;
    set_rows(rows, gradients, 4);
    set_rows(rows + 4, gate, ODD);
    dense(rows, NULL, 4 + ODD, 4 + ODD, turned->third, nothing, HIDDEN, second, CHUNK);
    where_positive(second, x->second, HIDDEN * CHUNK);
    set_rows(rows, second, HIDDEN);
    dense(rows, NULL, HIDDEN, HIDDEN, turned->second, nothing, HIDDEN, narrow, CHUNK);
    where_positive(narrow, x->first, HIDDEN * CHUNK);
    set_rows(rows, narrow, HIDDEN);
    dense(rows, NULL, HIDDEN, HIDDEN, turned->first, nothing, in_fours(turned->magnitudes + ODD), magnitudes,
          CHUNK);

    const float *by_odd = magnitudes + turned->magnitudes * CHUNK;
    for (int k = 0; k < ODD; k++)
        for (int p = 0; p < CHUNK; p++) {
            int i = k * CHUNK + p;
            float side = x->odd[i] > 0 ? 0.25f : x->odd[i] < 0 ? -0.25f : 0;
            odd[i] = by_odd[i] * side + x->gated[i] * by_sign[p];
        }
    set_rows(rows, odd, ODD);
    dense(rows, NULL, ODD, ODD, turned->odd, nothing, in_fours(turned->values), values, CHUNK);
    if (chunk->by_weights)
        add_by_weights(inputs, at, x, gradients, gate, second, narrow, odd, chunk);
}

static void add_rows(const float *const *inputs, int count, ptrdiff_t place, const float *gradients)
{
    for (int k = 0; k < count; k++) {
        float *row = (float *)inputs[k] + place;
        for (int p = 0; p < CHUNK; p++)
            row[p] += gradients[k * CHUNK + p];
    }
}

/* Forward and backward of a chunk of latents that are 0, where all inputs are. */
static void of_nothing(const context_inputs *inputs, const turned_network *turned, rate_chunk_latents *chunk,
                       float *magnitudes)
{
    activations x;
    float gradients[LOGITS * CHUNK], values[MOST_INPUTS * CHUNK];
    context_inputs none = *inputs;
    none.value_count = none.magnitude_count = 0;
    memcpy(none.magnitude_columns, inputs->magnitude_columns + inputs->magnitude_count,
           ODD * sizeof(int));
    forward(&none, 0, &x);
    by_logits(x.logits, chunk, gradients);
    backward(&none, turned, 0, &x, gradients, chunk, magnitudes, values);
}

static void find_zeros(const context_inputs *inputs, const turned_network *turned, rate_of_zeros *zeros)
{
    float magnitudes[MOST_INPUTS * CHUNK];
    rate_chunk_latents chunk = {.exact = {-0.5f, 0.5f}};
    for (int p = 0; p < CHUNK; p++)
        chunk.counts[p] = 1;
    of_nothing(inputs, turned, &chunk, magnitudes);
    zeros->bits = chunk.bits / CHUNK;
    memcpy(zeros->own, chunk.own, sizeof zeros->own);
    for (int k = 0; k < turned->magnitudes; k++)
        zeros->magnitudes[k] = magnitudes[k * CHUNK];
    zeros->known = 1;
}

void INR_ISA_NAME(rate_zeros)(const context_inputs *inputs, const turned_network *turned,
                              const rate_of_zeros *zeros, const rate_chunk_latents *like)
{
    float magnitudes[MOST_INPUTS * CHUNK];
    rate_chunk_latents chunk = {.weights = like->weights, .by_weights = like->by_weights};
    memcpy(chunk.constants, like->constants, sizeof chunk.constants);
    for (int p = 0; p < CHUNK; p++)
        chunk.counts[p] = zeros->count / CHUNK;
    of_nothing(inputs, turned, &chunk, magnitudes);
}

static int are_zero(const rate_chunk_latents *chunk)
{
    int32_t any = 0;
    for (int p = 0; p < CHUNK; p++)
        any |= chunk->latents[p];
    return any == 0;
}

static void add_zeros(const context_inputs *inputs, int count, ptrdiff_t place,
                      rate_of_zeros *zeros, rate_chunk_latents *chunk)
{
    for (int p = 0; p < CHUNK; p++) {
        zeros->count += chunk->counts[p];
        float exact = chunk->exact[p];
        chunk->own[p] = exact > 0 ? zeros->own[1] : exact < 0 ? zeros->own[0] : 0;
        chunk->bits += zeros->bits * chunk->counts[p];
    }
    for (int k = 0; k < count; k++) {
        float *row = (float *)inputs->magnitudes[k] + place, gradient = zeros->magnitudes[k];
        for (int p = 0; p < CHUNK; p++)
            row[p] += gradient * chunk->counts[p];
    }
}

void INR_ISA_NAME(rate_chunk)(const context_inputs *inputs, const turned_network *turned, ptrdiff_t at,
                              rate_chunk_latents *chunk, ptrdiff_t apart, rate_of_zeros *zeros)
{
    activations x;
    float gradients[LOGITS * CHUNK], magnitudes[MOST_INPUTS * CHUNK], values[MOST_INPUTS * CHUNK];
    if (are_zero(chunk) && is_zero(inputs->magnitudes, inputs->magnitude_count, at)) {
        if (!zeros->known)
            find_zeros(inputs, turned, zeros);
        add_zeros(inputs, turned->magnitudes, at + apart, zeros, chunk);
        return;
    }
    forward(inputs, at, &x);
    by_logits(x.logits, chunk, gradients);
    backward(inputs, turned, at, &x, gradients, chunk, magnitudes, values);
    add_rows(inputs->magnitudes, turned->magnitudes, at + apart, magnitudes);
    add_rows(inputs->values, turned->values, at + apart, values);
}
