/* The kernels: what Python calls. Every function checks sizes, allocates nothing, and returns 0 or an
 * error of `latents.h`. */
#ifndef INR_KERNELS_H
#define INR_KERNELS_H

#include "audio.h"
#include "coder.h"
#include "color_map.h"
#include "filters.h"
#include "isa.h"
#include "layers.h"
#include "pixels.h"
#include "scan.h"
#include "wavelet.h"

#if defined(_WIN32)
#define INR_PUBLIC __declspec(dllexport)
#else
#define INR_PUBLIC __attribute__((visibility("default")))
#endif

/* The edition of these functions: it changes with what they take. */
enum { INR_ABI = 15 };
INR_PUBLIC int inr_abi(void);

/* The instruction set that kernels use here (`isa.h`). */
INR_PUBLIC int inr_instruction_set(void);

/* What a walk over a block takes of each kind of room. */
INR_PUBLIC int inr_block_room(const inr_block *block, int64_t *floats, int64_t *logits, int64_t *positions);

/* Decodes a block's stream, `count` words of 32 bits, to its latents (int32), which must be 0. Unless it
 * is `whole`, the stream has finer levels, too. INR_CUT where latents depend on the first `lost` words,
 * which are not there: those of the passes before them are. */
INR_PUBLIC int inr_decode_block(const uint32_t *words, int64_t count, int64_t lost, const inr_block *block,
                                const inr_model *model, const inr_room *room, int32_t whole);

/* Computes the low band that one level finer refines, of all latents of a block: of each channel as many
 * rows as bands of its last level have together, and columns likewise. `work` has room for what `out`
 * has of a channel, and for a row more. */
INR_PUBLIC int inr_low_band(const inr_block *block, const inr_model *model, int32_t *out, int64_t count,
                            int32_t *work, int64_t work_count);

/* Real latents, and how they are quantized. */
typedef struct {
    const inr_block *exact;  /* float, of the sizes of the block */
    const float *bits;       /* [65537]: of a decision of each probability, in 2^-16 */
    float weight;            /* what a bit is worth, in squared steps */
    uint32_t *symbols;       /* room for decisions and plain numbers */
    int64_t symbol_room;
    uint32_t *words;         /* the stream, last word first to be read */
    int64_t word_room;
} inr_quantizer;

/* Quantizes details to those of a block, of which the lowest bands are known, and writes its stream of
 * `count` words; INR_ROOM where there are more symbols or words than room. */
INR_PUBLIC int inr_encode_block(const inr_quantizer *quantizer, const inr_block *block,
                                const inr_model *model, const inr_room *room, int64_t *count);

/* Real latents of a block, and gradients of what their bits are worth. */
typedef struct {
    const inr_block *exact, *gradients; /* float, of the sizes of the block; gradients are 0 before */
    float weight;                       /* what a bit is worth */
    /* Sum of bits, and gradients by weights in the order of the model's, to be added to: of networks
     * without rounding; NULL: not wanted. */
    double *bits;
    float *by_weights;
} inr_rate;

/* Computes the gradients of details by real latents, of which the block has the nearest whole ones;
 * `planes` are `count` zeros, twice as many as `inr_block_room` says. */
INR_PUBLIC int inr_rate_gradients(const inr_rate *rate, const inr_block *block, const inr_model *model,
                                  float *planes, int64_t count);

/* What a walk over a stream of audio takes of each kind of room. */
INR_PUBLIC int inr_audio_room_of(const inr_audio_layout *layout, int64_t *floats, int64_t *logits,
                                 int64_t *positions);

/* Decodes a stream of audio, `count` words of 32 bits, to its blocks. */
INR_PUBLIC int inr_decode_audio(const uint32_t *words, int64_t count, const inr_audio_layout *layout,
                                const inr_audio_model *model, const inr_audio_blocks *blocks,
                                const inr_audio_room *room);

/* An audio signal as it is coded, its pairs of channels rotated. */
typedef struct {
    const int32_t *angles, *lengths; /* as those of blocks */
    const int32_t *joined;           /* whether each is of one group with that before */
    const double *coefficients;      /* [channels][frames * frame] */
    const double *levels;            /* [groups][channels][EAR_BANDS], exact */
    const int32_t *extents;          /* [groups][channels] */
    const double *steps;             /* [MOST_STEPS], of exponents from -MOST_STEPS / 2 on */
    const float *bits;               /* [65537]: of a decision of each probability, in 2^-16 */
    double near_enough;              /* levels stay as they are expected where they are off by less */
    double most;                     /* the largest latent */
    float weight;                    /* what a bit is worth, in squared steps */
    uint32_t *symbols;               /* room for decisions and plain numbers */
    int64_t symbol_room;
    uint32_t *words;                 /* the stream, last word first to be read */
    int64_t word_room;
} inr_audio_signal;

/* Quantizes a signal to the blocks of a stream, and writes it as `count` words; INR_ROOM where there are
 * more symbols or words than room. */
INR_PUBLIC int inr_encode_audio(const inr_audio_signal *signal, const inr_audio_layout *layout,
                                const inr_audio_model *model, const inr_audio_blocks *blocks,
                                const inr_audio_room *room, int64_t *count);

