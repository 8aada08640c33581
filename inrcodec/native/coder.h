/* The walk over a block's latents in the order of coding (`formats/inr-v1-grid.md`, 4). */
#ifndef INR_CODER_H
#define INR_CODER_H

#include "calibration.h"

enum { UNARY = 16, WIDTH_BITS = 5, MOST_WIDTH = 26 };
enum { ABOVE_0, ABOVE_1, ABOVE_2, LARGER, POSITIVE };

/* The probabilities of a pass's decisions. */
typedef struct {
    const int16_t *logits; /* [chunks][LOGITS][CHUNK] */
    const calibration *calibrated;
} pass_probabilities;

/* That of a decision of the latent at a position of the pass's planes. */
static inline uint32_t probability_at(const pass_probabilities *p, ptrdiff_t position, int decision)
{
    const int16_t *chunk = p->logits + position / CHUNK * (LOGITS * CHUNK);
    return p->calibrated->probabilities[decision][chunk[decision * CHUNK + position % CHUNK] + MOST_LOGIT];
}

/* That of |q| > size, for size below 2 + UNARY. */
static inline int decision_above(int size)
{
    return size < 3 ? size : LARGER;
}

/* Supplies the latents of a block as they are coded; errors are those of kernels. */
typedef struct latent_source {
    /* Whether the band has a latent other than 0, the probability of which is given. */
    int (*fills)(struct latent_source *, const inr_band *, int index, uint32_t probability);
    /* The latents of a pass. */
    int (*latents)(struct latent_source *, const block_pass *, const pass_probabilities *);
    /* After a band: whether it has turned out to be empty after all. */
    int (*leaves)(struct latent_source *);
} latent_source;

/* Room for a walk. */
typedef struct {
    float *planes; /* zeroed */
    int64_t plane_floats;
    int16_t *logits;
    int64_t logit_count;
    int32_t *positions; /* of the latents of a pass */
    int64_t position_count;
} inr_room;

/* int16 of logits, and positions, that a walk takes. */
int64_t walk_logits(const inr_block *block);
int64_t walk_positions(const inr_block *block);

/* Fills the details of a block with the latents of a source. */
int walk_block(const inr_block *block, const inr_model *model, latent_source *source, const inr_room *room);

#endif
