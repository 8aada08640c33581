"""The cost of decoding and encoding a latent grid of audio, from its headers alone."""

from __future__ import annotations

from inrcodec.codecs.audio_grid.rows import KINDS
from inrcodec.codecs.grid.pretrained import CONSTANTS, HIDDEN, LOGITS, ODD
from inrcodec.limits import Cost
from inrcodec.signal.geometry import Raster

__all__ = ["KEPT_STREAMS", "decoding_cost", "encoding_cost"]

# Of those that were read last.
KEPT_STREAMS = 3
# Bytes of a coefficient of a stream that is kept, of one that is decoded, and one that is encoded.
_KEPT, _DECODED, _ENCODED = 8, 48, 120
# Operations of a sample that is transformed, and how often an encode codes a signal at most.
_TRANSFORMED, _ENCODES = 400, 26
# Bytes of a channel while blocks are evaluated at other times than the signal's own.
_EVALUATED = 1 << 22


def _work_of_sample() -> float:
    """Floating-point operations of a coefficient: its context network, and its transform."""
    weights = sum(
        ODD * (kind.values + 1) + HIDDEN * (kind.magnitudes + 2 * ODD + CONSTANTS + HIDDEN + LOGITS)
        for kind in KINDS
    )
    return 2.0 * weights / len(KINDS) + _TRANSFORMED


def decoding_cost(stream: int, channels: int, raster: Raster, output: int) -> Cost:
    """Return the cost of a raster of audio, of streams of so many samples, of which so many bytes
    are put out at a time."""
    (length,), (count,) = raster.region.length, raster.size
    read = length + 2 * stream
    memory = (KEPT_STREAMS * _KEPT + _DECODED) * stream * channels + output
    if count != length:
        memory += min(_EVALUATED, 400 * (length + count)) * channels
    work = channels * (read * _work_of_sample() + max(count, length) * _TRANSFORMED)
    return Cost(float(memory), work)


def encoding_cost(frames: int, stream: int, channels: int) -> Cost:
    """Return the cost of encoding a signal of so many frames."""
    held = min(frames + stream, 4 * stream) * channels * _ENCODED
    return Cost(float(held), _ENCODES * frames * channels * _work_of_sample())
