"""Alpha beside a grid: a section of its own (`ALPH`), kept without loss by default.

It is a zlib stream of the differences from the sample to the left (the first of a row as it is),
modulo the range of a sample, little-endian.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from inrcodec.errors import MalformedError

__all__ = ["read_alpha", "write_alpha"]

Samples = npt.NDArray[np.unsignedinteger]


def write_alpha(plane: Samples) -> bytes:
    """Write the section of alpha (height, width)."""
    differences = plane.copy()
    differences[:, 1:] -= plane[:, :-1]
    kind = differences.dtype.newbyteorder("<")
    return zlib.compress(differences.astype(kind).tobytes(), 9)


def read_alpha(payload: bytes, shape: tuple[int, int], bits: int) -> Samples:
    """Read the alpha of an image (height, width); `MalformedError` where the section is damaged."""
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
