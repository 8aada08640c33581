/* A block of a latent grid (`formats/inr-v1-grid.md`, 3 to 5): its bands, and what contexts hold of
 * them. */
#ifndef INR_BLOCK_H
#define INR_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "geometry.h"
#include "latents.h"
#include "low.h"

/* Own offsets that earlier passes have had, of a pass (5., 1.). */
static inline int seen_before(int number, int row, int column)
{
    int parity_row = (PARITIES[number][0] + row) & 1, parity_column = (PARITIES[number][1] + column) & 1;
    return pass_of_parity(parity_row, parity_column) < number;
}

/* What networks are told of the step of a level's details: how much coarser it is than that of one level
 * coarser, and d, d*d/64, |d|; and that step, in eighths of the image's. */
typedef struct {
    int32_t coarser, step[3], unit;
} inr_level;

/* A pretrained model at a step. */
typedef struct {
    const float *weights;         /* of all kinds: see `read_networks` */
    int64_t count;                /* of weights */
    const float *logarithm;       /* [1024]: 16*log2(1 + a), rounded */
    const float *slopes;          /* [SLOPE_TABLE]: 16*log2(1 + a/8), rounded */
    const uint16_t *probabilities;/* [2047], of logits from -1023 on, 1 to 65535 */
    const inr_level *levels;      /* [MOST_LEVELS], from the finest */
} inr_model;

/* A pass as its network sees it: of band 1, rows and columns are swapped. Row i, column j is
 * `data`[i * down + j * across]; it is at i * `stride` + j in planes. */
typedef struct {
    int level, channel, band, number;
    int rows, columns;
    ptrdiff_t offset, down, across; /* in the band, of its first latent */
    ptrdiff_t stride;
    const inr_band *source;
} block_pass;

/* What contexts of a level hold, in planes of zeros around what is known, by parity of row and
 * column (passes). `own`: as the band's own network sees it; `turned`: with rows and columns swapped
 * from that; `parent`: of the band one level coarser, at this level's strides. The last dimension is
 * magnitude and signed value. */
typedef struct {
    ptrdiff_t stride[2]; /* of planes in the image's orientation, and turned */
    float *own[CHANNELS][BANDS][PASSES][2];
    float *turned[CHANNELS][BANDS][PASSES];
    float *parent[CHANNELS][BANDS][2];
    float *parent_turned[CHANNELS][BANDS];
    uint8_t filled[CHANNELS][BANDS], parent_filled[CHANNELS][BANDS];
} block_level;

typedef struct {
    inr_block bands;
    const inr_model *model;
    context_network networks[KINDS];
    block_level levels[MOST_LEVELS];
    int32_t *low[MOST_LEVELS][CHANNELS], *row; /* low bands, and room for a row of one */
    float *slope_floats;                       /* of slopes, which are those of a level and channel */
    slope_planes slopes[2];                    /* in the image's orientation, and turned */
} block_planes;

/* Floats of work that the planes of a block take; -1 where its sizes are not possible. */
int64_t block_work(const inr_block *block);

/* Lays planes out in `work`, which must be zeroed. */
int block_start(block_planes *planes, const inr_block *block, const inr_model *model, float *work,
                int64_t count);

/* Lets contexts of a level and channel see the low band that is known by then: first its values, which
 * every level needs of the one before; then its slopes, before the level's bands are coded. */
void block_put_low(block_planes *planes, int level, int channel);
void block_put_slopes(block_planes *planes, int level, int channel);

/* Rows and columns of the low band that one level finer than the block refines. */
void block_low_size(const inr_block *block, int channel, int *rows, int *columns);

/* Describes a pass of a band; returns 0 where it has no latents. */
int block_pass_at(const block_planes *planes, int level, int channel, int band, int number,
                  block_pass *pass);

/* Collects what a pass is computed from. */
void block_inputs(const block_planes *planes, const block_pass *pass, context_inputs *inputs);

/* The inputs that a band's latents have in common (5., "The constants"). */
void pass_constants(const block_planes *planes, const block_pass *pass, float constants[CONSTANTS]);

/* Lets later contexts see the latents of a pass, and of a band when all its passes are known. */
void block_put(block_planes *planes, const block_pass *pass);
void block_put_band(block_planes *planes, int level, int channel, int band);

/* The adjoint of both: sums what planes, `apart` from those of the block, hold of the latent at row i,
 * column j of a pass: by its magnitude, and by its signed value. */
void block_sum(const block_planes *planes, const block_pass *pass, ptrdiff_t apart, int i, int j,
               float by[2]);

/* Positions of a pass in planes, and of them as whole chunks. */
static inline ptrdiff_t pass_positions(const block_pass *pass)
{
    return (ptrdiff_t)(pass->rows - 1) * pass->stride + pass->columns;
}

#endif
