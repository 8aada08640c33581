/* A stream of audio (`formats/inr-v1-audio.md`, 3 to 6): its blocks, and the walk over them in the order
 * of coding. */
#ifndef INR_AUDIO_H
#define INR_AUDIO_H

#include "latents.h"

enum {
    DEPTHS = 5,      /* lengths of blocks: a frame, its half, and so on */
    EAR_BANDS = 26,
    EXTENTS = 16,
    MOST_AUDIO_CHANNELS = 8,
    MOST_LEVEL = 63,
    LEVEL_OF_1 = 40,
    EXPONENT_OF_1 = 256,
    MOST_STEPS = 4096, /* exponents that have a step, half of them below 0 */
    ROW_PASSES = 4,
    ROW_KINDS = 26,
    ROW_CALIBRATIONS = 8
};

/* The bands of blocks of one length: the first coefficient of each, and the end of the last; and the middle
 * of each among the bands of the ear, in halves. */
typedef struct {
    int32_t count, edges[EAR_BANDS + 1], places[EAR_BANDS];
} inr_audio_bands;

/* What is known of a stream before it is read; `bands` [DEPTHS], of each length, the longest first. */
typedef struct {
    int32_t frame, frames, channels, rate, step, masking, tilt;
    const inr_audio_bands *bands;
} inr_audio_layout;

/* A pretrained model: its networks, and its tables. */
typedef struct {
    const float *weights;    /* of all kinds of passes, as `lay_network` takes them */
    int64_t count;           /* of weights */
    const float *logarithm;  /* [1024]: 16*log2(1 + a), rounded */
    const float *slopes;     /* [8192]: 16*log2(1 + a/8), rounded */
    const float *expected;   /* [192]: 16*log2(1 + 2^(x/8)), rounded, for x from -64 on */
    const int32_t *ratios;   /* [193]: 1024*2^(x/8), rounded, for x from -96 on */
    const uint16_t *probabilities; /* [2047], of logits from -1023 on */
} inr_audio_model;

/* The blocks of a stream, one after another. */
typedef struct {
    int32_t *angles;    /* [channels / 2][EAR_BANDS] */
    int32_t *lengths;   /* [frames * 16]; 0 after the last */
    int32_t *latents;   /* [channels][frames * frame], 0 before */
    int32_t *exponents; /* likewise, of steps */
    int32_t *levels;    /* [frames * 16][channels][EAR_BANDS], of each block */
} inr_audio_blocks;

/* Room for a walk. */
typedef struct {
    float *planes; /* zeroed */
    int64_t plane_floats;
    int16_t *logits;
    int64_t logit_count;
    int32_t *positions;
    int64_t position_count;
} inr_audio_room;

enum { ROLE_EXTENT, ROLE_LEVEL, ROLE_COEFFICIENT };

/* A row of a channel while it is coded. */
typedef struct {
    int role, channel;
    int group;                /* its number in the stream */
    ptrdiff_t start;          /* of its block, in samples of the stream */
    int length, count;        /* of blocks; numbers of the row */
    const int32_t *exponents; /* [length], of coefficients */
    const int32_t *expected;  /* what numbers of other roles are counted from */
} audio_row;

/* Supplies what a stream says; errors are those of kernels. */
typedef struct audio_source {
    int (*angles)(struct audio_source *, int pair, int32_t *angles);
    /* Whether a part of a frame, of so many samples, is cut in halves. */
    int (*is_cut)(struct audio_source *, int length, uint32_t probability);
    /* Whether a block, by its number in the stream, is of one group with that before. */
    int (*is_joined)(struct audio_source *, int block, uint32_t probability);
    /* The numbers of a pass, from place `first` on. */
    int (*numbers)(struct audio_source *, const audio_row *, int first, const pass_latents *,
                   const pass_probabilities *);
} audio_source;

/* Whether a layout is one that kernels take. */
int audio_is_possible(const inr_audio_layout *layout);

/* Floats of planes, int16 of logits, and positions that a walk takes. */
int64_t audio_plane_floats(const inr_audio_layout *layout);
int64_t audio_positions(const inr_audio_layout *layout);
int64_t audio_logits(const inr_audio_layout *layout);

/* Fills the blocks of a stream with what a source says. */
int walk_audio(const inr_audio_layout *layout, const inr_audio_model *model, const inr_audio_blocks *blocks,
               audio_source *source, const inr_audio_room *room);

#endif
