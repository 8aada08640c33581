/* A stack of symbols (`formats/inr-v1.md`, 5.2), of which weights and decisions are put and taken many at
 * a time. */
#include "kernels.h"

/* The stack with what was put on it last in its state, as `ans.h` has it, for one of its functions. */
#define WRITER(stack) \
    {(stack)->words, (size_t)(stack)->count, (size_t)(stack)->room, (stack)->state}
#define READER(stack) \
    {(const uint8_t *)(stack)->words, (size_t)(stack)->count, (stack)->state}

static int is_possible(const inr_stack *stack, int64_t count)
{
    return stack->count >= 0 && stack->count <= stack->room && count >= 0;
}

int inr_stack_push(inr_stack *stack, const uint32_t *frequencies, const uint32_t *before, int64_t count)
{
    ans_writer writer = WRITER(stack);
    if (!is_possible(stack, count))
        return INR_USAGE;
    for (int64_t i = count - 1; i >= 0; i--) {
        if (frequencies[i] == 0 || frequencies[i] > ANS_TOTAL || before[i] > ANS_TOTAL - frequencies[i])
            return INR_USAGE;
        if (!ans_push(&writer, frequencies[i], before[i]))
            return INR_ROOM;
    }
    stack->count = (int64_t)writer.count;
    stack->state = writer.state;
    return 0;
}

int inr_stack_pop(inr_stack *stack, const uint32_t *sums, int32_t symbols, int32_t *values, int64_t count)
{
    ans_reader reader = READER(stack);
    if (!is_possible(stack, count) || symbols < 1 || sums[0] != 0 || sums[symbols] != ANS_TOTAL)
        return INR_USAGE;
    for (int64_t i = 0; i < count; i++) {
        uint32_t place = (uint32_t)reader.state & (ANS_TOTAL - 1);
        int32_t least = 0, most = symbols;
        /* The last symbol whose sum of those before it is not above the place. */
        while (most - least > 1) {
            int32_t middle = (least + most) / 2;
            if (sums[middle] <= place)
                least = middle;
            else
                most = middle;
        }
        ans_pop(&reader, sums[least + 1] - sums[least], sums[least]);
        values[i] = least;
    }
    stack->count = (int64_t)reader.words;
    stack->state = reader.state;
    return 0;
}

int inr_stack_pop_decisions(inr_stack *stack, const uint32_t *probabilities, int32_t *values, int64_t count)
{
    ans_reader reader = READER(stack);
    if (!is_possible(stack, count))
        return INR_USAGE;
    for (int64_t i = 0; i < count; i++) {
        if (probabilities[i] == 0 || probabilities[i] > 65535)
            return INR_USAGE;
        values[i] = (int32_t)ans_decision(&reader, probabilities[i]);
    }
    stack->count = (int64_t)reader.words;
    stack->state = reader.state;
    return 0;
}

int inr_stack_pop_plain(inr_stack *stack, int32_t bits, int32_t *values, int64_t count)
{
    ans_reader reader = READER(stack);
    if (!is_possible(stack, count) || bits < 1 || bits > 16)
        return INR_USAGE;
    for (int64_t i = 0; i < count; i++)
        values[i] = (int32_t)ans_plain(&reader, bits);
    stack->count = (int64_t)reader.words;
    stack->state = reader.state;
    return 0;
}
