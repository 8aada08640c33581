/* Synthesis filters: the door (`formats/inr-v1-grid.md`, 6). */
#include "kernels.h"

#include "isa.h"

INR_DECLARED(filter_rows, filter_rows);
INR_DECLARED(filter_rows, filter_rows_back);
INR_DECLARED(filter_weights, filter_weights);

static int is_possible(const inr_filtered *image, int32_t first, int32_t last, int64_t count)
{
    return image->rows > 0 && image->columns > 0 && 0 <= first && first <= last && last <= image->rows &&
           count >= FILTER_FLOATS;
}

int inr_filter_rows(const inr_filter *filter, const inr_filtered *image, int32_t first, int32_t last,
                    float *work, int64_t count)
{
    if (!is_possible(image, first, last, count))
        return INR_USAGE;
    INR_CHOSEN(filter_rows)(filter, image, first, last, work);
    return 0;
}

int inr_filter_rows_back(const inr_filter *filter, const inr_filtered *image, int32_t first, int32_t last,
                         float *work, int64_t count)
{
    if (!is_possible(image, first, last, count) || !image->active[0] || !image->active[1])
        return INR_USAGE;
    INR_CHOSEN(filter_rows_back)(filter, image, first, last, work);
    return 0;
}

int inr_filter_weights(const inr_convolved *convolved, float *by_weights)
{
    if (convolved->inputs < 1 || convolved->outputs < 1 || convolved->rows < 1 || convolved->columns < 1 ||
        convolved->inputs > FILTER_WIDTH || convolved->outputs > FILTER_WIDTH)
        return INR_USAGE;
    INR_CHOSEN(filter_weights)(convolved, by_weights);
    return 0;
}
