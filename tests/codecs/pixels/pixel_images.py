"""Images of samples as tests of lossless coding take them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

Samples = npt.NDArray[np.unsignedinteger[Any]]

# The smallest tiles that there are.
SMALL = {"tile_height": 16, "tile_width": 16}
CASES = [(kind, channels) for kind in (np.uint8, np.uint16) for channels in (1, 2, 3, 4)]


def noise(
    height: int, width: int, channels: int = 3, kind: type[np.unsignedinteger[Any]] = np.uint8
) -> Samples:
    """Random samples over all levels, the least and the largest among them."""
    random = np.random.default_rng(height * width + channels)
    samples = random.integers(0, np.iinfo(kind).max + 1, (height, width, channels), dtype=kind)
    samples[0, 0], samples[-1, -1] = 0, np.iinfo(kind).max
    return samples


@st.composite
def images(draw: st.DrawFn) -> Samples:
    """Images of any color and depth, up to 40 pixels a side: of any levels, or of few."""
    kind, channels = draw(st.sampled_from(CASES))
    shape = (draw(st.integers(1, 40)), draw(st.integers(1, 40)), channels)
    most = draw(st.sampled_from([1, 7, np.iinfo(kind).max]))
    # Few of the samples are drawn; the others repeat one.
    drawn = arrays.arrays(kind, shape, elements=st.integers(0, int(most)), fill=st.just(most // 2))
    if draw(st.booleans()):
        return draw(drawn)
    return noise(*shape, kind) % kind(draw(st.integers(1, int(np.iinfo(kind).max))))


def error_of(one: Samples, other: Samples) -> int:
    """The most levels that samples differ by."""
    assert (one.shape, one.dtype) == (other.shape, other.dtype)
    return int(np.abs(one.astype(np.int64) - other.astype(np.int64)).max())
