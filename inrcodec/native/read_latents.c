/* Reading the latents of a pass, of which logits are computed here, too. */
#include "isa.h"
#include "latents.h"

INR_DECLARED(context_chunk, context_chunk);

/* The logits where all inputs are 0. */
static void constant_logits(const context_inputs *inputs, int16_t *logits)
{
    context_inputs none = *inputs;
    none.value_count = none.magnitude_count = 0;
    memcpy(none.magnitude_columns, inputs->magnitude_columns + inputs->magnitude_count,
           ODD * sizeof(int));
    INR_CHOSEN(context_chunk)(&none, 0, logits);
}

void pass_logits(const context_inputs *inputs, ptrdiff_t positions, int16_t *logits)
{
    int16_t constant[LOGITS * CHUNK];
    int known = 0;
    for (ptrdiff_t at = 0; at < positions; at += CHUNK, logits += LOGITS * CHUNK)
        if (inputs->magnitude_count == 0 || INR_CHOSEN(context_chunk)(inputs, at, logits)) {
            if (!known)
                constant_logits(inputs, constant);
            known = 1;
            memcpy(logits, constant, sizeof constant);
        }
}

static uint32_t wide(ans_reader *reader, int bits)
{
    uint32_t upper = bits > 16 ? ans_plain(reader, bits - 16) : 0;
    return upper << 16 | ans_plain(reader, bits < 16 ? bits : 16);
}

/* 1.: the positions of latents other than 0. */
static int read_kept(ans_reader *reader, const pass_latents *pass, const pass_probabilities *p, int32_t *kept)
{
    int count = 0;
    for (int i = 0; i < pass->rows; i++)
        for (int j = 0; j < pass->columns; j++) {
            ptrdiff_t position = i * pass->stride + j;
            kept[count] = (int32_t)position;
            count += (int)ans_decision(reader, probability_at(p, position, ABOVE_0));
        }
    return count;
}

/* 4.: what is left of magnitudes that are not told one by one. */
static int read_escapes(ans_reader *reader, const pass_latents *pass, const int32_t *kept, int count)
{
    for (int k = 0; k < count; k++) {
        int bits = (int)ans_plain(reader, WIDTH_BITS);
        if (bits > MOST_WIDTH)
            return INR_MALFORMED;
        int32_t *q = latent_at(pass, kept[k]);
        int32_t more = (int32_t)((1u << bits) + wide(reader, bits)) - 1;
        *q += *q < 0 ? -more : more;
    }
    return 0;
}

int read_latents(ans_reader *reader, const pass_latents *pass, const pass_probabilities *p, int32_t *kept)
{
    int count = read_kept(reader, pass, p, kept);
    for (int k = 0; k < count; k++) /* 2. */
        *latent_at(pass, kept[k]) = 2 * (int32_t)ans_decision(reader, probability_at(p, kept[k], POSITIVE)) - 1;
    for (int size = 1; size < UNARY + 3 && count; size++) { /* 3. */
        int going = 0;
        for (int k = 0; k < count; k++)
            if (ans_decision(reader, probability_at(p, kept[k], decision_above(size)))) {
                int32_t *q = latent_at(pass, kept[k]);
                *q += *q < 0 ? -1 : 1;
                kept[going++] = kept[k];
            }
        count = going;
    }
    return read_escapes(reader, pass, kept, count);
}
