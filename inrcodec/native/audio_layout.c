/* What layouts are possible, and the room that a walk over a stream takes. */
#include "audio.h"
#include "audio_planes.h"

int audio_is_possible(const inr_audio_layout *layout)
{
    int frame = layout->frame;
    if (frame < 256 || frame > 1 << 15 || (frame & (frame - 1)) || layout->frames < 1 ||
        layout->frames > 1 << 20 || layout->channels < 1 || layout->channels > MOST_AUDIO_CHANNELS ||
        layout->rate < 1 || layout->step < 0 || layout->step > 511 || layout->masking < 0 ||
        layout->masking > 16 || layout->tilt < 0 || layout->tilt > 16)
        return 0;
    for (int depth = 0; depth < DEPTHS; depth++) {
        const inr_audio_bands *bands = layout->bands + depth;
        if (bands->count < 1 || bands->count > EAR_BANDS || bands->edges[0] != 0 ||
            bands->edges[bands->count] != frame >> depth)
            return 0;
        for (int k = 0; k < bands->count; k++)
            if (bands->edges[k] >= bands->edges[k + 1] || bands->places[k] < 0 ||
                bands->places[k] > 2 * EAR_BANDS - 2)
                return 0;
    }
    return 1;
}

/* Planes; and of each channel the exponents and the levels above steps of a block. */
int64_t audio_plane_floats(const inr_audio_layout *layout)
{
    return planes_size(layout->frame) + 2 * (int64_t)layout->frame * layout->channels;
}

int64_t audio_positions(const inr_audio_layout *layout)
{
    return layout->frame / ROW_PASSES + EAR_BANDS;
}

int64_t audio_logits(const inr_audio_layout *layout)
{
    return (audio_positions(layout) / CHUNK + 1) * CHUNK * LOGITS;
}
