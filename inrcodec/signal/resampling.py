"""Audio signals at another rate, part by part.

At the original's rate or above it the networks are evaluated at every output sample. Below it they
are evaluated at a multiple of the output rate, which soxr brings down: what the lower rate cannot
hold is filtered out instead of folded over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from inrcodec.signal.geometry import Raster, Region

__all__ = ["FRAMES_AT_ONCE", "dependencies", "rendered", "resampled"]

Floats = npt.NDArray[np.float32]
# Values of a raster.
Values = Callable[[Raster], Floats]

# Frames that are rendered at a time.
FRAMES_AT_ONCE = 1 << 18

# Samples on either side that the filter depends on, at the lower rate.
_MARGIN = 128
# More evaluations for a sample change nothing that is heard.
_MOST_FACTOR = 1 << 12


def dependencies(raster: Raster, frames: int) -> Raster:
    """A raster over all of an audio signal of so many frames that a raster's samples depend on."""
    (start,), (length,) = raster.region.start, raster.region.length
    margin = _MARGIN * -(-length // raster.size[0]) if raster.size[0] < length else 0
    first, last = max(0, start - margin), min(frames, start + length + margin)
    return replace(raster, region=Region((first,), (last - first,)))


def resampled(values: Values, raster: Raster, frames: int, channels: int) -> Iterator[Floats]:
    """Values (frames, channels) of a raster of a signal of so many frames, a bounded number at a
    time."""
    (count,), (length,) = raster.size, raster.region.length
    if count >= length:
        yield from rendered(values, raster, range(count))
        return
    # An odd number of evaluations has one of them at the center of the output sample.
    factor = min(-(-length // count), _MOST_FACTOR) | 1
    margin = factor * _MARGIN
    # What lies beside the region counts, too, as far as the audio signal goes.
    fine = Raster(raster.region, (factor * count,), range(-margin, factor * count + margin))
    inside = fine.within(0, frames)
    # The first of what is lowered is `_MARGIN` samples before the raster's, at its center.
    start, done = (factor - 1) // 2 - margin, -_MARGIN
    parts = _continued(rendered(values, fine, inside), start, inside, 2 * margin)
    for lowered in _lowered(parts, factor, channels):
        wanted = lowered[max(0, -done) : max(0, count - done)]
        done += len(lowered)
        yield wanted


def _lowered(parts: Iterator[Floats], factor: int, channels: int) -> Iterator[Floats]:
    """A `factor`-th as many samples; the first at the first that there is."""
    import soxr

    stream = soxr.ResampleStream(factor, 1, channels, dtype="float32")
    for part in parts:
        yield stream.resample_chunk(part)
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)


def rendered(values: Values, raster: Raster, samples: range) -> Iterator[Floats]:
    """Values of some samples of a raster."""
    for first in range(samples.start, samples.stop, FRAMES_AT_ONCE):
        window = range(first, min(first + FRAMES_AT_ONCE, samples.stop))
        yield values(replace(raster, window=window))


def _continued(parts: Iterator[Floats], start: int, inside: range, behind: int) -> Iterator[Floats]:
    """Parts from sample `start` on, of parts that hold the samples `inside`: what is before them
    repeats their first, and `behind` more repeat their last."""
    last: Floats | None = None
    for part in parts:
        if last is None:
            before = inside.start - start
            yield np.repeat(part[:1], max(0, before), axis=0)
            part = part[max(0, -before) :]
        last = part[-1:]
        yield part
    if last is not None:
        yield np.repeat(last, behind, axis=0)
