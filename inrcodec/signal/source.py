"""Signals themselves: samples with what is needed to restore them, read whole or part by part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from inrcodec.signal.geometry import Region
from inrcodec.signal.info import Samples, SignalInfo
from inrcodec.signal.metrics import Comparison

__all__ = [
    "MAX_METADATA_BYTES",
    "METADATA_KINDS",
    "Metadata",
    "Signal",
    "Source",
    "compare",
    "compare_blocks",
]

# Of a block of metadata.
MAX_METADATA_BYTES = 1 << 24
METADATA_KINDS = ("icc", "exif", "xmp", "iptc", "resolution", "tags", "cicp", "mdcv", "clli")


@dataclass(frozen=True)
class Metadata:
    """Opaque blocks that travel with a signal; empty where there is none.

    Attributes
    ----------
    icc, exif, xmp, iptc
        An ICC profile, an EXIF block from its TIFF header on, an XMP packet, IPTC records.
    resolution
        Of an image: dots per inch along its width and its height, two float32, little-endian.
    tags
        Texts by name, such as title and comment: a JSON object.
    cicp
        Of an image, as PNG has them: the code points (ITU-T H.273) of color primaries, transfer
        function and matrix, and 1 for full range; four bytes. They come before an ICC profile.
    mdcv, clli
        Likewise, the color volume of the display that it was mastered on (24 bytes), and its
        light levels (8 bytes).
    """

    icc: bytes = b""
    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    resolution: bytes = b""
    tags: bytes = b""
    cicp: bytes = b""
    mdcv: bytes = b""
    clli: bytes = b""

    def without(self, kinds: Iterable[str]) -> Metadata:
        """The metadata without blocks of some kinds."""
        return replace(self, **dict.fromkeys(kinds, b""))


class Source(Protocol):
    """A signal that is read part by part."""

    @property
    def info(self) -> SignalInfo:
        """The signal's information."""

    @property
    def metadata(self) -> Metadata:
        """The metadata that travels with it."""

    def read(self, region: Region) -> Samples:
        """Samples (*region.length, channels); `SignalError` where they cannot be had."""


@dataclass(frozen=True)
class Signal:
    """Samples of shape (*info.shape, channels), of the format's type, and their format."""

    samples: Samples
    info: SignalInfo
    metadata: Metadata = field(default_factory=Metadata)

    def read(self, region: Region) -> Samples:
        """Implement `Source`."""
        axes = zip(region.start, region.length, strict=True)
        return self.samples[tuple(slice(start, start + length) for start, length in axes)]


def compare(original: Source, other: Source) -> dict[str, float | None]:
    """Measure how alike two signals are; None where a measure is not defined.

    Raises `UsageError` where they are not of one kind and shape.
    """
    original.info.check_alike(other.info)
    return original.info.compare(original.read, other.read)


def compare_blocks(source: Source, info: SignalInfo, blocks: Iterable[Samples]) -> Comparison:
    """Compare a signal with another, which comes in blocks along the first axis.

    Raises `UsageError` where they are not alike.
    """
    source.info.check_alike(info)
    comparison, start = Comparison(), 0
    for block in blocks:
        rows = Region((start, *[0] * (block.ndim - 2)), block.shape[:-1])
        comparison.add(source.read(rows), block)
        start += len(block)
    return comparison
