/* The stack of `formats/inr-v1.md`, 5.2: range asymmetric numeral systems with a state of 64 bits,
 * words of 32 bits and frequencies of sum 2^24. */
#ifndef INR_ANS_H
#define INR_ANS_H

#include <stddef.h>
#include <stdint.h>

#define ANS_BITS 24
#define ANS_TOTAL (1u << ANS_BITS)

typedef struct {
    const uint8_t *bytes;
    size_t words; /* that are left */
    uint64_t state;
} ans_reader;

static inline uint32_t ans_word(const ans_reader *reader, size_t index)
{
    const uint8_t *b = reader->bytes + 4 * index;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Starts to read a stream of whole words; zero words at its end are dropped. */
static inline void ans_open(ans_reader *reader, const uint8_t *bytes, size_t words)
{
    reader->bytes = bytes;
    while (words && ans_word(reader, words - 1) == 0)
        words--;
    reader->state = words ? ans_word(reader, words - 1) : 0;
    if (words > 1)
        reader->state = reader->state << 32 | ans_word(reader, words - 2);
    reader->words = words > 2 ? words - 2 : 0;
}

/* Takes a symbol with this frequency, and this sum of those before it, off the stack. */
static inline void ans_pop(ans_reader *reader, uint32_t frequency, uint32_t before)
{
    uint32_t q = (uint32_t)reader->state & (ANS_TOTAL - 1);
    reader->state = frequency * (reader->state >> ANS_BITS) + q - before;
    if (reader->state >> 32 == 0 && reader->words)
        reader->state = reader->state << 32 | ans_word(reader, --reader->words);
}

/* Reads a decision of a probability (1 to 65535, in 2^-16) to be 1 (`inr-v1-grid.md`, 4). */
static inline uint32_t ans_decision(ans_reader *reader, uint32_t probability)
{
    uint32_t one = probability << 8, zero = ANS_TOTAL - one;
    uint32_t bit = ((uint32_t)reader->state & (ANS_TOTAL - 1)) >= zero;
    ans_pop(reader, bit ? one : zero, bit ? zero : 0);
    return bit;
}

/* Reads a plain number of at most 16 bits. */
static inline uint32_t ans_plain(ans_reader *reader, int bits)
{
    if (bits == 0)
        return 0;
    uint32_t shift = (uint32_t)(ANS_BITS - bits);
    uint32_t value = ((uint32_t)reader->state & (ANS_TOTAL - 1)) >> shift;
    ans_pop(reader, 1u << shift, value << shift);
    return value;
}

static inline int ans_finished(const ans_reader *reader)
{
    return reader->state == 0 && reader->words == 0;
}

typedef struct {
    uint32_t *words;
    size_t count, room;
    uint64_t state;
} ans_writer;

/* Puts a symbol on the stack; 0 where there is no room. */
static inline int ans_push(ans_writer *writer, uint32_t frequency, uint32_t before)
{
    if (writer->state >> 40 >= frequency) {
        if (writer->count == writer->room)
            return 0;
        writer->words[writer->count++] = (uint32_t)writer->state;
        writer->state >>= 32;
    }
    writer->state =
        (writer->state / frequency << ANS_BITS) + before + writer->state % frequency;
    return 1;
}

/* Puts the state out after the last symbol; 0 where there is no room. */
static inline int ans_close(ans_writer *writer)
{
    while (writer->state) {
        if (writer->count == writer->room)
            return 0;
        writer->words[writer->count++] = (uint32_t)writer->state;
        writer->state >>= 32;
    }
    return 1;
}

#endif
