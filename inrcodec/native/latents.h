/* The latents of a pass as decisions (`formats/inr-v1-grid.md`, 4, "A pass"). */
#ifndef INR_LATENTS_H
#define INR_LATENTS_H

#include "ans.h"
#include "calibration.h"

enum { WIDTH_BITS = 5, MOST_WIDTH = 26 };

/* Errors of kernels; 0 is success. */
enum { INR_MALFORMED = 1, INR_USAGE = 2, INR_ROOM = 3, INR_CUT = 4 };

/* The probabilities of a pass's decisions. */
typedef struct {
    const int16_t *logits; /* [chunks][LOGITS][CHUNK] */
    const calibration *calibrated;
} pass_probabilities;

/* That of a decision of the latent at a position of the pass. */
static inline uint32_t probability_at(const pass_probabilities *p, ptrdiff_t position, int decision)
{
    const int16_t *chunk = p->logits + position / CHUNK * (LOGITS * CHUNK);
    return calibrated(p->calibrated, decision, chunk[decision * CHUNK + position % CHUNK]);
}

/* That of |q| > size, for size below 2 + UNARY. */
static inline int decision_above(int size)
{
    return size < 3 ? size : LARGER;
}

/* Computes the logits of so many positions, chunk by chunk; those of nothing but zeros once. */
void pass_logits(const context_inputs *inputs, ptrdiff_t positions, int16_t *logits);

/* Reads a pass; `kept` has room for the positions of its latents. */
int read_latents(ans_reader *reader, const pass_latents *pass, const pass_probabilities *p, int32_t *kept);

/* Symbols in the order of reading: decisions with their probabilities, and plain numbers. */
typedef struct {
    uint32_t *symbols;
    int64_t count, room;
} symbol_writer;

int put_decision(symbol_writer *writer, int bit, uint32_t probability);
int put_plain(symbol_writer *writer, uint32_t value, int bits);
int write_latents(symbol_writer *writer, const pass_latents *pass, const pass_probabilities *p);

/* Writes the stream of all symbols, which a stack takes last first, as `count` words. */
int write_stream(const symbol_writer *writer, uint32_t *words, int64_t room, int64_t *count);

int bit_length(uint32_t value);

/* What latents are chosen by. */
typedef struct {
    const float *bits; /* [65537]: of a decision of each probability, in 2^-16 */
    float weight;      /* what a bit is worth, in squared steps */
} latent_costs;

/* The latent of least cost at a position of a pass: the nearest, the next towards 0, or 0. */
int32_t quantized(const latent_costs *costs, const pass_probabilities *p, ptrdiff_t at, float exact);

#endif
