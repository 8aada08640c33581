/* The door to scans: reading and writing a tile's stream (`formats/inr-v1-pixels.md`, 1). */
#include "kernels.h"

#include "scan_walk.h"

enum { MOST_SIDE = 1 << 16, MOST_PIXELS = 1 << 24, MOST_STEP = (1 << 16) - 1 };

INR_DECLARED(scan_walk_kernel, scan_walk_tile);

static int is_valid(const inr_scan *tile)
{
    return tile->height >= 1 && tile->width >= 1 && tile->height <= MOST_SIDE && tile->width <= MOST_SIDE &&
           (int64_t)tile->height * tile->width <= MOST_PIXELS && tile->channels >= 1 && tile->channels <= SCAN_CHANNELS &&
           tile->bits >= 8 && tile->bits <= 16 && tile->step >= 1 && tile->step <= MOST_STEP && tile->step % 2 == 1;
}

int inr_scan_room(const inr_scan *tile, int64_t *bytes)
{
    if (!is_valid(tile))
        return INR_USAGE;
    *bytes = scan_room(tile);
    return 0;
}

int inr_decode_scan(const uint32_t *words, int64_t count, const inr_scan *tile, const inr_scan_model *model, uint8_t *room,
                    int64_t room_bytes)
{
    scan_walk walk;
    ans_reader reader;
    if (!is_valid(tile) || count < 0 || room_bytes < scan_room(tile))
        return INR_USAGE;
    scan_start(&walk, tile, model, room);
    ans_open(&reader, (const uint8_t *)words, (size_t)count);
    walk.reader = &reader;
    walk.repeats = (int)ans_plain(&reader, 1);
    int error = INR_CHOSEN(scan_walk_tile)(&walk, NULL);
    return error ? error : ans_finished(&reader) ? 0 : INR_MALFORMED;
}

int inr_encode_scan(const inr_scan_writer *writer, const inr_scan *tile, const inr_scan_model *model, uint8_t *room,
                    int64_t room_bytes, int64_t *count)
{
    scan_walk walk;
    symbol_writer out = {writer->symbols, 0, writer->symbol_room};
    int32_t half = (tile->step - 1) / 2;
    if (!is_valid(tile) || room_bytes < scan_room(tile))
        return INR_USAGE;
    scan_wanted wanted = {0, writer->most, writer->weight, writer->bits, 0, 0};
    wanted.none_bits = (float)(tile->bits * tile->channels);
    wanted.none_error = (float)tile->channels * (float)half * (float)(half + 1) / 3;
    scan_start(&walk, tile, model, room);
    walk.writer = &out;
    walk.repeats = writer->repeats != 0;
    int error = put_plain(&out, (uint32_t)walk.repeats, 1);
    if (!error)
        error = INR_CHOSEN(scan_walk_tile)(&walk, &wanted);
    return error ? error : write_stream(&out, writer->words, writer->word_room, count);
}
