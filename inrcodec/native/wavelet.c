/* The 9/7 wavelet by lifting (`formats/inr-v1-grid.md`, 6): columns first, then rows, and back. */
#include "kernels.h"

#include <stddef.h>
#include <string.h>

static const float LIFTING[4] = {
    -1.586134342059924f, -0.052980118572961f, 0.882911075530934f, 0.443506852043971f};
static const float SCALE = 1.149604398860241f;

/* Both halves of an axis, as vectors of `width` values: one for each column, or a single one. */
typedef struct {
    float *low, *high;
    ptrdiff_t low_stride, high_stride;
    int lows, highs, width;
} halves;

static void lift_one(float *target, const float *before, const float *after, float factor, int count)
{
    for (int i = 0; i < count; i++)
        target[i] = target[i] + factor * (before[i] + after[i]);
}

/* Adds `factor` times both neighbors to the high half (`to_high`) or to the low one; indices beyond
 * an end are taken at the nearest end. */
static void lift(const halves *x, int to_high, float factor)
{
    float *target = to_high ? x->high : x->low;
    const float *source = to_high ? x->low : x->high;
    ptrdiff_t stride = to_high ? x->high_stride : x->low_stride, from = to_high ? x->low_stride : x->high_stride;
    int count = to_high ? x->highs : x->lows, last = (to_high ? x->lows : x->highs) - 1;
    for (int i = 0; i < count; i++) {
        int before = i - !to_high, after = before + 1;
        before = before < 0 ? 0 : before;
        after = after > last ? last : after;
        before = before > last ? last : before;
        lift_one(target + i * stride, source + before * from, source + after * from, factor, x->width);
    }
}

/* The same along a row, where both halves are contiguous. */
static void lift_row(const halves *x, int to_high, float factor)
{
    float *target = to_high ? x->high : x->low;
    const float *source = to_high ? x->low : x->high;
    int count = to_high ? x->highs : x->lows, last = (to_high ? x->lows : x->highs) - 1;
    int first = to_high ? 0 : 1, whole = to_high ? last : last + 1;
    if (!to_high)
        lift_one(target, source, source, factor, 1);
    whole = whole > count ? count : whole;
    if (whole > first)
        lift_one(target + first, source + first - !to_high, source + first - !to_high + 1, factor,
                 whole - first);
    for (int i = whole > first ? whole : first; i < count; i++)
        lift_one(target + i, source + last, source + last, factor, 1);
}

static void scale(float *x, ptrdiff_t stride, int count, int width, float factor, int divide)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < width; j++)
            x[i * stride + j] = divide ? x[i * stride + j] / factor : x[i * stride + j] * factor;
}

/* The adjoint of `lift`: what the target has is added to both of its neighbors. */
static void lift_back(const halves *x, int to_high, float factor)
{
    const float *target = to_high ? x->high : x->low;
    float *source = to_high ? x->low : x->high;
    ptrdiff_t stride = to_high ? x->high_stride : x->low_stride, from = to_high ? x->low_stride : x->high_stride;
    int count = to_high ? x->highs : x->lows, last = (to_high ? x->lows : x->highs) - 1;
    for (int i = 0; i < count; i++)
        for (int ahead = 0; ahead < 2; ahead++) {
            int place = i - !to_high + ahead;
            place = place < 0 ? 0 : place > last ? last : place;
            float *to = source + place * from;
            for (int j = 0; j < x->width; j++)
                to[j] += factor * target[i * stride + j];
        }
}

static void lift_row_back(const halves *x, int to_high, float factor)
{
    const float *target = to_high ? x->high : x->low;
    float *source = to_high ? x->low : x->high;
    int count = to_high ? x->highs : x->lows, last = (to_high ? x->lows : x->highs) - 1;
    for (int ahead = 0; ahead < 2; ahead++) {
        int shift = ahead - !to_high, first = shift < 0, end = last - shift + 1;
        end = end < count ? end : count;
        if (first)
            source[0] += factor * target[0];
        for (int i = first; i < end; i++)
            source[i + shift] += factor * target[i];
        for (int i = end > first ? end : first; i < count; i++)
            source[last] += factor * target[i];
    }
}

typedef void lifting(const halves *, int, float);

