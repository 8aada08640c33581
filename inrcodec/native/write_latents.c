/* Choosing the latents of a pass, and writing them: the decisions that tell them, and their stream. */
#include <math.h>

#include "latents.h"

/* A symbol: a decision with its probability, or a plain number of so many bits. */
enum { PLAIN = 1 << 31, DECISION = 1 << 16 };

static int put(symbol_writer *writer, uint32_t symbol)
{
    if (writer->count == writer->room)
        return INR_ROOM;
    writer->symbols[writer->count++] = symbol;
    return 0;
}

int put_decision(symbol_writer *writer, int bit, uint32_t probability)
{
    return put(writer, (uint32_t)bit * DECISION | probability);
}

int put_plain(symbol_writer *writer, uint32_t value, int bits)
{
    return bits ? put(writer, (uint32_t)PLAIN | (uint32_t)bits << 16 | value) : 0;
}

int bit_length(uint32_t value)
{
    int bits = 0;
    for (; value; value >>= 1)
        bits++;
    return bits;
}

/* Bits of a magnitude, without its sign. */
static float code_length(const latent_costs *costs, const pass_probabilities *p, ptrdiff_t at,
                         int32_t size)
{
    const float *bits = costs->bits;
    uint32_t above_0 = probability_at(p, at, ABOVE_0);
    float sum = bits[size > 0 ? above_0 : 65536 - above_0];
    for (int32_t least = 1; least < 3 && size >= least; least++) {
        uint32_t above = probability_at(p, at, least);
        sum += bits[size > least ? above : 65536 - above];
    }
    if (size > 2) {
        uint32_t larger = probability_at(p, at, LARGER);
        int32_t more = size - 3 < UNARY ? size - 3 : UNARY;
        sum += (float)more * bits[larger] + (more < UNARY ? bits[65536 - larger] : 0);
    }
    if (size > 2 + UNARY)
        sum += (float)(WIDTH_BITS + bit_length((uint32_t)(size - 2 - UNARY)) - 1);
    return sum;
}

int32_t quantized(const latent_costs *costs, const pass_probabilities *p, ptrdiff_t at, float exact)
{
    float size = fabsf(exact), least = INFINITY;
    int32_t nearest = (int32_t)floorf(size + 0.5f), best = 0;
    if (size < 0.5f)
        return 0;
    uint32_t positive = probability_at(p, at, POSITIVE);
    float sign = costs->bits[exact > 0 ? positive : 65536 - positive];
    int32_t candidates[3] = {nearest, nearest > 1 ? nearest - 1 : 0, 0};
    for (int k = 0; k < 3; k++) {
        int32_t candidate = candidates[k];
        float bits = code_length(costs, p, at, candidate) + (candidate > 0 ? sign : 0);
        float difference = size - (float)candidate;
        float cost = difference * difference + costs->weight * bits;
        if (cost < least) {
            least = cost;
            best = candidate;
        }
    }
    return exact < 0 ? -best : best;
}

/* 4.: what is left of a magnitude that is not told one by one. */
static int put_escape(symbol_writer *writer, int32_t size)
{
    uint32_t rest = (uint32_t)(size - 2 - UNARY);
    int bits = bit_length(rest) - 1;
    if (bits > MOST_WIDTH)
        return INR_USAGE;
    rest -= 1u << bits;
    int error = put_plain(writer, (uint32_t)bits, WIDTH_BITS);
    if (!error)
        error = put_plain(writer, rest >> 16, bits > 16 ? bits - 16 : 0);
    return error ? error : put_plain(writer, rest & 0xFFFF, bits < 16 ? bits : 16);
}

/* 1. to 4. of a pass. Step -2 tells what is not 0, -1 signs, the others whether |q| > step. */
int write_latents(symbol_writer *writer, const pass_latents *pass, const pass_probabilities *p)
{
    int error = 0, going = 1;
    for (int step = -2; step < UNARY + 4 && going && !error; step++) {
        if (step == 0)
            continue;
        going = step < 0;
        for (int i = 0; i < pass->rows && !error; i++)
            for (int j = 0; j < pass->columns && !error; j++) {
                ptrdiff_t at = i * pass->stride + j;
                int32_t q = pass->data[i * pass->down + j * pass->across], size = q < 0 ? -q : q;
                if (step == -2)
                    error = put_decision(writer, size > 0, probability_at(p, at, ABOVE_0));
                else if (size > 0 && step == -1)
                    error = put_decision(writer, q > 0, probability_at(p, at, POSITIVE));
                else if (size >= step && step > 0 && step < UNARY + 3) {
                    error = put_decision(writer, size > step, probability_at(p, at, decision_above(step)));
                    going |= size > step;
                } else if (size >= step && step == UNARY + 3)
                    error = put_escape(writer, size);
            }
        going |= step < 0;
    }
    return error;
}

int write_stream(const symbol_writer *writer, uint32_t *words, int64_t room, int64_t *count)
{
    ans_writer stream = {words, 0, (size_t)room, 0};
    for (int64_t i = writer->count - 1; i >= 0; i--) {
        uint32_t symbol = writer->symbols[i], value = symbol & 0xFFFF;
        int bits = symbol >> 16 & 0xFF, there;
        if (symbol & (uint32_t)PLAIN)
            there = ans_push(&stream, 1u << (ANS_BITS - bits), value << (ANS_BITS - bits));
        else if (symbol & DECISION)
            there = ans_push(&stream, value << 8, ANS_TOTAL - (value << 8));
        else
            there = ans_push(&stream, ANS_TOTAL - (value << 8), 0);
        if (!there)
            return INR_ROOM;
    }
    if (!ans_close(&stream))
        return INR_ROOM;
    *count = (int64_t)stream.count;
    return 0;
}

