/* Gradients of a convolution by its weights: sums over all places of what it saw times the gradients
 * by what it gives. Four outputs and the three columns of a kernel's row stay in registers while all
 * places pass. */
#include "filters.h"
#include "isa.h"

enum { OUTPUTS = 4, TAPS = 3 };

/* Planes of `rows` by `columns`: of four outputs, and of an input, the rows of which are two longer. */
typedef struct {
    const float *gradients[OUTPUTS], *seen;
    int rows, columns;
} tile;

static float sum_of(lanes values)
{
    float sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += values[i];
    return sum;
}

/* Places that fill vectors. Sums by name, so that compilers keep all of them in registers. */
static __attribute__((noinline)) void add_whole(const tile *t, float sums[OUTPUTS][TAPS])
{
    lanes a0 = {0}, a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0;
    lanes c0 = a0, c1 = a0, c2 = a0, d0 = a0, d1 = a0, d2 = a0;
    for (int row = 0; row < t->rows; row++) {
        const float *seen = t->seen + (ptrdiff_t)row * (t->columns + 2);
        ptrdiff_t at = (ptrdiff_t)row * t->columns;
        const float *a = t->gradients[0] + at, *b = t->gradients[1] + at;
        const float *c = t->gradients[2] + at, *d = t->gradients[3] + at;
        for (int x = 0; x + LANES <= t->columns; x += LANES) {
            lanes x0 = LOADED(seen + x, 0), x1 = LOADED(seen + x + 1, 0), x2 = LOADED(seen + x + 2, 0);
            lanes g = LOADED(a + x, 0);
            a0 += g * x0, a1 += g * x1, a2 += g * x2;
            g = LOADED(b + x, 0);
            b0 += g * x0, b1 += g * x1, b2 += g * x2;
            g = LOADED(c + x, 0);
            c0 += g * x0, c1 += g * x1, c2 += g * x2;
            g = LOADED(d + x, 0);
            d0 += g * x0, d1 += g * x1, d2 += g * x2;
        }
    }
    const lanes all[OUTPUTS][TAPS] = {{a0, a1, a2}, {b0, b1, b2}, {c0, c1, c2}, {d0, d1, d2}};
    for (int o = 0; o < OUTPUTS; o++)
        for (int j = 0; j < TAPS; j++)
            sums[o][j] += sum_of(all[o][j]);
}

/* The last places of rows. */
static void add_rest(const tile *t, float sums[OUTPUTS][TAPS])
{
    for (int row = 0; row < t->rows; row++)
        for (int x = t->columns - t->columns % LANES; x < t->columns; x++)
            for (int o = 0; o < OUTPUTS; o++)
                for (int j = 0; j < TAPS; j++)
                    sums[o][j] += t->gradients[o][(ptrdiff_t)row * t->columns + x] *
                                  t->seen[(ptrdiff_t)row * (t->columns + 2) + x + j];
}

void INR_ISA_NAME(filter_weights)(const inr_convolved *c, float *by_weights)
{
    ptrdiff_t width = c->columns + 2, plane = (ptrdiff_t)c->rows * c->columns;
    for (int first = 0; first < c->outputs; first += OUTPUTS)
        for (int in = 0; in < c->inputs; in++)
            for (int i = 0; i < TAPS; i++) {
                tile t = {.rows = c->rows, .columns = c->columns};
                float sums[OUTPUTS][TAPS] = {{0}};
                t.seen = c->seen + ((ptrdiff_t)in * (c->rows + 2) + i) * width;
                for (int o = 0; o < OUTPUTS; o++)
                    t.gradients[o] = c->gradients + (first + o < c->outputs ? first + o : first) * plane;
                add_whole(&t, sums);
                add_rest(&t, sums);
                for (int o = 0; o < OUTPUTS && first + o < c->outputs; o++)
                    for (int j = 0; j < TAPS; j++)
                        by_weights[((first + o) * c->inputs + in) * FILTER_TAPS + TAPS * i + j] = sums[o][j];
            }
}