/* Joins both halves of an axis, by `lift` or, as contiguous rows, by `lift_row`. */
static void join(const halves *x, lifting *step)
{
    if (x->highs == 0)
        return;
    scale(x->low, x->low_stride, x->lows, x->width, SCALE, 1);
    scale(x->high, x->high_stride, x->highs, x->width, SCALE, 0);
    for (int k = 3; k >= 0; k--)
        step(x, k % 2 == 0, -LIFTING[k]);
}

/* Splits an axis into its halves; or, by steps back, does the adjoint of `join`. */
static void split(const halves *x, lifting *step, int adjoint)
{
    if (x->highs == 0)
        return;
    for (int k = 0; k < 4; k++)
        step(x, k % 2 == 0, adjoint ? -LIFTING[k] : LIFTING[k]);
    scale(x->low, x->low_stride, x->lows, x->width, SCALE, adjoint);
    scale(x->high, x->high_stride, x->highs, x->width, SCALE, !adjoint);
}

/* Rows of both halves of the columns are every other one of `whole`: its left part is what is low along
 * the rows, the rest what is high. */
static halves columns_of(const inr_wavelet *w)
{
    ptrdiff_t stride = 2 * (ptrdiff_t)w->columns;
    return (halves){w->whole, w->whole + w->columns, stride, stride, (w->rows + 1) / 2, w->rows / 2,
                    w->columns};
}

/* A row apart: its low half, then its high one. */
static halves halves_of(float *row, int columns)
{
    int lows = (columns + 1) / 2;
    return (halves){row, row + lows, 1, 1, lows, columns / 2, 1};
}

/* Bands of a row: low and 0 in even rows, 1 and 2 in odd ones. */
static float *part(const inr_wavelet *w, int row, int high)
{
    int lows = (w->columns + 1) / 2, highs = w->columns / 2;
    float *band = w->bands[2 * (row % 2) + high];
    return band + (ptrdiff_t)(row / 2) * (high ? highs : lows);
}

int inr_wavelet_synthesize(const inr_wavelet *w, float *row)
{
    if (w->rows < 1 || w->columns < 1)
        return INR_USAGE;
    int lows = (w->columns + 1) / 2, highs = w->columns / 2;
    for (int i = 0; i < w->rows; i++) {
        float *out = w->whole + (ptrdiff_t)i * w->columns;
        memcpy(out, part(w, i, 0), lows * sizeof(float));
        memcpy(out + lows, part(w, i, 1), highs * sizeof(float));
    }
    halves columns = columns_of(w);
    join(&columns, lift);
    for (int i = 0; i < w->rows; i++) {
        float *out = w->whole + (ptrdiff_t)i * w->columns;
        memcpy(row, out, w->columns * sizeof(float));
        halves both = halves_of(row, w->columns);
        join(&both, lift_row);
        for (int j = 0; j < highs; j++) {
            out[2 * j] = row[j];
            out[2 * j + 1] = row[lows + j];
        }
        if (lows > highs)
            out[w->columns - 1] = row[lows - 1];
    }
    return 0;
}

static int split_level(const inr_wavelet *w, float *row, int adjoint)
{
    if (w->rows < 1 || w->columns < 1)
        return INR_USAGE;
    int lows = (w->columns + 1) / 2, highs = w->columns / 2;
    for (int i = 0; i < w->rows; i++) {
        float *whole = w->whole + (ptrdiff_t)i * w->columns;
        for (int j = 0; j < w->columns; j++)
            row[j % 2 ? lows + j / 2 : j / 2] = whole[j];
        halves both = halves_of(row, w->columns);
        split(&both, adjoint ? lift_row_back : lift_row, adjoint);
        memcpy(whole, row, w->columns * sizeof(float));
    }
    halves columns = columns_of(w);
    split(&columns, adjoint ? lift_back : lift, adjoint);
    for (int i = 0; i < w->rows; i++) {
        const float *whole = w->whole + (ptrdiff_t)i * w->columns;
        memcpy(part(w, i, 0), whole, lows * sizeof(float));
        memcpy(part(w, i, 1), whole + lows, highs * sizeof(float));
    }
    return 0;
}

int inr_wavelet_analyze(const inr_wavelet *w, float *row)
{
    return split_level(w, row, 0);
}

int inr_wavelet_adjoint(const inr_wavelet *w, float *row)
{
    return split_level(w, row, 1);
}
