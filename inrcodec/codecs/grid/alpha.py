"""Alpha beside a lattice: a section of its own (`ALPH`), kept without loss by default.

It is a zlib stream of the differences from the sample to the left (the first of a row as it is),
modulo the range of a sample, little-endian.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from inrcodec.errors import MalformedError

__all__ = ["read_alpha", "rounded_alpha", "write_alpha"]

Samples = npt.NDArray[np.unsignedinteger]


def rounded_alpha(alpha: Samples, quality: int) -> Samples:
    """Alpha with fewer levels: of quality 100 as it is, of quality 0 the two extremes alone."""
    if quality == 100:
        return alpha
    peak, steps = np.iinfo(alpha.dtype).max, 1 + round(quality * 2.54)
    index = np.rint(alpha.astype(np.float64) * (steps / peak))
    rounded: Samples = np.rint(index * (peak / steps)).astype(alpha.dtype)
    return rounded


def write_alpha(plane: Samples) -> bytes:
    """The section of alpha (height, width)."""
    differences = plane.copy()
    differences[:, 1:] -= plane[:, :-1]
    kind = differences.dtype.newbyteorder("<")
    return zlib.compress(differences.astype(kind).tobytes(), 9)


def read_alpha(payload: bytes, shape: tuple[int, int], bits: int) -> Samples:
    """Alpha of an image (height, width); `MalformedError` where the section is damaged."""
    size = shape[0] * shape[1] * bits // 8
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(payload, size)
        # The end of a stream may come without output.
        over = stream.decompress(stream.unconsumed_tail, 1) if not stream.eof else b""
    except zlib.error as error:
        raise MalformedError("alpha does not decode") from error
    if len(data) != size or over or not stream.eof or stream.unused_data:
        raise MalformedError("alpha has not one sample for each pixel")
    differences = np.frombuffer(data, f"<u{bits // 8}").reshape(shape)
    plane: Samples = np.cumsum(differences, axis=1, dtype=f"u{bits // 8}")
    return plane
