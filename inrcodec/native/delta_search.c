/* The encoder's search for a row of weight deltas: one round over its numbers. */
#include "kernels.h"

#include <math.h>

/* The whole number of least cost: of those around an exact one, the next towards 0, and 0. */
static int32_t best_delta(double exact, double curvature, const double *costs, int32_t most)
{
    double size = fabs(exact) < most - 0.5 ? fabs(exact) : most - 0.5, least = INFINITY;
    int32_t below = (int32_t)size, best = 0;
    int32_t options[4] = {0, below > 0 ? below - 1 : 0, below, below + 1};
    for (int k = 0; k < 4; k++) {
        double off = options[k] - size, cost = curvature * (off * off) + costs[options[k]];
        if (cost < least) {
            least = cost;
            best = options[k];
        }
    }
    return exact > 0 ? best : -best;
}

int inr_improve_deltas(const double *gram, double *rest, int32_t *row, int32_t count,
                       const double *costs, int32_t most)
{
    if (count < 0 || most < 1)
        return INR_USAGE;
    for (int32_t place = 0; place < count; place++) {
        double curvature = gram[(int64_t)place * count + place];
        if (!(curvature > 0))
            continue;
        int32_t old = row[place], new = best_delta(old + rest[place] / curvature, curvature, costs, most);
        if (new != old)
            for (int32_t k = 0; k < count; k++)
                rest[k] -= gram[(int64_t)k * count + place] * (new - old);
        row[place] = new;
    }
    return 0;
}