/* A step of Adam for latents: `by_error` at the nearest whole ones, as a parabola, plus `by_rate`. */
typedef struct {
    float *latents, *means, *squares;
    const float *by_error, *by_rate;
    int64_t count;
    float mean_rate, square_rate; /* 1 - beta */
    float rate, square_scale;     /* of the step: over 1 - beta^n of means; 1 over 1 - beta^n */
} inr_adam;

INR_PUBLIC int inr_adam_step(const inr_adam *adam);

/* Does a round of the search for the row d that makes d*gram*d - 2*d*moment + costs(d) least: `gram`
 * [count][count]; `rest` is moment - gram*d; `costs` of magnitudes 0 to `most`. */
INR_PUBLIC int inr_improve_deltas(const double *gram, double *rest, int32_t *row, int32_t count,
                                  const double *costs, int32_t most);

/* A stack of symbols, of which `words` (little-endian) has all but what is in `state`. */
typedef struct {
    uint64_t state;
    uint32_t *words;
    int64_t count, room;
} inr_stack;

/* Puts symbols on a stack, the last one first: each has a frequency, and a sum of those before it. */
INR_PUBLIC int inr_stack_push(inr_stack *stack, const uint32_t *frequencies, const uint32_t *before,
                              int64_t count);

/* Takes symbols off a stack: of a table of so many symbols, `sums` [symbols + 1] of the frequencies
 * before each; decisions, of each its probability in 2^-16; plain numbers of 1 to 16 bits. */
INR_PUBLIC int inr_stack_pop(inr_stack *stack, const uint32_t *sums, int32_t symbols, int32_t *values,
                             int64_t count);
INR_PUBLIC int inr_stack_pop_decisions(inr_stack *stack, const uint32_t *probabilities, int32_t *values,
                                       int64_t count);
INR_PUBLIC int inr_stack_pop_plain(inr_stack *stack, int32_t bits, int32_t *values, int64_t count);

/* Joins bands to a level; splits a level, which is overwritten, into bands; or does the adjoint of
 * joining, which takes gradients by the level to those by the bands. `row` has `columns` floats. */
INR_PUBLIC int inr_wavelet_synthesize(const inr_wavelet *level, float *row);
INR_PUBLIC int inr_wavelet_analyze(const inr_wavelet *level, float *row);
INR_PUBLIC int inr_wavelet_adjoint(const inr_wavelet *level, float *row);

/* Filters rows of an image's channels; `work` has at least FILTER_FLOATS. */
INR_PUBLIC int inr_filter_rows(const inr_filter *filter, const inr_filtered *image, int32_t first,
                               int32_t last, float *work, int64_t count);

/* The adjoint: `planes` are gradients by what the filter gives, `out` those by what it sees; `filter`
 * has its layers in reverse order, with weights turned and without biases. */
INR_PUBLIC int inr_filter_rows_back(const inr_filter *filter, const inr_filtered *image, int32_t first,
                                    int32_t last, float *work, int64_t count);

/* Gradients of a convolution by its weights; of a filter's, planes have at most FILTER_WIDTH. */
INR_PUBLIC int inr_filter_weights(const inr_convolved *convolved, float *by_weights);

/* Computes what layers give in a box of rows and points. */
INR_PUBLIC int inr_layer_values(const inr_layers *layers, const inr_layer_box *box,
                                const inr_layer_room *room);

/* What follows a linear layer, in place. */
INR_PUBLIC int inr_layer_activation(float *values, int64_t count, int32_t kind, float parameter);

/* The steps from channels to pixels; values from 0 to 1 in 255 or in 65535 parts. */
INR_PUBLIC int inr_turn_colors(const inr_turn *turn);
INR_PUBLIC int inr_add_places(const inr_sums *sums);
INR_PUBLIC int inr_whole_bytes(const float *values, int64_t count, uint8_t *out);
INR_PUBLIC int inr_whole_words(const float *values, int64_t count, uint16_t *out);

/* Room in bytes that a walk over a tile's pixels takes. */
INR_PUBLIC int inr_scan_room(const inr_scan *tile, int64_t *bytes);

/* Decodes a tile's stream, `count` words of 32 bits, to its samples; those of pixels that are not kept
 * become 0. `room` is 0 and aligned to 64 bytes. */
INR_PUBLIC int inr_decode_scan(const uint32_t *words, int64_t count, const inr_scan *tile, const inr_scan_model *model,
                               uint8_t *room, int64_t room_bytes);

/* Writes a tile's stream of `count` words, and the samples that are decoded of it in place of the
 * originals; INR_ROOM where there are more symbols or words than room. */
INR_PUBLIC int inr_encode_scan(const inr_scan_writer *writer, const inr_scan *tile, const inr_scan_model *model,
                               uint8_t *room, int64_t room_bytes, int64_t *count);

/* Gives each pixel of a map, one after another, the color that costs least beside those around it;
 * `changed` counts those that get another. */
INR_PUBLIC int inr_settle_colors(const inr_color_map *map, int32_t backward, int64_t *changed);

/* The same of regions of one color, of at most so many pixels: all of a region gets the color of
 * another beside it. */
INR_PUBLIC int inr_settle_regions(const inr_color_map *map, const inr_color_room *room, int64_t *changed);

#endif
