#include "kernels.h"

typedef void adam_step(const inr_adam *adam);

INR_DECLARED(adam_step, adam_step);

int inr_adam_step(const inr_adam *adam)
{
    if (adam->count < 0)
        return INR_USAGE;
    INR_CHOSEN(adam_step)(adam);
    return 0;
}
