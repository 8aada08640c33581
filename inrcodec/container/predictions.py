"""Predictions: which blocks of an item are what changes from an item before it (`PRED`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.container.sections import Container, Section
from inrcodec.errors import FormatError, MalformedError
from inrcodec.schema import Reader, uint_bytes

__all__ = ["Prediction", "read_prediction", "read_time", "time_section"]


@dataclass(frozen=True)
class Prediction:
    """The item that another is predicted from, and where.

    Attributes
    ----------
    back
        How many items before it that is, at least 1.
    blocks
        (streams,): whether each is what changes from there.
    """

    back: int
    blocks: npt.NDArray[np.bool_]

    def to_bytes(self) -> bytes:
        """`back`, then a bit for each stream, the first in the lowest bit of a byte."""
        return uint_bytes(self.back) + np.packbits(self.blocks, bitorder="little").tobytes()


def time_section(microseconds: int, item: int = 1) -> Section:
    """The section of how long a frame is shown (`time`)."""
    return Section(b"time", item, uint_bytes(microseconds))


def read_time(container: Container, item: int) -> int | None:
    """Read the microseconds that a frame is shown for; None where a file does not tell, or what it
    tells is damaged."""
    if container.find(b"time", item) is None:
        return None
    try:
        reader = Reader(container.read(b"time", item))
        shown = reader.uint()
        reader.finish()
    except FormatError:
        return None
    return shown


def read_prediction(container: Container, item: int, count: int) -> Prediction | None:
    """Read the `PRED` section of an item of so many streams; None where it has none.

    Raises `MalformedError` where it is not valid.
    """
    if container.find(b"PRED", item) is None:
        return None
    reader = Reader(container.read(b"PRED", item))
    back = reader.uint()
    bits = np.frombuffer(reader.take(reader.remaining), np.uint8)
    blocks = np.unpackbits(bits, bitorder="little").astype(bool)
    if len(bits) != -(-count // 8) or blocks[count:].any():
        raise MalformedError("a prediction has not one bit for each block")
    if not 1 <= back < item:
        raise MalformedError("a prediction is from no item of the file")
    return Prediction(back, blocks[:count])
