"""Any two files beside each other: images, audio files, and what `.inr` files decode to."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import BinaryIO

from inrcodec.container.names import read_names
from inrcodec.container.sections import MAGIC, Container
from inrcodec.decoding import Representation
from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import Limits
from inrcodec.media.files import open_signal
from inrcodec.signal import Metadata, Signal, SignalInfo, Source
from inrcodec.signal.geometry import Region
from inrcodec.signal.info import Samples
from inrcodec.signal.source import compare
from inrcodec.signal.ssimulacra2 import has_ssimulacra2, ssimulacra2, ssimulacra2_cost

__all__ = ["Decoded", "measure", "open_source"]


class Decoded:
    """A signal of an `.inr` file as a source: an image is decoded when it is first read, audio part
    by part."""

    def __init__(self, representation: Representation) -> None:
        self._representation = representation

    @property
    def info(self) -> SignalInfo:
        """The original's information."""
        return self._representation.info

    @property
    def metadata(self) -> Metadata:
        """The original's metadata."""
        return self._representation.kept_metadata()

    @cached_property
    def _whole(self) -> Signal:
        return Signal(self._representation.render(), self.info)

    def read(self, region: Region) -> Samples:
        """Implement `Source`; raises `FormatError` where what it needs is damaged."""
        if len(region.start) > 1:
            return self._whole.read(region)
        rate = self.info.fields()["rate"]
        (start,), (length,) = region.start, region.length
        return self._representation.render(time=(start / rate, (start + length) / rate))


@contextmanager
def open_source(stream: BinaryIO, limits: Limits, name: str = "") -> Iterator[Source]:
    """Open a file of any kind, told by its first bytes, within the context; see `open_signal`.

    Raises `UsageError` where an `.inr` file has several items.
    """
    head = stream.read(len(MAGIC))
    stream.seek(0)
    if head != MAGIC:
        with open_signal(stream, limits, name) as signal:
            yield signal
        return
    with Container(stream) as container:
        items = [*read_names(container)]
        if len(items) > 1:
            raise UsageError(f"it has {len(items)} items; `inrcodec extract` takes one out")
        yield Decoded(Representation(container, items[0], limits))


def measure(original: Source, other: Source, limits: Limits) -> dict[str, float | None]:
    """Measure how alike two signals are, as `compare` does, and of images by SSIMULACRA2 where the
    package for it is installed; warns where that would take too much memory.

    Raises `UsageError` where they are not of one kind and shape.
    """
    measures, info = compare(original, other), original.info
    if has_ssimulacra2(info.shape, info.channels, info.sample_bits):
        try:
            limits.check(ssimulacra2_cost(info.shape), "SSIMULACRA2")
        except LimitError as error:
            warnings.warn(f"it is left out: {error}", stacklevel=2)
        else:
            whole = Region.whole(info.shape)
            measures["ssimulacra2"] = ssimulacra2(original.read(whole), other.read(whole))
    return measures
