/* The walk over a block's latents in the order of coding (`formats/inr-v1-grid.md`, 4). */
#ifndef INR_CODER_H
#define INR_CODER_H

#include "block.h"

/* Supplies the latents of a block as they are coded; errors are those of kernels. */
typedef struct latent_source {
    /* Whether the band has a latent other than 0, the probability of which is given. */
    int (*fills)(struct latent_source *, const inr_band *, int index, uint32_t probability);
    /* The latents of a pass. */
    int (*latents)(struct latent_source *, const block_pass *, const pass_probabilities *);
    /* After a band: whether it has turned out to be empty after all. */
    int (*leaves)(struct latent_source *);
} latent_source;

/* The latents of a pass, as they are read and written. */
static inline pass_latents latents_of(const block_pass *pass)
{
    int32_t *data = (int32_t *)pass->source->data + pass->offset;
    return (pass_latents){data, pass->rows, pass->columns, pass->down, pass->across, pass->stride};
}

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
