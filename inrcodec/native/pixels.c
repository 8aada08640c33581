/* From channels to pixels: the doors. */
#include "kernels.h"

#include "isa.h"

INR_DECLARED(turn_colors, turn_colors);
INR_DECLARED(add_places, add_places);
INR_DECLARED(whole_bytes, whole_bytes);
INR_DECLARED(whole_words, whole_words);

int inr_turn_colors(const inr_turn *turn)
{
    if (turn->count < 0 || turn->stride < turn->count)
        return INR_USAGE;
    INR_CHOSEN(turn_colors)(turn);
    return 0;
}

int inr_add_places(const inr_sums *sums)
{
    if (sums->planes < 0 || sums->places < 1 || sums->outputs < 0 || sums->taps < 0 || sums->width < 0)
        return INR_USAGE;
    for (int64_t k = 0; k < sums->outputs * sums->taps; k++)
        if (sums->index[k] < 0 || sums->index[k] >= sums->places)
            return INR_USAGE;
    INR_CHOSEN(add_places)(sums);
    return 0;
}

int inr_whole_bytes(const float *values, int64_t count, uint8_t *out)
{
    INR_CHOSEN(whole_bytes)(values, count, out);
    return 0;
}

int inr_whole_words(const float *values, int64_t count, uint16_t *out)
{
    INR_CHOSEN(whole_words)(values, count, out);
    return 0;
}
