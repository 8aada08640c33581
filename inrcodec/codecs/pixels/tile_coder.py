"""Coding the tiles of an image, as often as a search for a target takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from threading import Lock
from typing import cast

import numpy as np

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.pixels.colors import simplified
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.pixels.levels import known_levels, levels_of
from inrcodec.codecs.pixels.magnification import enlarged, reduced
from inrcodec.codecs.pixels.pretrained import load_scan_model
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.codecs.pixels.tile_reader import Samples, decode_tile
from inrcodec.codecs.rate_control import BIT_WEIGHT
from inrcodec.native.scan import LOSSLESS, ScanLoss, Tile, encode_scan
from inrcodec.native.scan_types import Mask
from inrcodec.progress import Report, Told
from inrcodec.signal import ImageInfo, Source
from inrcodec.signal.metrics import Comparison
from inrcodec.threads import in_parallel

__all__ = ["CodedTiles", "TileCoder", "loss_at"]

# Of the error of samples that are quantized by a step, in squared steps, by bits: ln(4) / 12.
_SLOPE = 0.1155


@dataclass(frozen=True)
class CodedTiles:
    """The streams of tiles under a spec that says how far samples are off, and how they compare."""

    spec: PixelsSpec
    streams: list[bytes]
    comparison: Comparison

    def cost(self, lmbda: float) -> float:
        """Return squared levels, with bits at what one is worth."""
        return self.comparison.error + lmbda * 8 * sum(map(len, self.streams))


@dataclass(frozen=True)
class _Tile:
    stream: bytes
    comparison: Comparison
    error: int


def loss_at(step: int, info: ImageInfo, side: int = 1) -> tuple[int, ScanLoss]:
    """Return the quantization step of samples, each of a square of so many pixels a side, and what
    else may be lost, at a step of rate control."""
    levels = 2.0 ** (step / 64 - 6) * info.peak / 255
    weight = BIT_WEIGHT * levels**2 * info.channels
    quantization = int((weight / _SLOPE) ** 0.5 / side - 1) // 2 * 2 + 1
    most = info.peak - (info.peak + 1) % 2
    return max(1, min(quantization, most)), ScanLoss(info.peak, weight)


@dataclass(frozen=True)
class TileCoder:
    """Codes the tiles of an image.

    Attributes
    ----------
    content
        What it looks like.
    known
        Streams of tiles that are there already, by their numbers.
    kept
        Which pixels are coded (height, width); None for all, as where squares are coded by one.
    """

    source: Source
    spec: PixelsSpec
    content: Content
    report: Report | None = None
    known: Mapping[int, bytes] | None = None
    kept: Mask | None = None

    @property
    def info(self) -> ImageInfo:
        """Describe the image."""
        return cast(ImageInfo, self.source.info)

    def with_levels(self) -> TileCoder:
        """The same, of the levels that there are where that pays."""
        tiling = self.spec.tiling(domain_of(self.info))
        regions = (tiling.covered(at) for at in product(*map(range, tiling.counts)))
        levels = levels_of(map(self.source.read, regions), self.info)
        return (
            self
            if levels is None
            else replace(self, spec=replace(self.spec, levels=levels.numbers()))
        )

    def coded(
        self, loss: ScanLoss = LOSSLESS, step: int | None = None, merging: float | None = None
    ) -> CodedTiles:
        """Code all tiles, several at a time; with `merging`, pixels get the colors
        that cost least beforehand (see `simplified`), and are coded as they are then."""
        spec = self.spec if step is None else replace(self.spec, step=step, max_error=step // 2)
        tiling = spec.tiling(domain_of(self.info))
        regions = [tiling.covered(at) for at in product(*map(range, tiling.counts))]
        told, lock = Told("coding", len(regions), self.report), Lock()

        def code(number: int) -> _Tile:
            # Sources are read by one thread at a time.
            with lock:
                samples = self.source.read(regions[number])
            known = (self.known or {}).get(number)
            if known is not None:
                tile = self._known(samples, spec, known)
            else:
                kept = None if self.kept is None else self.kept[regions[number].slices]
                tile = self._tile(samples, spec, loss, kept, merging)
            with lock:
                told.advance()
            return tile

        tiles, comparison = in_parallel(code, range(len(regions))), Comparison()
        for tile in tiles:
            comparison.include(tile.comparison)
        error = max(tile.error for tile in tiles)
        spec = replace(spec, max_error=max(error, spec.step // 2))
        return CodedTiles(spec, [tile.stream for tile in tiles], comparison)

    def _known(self, samples: Samples, spec: PixelsSpec, stream: bytes) -> _Tile:
        decoded = decode_tile(stream, samples.shape[:2], spec, self.info)
        # What was lost before is not this encode's.
        return replace(_compared(samples, decoded, None, stream), error=0)

    def _tile(
        self,
        samples: Samples,
        spec: PixelsSpec,
        loss: ScanLoss,
        kept: Mask | None,
        merging: float | None,
    ) -> _Tile:
        """Code a tile in the way that costs least."""
        model, side = load_scan_model(spec.pretrained), spec.magnification
        levels = known_levels(spec.levels, self.info)
        bits = self.info.bits_per_sample if levels is None else levels.bits
        wide = samples.astype(np.uint16, order="C") if levels is None else levels.places(samples)
        wanted = reduced(wide, side)
        height, width, channels = wanted.shape
        tile = Tile((height, width, channels), bits, spec.step, kept)
        # All pixels of a square are off as the one is that is coded.
        of_square = replace(loss, lmbda=loss.lmbda / side**2)
        if merging is not None:
            wanted, of_square = simplified(wanted, kept, of_square.lmbda, merging), LOSSLESS
        tries = []
        for repeats, counted in self.content.ways.items():
            words, decoded = encode_scan(wanted, tile, model, repeats, of_square)
            whole = enlarged(decoded, side, samples.shape)
            coded = _compared(wide, whole, kept, words.astype("<u4").tobytes())
            cost = coded.comparison.error + loss.lmbda * 8 * len(coded.stream)
            tries.append((counted * cost, counted * len(coded.stream), coded))
        return min(tries, key=lambda one: one[:2])[2]


def _compared(samples: Samples, decoded: Samples, kept: Mask | None, stream: bytes) -> _Tile:
    if kept is not None:
        samples, decoded = samples[kept], decoded[kept]
    comparison = Comparison()
    comparison.add(samples, decoded)
    error = np.maximum(samples, decoded) - np.minimum(samples, decoded)
    return _Tile(stream, comparison, int(error.max(initial=0)))
